//! Why a waiver does not waive, or soon won't.

use schemars::JsonSchema;
use serde::Serialize;

use crate::rego::PolicyError;
use crate::source::Span;

use super::Waiver;

/// What is wrong with a waiver that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// No policy has this id.
    UnknownPolicy,
    /// Its policy allows no waivers.
    Forbidden,
    /// It does not say which workloads it is for.
    TooWide,
    /// It lasts longer than its policy allows.
    TooLong,
    /// Nobody who may has approved it.
    Unapproved,
    /// Its first day is still to come.
    Ahead,
    /// Its last day is over.
    Expired,
}

impl FaultKind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownPolicy => "unknown-policy",
            Self::Forbidden => "forbidden",
            Self::TooWide => "too-wide",
            Self::TooLong => "too-long",
            Self::Unapproved => "unapproved",
            Self::Ahead => "ahead",
            Self::Expired => "expired",
        }
    }
}

/// What is wrong with a waiver that can be read: it does not waive.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What kind of thing is wrong.
    pub kind: FaultKind,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The place in the waiver's file.
    pub span: Span,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, message: impl Into<String>, span: Span) -> Self {
        Self { kind, message: message.into(), help: None, span }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same, located in the waiver's file.
    pub fn located(&self, waiver: &Waiver) -> PolicyError {
        let error = PolicyError::at(self.message.clone(), waiver.source(), self.span);
        PolicyError { help: self.help.clone(), ..error }
    }
}
