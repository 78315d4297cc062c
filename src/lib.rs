//! Policy for container workloads that talks back.
//!
//! manifestly judges Kubernetes manifests by Rego policies and says of every violation what is
//! wrong and where, why it matters, how to fix it, and who decided it. This crate is the library;
//! the command line tool of the same name is a thin face of it.
//!
//! Data flows one way: [`source`] gives texts, [`manifest`] reads them as kubectl does, [`rego`]
//! and [`policy`] load what judges them, [`engine`] evaluates, [`gatekeeper`] runs what is written for
//! Gatekeeper, [`locate`] finds the place of a
//! violation, [`fix`] changes manifests, [`agreement`] says from when policies count and what is let pass,
//! [`check`] puts it all together, [`report`] writes what came out, and [`admission`] answers an API server
//! with it, over the network in `server`. [`impact`] compares two verdicts, [`replay`] judges recorded requests again,
//! [`testing`] runs
//! the tests of policies, [`catalog`] lists them, [`expect`] says which look at what, [`handbook`] makes pages of them, [`rollout`] tells what changes when, [`lint`] looks them over, and [`mod@bench`] takes the
//! time that judging takes.
//!
//! ```
//! use manifestly::check::Checker;
//! use manifestly::policy::Loader;
//!
//! # fn main() -> miette::Result<()> {
//! let checker = Checker::new(Loader::new().load()?)?;
//! let report = checker.check_paths(&["fixtures/shop"]);
//! assert_eq!(report.summary.deny, 5);
//! # Ok(())
//! # }
//! ```

pub mod admission;
pub mod agreement;
pub mod bench;
pub mod catalog;
pub mod check;
mod digest;
pub mod engine;
pub mod expect;
pub mod fix;
pub mod gatekeeper;
#[cfg(feature = "handbook")]
pub mod handbook;
pub mod impact;
#[cfg(feature = "serve")]
pub mod install;
pub mod lint;
pub mod locate;
pub mod manifest;
pub mod policy;
pub mod rego;
pub mod replay;
pub mod report;
pub mod rollout;
pub mod source;
mod spill;
mod stack;
pub mod testing;

#[cfg(feature = "serve")]
pub mod server;

#[cfg(feature = "cli")]
pub mod cli;

/// The examples in the documentation compile and run.
#[cfg(doctest)]
mod documentation {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[doc = include_str!("../docs/embedding.md")]
    mod embedding {}
}
