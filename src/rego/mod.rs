//! Rego text: parsing, versions, annotations, and errors at their place.

mod annotations;
pub mod ast;
mod error;
mod fault;
mod lexer;
mod module;
mod parser;

pub use annotations::{Annotation, Scope};
pub use error::{PolicyError, PolicyErrors};
pub use module::{Module, PolicyLimits, RegoVersion, RuleClause, VersionChoice, parse};
pub use parser::parse_query;
