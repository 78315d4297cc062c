//! Rego text: parsing, versions, annotations, and errors at their place.

mod annotations;
pub mod ast;
mod error;
mod fault;
mod lexer;
mod module;
mod parser;
mod version;
pub mod visit;

pub use annotations::{Annotation, Scope};
pub use error::{PolicyError, PolicyErrors};
pub(crate) use module::syntax;
pub use module::{Module, PolicyLimits, RuleClause, parse};
pub use parser::parse_query;
pub use version::{RegoVersion, VersionChoice};
