//! Rego text: parsing, versions, annotations, and errors at their place.

mod annotations;
mod error;
mod module;

pub use annotations::{Annotation, Scope};
pub use error::PolicyError;
pub(crate) use error::ForeignError;
pub use module::{Module, PolicyLimits, RegoVersion, RuleClause, VersionChoice, parse};
