//! Places for those who are denied, worked out policy by policy and kept for those who ask again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::locate::{Place, PlaceSource};
use crate::manifest::{AdmissionRequest, Operation};

use super::admission::{AdmissionJudge, Judged};
use super::finding::Finding;
use super::telling::Telling;

/// An object that somebody asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    object: String,
    operation: Operation,
}

/// Violations of an object with the places that were worked out, by their policies.
type Placed = BTreeMap<String, Found>;

/// The violations of one policy.
#[derive(Clone, Debug)]
struct Found {
    /// Where the object began in its text.
    start: usize,
    findings: Arc<[Finding]>,
}

/// How many objects are remembered, and how long they may be, in bytes.
const PLACED: usize = 1024;
const LARGE: usize = 16 << 10;

/// What was worked out of objects that come again and again: those who make them don't read.
#[derive(Debug, Default)]
pub(super) struct Placings(Mutex<HashMap<Asked, Placed>>);

impl Placings {
    fn of(&self, asked: &Asked) -> Option<Placed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(asked).cloned()
    }

    fn keep(&self, asked: Asked, placed: Placed) {
        if asked.object.is_empty() || asked.object.len() > LARGE {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PLACED && !known.contains_key(&asked) {
            known.clear();
        }
        known.insert(asked, placed);
    }
}

impl AdmissionJudge<'_> {
    /// Gives violations of some policies the places that are worked out for them, policy by policy,
    /// until others wait; those that are known already in any case.
    pub(super) fn place(
        &mut self,
        request: &AdmissionRequest,
        judged: &mut Judged,
        mut open: BTreeSet<String>,
        telling: &Telling<'_>,
    ) {
        let text = &request.review.manifest.source;
        let span = request.object().map(|object| object.node.span).unwrap_or_default();
        let object = text.text().get(span.start..span.end).unwrap_or_default().to_owned();
        let asked = Asked { object, operation: request.operation };
        let mut placed = self.admission.placed.of(&asked).unwrap_or_default();
        open.retain(|id| !placed.contains_key(id));
        let before = placed.len();
        let begun = Instant::now();
        for (told, id) in open.into_iter().enumerate() {
            if !self.credit.lasts(told, begun.elapsed(), (telling.others_wait)()) {
                break;
            }
            let Some(findings) = self.worked_out(request, &id) else { break };
            placed.insert(id, Found { start: span.start, findings });
        }
        let mut found: Vec<_> = placed
            .values()
            .flat_map(|found| found.findings.iter().map(|finding| (found.start, finding)))
            .collect();
        for finding in judged.findings.iter_mut().filter(|finding| is_nowhere(finding)) {
            let is_same = |(_, placed): &(usize, &Finding)| {
                Arc::ptr_eq(&placed.policy, &finding.policy) && placed.message == finding.message
            };
            let Some(at) = found.iter().position(is_same) else { continue };
            let (start, Finding { place, also, .. }) = found.remove(at);
            let moved = |place: &Place| place.clone().moved(text, start, span.start);
            finding.place = place.as_ref().map(moved);
            finding.also = also.iter().map(moved).collect();
        }
        if placed.len() > before {
            self.admission.placed.keep(asked, placed);
        }
    }

    /// Works out the places of a policy's violations. None, where the time was over before.
    fn worked_out(&mut self, request: &AdmissionRequest, id: &str) -> Option<Arc<[Finding]>> {
        self.judge.places.only(Some(Arc::new([id.to_owned()].into())));
        let mut findings = self.found_by(request, Some(id)).findings;
        if self.judge.places.is_late() {
            return None;
        }
        findings.retain(|finding| finding.policy.id == id && !is_nowhere(finding));
        Some(findings.into())
    }
}

/// Whether a finding has no place but that of its resource.
pub(super) fn is_nowhere(finding: &Finding) -> bool {
    finding.place.as_ref().is_none_or(|place| place.source == PlaceSource::Resource)
}
