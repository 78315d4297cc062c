//! The form in which findings are set aside and kept: policies as numbers, places as spans of a
//! text that is elsewhere.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::agreement::waiver::Weighed;
use crate::agreement::{Agreed, Labels, Phase, Standing};
use crate::fix::Patch;
use crate::locate::{Confidence, Place, PlaceSource};
use crate::manifest::{Pointer, ResourceId, Step};
use crate::policy::{Level, Policy, Severity};
use crate::source::{Position, SourceText, Span};

use super::finding::Finding;
use super::fix::{Fix, FixEdit, FixKind, FixOrigin};

/// What records speak of by numbers, in the order of these.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) policies: &'k [Arc<Policy>],
    pub(super) waivers: &'k [Weighed],
}

/// What is wanted of a judgement without its findings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) resources: usize,
    pub(super) skipped: usize,
    /// Findings that are left out, as their policies are not announced.
    pub(super) unannounced: usize,
    pub(super) counts: Vec<Count>,
    /// Whether a fix is offered that has not been tried.
    pub(super) offers: bool,
}

/// How many findings of a kind there are.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) policy: usize,
    pub(super) level: Level,
    pub(super) standing: Standing,
    pub(super) findings: usize,
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    /// The resources that findings speak of.
    #[serde(borrow)]
    ids: Vec<IdRecord<'a>>,
    #[serde(borrow)]
    findings: Vec<FindingRecord<'a>>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct IdRecord<'a> {
    #[serde(borrow)]
    names: [&'a str; 4],
    #[serde(borrow)]
    labels: Vec<(&'a str, &'a str)>,
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
    #[serde(borrow)]
    also: Vec<PlaceRecord<'a>>,
    standing: Standing,
    phase: Phase,
    #[serde(borrow)]
    agreed: Option<AgreedRecord<'a>>,
    #[serde(borrow)]
    fix: Option<FixRecord<'a>>,
}

#[derive(Serialize, Deserialize)]
enum AgreedRecord<'a> {
    Exception,
    /// By its number.
    Waiver(usize),
    Baseline,
    Since(&'a str),
}

#[derive(Serialize, Deserialize)]
struct FixRecord<'a> {
    kind: FixKind,
    origin: FixOrigin,
    /// As JSON.
    patch: String,
    #[serde(borrow)]
    edits: Vec<EditRecord<'a>>,
    reason: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct PlaceRecord<'a> {
    /// The name of the text, where that is another one.
    elsewhere: Option<&'a str>,
    document: usize,
    #[serde(borrow)]
    path: Vec<StepRecord<'a>>,
    stable_path: &'a str,
    start: usize,
    end: usize,
    /// First line and column, last line and column.
    lines: [usize; 4],
    missing: Option<&'a str>,
    within: Option<&'a str>,
    source: PlaceSource,
    confidence: Option<Confidence>,
    bounded: bool,
}

#[derive(Serialize, Deserialize)]
enum StepRecord<'a> {
    Key(&'a str),
    Index(usize),
}

#[derive(Serialize, Deserialize)]
struct EditRecord<'a> {
    span: [usize; 2],
    /// First line and column, last line and column.
    lines: [usize; 4],
    text: &'a str,
}

/// The record of what was found in a text, of which the head tells how much was looked at; none
/// where it speaks of what a record does not hold.
pub(super) fn write(head: Head, findings: &[Finding], known: Known<'_>) -> Option<Vec<u8>> {
    let offers = findings.iter().any(|finding| finding.fix.as_ref().is_some_and(Fix::is_open));
    let mut head = Head { counts: Vec::new(), offers, ..head };
    let mut ids = Vec::new();
    let findings = findings
        .iter()
        .map(|finding| {
            let record = finding_record(finding, known, &mut ids)?;
            head.count(&record);
            Some(record)
        })
        .collect::<Option<Vec<_>>>()?;
    let head = postcard::to_allocvec(&head).ok()?;
    postcard::to_extend(&Body { ids, findings }, head).ok()
}

/// What a record says before its findings, and the bytes of those.
pub(super) fn head(record: &[u8]) -> Option<(Head, &[u8])> {
    postcard::take_from_bytes(record).ok()
}

impl Head {
    pub(super) fn of(resources: usize, skipped: usize) -> Self {
        Self { resources, skipped, unannounced: 0, counts: Vec::new(), offers: false }
    }

    fn count(&mut self, finding: &FindingRecord<'_>) {
        let FindingRecord { policy, level, standing, .. } = *finding;
        let same = |count: &&mut Count| {
            (count.policy, count.level, count.standing) == (policy, level, standing)
        };
        match self.counts.iter_mut().find(same) {
            Some(count) => count.findings += 1,
            None => self.counts.push(Count { policy, level, standing, findings: 1 }),
        }
    }
}

fn finding_record<'a>(
    finding: &'a Finding,
    known: Known<'_>,
    ids: &mut Vec<IdRecord<'a>>,
) -> Option<FindingRecord<'a>> {
    // Taken apart in full, so that a field that is added can't be forgotten here.
    let Finding {
        policy,
        message,
        severity,
        level,
        resource,
        labels,
        place,
        also,
        standing,
        phase,
        agreed,
        fix,
    } = finding;
    let resource = resource.as_ref().map(|id| {
        let names = [&*id.api_version, &*id.kind, &*id.namespace, &*id.name];
        let labels = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let id = IdRecord { names, labels };
        ids.iter().rposition(|known| *known == id).unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        })
    });
    Some(FindingRecord {
        policy: known.policies.iter().position(|known| Arc::ptr_eq(known, policy))?,
        message,
        severity: *severity,
        level: *level,
        resource,
        place: place.as_ref().map(|own| place_record(own, Some(own))),
        also: also.iter().map(|further| place_record(further, place.as_ref())).collect(),
        standing: *standing,
        phase: *phase,
        agreed: match agreed {
            None => None,
            Some(Agreed::Exception) => Some(AgreedRecord::Exception),
            Some(Agreed::Baseline) => Some(AgreedRecord::Baseline),
            Some(Agreed::Since { revision }) => Some(AgreedRecord::Since(revision)),
            Some(Agreed::Waiver { waiver }) => {
                let is_it = |weighed: &Weighed| Arc::ptr_eq(&weighed.waiver, waiver);
                Some(AgreedRecord::Waiver(known.waivers.iter().position(is_it)?))
            }
        },
        fix: fix.as_ref().map(fix_record),
    })
}

fn fix_record(fix: &Fix) -> FixRecord<'_> {
    let Fix { kind, origin, patch, edits, reason } = fix;
    FixRecord {
        kind: *kind,
        origin: *origin,
        patch: serde_json::to_string(patch).unwrap_or_default(),
        edits: edits.iter().map(edit_record).collect(),
        reason: reason.as_deref(),
    }
}

fn edit_record(edit: &FixEdit) -> EditRecord<'_> {
    let FixEdit { span, lines, text } = edit;
    EditRecord { span: [span.start, span.end], lines: numbers(*lines), text }
}

fn fix(record: &FixRecord<'_>) -> Option<Fix> {
    let edit = |edit: &EditRecord<'_>| FixEdit {
        span: Span::new(edit.span[0], edit.span[1]),
        lines: positions(edit.lines),
        text: edit.text.to_owned(),
    };
    Some(Fix {
        kind: record.kind,
        origin: record.origin,
        patch: Patch::read(&serde_json::from_str(&record.patch).ok()?)?,
        edits: record.edits.iter().map(edit).collect(),
        reason: record.reason.map(str::to_owned),
    })
}

/// Where something begins and ends, as a record has it.
fn numbers((start, end): (Position, Position)) -> [usize; 4] {
    [start.line, start.column, end.line, end.column]
}

fn positions([line, column, end_line, end_column]: [usize; 4]) -> (Position, Position) {
    (Position { line, column }, Position { line: end_line, column: end_column })
}

/// The record of a place, among those of a finding whose first place it is or stands beside.
fn place_record<'a>(place: &'a Place, first: Option<&Place>) -> PlaceRecord<'a> {
    let Place {
        text,
        document,
        path,
        stable_path,
        span,
        lines,
        missing,
        within,
        source,
        confidence,
        bounded,
    } = place;
    let is_beside = first.is_some_and(|first| Arc::ptr_eq(&first.text, text));
    PlaceRecord {
        elsewhere: (!is_beside).then(|| text.name()),
        document: *document,
        path: path.0.iter().map(StepRecord::from).collect(),
        stable_path,
        start: span.start,
        end: span.end,
        lines: numbers(*lines),
        missing: missing.as_deref(),
        within: within.as_deref(),
        source: *source,
        confidence: *confidence,
        bounded: *bounded,
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

/// The findings of a record; none where it is not as it was written.
pub(super) fn findings(
    bytes: &[u8],
    text: &Arc<SourceText>,
    known: Known<'_>,
) -> Option<Vec<Finding>> {
    let record: Body<'_> = postcard::from_bytes(bytes).ok()?;
    let mut keys = Keys::default();
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let labels = |id: &IdRecord<'_>| Arc::new(id.labels.iter().map(owned).collect::<Labels>());
    let labels: Vec<_> = record.ids.iter().map(labels).collect();
    let no_labels = Arc::default();
    record
        .findings
        .iter()
        .map(|finding| {
            let id = match finding.resource {
                Some(number) => Some(record.ids.get(number)?),
                None => None,
            };
            Some(Finding {
                policy: Arc::clone(known.policies.get(finding.policy)?),
                message: finding.message.to_owned(),
                severity: finding.severity,
                level: finding.level,
                resource: id.map(|id| {
                    let [api_version, kind, namespace, name] = id.names.map(str::to_owned);
                    ResourceId { api_version, kind, namespace, name }
                }),
                labels: match finding.resource {
                    Some(number) => Arc::clone(labels.get(number)?),
                    None => Arc::clone(&no_labels),
                },
                place: finding.place.as_ref().map(|place| keys.place(place, text)),
                also: finding.also.iter().map(|place| keys.place(place, text)).collect(),
                standing: finding.standing,
                phase: finding.phase,
                agreed: match finding.agreed {
                    None => None,
                    Some(AgreedRecord::Exception) => Some(Agreed::Exception),
                    Some(AgreedRecord::Baseline) => Some(Agreed::Baseline),
                    Some(AgreedRecord::Since(revision)) => {
                        Some(Agreed::Since { revision: revision.to_owned() })
                    }
                    Some(AgreedRecord::Waiver(number)) => {
                        let waiver = Arc::clone(&known.waivers.get(number)?.waiver);
                        Some(Agreed::Waiver { waiver })
                    }
                },
                fix: match &finding.fix {
                    Some(record) => Some(fix(record)?),
                    None => None,
                },
            })
        })
        .collect()
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
        let text = match place.elsewhere {
            Some(name) => Arc::new(SourceText::new(name, "")),
            None => Arc::clone(text),
        };
        Place {
            text,
            document: place.document,
            path: Pointer(place.path.iter().map(step).collect()),
            stable_path: place.stable_path.to_owned(),
            span: Span::new(place.start, place.end),
            lines: positions(place.lines),
            missing: place.missing.map(str::to_owned),
            within: place.within.map(str::to_owned),
            source: place.source,
            confidence: place.confidence,
            bounded: place.bounded,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Checker, Input};
    use crate::policy::Loader;

    #[test]
    fn every_place_of_a_finding_comes_back() {
        let rego = "package p\ndeny contains {\"msg\": \"x\", \"path\": path} if {\n\
                    some path in [\"a.b\", \"a.c[0].d\"]\n}";
        let policies = Loader::new().policy_text("p.rego", rego).load().unwrap();
        let text = |name: &str, text: &str| Arc::new(SourceText::new(name, text));
        let first = text("a.yaml", "kind: A\napiVersion: v1\na: {b: 1, c: [2]}\n");
        let second = text("b.yaml", "kind: A\napiVersion: v1\na: {}\n");
        let checker = Checker::new(policies).unwrap();
        let inputs = [&first, &second].map(|text| Input::Text(Arc::clone(text)));
        let mut found = checker.check(&inputs, Vec::new(), &|| {}).findings;
        let mut places: Vec<_> = found.iter().filter_map(|f| f.place.clone()).collect();
        assert_eq!(places.len(), 4);
        places[1].source = PlaceSource::Inferred;
        places[1].confidence = Some(Confidence::Low);
        let mut finding = found.swap_remove(0);
        finding.also = places.split_off(1);

        let policies = [Arc::clone(&finding.policy)];
        let policies = Known { policies: &policies, waivers: &[] };
        let record = write(Head::of(2, 0), &[finding.clone()], policies).unwrap();
        let (_, body) = head(&record).unwrap();
        let back = findings(body, &first, policies).unwrap().swap_remove(0);
        // Of another text the name is left.
        assert_eq!(back.also[1].text.name(), "b.yaml");
        assert_eq!(back.also().collect::<Vec<_>>(), finding.also().collect::<Vec<_>>());
        finding.also.truncate(1);
        assert_eq!(Finding { also: back.also[..1].to_vec(), ..back }, finding);
    }
}
