//! Integration tests, in one binary so that they link once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admission;
mod bad_input;
mod baseline;
mod basis;
mod bench;
mod builtins;
mod cache;
mod cli;
mod conformance;
mod conftest;
mod coverage;
mod edits;
mod eval;
mod examples;
mod expansion;
mod expect;
mod explain;
mod failures;
mod fixes;
mod gatekeeper;
mod handbook;
mod impact;
mod inferred;
mod install;
mod kubectl;
mod kubescape;
mod lasting;
mod lint;
mod located;
mod mend;
mod one_verdict;
mod opa;
mod pack;
mod places;
mod policy;
mod pre_commit;
mod properties;
mod replay;
mod report_formats;
mod rollout;
mod run;
#[cfg(feature = "serve")]
mod serve;
mod shop;
mod signatures;
mod spool;
mod stack;
mod story;
mod suites;
mod types;
mod waivers;
mod watch;
