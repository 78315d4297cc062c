//! A fault in a policy, at its place in the author's file.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use crate::manifest::ReadError;
use crate::source::{SourceText, Span};

/// Rego that does not parse, compile or evaluate; or metadata or data that can't be read.
#[derive(Clone, Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct PolicyError {
    /// What is wrong, in one line.
    pub message: String,
    /// The policy's text, where the fault has a place in one.
    #[source_code]
    pub text: Option<Arc<SourceText>>,
    /// The place.
    #[label("{label}")]
    pub span: Option<Span>,
    /// A few words beside the place.
    pub label: String,
    /// What to do about it.
    #[help]
    pub help: Option<String>,
    /// Other places that take part.
    #[related]
    pub related: Box<[PolicyError]>,
}

/// All that is wrong with a set of policies.
#[derive(Clone, Debug, Error, Diagnostic)]
#[error("the policies can't be used")]
pub struct PolicyErrors(#[related] pub Vec<PolicyError>);

impl From<PolicyError> for PolicyErrors {
    fn from(error: PolicyError) -> Self {
        Self(vec![error])
    }
}

impl From<ReadError> for PolicyError {
    fn from(error: ReadError) -> Self {
        Self { help: error.help, ..Self::at(error.message, &error.text, error.span) }
    }
}

impl PolicyError {
    /// A fault without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            text: None,
            span: None,
            label: String::new(),
            help: None,
            related: Box::default(),
        }
    }

    /// A fault at `span` of `text`.
    pub fn at(message: impl Into<String>, text: &Arc<SourceText>, span: Span) -> Self {
        Self {
            text: Some(Arc::clone(text)),
            span: Some(span),
            label: "here".into(),
            ..Self::new(message)
        }
    }

    /// The same fault with another place that takes part in it.
    #[must_use]
    pub fn with_related(mut self, other: Self) -> Self {
        self.related = self.related.into_iter().chain([other]).collect();
        self
    }

    /// The same fault with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
