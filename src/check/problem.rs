//! Problems: what kept something from being judged.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::manifest::{ReadError, ReadErrorKind};
use crate::rego::PolicyError;
use crate::source::{SourceError, SourceText, Span};

/// What kind of thing could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProblemKind {
    /// A file or folder could not be read.
    Source,
    /// A manifest could not be parsed.
    Manifest,
    /// A template has not been rendered.
    Template,
    /// A manifest is beyond the limits.
    Limit,
    /// A policy or its data could not be loaded.
    Policy,
    /// A policy could not be evaluated.
    Evaluation,
    /// A waiver could not be read, or is not as it should be.
    Waiver,
    /// What was agreed could not be found out.
    Agreement,
}

impl ProblemKind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Manifest => "manifest",
            Self::Template => "template",
            Self::Limit => "limit",
            Self::Policy => "policy",
            Self::Evaluation => "evaluation",
            Self::Waiver => "waiver",
            Self::Agreement => "agreement",
        }
    }
}

/// Something that could not be judged: never the same as "no violations".
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What kind of thing it is.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
    /// The file it is about, also where no text of it could be read.
    pub file: Option<String>,
    /// Its place.
    pub place: Option<(Arc<SourceText>, Span)>,
    /// A few words beside the place.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let (text, _) = self.place.as_ref()?;
        Some(&**text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.place.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some(self.label.clone()), *span))))
    }
}

/// The place of a problem as the JSON report has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemLocation {
    /// The file: a manifest, a policy or data.
    pub file: String,
    /// First line, from 1; absent where the file could not be read.
    pub line: Option<usize>,
    /// First column, from 1.
    pub column: Option<usize>,
    /// Last line.
    pub end_line: Option<usize>,
    /// The column behind the last character.
    pub end_column: Option<usize>,
}

impl Problem {
    /// The place as reports give it.
    pub fn location(&self) -> Option<ProblemLocation> {
        let Some((text, span)) = &self.place else {
            let file = self.file.clone()?;
            return Some(ProblemLocation {
                file,
                line: None,
                column: None,
                end_line: None,
                end_column: None,
            });
        };
        let (start, end) = (text.position(span.start), text.position(span.end));
        Some(ProblemLocation {
            file: text.name().to_owned(),
            line: Some(start.line),
            column: Some(start.column),
            end_line: Some(end.line),
            end_column: Some(end.column),
        })
    }
}

/// A problem as the JSON report has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemRecord<'a> {
    /// What kind of thing could not be judged.
    kind: ProblemKind,
    /// What is wrong, in one line.
    message: &'a str,
    /// Where.
    location: Option<ProblemLocation>,
    /// What to do about it.
    help: Option<&'a str>,
}

impl<'a> From<&'a Problem> for ProblemRecord<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            kind: problem.kind,
            message: &problem.message,
            location: problem.location(),
            help: problem.help.as_deref(),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ProblemRecord::from(self).serialize(serializer)
    }
}

impl Problem {
    /// What is wrong with a file as a whole, or with none.
    pub(crate) fn of_file(kind: ProblemKind, message: String, file: Option<&str>) -> Self {
        let file = file.map(str::to_owned);
        Self { kind, message, file, place: None, label: String::new(), help: None }
    }
}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Self {
        Self::of_file(ProblemKind::Source, error.to_string(), error.name())
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self {
            kind: match error.kind {
                ReadErrorKind::Syntax => ProblemKind::Manifest,
                ReadErrorKind::Template => ProblemKind::Template,
                ReadErrorKind::Limit => ProblemKind::Limit,
            },
            message: error.message,
            file: Some(error.text.name().to_owned()),
            place: Some((error.text, error.span)),
            label: error.label,
            help: error.help,
        }
    }
}

impl Problem {
    /// A fault in a policy, met while loading (`Policy`) or judging (`Evaluation`).
    pub fn of_policy(kind: ProblemKind, error: PolicyError) -> Self {
        Self {
            kind,
            message: error.message,
            file: error.text.as_ref().map(|text| text.name().to_owned()),
            place: error.text.zip(error.span),
            label: error.label,
            help: error.help,
        }
    }
}

impl Problem {
    /// Something that is wrong with a waiver.
    pub(crate) fn of_waiver(error: PolicyError) -> Self {
        Self::of_policy(ProblemKind::Waiver, error)
    }
}

impl From<Problem> for PolicyError {
    fn from(problem: Problem) -> Self {
        let Problem { kind: _, message, file: _, place, label, help } = problem;
        let (text, span) = place.unzip();
        Self { text, span, label, help, ..Self::new(message) }
    }
}

/// Problems as they are met. A fault of a policy is told once, however many resources it kept
/// from being judged.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<(Problem, usize)>,
    faults: HashMap<Fault, usize>,
}

/// A policy's file, the place in it, and what is wrong there.
type Fault = (Option<(String, Span)>, String);

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        if problem.kind == ProblemKind::Evaluation {
            let place = problem.place.as_ref().map(|(text, span)| (text.name().to_owned(), *span));
            let cause = problem.message.split(" (judging ").next().unwrap_or_default().to_owned();
            match self.faults.entry((place, cause)) {
                Entry::Occupied(known) => {
                    if let Some((_, more)) = self.told.get_mut(*known.get()) {
                        *more += 1;
                    }
                    return;
                }
                Entry::Vacant(new) => {
                    new.insert(self.told.len());
                }
            }
        }
        self.told.push((problem, 0));
    }

    pub(super) fn told(self) -> Vec<Problem> {
        let told = self.told.into_iter().map(|(mut problem, more)| {
            if more > 0 && problem.message.ends_with(')') {
                problem.message.pop();
                problem.message.push_str(&format!(", and {more} more)"));
            }
            problem
        });
        told.collect()
    }
}
