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
#[derive(Clone, Debug)]
struct Placed {
    /// Where the object began in its text.
    start: usize,
    findings: BTreeMap<String, Arc<[Finding]>>,
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
        let start = request.object().map(|object| object.node.span).unwrap_or_default();
        let object = text.text().get(start.start..start.end).unwrap_or_default().to_owned();
        let start = start.start;
        let asked = Asked { object, operation: request.operation };
        let known = self.admission.placed.of(&asked);
        let mut placed = known.unwrap_or_else(|| Placed { start, findings: BTreeMap::new() });
        open.retain(|id| !placed.findings.contains_key(id));
        let before = placed.findings.len();
        let begun = Instant::now();
        for (told, id) in open.into_iter().enumerate() {
            if !self.credit.lasts(told, begun.elapsed(), (telling.others_wait)()) {
                break;
            }
            let Some(found) = self.worked_out(request, &id, placed.start, start) else { break };
            placed.findings.insert(id, found);
        }
        let mut found: Vec<_> = placed.findings.values().flat_map(|found| found.iter()).collect();
        for finding in judged.findings.iter_mut().filter(|finding| is_nowhere(finding)) {
            let is_same = |placed: &&Finding| {
                Arc::ptr_eq(&placed.policy, &finding.policy) && placed.message == finding.message
            };
            let Some(at) = found.iter().position(is_same) else { continue };
            let Finding { place, also, .. } = found.remove(at);
            let moved = |place: &Place| place.clone().moved(text, placed.start, start);
            finding.place = place.as_ref().map(moved);
            finding.also = also.iter().map(moved).collect();
        }
        if placed.findings.len() > before {
            self.admission.placed.keep(asked, placed);
        }
    }

    /// Works out the places of a policy's violations, as of an object that begins where the one that
    /// is remembered does. None, where the time was over before.
    fn worked_out(
        &mut self,
        request: &AdmissionRequest,
        id: &str,
        remembered: usize,
        start: usize,
    ) -> Option<Arc<[Finding]>> {
        self.judge.places.only(Some(Arc::new([id.to_owned()].into())));
        let mut findings = self.found_by(request, Some(id)).findings;
        if self.judge.places.is_late() {
            return None;
        }
        findings.retain(|finding| finding.policy.id == id && !is_nowhere(finding));
        let text = &request.review.manifest.source;
        for finding in &mut findings {
            let moved = |place: Place| place.moved(text, start, remembered);
            finding.place = finding.place.take().map(moved);
            finding.also = std::mem::take(&mut finding.also).into_iter().map(moved).collect();
        }
        Some(findings.into())
    }
}

/// Whether a finding has no place but that of its resource.
pub(super) fn is_nowhere(finding: &Finding) -> bool {
    finding.place.as_ref().is_none_or(|place| place.source == PlaceSource::Resource)
}
