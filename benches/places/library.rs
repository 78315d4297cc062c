//! What there is to score.

use std::collections::BTreeSet;
use std::sync::Arc;

use manifestly::manifest::Manifest;
use manifestly::source::SourceText;
use serde_json::{Map, Value};

use super::conventions::Conventions;
use super::layout::Layout;

/// A library of policies, with what they are asked about.
#[derive(Debug)]
pub(crate) struct Library {
    /// How it is laid out.
    pub(crate) layout: Layout,
    pub(crate) units: Vec<Unit>,
    /// What of it can't be used, and why.
    pub(crate) notes: Vec<Note>,
    pub(crate) conventions: Conventions,
}

/// Policies that are loaded together.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The rule's name; where there is none, each policy is a rule of its own.
    pub(crate) name: Option<String>,
    /// Whose places are taken out.
    pub(crate) policies: Vec<Arc<SourceText>>,
    /// What they import, which stays as it is.
    pub(crate) helpers: Vec<Arc<SourceText>>,
    pub(crate) cases: Vec<Case>,
}

/// Something that the policies of a unit are asked about.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) data: Map<String, Value>,
    pub(crate) subject: Subject,
    /// The messages that the library itself expects, where it tells them.
    pub(crate) expected: Option<Vec<String>>,
}

/// What is judged.
#[derive(Debug)]
pub(crate) enum Subject {
    /// Manifests, one resource after another. Their true places are those that check finds
    /// declared.
    Files(Vec<Arc<SourceText>>),
    /// One value that is all of the input, and how results tell their places in it.
    Value(Value, Told),
}

/// How results tell places in a value.
#[derive(Debug)]
pub(crate) enum Told {
    /// By paths in the objects of their alerts.
    Kubescape,
    /// By paths or words to search for in the text that the documents stand in.
    Kics {
        /// The documents.
        manifests: Vec<Manifest>,
        /// The lines on which the library expects violations.
        lines: BTreeSet<usize>,
    },
}

/// Something that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Why, in words that many can share.
    pub(crate) why: String,
    /// What: a rule, a case, a file.
    pub(crate) what: String,
    /// More about this one.
    pub(crate) detail: String,
}

impl Note {
    pub(crate) fn new(why: &str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { why: why.to_owned(), what: what.into(), detail: detail.into() }
    }
}
