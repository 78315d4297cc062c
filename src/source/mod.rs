//! Sources: where text comes from.

mod files;
mod git;
mod input;
mod replace;
mod stamp;
mod text;

pub(crate) use files::whole_path;
pub use files::{SourceError, SourceFile, Walk, display_name, read_stdin};
pub use git::{GitError, Revision, Staged, stage, staged};
pub use input::Input;
pub use replace::{ReplaceError, replace};
pub(crate) use stamp::Stamp;
pub use text::{Position, SourceText, Span};
