//! Why a test failed: the expression that did not hold, and what was in it.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

/// How many ways are counted in which evaluation comes to an expression.
pub(super) const MOST_WAYS: usize = 1000;

/// What kept a test from passing.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What was expected, and what came, at its place.
    pub fault: PolicyError,
    /// The terms of the expression that did not hold, in the order of the text.
    pub seen: Vec<Seen>,
    /// In how many ways evaluation came to the expression, where it is known; a thousand stand for
    /// any number from there on. It held in none of them, and the terms are those of the first.
    pub ways: usize,
    /// Where the two sides of a comparison differ, if there is much in them.
    pub differences: Vec<String>,
}

/// A term and what it was.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The term as it is written, on one line.
    pub text: String,
    /// The file it stands in.
    pub source: Arc<SourceText>,
    /// Its place.
    pub span: Span,
    /// Its values: none where it is undefined, several where it goes through something.
    pub values: Vec<Value>,
}

impl From<PolicyError> for Failure {
    fn from(fault: PolicyError) -> Self {
        Self { fault, seen: Vec::new(), ways: 0, differences: Vec::new() }
    }
}

impl Seen {
    /// The values as Rego writes them.
    pub fn written(&self) -> Option<String> {
        let values: Vec<_> = self.values.iter().map(ToString::to_string).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Its place, as `file:line:column`.
    pub fn place(&self) -> String {
        let at = self.source.position(self.span.start);
        format!("{}:{}:{}", self.source.name(), at.line, at.column)
    }
}
