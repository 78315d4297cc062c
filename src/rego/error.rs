//! A fault in a policy, at its place in the author's file.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

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

impl PolicyError {
    /// A fault without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), text: None, span: None, label: String::new(), help: None }
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

    /// The same fault with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// What regorus says of an error, taken apart: it formats place and message into one text.
pub(crate) struct ForeignError<'e> {
    pub(crate) file: Option<&'e str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: &'e str,
}

impl<'e> ForeignError<'e> {
    pub(crate) fn parse(text: &'e str) -> Self {
        let whole = Self { file: None, line: 1, column: 1, message: text.trim() };
        // Of several frames the first names the place and says what went wrong there.
        let Some((_, place)) = text.split_once("--> ") else { return whole };
        let header = place.lines().next().unwrap_or_default();
        let mut parts = header.rsplitn(3, ':');
        let column = parts.next().and_then(|part| part.trim().parse().ok());
        let line = parts.next().and_then(|part| part.parse().ok());
        let message = text.split_once("error: ").map_or(text, |(_, message)| message);
        let message = message.split("\n-->").next().unwrap_or(message);
        let message = message.trim().trim_end_matches("definition:").trim_end_matches(['.', '\n']);
        match (parts.next(), line, column) {
            (Some(file), Some(line), Some(column)) => {
                Self { file: Some(file), line, column, message: message.trim() }
            }
            _ => whole,
        }
    }
}

impl ForeignError<'_> {
    /// Where in the text it is: regorus counts a tab as four columns.
    pub(crate) fn offset(&self, source: &SourceText) -> usize {
        let line = source.line_span(self.line);
        let mut column = 1;
        for (at, c) in source.slice(line).char_indices() {
            if column >= self.column {
                return line.start + at;
            }
            column += if c == '\t' { 4 } else { 1 };
        }
        line.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_error_is_taken_apart() {
        let text =
            "\n--> C:/p/a.rego:3:7\n  |\n3 |  x := \n  |       ^\nerror: expecting expression";
        let error = ForeignError::parse(text);
        assert_eq!((error.file, error.line, error.column), (Some("C:/p/a.rego"), 3, 7));
        assert_eq!(error.message, "expecting expression");
        assert_eq!(ForeignError::parse("plain words").message, "plain words");
    }
}
