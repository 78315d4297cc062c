//! Sources: where text comes from.

mod files;
mod text;

pub use files::{SourceError, SourceFile, Walk, display_name, read_stdin};
pub use text::{Position, SourceText, Span};
