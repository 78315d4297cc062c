//! The form in which a judgement is kept: policies as numbers, places as spans of a text that is
//! not kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::check::Checked;
use crate::check::finding::{Finding, Standing};
use crate::check::judge::Judgement;
use crate::locate::{Place, PlaceSource};
use crate::manifest::{Pointer, ResourceId, Step};
use crate::policy::{Level, Policy, Severity};
use crate::source::{SourceText, Span};

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    resources: usize,
    skipped: usize,
    /// The resources that findings speak of.
    #[serde(borrow)]
    ids: Vec<[&'a str; 4]>,
    #[serde(borrow)]
    findings: Vec<FindingRecord<'a>>,
}

#[derive(Serialize, Deserialize)]
struct FindingRecord<'a> {
    policy: usize,
    message: &'a str,
    severity: Option<Severity>,
    level: Level,
    resource: Option<usize>,
    #[serde(borrow)]
    place: Option<PlaceRecord<'a>>,
    standing: Standing,
}

#[derive(Serialize, Deserialize)]
struct PlaceRecord<'a> {
    document: usize,
    #[serde(borrow)]
    path: Vec<StepRecord<'a>>,
    start: usize,
    end: usize,
    missing: Option<&'a str>,
    source: PlaceSource,
}

#[derive(Serialize, Deserialize)]
enum StepRecord<'a> {
    Key(&'a str),
    Index(usize),
}

/// The record of a judgement; none where it speaks of what a record does not hold.
pub(super) fn write(checked: &Checked, policies: &[Arc<Policy>]) -> Option<Vec<u8>> {
    let Checked { read: _, resources, skipped, judgement, manifests: _ } = checked;
    let Judgement { findings, problems: _ } = judgement;
    let mut ids = Vec::new();
    let findings = findings
        .iter()
        .map(|finding| finding_record(finding, policies, &mut ids))
        .collect::<Option<Vec<_>>>()?;
    let record = Record { resources: *resources, skipped: *skipped, ids, findings };
    postcard::to_allocvec(&record).ok()
}

fn finding_record<'a>(
    finding: &'a Finding,
    policies: &[Arc<Policy>],
    ids: &mut Vec<[&'a str; 4]>,
) -> Option<FindingRecord<'a>> {
    // Taken apart in full, so that a field that is added can't be forgotten here.
    let Finding { policy, message, severity, level, resource, place, standing } = finding;
    let resource = resource.as_ref().map(|id| {
        let id = [&*id.api_version, &*id.kind, &*id.namespace, &*id.name];
        ids.iter().rposition(|known| *known == id).unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        })
    });
    Some(FindingRecord {
        policy: policies.iter().position(|known| Arc::ptr_eq(known, policy))?,
        message,
        severity: *severity,
        level: *level,
        resource,
        place: place.as_ref().map(place_record),
        standing: *standing,
    })
}

fn place_record(place: &Place) -> PlaceRecord<'_> {
    let Place { text: _, document, path, span, missing, source } = place;
    PlaceRecord {
        document: *document,
        path: path.0.iter().map(StepRecord::from).collect(),
        start: span.start,
        end: span.end,
        missing: missing.as_deref(),
        source: *source,
    }
}

impl<'a> From<&'a Step> for StepRecord<'a> {
    fn from(step: &'a Step) -> Self {
        match step {
            Step::Key(key) => Self::Key(key),
            Step::Index(index) => Self::Index(*index),
        }
    }
}

/// The judgement that a record holds; none where the record does not fit.
pub(super) fn read(
    bytes: &[u8],
    text: &Arc<SourceText>,
    policies: &[Arc<Policy>],
) -> Option<Checked> {
    let record: Record<'_> = postcard::from_bytes(bytes).ok()?;
    let mut keys = Keys::default();
    let findings = record
        .findings
        .iter()
        .map(|finding| {
            let id = match finding.resource {
                Some(number) => Some(record.ids.get(number)?),
                None => None,
            };
            Some(Finding {
                policy: Arc::clone(policies.get(finding.policy)?),
                message: finding.message.to_owned(),
                severity: finding.severity,
                level: finding.level,
                resource: id.map(|[api_version, kind, namespace, name]| ResourceId {
                    api_version: (*api_version).to_owned(),
                    kind: (*kind).to_owned(),
                    namespace: (*namespace).to_owned(),
                    name: (*name).to_owned(),
                }),
                place: finding.place.as_ref().map(|place| keys.place(place, text)),
                standing: finding.standing,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Checked {
        read: true,
        resources: record.resources,
        skipped: record.skipped,
        judgement: Judgement { findings, problems: Vec::new() },
        manifests: Vec::new(),
    })
}

/// The keys of a file's paths, which are few and come again and again.
#[derive(Default)]
struct Keys(Vec<Arc<str>>);

impl Keys {
    fn place(&mut self, place: &PlaceRecord<'_>, text: &Arc<SourceText>) -> Place {
        let step = |step: &StepRecord<'_>| match step {
            StepRecord::Index(index) => Step::Index(*index),
            StepRecord::Key(key) => Step::Key(self.key(key)),
        };
        Place {
            text: Arc::clone(text),
            document: place.document,
            path: Pointer(place.path.iter().map(step).collect()),
            span: Span::new(place.start, place.end),
            missing: place.missing.map(str::to_owned),
            source: place.source,
        }
    }

    fn key(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.0.iter().find(|known| &***known == key) {
            return Arc::clone(known);
        }
        let new: Arc<str> = key.into();
        self.0.push(Arc::clone(&new));
        new
    }
}
