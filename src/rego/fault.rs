//! What is wrong with a text, before it is known whether it matters: the parser tries one reading
//! after another.

use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::error::PolicyError;

/// A fault at a place.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, help: None }
    }

    #[must_use]
    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The fault as people see it.
    pub(super) fn into_error(self, source: &Arc<SourceText>) -> PolicyError {
        let error = PolicyError::at(self.message, source, self.span);
        match self.help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }
}
