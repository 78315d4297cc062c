//! Rego text: parsing, versions, annotations, and errors at their place.

mod annotations;
mod calls;
mod error;
mod module;

pub use annotations::{Annotation, Scope};
pub use calls::Call;
pub(crate) use error::ForeignError;
pub use error::{PolicyError, PolicyErrors};
pub use module::{Import, Module, PolicyLimits, RegoVersion, RuleClause, VersionChoice, parse};
