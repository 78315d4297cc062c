//! Sources: where text comes from.

mod text;

pub use text::{Position, SourceText, Span};
