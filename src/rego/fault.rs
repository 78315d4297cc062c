//! What is wrong with a text, before it is known whether it matters: the parser tries one reading
//! after another.

use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::error::PolicyError;

/// A fault at a place. It is small: it is passed on through all of the parser.
#[derive(Clone, Debug)]
pub(super) struct Fault(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    message: String,
    span: Span,
    help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self(Box::new(Details { message: message.into(), span, help: None }))
    }

    /// The same fault with advice, unless it has some.
    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.get_or_insert_with(|| help.into());
        self
    }

    pub(super) fn span(&self) -> Span {
        self.0.span
    }

    /// The fault as people see it.
    pub(super) fn into_error(self, source: &Arc<SourceText>) -> PolicyError {
        let Details { message, span, help } = *self.0;
        let error = PolicyError::at(message, source, span);
        match help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.0.message
    }
}
