//! What would mend a finding, and how far that is known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fix::{Edit, Patch};
use crate::source::{Position, SourceText, Span};

/// How far a fix is to be trusted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// Its policy offers it; it was tried: the violation goes, and nothing new comes.
    Safe,
    /// The same, but nobody offers it: it was worked out from what the policy looks for.
    Suggested,
    /// It was not tried, or does not do, or can't be written into the text: for people to read.
    Advice,
}

impl FixKind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Suggested => "suggested",
            Self::Advice => "advice",
        }
    }
}

/// Where a fix comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FixOrigin {
    /// The violation offers it.
    Policy,
    /// It was worked out.
    Inferred,
}

/// What would mend a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// How far it is to be trusted.
    pub kind: FixKind,
    /// Where it comes from.
    pub origin: FixOrigin,
    /// What it changes, from the root of the document on.
    pub patch: Patch,
    /// The edits of the text that do it, in their order; none for advice.
    pub edits: Vec<FixEdit>,
    /// Why it is no more than advice, where that is known.
    pub reason: Option<String>,
}

/// A part of the finding's file and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixEdit {
    /// The part.
    pub span: Span,
    /// Where it begins and ends, as people count.
    pub lines: (Position, Position),
    /// What takes its place.
    pub text: String,
}

impl From<&FixEdit> for Edit {
    fn from(edit: &FixEdit) -> Self {
        Self { span: edit.span, text: edit.text.clone() }
    }
}

impl Fix {
    /// One that has not been tried yet.
    pub(super) fn untried(origin: FixOrigin, patch: Patch) -> Self {
        Self { kind: FixKind::Advice, origin, patch, edits: Vec::new(), reason: None }
    }

    /// Whether it may be more than advice, once it is tried.
    pub(super) fn is_open(&self) -> bool {
        self.kind == FixKind::Advice && self.reason.is_none() && !self.patch.0.is_empty()
    }

    /// The same as advice.
    pub(super) fn because(self, reason: impl ToString) -> Self {
        let reason = Some(reason.to_string());
        Self { kind: FixKind::Advice, edits: Vec::new(), reason, ..self }
    }

    /// The same, tried and found good.
    pub(super) fn good(self, edits: Vec<Edit>, source: &SourceText) -> Self {
        let place = |span: Span| (source.position(span.start), source.position(span.end));
        let edit = |Edit { span, text }| FixEdit { span, lines: place(span), text };
        let edits = edits.into_iter().map(edit).collect();
        let kind = match self.origin {
            FixOrigin::Policy => FixKind::Safe,
            FixOrigin::Inferred => FixKind::Suggested,
        };
        Self { kind, edits, ..self }
    }
}

/// A fix as the JSON report has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
pub(super) struct FixJson<'f> {
    /// How far it is to be trusted.
    kind: FixKind,
    /// The edits of the text that do it, in their order; none for advice.
    edits: Vec<EditJson<'f>>,
    /// What it changes: a JSON Patch (RFC 6902) of the document.
    patch: Vec<OperationJson>,
    /// Why it is no more than advice, where that is known.
    reason: Option<&'f str>,
}

/// A part of a file and what takes its place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct EditJson<'f> {
    /// The file, as it was named in the run, with forward slashes.
    file: &'f str,
    /// Where the part begins, in bytes from the beginning of the file.
    start: usize,
    /// Where it ends: the first byte that stays.
    end: usize,
    /// What takes its place.
    text: &'f str,
}

/// An operation of a JSON Patch.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Operation")]
struct OperationJson {
    /// `add`, `replace`, `remove` or `test`.
    op: String,
    /// JSON Pointer from the document's root.
    path: String,
    /// The value, unless something is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl<'f> FixJson<'f> {
    pub(super) fn new(fix: &'f Fix, file: &'f str) -> Self {
        let edit = |edit: &'f FixEdit| EditJson {
            file,
            start: edit.span.start,
            end: edit.span.end,
            text: &edit.text,
        };
        Self {
            kind: fix.kind,
            edits: fix.edits.iter().map(edit).collect(),
            patch: operations(&fix.patch),
            reason: fix.reason.as_deref(),
        }
    }
}

fn operations(patch: &Patch) -> Vec<OperationJson> {
    let json = serde_json::to_value(patch).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let operation = |json: &Value| OperationJson {
        op: text(&json["op"]),
        path: text(&json["path"]),
        value: json.get("value").cloned(),
    };
    json.as_array().into_iter().flatten().map(operation).collect()
}
