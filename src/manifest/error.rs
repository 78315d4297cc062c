//! Why a text could not be read as a manifest, and where.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use crate::source::{SourceText, Span};

/// What kind of trouble a [`ReadError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// The text is not YAML, JSON or TOML as its reader has it.
    Syntax,
    /// The text is a template: Helm, Jinja and the like must render it first.
    Template,
    /// The text is larger, deeper or more aliased than the limits allow.
    Limit,
}

/// A text, or one document of it, that can't be read. Never the same as "no violations".
#[derive(Clone, Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct ReadError {
    /// What kind of trouble this is.
    pub kind: ReadErrorKind,
    /// What is wrong, in one line.
    pub message: String,
    /// The text.
    #[source_code]
    pub text: Arc<SourceText>,
    /// The place that the message speaks of.
    #[label("{label}")]
    pub span: Span,
    /// A few words beside the place.
    pub label: String,
    /// What to do about it.
    #[help]
    pub help: Option<String>,
}

/// An error before it is bound to its source.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) kind: ReadErrorKind,
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) label: &'static str,
    pub(super) help: Option<String>,
}

impl Trouble {
    pub(super) fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self {
            kind: ReadErrorKind::Syntax,
            message: message.into(),
            span,
            label: "here",
            help: None,
        }
    }

    pub(super) fn limit(message: impl Into<String>, span: Span) -> Self {
        Self { kind: ReadErrorKind::Limit, ..Self::syntax(message, span) }
    }

    pub(super) fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn shifted(self, by: usize) -> Self {
        Self { span: self.span.shifted(by), ..self }
    }

    pub(super) fn in_source(self, source: &Arc<SourceText>) -> ReadError {
        ReadError {
            kind: self.kind,
            message: self.message,
            text: Arc::clone(source),
            span: self.span,
            label: self.label.into(),
            help: self.help,
        }
    }
}
