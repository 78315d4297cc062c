//! Sources: where text comes from.

mod files;
mod git;
mod replace;
mod text;

pub use files::{SourceError, SourceFile, Walk, display_name, read_stdin};
pub use git::{GitError, Staged, stage, staged};
pub use replace::{ReplaceError, replace};
pub use text::{Position, SourceText, Span};
