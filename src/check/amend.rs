//! Mending what is asked to be admitted: fixes are tried on the request as it was sent.

use std::sync::Arc;
use std::time::Instant;

use crate::engine::Clock;
use crate::fix::Patch;
use crate::manifest::{AdmissionRequest, Manifest, Resource};
use crate::policy::Policy;

use super::admission::AdmissionJudge;
use super::finding::Finding;
use super::fix::{FixKind, FixOrigin};
use super::trial::outcome;

/// How many fixes are tried for one request.
const MOST: usize = 64;

/// What fixes make of the object of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amended {
    /// What they change, from the top of the object on.
    pub patch: Patch,
    /// What they mend, in the order in which they do.
    pub made: Vec<Finding>,
}

/// A request as a fix would have it, and what is found in that.
struct Next {
    request: AdmissionRequest,
    findings: Vec<Finding>,
}

impl AdmissionJudge<'_> {
    /// Mends what would be deployed with the fixes that policies offer, those of `wanted` ones: one
    /// after the other, each only if it takes its violation away and brings no other.
    pub fn amend(
        &mut self,
        request: &AdmissionRequest,
        wanted: impl Fn(&Policy) -> bool,
        until: Option<Instant>,
    ) -> Amended {
        let mut amended = Amended::default();
        let Some(top) = request.deployed().map(|deployed| deployed.path.clone()) else {
            return amended;
        };
        self.judge.set_clock(Clock { until, ..Clock::now() });
        let mut request = request.clone();
        let mut findings = self.found_in(&request).findings;
        for _ in 0..MOST {
            let is_open = |finding: &Finding| is_offered(finding) && wanted(&finding.policy);
            let Some(at) = findings.iter().position(is_open) else { break };
            match self.tried(&request, &findings, at) {
                Ok(next) => {
                    let mut finding = findings.swap_remove(at);
                    if let Some(fix) = &mut finding.fix {
                        fix.kind = FixKind::Safe;
                        amended.patch.0.extend(fix.patch.clone().within(&top).0);
                    }
                    amended.made.push(finding);
                    (request, findings) = (next.request, next.findings);
                }
                Err(reason) => {
                    let fix = findings[at].fix.take();
                    findings[at].fix = fix.map(|fix| fix.because(reason));
                }
            }
        }
        amended
    }

    /// Tries what policies offer for those of the findings of a request that are chosen.
    pub(super) fn try_offers(
        &mut self,
        request: &AdmissionRequest,
        findings: &mut [Finding],
        chosen: &[usize],
    ) {
        for at in chosen.iter().copied() {
            let tried = self.tried(request, findings, at).map(drop);
            let Some(fix) = findings[at].fix.take() else { continue };
            findings[at].fix = Some(match tried {
                Ok(()) => super::Fix { kind: FixKind::Safe, ..fix },
                Err(reason) => fix.because(reason),
            });
        }
    }

    /// Tries the fix of one of the findings, which are all of the request.
    fn tried(
        &mut self,
        request: &AdmissionRequest,
        findings: &[Finding],
        at: usize,
    ) -> Result<Next, String> {
        let nothing = Patch::default();
        let patch = findings[at].fix.as_ref().map_or(&nothing, |fix| &fix.patch);
        let manifest = &request.review.manifest;
        let root = patch.apply(&manifest.root).map_err(|error| error.to_string())?;
        let patched = Arc::new(Manifest { root, ..Manifest::clone(manifest) });
        let request = AdmissionRequest::of_resource(Resource::whole(&patched));
        let request = request.map_err(|error| error.to_string())?;
        let paused = self.judge.places.pause();
        let after = self.found_in(&request);
        self.judge.places.resume(paused);
        outcome(findings, &findings[at], &after)?;
        Ok(Next { request, findings: after.findings })
    }
}

/// Whether a policy offers a fix that nobody has tried.
pub(super) fn is_offered(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|fix| fix.origin == FixOrigin::Policy && fix.is_open())
}
