//! What a lint found, at its place.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::source::{SourceText, Span};

use super::Lint;

/// Something in a policy that its author may want to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which lint found it.
    pub lint: Lint,
    /// The policy that it is about, where it is about one.
    pub policy: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The text that it stands in.
    pub text: Arc<SourceText>,
    /// Where in it.
    pub span: Span,
    /// A few words beside the place.
    pub label: String,
    /// Other places in the same text that take part.
    pub others: Vec<(Span, String)>,
    /// What to do about it.
    pub help: String,
}

impl Finding {
    pub(super) fn new(
        lint: Lint,
        message: impl Into<String>,
        text: &Arc<SourceText>,
        span: Span,
    ) -> Self {
        let (policy, label, help) = (None, String::new(), String::new());
        let (message, text, others) = (message.into(), Arc::clone(text), Vec::new());
        Self { lint, policy, message, text, span, label, others, help }
    }

    pub(super) fn of(self, policy: &str) -> Self {
        Self { policy: Some(policy.to_owned()), ..self }
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    pub(super) fn order(&self) -> (&str, Span, &str, Option<&str>, &str) {
        (self.text.name(), self.span, self.lint.name, self.policy.as_deref(), &self.message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Finding {}

impl Diagnostic for Finding {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.lint.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Warning)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = std::iter::once((&self.span, &self.label));
        let others = self.others.iter().map(|(span, label)| (span, label));
        Some(Box::new(first.chain(others).map(|(span, label)| {
            let label = Some(label.clone()).filter(|label| !label.is_empty());
            LabeledSpan::new_with_span(label, *span)
        })))
    }
}
