//! Settings that can't be used.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

/// A setting that can't be used, located where it stands in a file.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(in crate::cli) struct SettingsError {
    pub(super) message: String,
    #[source_code]
    pub(super) text: Option<Arc<SourceText>>,
    #[label("here")]
    pub(super) span: Option<Span>,
    #[help]
    pub(super) help: Option<String>,
}

impl From<SettingsError> for PolicyError {
    fn from(error: SettingsError) -> Self {
        let SettingsError { message, text, span, help } = error;
        Self { text, span, label: "here".to_owned(), help, ..Self::new(message) }
    }
}

impl SettingsError {
    pub(in crate::cli) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), text: None, span: None, help: None }
    }

    pub(in crate::cli) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
