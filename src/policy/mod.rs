//! Policies: what is loaded, what it asks for, what its authors say about it.

mod data;
mod dialect;
mod digest;
pub(crate) mod examples;
pub(crate) mod gatekeeper;
mod kubescape;
mod load;
mod metadata;
mod pack;
mod recognise;
mod rollout;
mod set;
mod shown;
mod terms;
mod trivy;

pub use data::Data;
pub use dialect::Dialect;
pub(crate) use kubescape::is_about_subjects;
pub use load::{Loader, files_of_data, files_of_policies};
pub use metadata::{KindPattern, Level, Link, Metadata, Severity};
pub use rollout::{Disorder, Rollout, WaiverTerms, date};
pub use set::{ClauseRef, EntryPoint, Policy, PolicySet};
pub use terms::{Contact, Ids, Terms};
