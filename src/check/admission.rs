//! Judging what an API server asks to admit: one request after another, for as long as a server
//! runs.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use crate::agreement::{
    Agreed, Agreement, Allowance, Fingerprint, ResourceNames, Said, Settled, Standing, Subject,
};
use crate::engine::Clock;
use crate::manifest::{AdmissionRequest, Controller, Pointer, Resource, ResourceId, controllers};
use crate::policy::{Dialect, EntryPoint, Policy, Severity};
use crate::rego::PolicyErrors;

use super::amend::is_offered;
use super::finding::Finding;
use super::judge::Judgement;
use super::placing::{Placings, is_nowhere};
use super::problem::Problem;
use super::run::{Judge, Run, order};
use super::telling::{Credit, Telling};
use super::{Checker, Trials, constraints};

/// A checker among the objects that it knows of, ready to be asked.
#[derive(Debug)]
pub struct Admission<'c> {
    run: Run<'c>,
    problems: Vec<Problem>,
    /// What stood before, where a baseline says.
    allowance: Option<Allowance>,
    /// The policies of which what was agreed may ask for the place.
    asks_for_places: Arc<BTreeSet<String>>,
    pub(super) placed: Placings,
}

/// Judges requests, one at a time. Each thread takes its own.
#[derive(Debug)]
pub struct AdmissionJudge<'a> {
    pub(super) admission: &'a Admission<'a>,
    pub(super) credit: Credit,
    pub(super) judge: Judge<'a>,
}

/// What judging a request gave.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The findings, as they stand by what was agreed.
    pub findings: Vec<Finding>,
    /// What kept policies from judging it.
    pub problems: Vec<Problem>,
    /// Findings of policies that are not announced yet.
    pub unannounced: usize,
}

impl Judged {
    /// What blocks, in the order in which people are told of it: the worst first, whatever else is
    /// known of it.
    pub fn blocking(&self) -> Vec<&Finding> {
        let blocks = |finding: &&Finding| finding.standing == Standing::Blocking;
        let mut blocking: Vec<_> = self.findings.iter().filter(blocks).collect();
        blocking.sort_by_key(|finding| importance(finding));
        blocking
    }
}

/// Half of the time from now on: who waits is to have the verdict in time, whatever else is known.
fn halfway(until: Instant) -> Instant {
    let now = Instant::now();
    now + until.saturating_duration_since(now) / 2
}

/// The worst first.
fn importance(finding: &Finding) -> (Reverse<Option<Severity>>, &str, &str) {
    (Reverse(finding.severity), &finding.policy.id, &finding.message)
}

impl Checker {
    /// Makes it ready for admission requests.
    ///
    /// # Errors
    ///
    /// Policies that don't compile among the objects that they know of.
    pub fn admission(&self) -> Result<Admission<'_>, PolicyErrors> {
        let mut problems = Vec::new();
        let run = Run::new(self, &[], &mut problems)?;
        let allowance = run.allowance();
        let agreement = run.agreement();
        let asks = |policy: &&Arc<Policy>| {
            agreement.baseline.is_some() || agreement.waivers.concern(policy)
        };
        let asks = run.numbered().iter().filter(asks).map(|policy| policy.id.clone());
        let asks_for_places = Arc::new(asks.collect());
        let placed = Placings::default();
        Ok(Admission { run, problems, allowance, asks_for_places, placed })
    }
}

impl Admission<'_> {
    /// What could not be read of what it knows of: waivers, and the objects of a cluster.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The policies that are not asked, as they look at several manifests at once.
    pub fn unasked(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.run.combined().iter().flat_map(|entry| &entry.policies)
    }

    /// A judge for one thread.
    pub fn judge(&self) -> AdmissionJudge<'_> {
        AdmissionJudge { admission: self, credit: Credit::default(), judge: self.run.judge() }
    }
}

impl AdmissionJudge<'_> {
    /// Judges a request. Policies about manifests are asked about what would be deployed, those
    /// about requests about the request. What is not judged when somebody stops to wait is among
    /// the problems.
    pub fn judge(&mut self, request: &AdmissionRequest, until: Option<Instant>) -> Judged {
        self.judge.set_clock(Clock { until, ..Clock::now() });
        self.judge.places.begin_text();
        let judgement = self.found_in(request);
        self.judged(request, judgement, true)
    }

    /// The same verdict, in less time: of violations that name no place, only those have theirs worked
    /// out of which somebody will read it, the first so many of a denial, and those where a waiver or a
    /// baseline may ask for it. A verdict comes before what is told of it: while others wait, places
    /// and the trials of fixes get a fifth of the time and some are left out, and they never get more
    /// than half of the time that is left until somebody stops to wait.
    pub fn judge_briefly(
        &mut self,
        request: &AdmissionRequest,
        until: Option<Instant>,
        telling: &Telling<'_>,
    ) -> Judged {
        let clock = Clock { until, ..Clock::now() };
        self.judge.set_clock(clock);
        self.judge.places.begin_text();
        let admission = self.admission;
        let asks_for_places = &admission.asks_for_places;
        self.judge.places.only(Some(Arc::clone(asks_for_places)));
        let judgement = self.found_in(request);
        let verdict = Instant::now();
        self.credit.begin(verdict, (telling.others_wait)());
        self.judge.set_clock(Clock { until: until.map(halfway), ..clock });
        let mut judged = self.judged(request, judgement, self.credit.is_left());
        let open: BTreeSet<String> = judged
            .blocking()
            .into_iter()
            .take(telling.shown)
            .filter(|it| is_nowhere(it) && !asks_for_places.contains(&it.policy.id))
            .map(|finding| finding.policy.id.clone())
            .collect();
        if !open.is_empty() {
            self.place(request, &mut judged, open, telling);
        }
        self.judge.places.only(None);
        self.credit.spend(verdict.elapsed());
        judged
    }

    fn judged(&mut self, request: &AdmissionRequest, judgement: Judgement, tries: bool) -> Judged {
        let Judgement { mut findings, problems, .. } = judgement;
        if tries && self.admission.run.options().trials != Trials::None {
            let chosen = self.worth_trying(&findings);
            self.try_offers(request, &mut findings, &chosen);
        }
        let owners = request.object().map(controllers).unwrap_or_default();
        let mut judged = Judged { problems, ..Judged::default() };
        let mut stood = HashMap::new();
        let agreement = self.admission.run.agreement();
        for finding in findings {
            if !agreement.concerns(&finding.policy) {
                judged.findings.push(finding);
                continue;
            }
            let aspects = Aspect::of(&finding, request.object(), &owners);
            match settled(finding, agreement, &aspects) {
                None => judged.unannounced += 1,
                Some(mut finding) => {
                    if !finding.standing.is_let_pass() && self.stood(&finding, &aspects, &mut stood)
                    {
                        finding.standing = Standing::Baselined;
                        finding.agreed = Some(Agreed::Baseline);
                    }
                    judged.findings.push(finding);
                }
            }
        }
        judged
    }

    /// What is found in a request, whatever was agreed about it.
    pub(super) fn found_in(&mut self, request: &AdmissionRequest) -> Judgement {
        self.found_by(request, None)
    }

    /// The same, by one policy alone, where one is named.
    pub(super) fn found_by(&mut self, request: &AdmissionRequest, id: Option<&str>) -> Judgement {
        let mut judgement = Judgement::default();
        self.admission.run.judge_request(request, id, &mut self.judge, &mut judgement);
        // A rule may speak for several policies.
        judgement
            .findings
            .retain(|finding| self.admission.run.checker().is_wanted(&finding.policy));
        judgement.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        judgement
    }

    /// The fixes that somebody who is denied will read of.
    fn worth_trying(&self, findings: &[Finding]) -> Vec<usize> {
        let most = match self.admission.run.options().trials {
            Trials::None => 0,
            Trials::First(most) => most,
            Trials::All => findings.len(),
        };
        let blocks = |finding: &Finding| {
            is_offered(finding) && self.admission.run.standing(finding) == Some(Standing::Blocking)
        };
        let open = findings.iter().enumerate().filter(|(_, finding)| blocks(finding));
        let mut open: Vec<_> = open.collect();
        open.sort_by_key(|(_, finding)| importance(finding));
        open.into_iter().map(|(at, _)| at).take(most).collect()
    }

    /// Whether the baseline says that a finding stood before: in a request as often as it did.
    fn stood(
        &self,
        finding: &Finding,
        aspects: &[Aspect],
        stood: &mut HashMap<Fingerprint, u64>,
    ) -> bool {
        let Some(allowance) = &self.admission.allowance else { return false };
        let mut fingerprints = aspects.iter().map(|aspect| aspect.fingerprint(finding));
        let Some(known) = fingerprints.find(|known| allowance.of(known) > 0) else { return false };
        let count = stood.entry(known).or_default();
        *count += 1;
        *count <= allowance.of(&known)
    }
}

impl Run<'_> {
    fn judge_request(
        &self,
        request: &AdmissionRequest,
        id: Option<&str>,
        judge: &mut Judge<'_>,
        judgement: &mut Judgement,
    ) {
        let known = request.review_as_known();
        let mut is_rule = false;
        for (dialect, entries) in self.single() {
            let entries = match id {
                None => Cow::Borrowed(entries.as_slice()),
                Some(id) => {
                    let is_its =
                        |entry: &&&EntryPoint| entry.policies.iter().any(|policy| policy.id == id);
                    let its: Vec<_> = entries.iter().filter(is_its).copied().collect();
                    is_rule |= !its.is_empty();
                    Cow::Owned(its)
                }
            };
            let subject = match dialect {
                Dialect::Manifest | Dialect::Kubescape => request.deployed(),
                Dialect::Admission => Some(&request.review),
                Dialect::Gatekeeper => Some(&known),
            };
            if let Some(subject) = subject {
                self.judge_by(*dialect, &entries, subject, judge, judgement);
            }
        }
        if !is_rule {
            constraints::review(&known, &mut judge.reviewer, &mut judge.places, judgement);
        }
        // The object may leave out the namespace that the request is about.
        let Some(object) = request.object() else { return };
        for id in judgement.findings.iter_mut().filter_map(|finding| finding.resource.as_mut()) {
            id.namespace.clone_from(&object.id.namespace);
        }
    }
}

/// A finding as one of its object, or of who made that.
struct Aspect {
    /// None for a finding about no resource.
    id: Option<ResourceId>,
    path: Option<Pointer>,
    stable_path: Option<String>,
}

impl Aspect {
    /// The nearest first.
    fn of(finding: &Finding, object: Option<&Resource>, owners: &[Controller]) -> Vec<Self> {
        let top = object.map_or(0, |object| object.path.0.len());
        let place = finding.place.as_ref();
        let path = place.map(|place| place.path.0.get(top..).unwrap_or_default().to_vec());
        let own = Self {
            id: finding.resource.clone(),
            path: path.map(Pointer),
            stable_path: place.map(|place| place.stable_path.clone()),
        };
        let of_owner = |owner: &Controller| Self {
            id: Some(owner.id.clone()),
            path: own.path.as_ref().map(|path| owner.path(path)),
            stable_path: own.stable_path.as_ref().map(|path| owner.text_path(path)),
        };
        let owners: Vec<_> = owners.iter().map(of_owner).collect();
        std::iter::once(own).chain(owners).collect()
    }

    fn subject<'s>(&'s self, finding: &'s Finding) -> Subject<'s> {
        Subject {
            resource: self.id.as_ref(),
            path: self.path.as_ref(),
            stable_path: self.stable_path.as_deref(),
            ..finding.subject()
        }
    }

    /// What a baseline may know it by.
    fn fingerprint(&self, finding: &Finding) -> Fingerprint {
        let names = self.id.as_ref().map(ResourceNames::from);
        let said = match (Said::new(finding.place.as_ref(), &finding.message), &self.stable_path) {
            (Said::At(_), Some(path)) => Said::At(path),
            (said, _) => said,
        };
        Fingerprint::new(&finding.policy.id, names.as_ref(), said)
    }
}

/// How a finding stands: as what was agreed about its object, else about who made that. None of one
/// that is not told yet.
fn settled(finding: Finding, agreement: &Agreement, aspects: &[Aspect]) -> Option<Finding> {
    let mut found = None;
    for aspect in aspects {
        let settled = agreement.settle(&aspect.subject(&finding));
        match settled {
            Settled::Unannounced => return None,
            Settled::Stands { standing, phase, agreed, waivers: _ } => {
                let is_agreed = agreed.is_some();
                if found.is_none() || is_agreed {
                    found = Some((standing, phase, agreed));
                }
                if is_agreed {
                    break;
                }
            }
        }
    }
    let (standing, phase, agreed) = found?;
    Some(Finding { standing, phase, agreed, ..finding })
}
