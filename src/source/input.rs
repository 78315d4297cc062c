//! What is to be read: a file, or a text at hand.

use std::sync::Arc;

use super::files::{SourceError, SourceFile};
use super::text::SourceText;

/// One thing to check.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file, read when its turn comes.
    File(SourceFile),
    /// A text at hand.
    Text(Arc<SourceText>),
}

impl Input {
    /// The name that reports show.
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.name,
            Self::Text(text) => text.name(),
        }
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// If it is a file that can't be read, or is not UTF-8.
    pub fn read(&self) -> Result<Arc<SourceText>, SourceError> {
        match self {
            Self::File(file) => file.read(),
            Self::Text(text) => Ok(Arc::clone(text)),
        }
    }
}
