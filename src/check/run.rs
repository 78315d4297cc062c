//! A run over many inputs: judged in parallel, handed over in their order, never all at once.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use crate::agreement::{Agreement, Allowance, Baseline, Standing, waiver};
use crate::engine::{Clock, Evaluator, Program};
use crate::gatekeeper::{Reviewer, Session};
use crate::manifest::{self, Format, ReadLimits, Resource};
use crate::policy::{Dialect, EntryPoint, Policy};
use crate::rego::PolicyErrors;
use crate::source::SourceText;

use super::finding::Finding;
use super::handover::{Checked, Found, Given, Ran, Sink, Taken, prepared};
use super::inference::Places;
use super::judge::{self, Judgement};
use super::problem::Problem;
use super::record::{Head, Known};
use super::report::{self, Report};
use super::{Checker, Input, Options, Trials, cache, constraints, kubescape, record, trial};

/// How many inputs are judged before what they gave is handed over; more with many threads.
const WINDOW: usize = 256;

/// A checker among the objects of one run.
#[derive(Debug)]
pub(super) struct Run<'c> {
    checker: &'c Checker,
    program: Program,
    session: Session,
    /// What is asked of one resource after another, by dialect.
    single: Vec<(Dialect, Vec<&'c EntryPoint>)>,
    /// What is asked of all documents at once.
    combined: Vec<&'c EntryPoint>,
    /// What the other manifests are known by, where policies look at them.
    around: Option<cache::Key>,
    /// In the order in which records number them: those of Rego, which records that are kept speak
    /// of, before the constraints.
    numbered: Vec<Arc<Policy>>,
}

/// What one thread judges with.
#[derive(Debug)]
pub(super) struct Judge<'s> {
    rules: Evaluator,
    pub(super) reviewer: Reviewer<'s>,
    pub(super) places: Places<'s>,
}

impl Judge<'_> {
    /// What is asked from here on is asked at this time.
    pub(super) fn set_clock(&mut self, clock: Clock) {
        self.rules.set_clock(clock);
        self.reviewer.set_clock(clock);
        self.places.set_clock(clock);
    }
}

/// Judges that have nothing to do: each thread takes one, and gives it back.
#[derive(Debug)]
pub(super) struct Judges<'r, 'c> {
    run: &'r Run<'c>,
    idle: Mutex<Vec<Judge<'r>>>,
}

impl<'r, 'c> Judges<'r, 'c> {
    pub(super) fn of(run: &'r Run<'c>) -> Self {
        Self { run, idle: Mutex::default() }
    }

    /// Judges something with one of them.
    pub(super) fn judge<T>(&self, with: impl FnOnce(&mut Judge<'r>) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let mut judge = known.unwrap_or_else(|| self.run.judge());
        let result = with(&mut judge);
        idle().push(judge);
        result
    }
}

impl<'c> Run<'c> {
    /// Adds to `problems` what can't be read of the objects that constraints know of.
    pub(super) fn new(
        checker: &'c Checker,
        inputs: &[Input],
        problems: &mut Vec<Problem>,
    ) -> Result<Self, PolicyErrors> {
        problems.extend(checker.waivers().errors().map(Problem::of_waiver));
        let session = constraints::session(checker, inputs, problems)?;
        let program = constraints::program(checker, session.world())?;
        let numbered = checker.policies.policies().chain(session.policies()).cloned().collect();
        let depends = checker.cache.is_some() && checker.looks_around();
        let around = depends.then(|| cache::around(session.world(), checker.reads_inventory()));
        let of = |dialect: Dialect| {
            checker.entry_points(false).filter(move |entry| entry.dialect == dialect).collect()
        };
        let single = Dialect::ALL.map(|dialect| (dialect, of(dialect))).into_iter();
        let single = single.filter(|(_, entries): &(_, Vec<_>)| !entries.is_empty()).collect();
        let combined = checker.entry_points(true).collect();
        Ok(Self { checker, program, session, single, combined, around, numbered })
    }

    /// What is asked of one resource, by dialect.
    pub(super) fn single(&self) -> &[(Dialect, Vec<&'c EntryPoint>)] {
        &self.single
    }

    /// What is asked of all documents at once.
    pub(super) fn combined(&self) -> &[&'c EntryPoint] {
        &self.combined
    }

    pub(super) fn checker(&self) -> &'c Checker {
        self.checker
    }

    pub(super) fn numbered(&self) -> &[Arc<Policy>] {
        &self.numbered
    }

    /// What its records speak of.
    pub(super) fn known(&self) -> Known<'_> {
        Known { policies: &self.numbered, waivers: self.checker.waivers().each() }
    }

    /// Whether every document is judged, whatever it looks like.
    pub(super) fn judges_all(&self) -> bool {
        self.checker.options.any
    }

    /// What the other manifests are known by, where policies look at them.
    pub(super) fn around(&self) -> Option<&cache::Key> {
        self.around.as_ref()
    }

    pub(super) fn options(&self) -> &'c Options {
        &self.checker.options
    }

    pub(super) fn read_limits(&self) -> &ReadLimits {
        &self.checker.options.read
    }

    /// The report of a run that keeps all findings in memory.
    pub(super) fn whole<'r>(
        &'r self,
        started: Instant,
        run: impl FnOnce(&mut Whole<'r>) -> Result<Ran, Infallible>,
    ) -> Report {
        let mut whole = Whole { known: self.known(), findings: Vec::new() };
        let Ok(Ran { mut summary, counts: _, problems: errors, prints, waivers, warnings }) =
            run(&mut whole);
        summary.duration_ms = report::milliseconds(started.elapsed());
        Report { summary, findings: whole.findings, errors, prints, waivers, warnings }
    }

    /// Judges inputs.
    pub(super) fn over<S: Sink>(
        &self,
        inputs: &[Input],
        known: Vec<Problem>,
        progress: &(dyn Fn() + Sync),
        sink: &mut S,
    ) -> Result<Ran, S::Error> {
        let judges = Judges::of(self);
        let mut taken = Taken::new(known);
        let mut shown = Shown::default();
        let mut allowance = self.allowance();
        for window in inputs.chunks(WINDOW.max(32 * rayon::current_num_threads())) {
            let ready = &*sink;
            let check =
                |input, tries| judges.judge(|judge| self.check_input(input, tries, judge, ready));
            let all = self.checker.options.trials == Trials::All;
            let checked = window.par_iter().map(|input| {
                let checked = check(input, all);
                progress();
                checked
            });
            let mut checked: Vec<_> = checked.collect();
            if let Trials::First(most) = self.checker.options.trials {
                let wanted = checked.iter().map(|checked| shown.wants(checked.offers(), most));
                let wanted: Vec<_> = wanted.collect();
                let again = checked.par_iter_mut().zip(window).zip(wanted);
                again.filter(|(_, wanted)| *wanted).for_each(|((checked, input), _)| {
                    *checked = check(input, true);
                });
            }
            for given in self.given(checked, &mut allowance, ready) {
                taken.take(given, sink)?;
            }
        }
        if let Some(cache) = &self.checker.cache {
            cache.save();
        }
        self.conclude(taken, allowance, sink)
    }

    /// What inputs gave, as it stands by what was agreed.
    fn given<S: Sink>(
        &self,
        checked: Vec<Checked>,
        allowance: &mut Option<Allowance>,
        sink: &S,
    ) -> Vec<Given<S::Item>> {
        let mut settling: Vec<_> =
            checked.into_par_iter().map(|checked| self.settle(checked)).collect();
        if let Some(allowance) = allowance {
            settling.iter_mut().for_each(|settling| settling.let_stand(allowance));
        }
        settling.into_par_iter().map(|settling| prepared(settling.done(self), sink)).collect()
    }

    /// Judges one value, whatever its shape.
    pub(super) fn over_value<S: Sink>(
        &self,
        text: &Arc<SourceText>,
        known: Vec<Problem>,
        sink: &mut S,
    ) -> Result<Ran, S::Error> {
        let mut taken = Taken::new(known);
        let tries = self.checker.options.trials != Trials::None;
        let checked = self.check_text(text, Format::Manifest, true, tries, &mut self.judge());
        let mut allowance = self.allowance();
        for given in self.given(vec![checked], &mut allowance, sink) {
            taken.take(given, sink)?;
        }
        self.conclude(taken, allowance, sink)
    }

    pub(super) fn judge(&self) -> Judge<'_> {
        let places = Places::new(&self.checker.options.inference, &self.program);
        Judge { rules: self.program.evaluator(), reviewer: self.session.reviewer(), places }
    }

    /// Judges a resource by the policies that look at one at a time.
    pub(super) fn judge_resource(
        &self,
        resource: &Resource,
        judge: &mut Judge<'_>,
        judgement: &mut Judgement,
    ) {
        for (dialect, entries) in &self.single {
            self.judge_by(*dialect, entries, resource, judge, judgement);
        }
        constraints::review(resource, &mut judge.reviewer, &mut judge.places, judgement);
    }

    /// Judges a resource by the policies of one dialect.
    pub(super) fn judge_by(
        &self,
        dialect: Dialect,
        entries: &[&EntryPoint],
        resource: &Resource,
        judge: &mut Judge<'_>,
        judgement: &mut Judgement,
    ) {
        let world = self.session.world();
        let Judge { rules, places, .. } = judge;
        judge::resource(resource, dialect, entries, rules, places, world, judgement);
    }

    pub(super) fn check_text(
        &self,
        text: &Arc<SourceText>,
        format: Format,
        any: bool,
        tries: bool,
        judge: &mut Judge<'_>,
    ) -> Checked {
        let reading = manifest::read(text, format, &self.checker.options.read);
        let mut checked = Checked { text: Some(Arc::clone(text)), ..Checked::default() };
        checked.problems.extend(reading.errors.into_iter().map(Problem::from));
        judge.places.begin_text();
        let keep = !self.combined.is_empty();
        let mut judgement = Judgement::default();
        let mut budget = trial::Budget::default();
        let (mut judged, mut skipped) = (0, 0);
        for manifest in reading.manifests.into_iter().map(Arc::new) {
            // No cluster has them, and they are no business of policies.
            if !any && (waiver::is_waiver(&manifest.root) || Baseline::is_one(&manifest.root)) {
                continue;
            }
            let resources = match manifest::resources(&manifest) {
                _ if any => vec![Resource::whole(&manifest)],
                Some(resources) => resources,
                None => {
                    skipped += 1;
                    continue;
                }
            };
            judged += resources.len();
            for resource in &resources {
                let known = judgement.findings.len();
                self.judge_resource(resource, judge, &mut judgement);
                if tries {
                    let findings = &mut judgement.findings[known..];
                    trial::try_all(self, resource, findings, judge, &mut budget);
                }
            }
            checked.manifests.extend(keep.then_some(manifest));
        }
        self.checker.note(judgement.recording.take(), Some(&mut judge.reviewer));
        checked.problems.append(&mut judgement.problems);
        checked.printed = judgement.printed;
        judgement.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        self.record(Head::of(judged, skipped), &judgement.findings, &mut checked);
        checked
    }

    /// Judges all documents at once, by the policies that want that.
    fn conclude<S: Sink>(
        &self,
        mut taken: Taken,
        mut allowance: Option<Allowance>,
        sink: &mut S,
    ) -> Result<Ran, S::Error> {
        let checker = self.checker;
        if !self.combined.is_empty() && !taken.manifests.is_empty() {
            let mut judgement = Judgement::default();
            let mut evaluator = self.program.evaluator();
            let mut places = Places::new(&checker.options.inference, &self.program);
            let manifests = &taken.manifests;
            let is_of_kubescape = |entry: &&&EntryPoint| entry.dialect == Dialect::Kubescape;
            let (of_kubescape, others): (Vec<&EntryPoint>, Vec<_>) =
                self.combined.iter().partition(|entry| is_of_kubescape(entry));
            if !others.is_empty() {
                judge::combined(manifests, &others, &mut evaluator, &mut places, &mut judgement);
            }
            if !of_kubescape.is_empty() {
                let resources = kubescape::resources(manifests);
                let asked = &of_kubescape;
                kubescape::judge(&resources, asked, &mut evaluator, &mut places, &mut judgement);
            }
            checker.note(judgement.recording.take(), None);
            let nowhere = Arc::new(SourceText::new("", ""));
            let text = |finding: &Finding| Some(&finding.place.as_ref()?.text).cloned();
            let of_one_text = judgement.findings.chunk_by(|a, b| text(a) == text(b));
            for findings in of_one_text {
                let text = text(&findings[0]).unwrap_or_else(|| Arc::clone(&nowhere));
                let mut checked = Checked { text: Some(text), ..Checked::default() };
                self.record(Head::of(0, 0), findings, &mut checked);
                for given in self.given(vec![checked], &mut allowance, sink) {
                    taken.take(Given { read: false, ..given }, sink)?;
                }
            }
            judgement.problems.into_iter().for_each(|problem| taken.problems.add(problem));
            taken.prints.add(judgement.printed);
        }
        let Taken { mut summary, counts, problems, prints, tally, manifests: _ } = taken;
        let Agreement { as_of, waivers, .. } = &*checker.options.agreement;
        let warnings = waivers.notices(&tally, *as_of);
        let warnings = warnings.into_iter().map(Problem::of_waiver).collect();
        let problems = problems.told();
        counts.sum_up(&mut summary);
        let left = allowance.map_or(0, |allowance| allowance.left());
        summary.mended = usize::try_from(left).unwrap_or(usize::MAX);
        summary.policies = checker.count();
        summary.as_of = *as_of;
        summary.basis = Some(checker.basis.clone());
        summary.errors = problems.len();
        let waivers = waivers.records(&tally, *as_of);
        Ok(Ran { summary, counts, problems, prints, waivers, warnings })
    }

    /// Records what was found. What can't be recorded is told of when it is handed over.
    pub(super) fn record(&self, head: Head, findings: &[Finding], checked: &mut Checked) {
        checked.record = record::write(head, findings, self.known()).unwrap_or_default();
    }
}

/// How many findings of each policy have been shown, by the number of the policy.
#[derive(Default)]
struct Shown(Vec<usize>);

impl Shown {
    /// Whether a fix may be shown of what was found in a text; it is counted as shown.
    fn wants(&mut self, offers: Option<Vec<record::Count>>, most: usize) -> bool {
        let mut wants = false;
        let counts = offers.unwrap_or_default();
        let counts = counts.iter().filter(|count| count.standing != Standing::Waived);
        for count in counts {
            let known = self.0.len().max(count.policy + 1);
            self.0.resize(known, 0);
            wants |= self.0[count.policy] < most;
            self.0[count.policy] += count.findings;
        }
        wants
    }
}

/// All findings in memory.
pub(super) struct Whole<'r> {
    known: Known<'r>,
    findings: Vec<Finding>,
}

impl Sink for Whole<'_> {
    type Item = Vec<Finding>;
    type Error = Infallible;

    fn may_want_text(&self, head: &Head) -> bool {
        !head.counts.is_empty()
    }

    fn prepare(&self, found: Found) -> Option<Vec<Finding>> {
        let (_, body) = record::head(&found.record)?;
        record::findings(body, &found.text, self.known)
    }

    fn take(&mut self, mut findings: Vec<Finding>) -> Result<(), Infallible> {
        self.findings.append(&mut findings);
        Ok(())
    }
}

/// Findings of one file are told from top to bottom.
pub(super) fn order(finding: &Finding) -> (usize, usize, &str, &str) {
    let place = finding.place.as_ref();
    (
        place.map_or(0, |place| place.document),
        place.map_or(0, |place| place.span.start),
        &finding.policy.id,
        &finding.message,
    )
}
