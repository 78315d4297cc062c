//! Rego text: parsing, versions, annotations, and errors at their place.

mod annotations;
mod calls;
mod error;
mod foreign;
mod module;

pub use annotations::{Annotation, Scope};
pub use calls::Call;
pub use error::{PolicyError, PolicyErrors};
pub(crate) use foreign::ForeignError;
pub use module::{Import, Module, PolicyLimits, RegoVersion, RuleClause, VersionChoice, parse};
