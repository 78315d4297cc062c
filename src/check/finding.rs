//! A finding: a violation with its place, what its policy says about it, and its standing.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use miette::{Diagnostic, LabeledSpan, SourceCode};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::agreement::{
    self, Agreed, Fingerprint, Labels, Phase, ResourceNames, Said, Standing, Stood, Subject,
};
use crate::locate::{Confidence, Place, PlaceSource};
use crate::manifest::ResourceId;
use crate::policy::{Level, Policy, Rollout, Severity};

use super::fix::{Fix, FixJson};

/// A place as reports give it. Lines and columns start at 1, columns count characters, the end
/// is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Location {
    /// The file, as it was named in the run, with forward slashes.
    pub file: String,
    /// Which document of the file, from 1.
    pub document: usize,
    /// JSON Pointer from the document's root to the value; also of one that is absent.
    pub path: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
    /// How the place was found.
    pub source: PlaceSource,
    /// How sure it is, where nobody named it.
    pub confidence: Option<Confidence>,
    /// Whether it is no nearer because working that out took more than it may.
    pub bounded: bool,
}

impl From<&Place> for Location {
    fn from(place: &Place) -> Self {
        let (start, end) = place.lines;
        Self {
            file: place.text.name().to_owned(),
            document: place.document,
            path: place.path.to_string(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            source: place.source,
            confidence: place.confidence,
            bounded: place.bounded,
        }
    }
}

/// A violation with everything that is known about it.
///
/// It is a [`miette::Diagnostic`] and serialises as one element of the JSON report's `findings`.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The policy it violates.
    pub policy: Arc<Policy>,
    /// What is wrong, in the policy's words.
    pub message: String,
    /// How bad it is, where the violation or its policy says so.
    pub severity: Option<Severity>,
    /// What it asks for.
    pub level: Level,
    /// The resource; none for a policy that judges several at once and named none.
    pub resource: Option<ResourceId>,
    /// The labels of the resource.
    pub labels: Arc<Labels>,
    /// Where it is.
    pub place: Option<Place>,
    /// Where it is too: further places of the same violation, in the order of the text.
    pub also: Vec<Place>,
    /// What it means for a deployment.
    pub standing: Standing,
    /// How far the rollout of its policy has come.
    pub phase: Phase,
    /// Why it is let pass, if it is.
    pub agreed: Option<Agreed>,
    /// What would mend it, as far as its policy offers something.
    pub fix: Option<Fix>,
}

impl Finding {
    /// The place as reports give it.
    pub fn location(&self) -> Option<Location> {
        self.place.as_ref().map(Location::from)
    }

    /// The name of the file that it is in; empty where it has no place.
    pub(crate) fn file(&self) -> &str {
        self.place.as_ref().map_or("", |place| place.text.name())
    }

    /// What makes it the same finding in the next run.
    pub fn fingerprint(&self) -> Fingerprint {
        let resource = self.resource.as_ref().map(ResourceNames::from);
        Fingerprint::new(&self.policy.id, resource.as_ref(), self.said())
    }

    /// The same in full, as a baseline has it.
    pub fn stood(&self) -> Stood {
        let resource = self.resource.as_ref().map(ResourceNames::from);
        Stood::new(&self.policy.id, resource, self.said())
    }

    fn said(&self) -> Said<'_> {
        Said::new(self.place.as_ref(), &self.message)
    }

    /// What an agreement can be about.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            policy: &self.policy,
            level: self.level,
            resource: self.resource.as_ref(),
            labels: &self.labels,
            file: self.file(),
            path: self.place.as_ref().map(|place| &place.path),
            stable_path: self.place.as_ref().map(|place| place.stable_path.as_str()),
            // The rest is what an agreement makes of it.
            agreed: self.agreed.as_ref().filter(|agreed| **agreed == Agreed::Exception),
        }
    }

    /// How it would stand if nothing let it pass.
    pub fn due(&self) -> Standing {
        Standing::due(self.phase, self.level)
    }

    /// What will change about it, seen from a day: `blocks in 23 days, on 2026-12-15`.
    pub fn notice(&self, on: NaiveDate) -> Option<String> {
        agreement::notice(&self.policy.metadata.rollout, self.level, on)
    }

    /// The further places as reports give them.
    pub fn also(&self) -> impl Iterator<Item = Location> + '_ {
        self.also.iter().map(Location::from)
    }

    /// Whether a place stands in the text of the first one, so that one snippet can show both.
    fn is_beside(&self, place: &Place) -> bool {
        self.place.as_ref().is_some_and(|first| Arc::ptr_eq(&first.text, &place.text))
    }

    /// The further places that stand in other texts than the first one.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = &Place> {
        self.also.iter().filter(|place| !self.is_beside(place))
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
        Some(Box::new(&self.policy.id))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.standing {
            Standing::Blocking => miette::Severity::Error,
            Standing::Warning => miette::Severity::Warning,
            Standing::Upcoming | Standing::Waived | Standing::Baselined => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.policy.metadata.help.as_ref()?;
        Some(Box::new(help))
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let link = self.policy.metadata.links.first()?;
        Some(Box::new(&link.url))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let place = self.place.as_ref()?;
        Some(&*place.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.place.as_ref()?;
        let beside = self.also.iter().filter(|place| self.is_beside(place));
        let label =
            |place: &Place| LabeledSpan::new_with_span(place.label(&self.message), place.span);
        let primary = LabeledSpan::new_primary_with_span(first.label(&self.message), first.span);
        Some(Box::new(std::iter::once(primary).chain(beside.map(label))))
    }
}

/// When a policy counts, as the JSON report has it. Dates are those of UTC.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rollout")]
struct RolloutRecord {
    /// How far it has come.
    phase: Phase,
    /// The day on which it is announced.
    announced: Option<String>,
    /// The day from which its violations are warnings.
    warn_from: Option<String>,
    /// The day from which they are what its level says.
    enforce_from: Option<String>,
}

impl RolloutRecord {
    fn of(finding: &Finding) -> Option<Self> {
        let Rollout { announced, warn_from, enforce_from } = finding.policy.metadata.rollout;
        let [announced, warn_from, enforce_from] =
            [announced, warn_from, enforce_from].map(|date| date.map(|date| date.to_string()));
        let record = Self { phase: finding.phase, announced, warn_from, enforce_from };
        (!finding.policy.metadata.rollout.is_empty()).then_some(record)
    }
}

/// A finding as the JSON report has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(crate) struct FindingRecord<'a> {
    /// The policy's stable id.
    policy: &'a str,
    /// The rule as OPA names it.
    rule: &'a str,
    /// What it asks for.
    level: Level,
    /// How bad it is, where the policy says so.
    severity: Option<Severity>,
    /// The policy's title; its id where it has none.
    title: &'a str,
    /// What is wrong, in one line.
    message: &'a str,
    /// The resource it is about.
    resource: Option<&'a ResourceId>,
    /// Where it is.
    location: Option<Location>,
    /// Where it is too, in the order of the text.
    also: Vec<Location>,
    /// Why it matters.
    why: Option<&'a str>,
    /// How to fix it.
    help: Option<&'a str>,
    /// Where to read more.
    docs: Vec<&'a str>,
    /// Who decided it.
    owner: Option<&'a str>,
    /// Where to talk to them.
    contact: Option<&'a str>,
    /// What makes it the same finding in the next run, as baselines have it. Several may share one.
    #[schemars(with = "String")]
    fingerprint: String,
    /// What it means for a deployment.
    standing: Standing,
    /// When its policy counts, where it has dates.
    rollout: Option<RolloutRecord>,
    /// Why it is let pass, if it is.
    agreed: Option<&'a Agreed>,
    /// What would mend it, as far as anything is offered.
    fix: Option<FixJson<'a>>,
}

impl<'a> From<&'a Finding> for FindingRecord<'a> {
    fn from(finding: &'a Finding) -> Self {
        let metadata = &finding.policy.metadata;
        Self {
            policy: &finding.policy.id,
            rule: &finding.policy.rule,
            level: finding.level,
            severity: finding.severity,
            title: finding.policy.title(),
            message: &finding.message,
            resource: finding.resource.as_ref(),
            location: finding.location(),
            also: finding.also().collect(),
            why: metadata.why.as_deref(),
            help: metadata.help.as_deref(),
            docs: metadata.links.iter().map(|link| link.url.as_str()).collect(),
            owner: metadata.owner.as_deref(),
            contact: metadata.contact.as_deref(),
            fingerprint: finding.fingerprint().to_string(),
            standing: finding.standing,
            rollout: RolloutRecord::of(finding),
            agreed: finding.agreed.as_ref(),
            fix: finding.fix.as_ref().map(|fix| FixJson::new(fix, finding.file())),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingRecord::from(self).serialize(serializer)
    }
}
