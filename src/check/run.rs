//! A run over many inputs: judged in parallel, handed over in their order, never all at once.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::engine::Evaluator;
use crate::manifest::Manifest;
use crate::source::SourceText;

use super::judge::{self, Judgement};
use super::problem::{Problem, ProblemKind, Problems};
use super::record;
use super::report::{Counts, Summary};
use super::{Checker, Input};

/// How many inputs are judged before what they gave is handed over; more with many threads.
const WINDOW: usize = 256;

/// What was found in a text.
pub(super) struct Found {
    pub(super) text: Arc<SourceText>,
    pub(super) record: Vec<u8>,
}

/// Where findings go.
pub(super) trait Sink: Sync {
    /// What it makes of the findings of a text.
    type Item: Send;
    /// What may keep it from taking them.
    type Error;

    /// Does what can be done at any time, on any thread. `None` if the record can't be read.
    fn prepare(&self, found: Found) -> Option<Self::Item>;

    /// Takes what was found, in the order of inputs and places.
    fn take(&mut self, item: Self::Item) -> Result<(), Self::Error>;
}

/// What one input gave.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) text: Option<Arc<SourceText>>,
    pub(super) record: Vec<u8>,
    pub(super) problems: Vec<Problem>,
    /// Kept for policies that judge all documents at once.
    pub(super) manifests: Vec<Arc<Manifest>>,
}

/// What one input gave, as it is handed over.
struct Given<I> {
    read: bool,
    resources: usize,
    skipped: usize,
    counts: Counts,
    item: Option<I>,
    problems: Vec<Problem>,
    manifests: Vec<Arc<Manifest>>,
}

/// All of a run but its findings.
pub(super) struct Ran {
    pub(super) summary: Summary,
    pub(super) counts: Counts,
    pub(super) problems: Vec<Problem>,
}

impl Checker {
    pub(super) fn run<S: Sink>(
        &self,
        inputs: &[Input],
        known: Vec<Problem>,
        progress: &(dyn Fn() + Sync),
        sink: &mut S,
    ) -> Result<Ran, S::Error> {
        let evaluators = Mutex::new(Vec::<Evaluator>::new());
        let idle = || evaluators.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Taken::new(known);
        for window in inputs.chunks(WINDOW.max(32 * rayon::current_num_threads())) {
            let ready = &*sink;
            let given: Vec<_> = window
                .par_iter()
                .map(|input| {
                    let known = idle().pop();
                    let mut evaluator = known.unwrap_or_else(|| self.program.evaluator());
                    let given = prepared(self.check_input(input, &mut evaluator), ready);
                    idle().push(evaluator);
                    progress();
                    given
                })
                .collect();
            for given in given {
                taken.take(given, sink)?;
            }
        }
        if let Some(cache) = &self.cache {
            cache.save();
        }
        self.conclude(taken, sink)
    }

    /// Judges all documents at once, by the policies that want that.
    pub(super) fn conclude<S: Sink>(
        &self,
        mut taken: Taken,
        sink: &mut S,
    ) -> Result<Ran, S::Error> {
        let combined: Vec<_> = self.entry_points(true).collect();
        if !combined.is_empty() && !taken.manifests.is_empty() {
            let mut judgement = Judgement::default();
            let mut evaluator = self.program.evaluator();
            judge::combined(&taken.manifests, &combined, &mut evaluator, &mut judgement);
            let nowhere = Arc::new(SourceText::new("", ""));
            let text = |finding: &super::Finding| Some(&finding.place.as_ref()?.text).cloned();
            let of_one_text = judgement.findings.chunk_by(|a, b| text(a) == text(b));
            for findings in of_one_text {
                let text = text(&findings[0]).unwrap_or_else(|| Arc::clone(&nowhere));
                let mut checked = Checked { text: Some(text), ..Checked::default() };
                self.record(0, 0, findings, &mut checked);
                taken.take(Given { read: false, ..prepared(checked, sink) }, sink)?;
            }
            judgement.problems.into_iter().for_each(|problem| taken.problems.add(problem));
        }
        let Taken { mut summary, counts, problems, manifests: _ } = taken;
        let problems = problems.told();
        counts.sum_up(&mut summary);
        (summary.policies, summary.errors) = (self.policies.count(), problems.len());
        Ok(Ran { summary, counts, problems })
    }
}

/// What has been handed over so far.
#[derive(Default)]
pub(super) struct Taken {
    summary: Summary,
    counts: Counts,
    problems: Problems,
    manifests: Vec<Arc<Manifest>>,
}

impl Taken {
    fn new(known: Vec<Problem>) -> Self {
        let mut taken = Self::default();
        known.into_iter().for_each(|problem| taken.problems.add(problem));
        taken
    }

    /// What a single input gave.
    pub(super) fn of<S: Sink>(checked: Checked, sink: &mut S) -> Result<Self, S::Error> {
        let mut taken = Self::default();
        taken.take(prepared(checked, sink), sink)?;
        Ok(taken)
    }

    fn take<S: Sink>(&mut self, given: Given<S::Item>, sink: &mut S) -> Result<(), S::Error> {
        self.summary.files += usize::from(given.read);
        self.summary.resources += given.resources;
        self.summary.skipped += given.skipped;
        self.counts.add_all(&given.counts);
        given.problems.into_iter().for_each(|problem| self.problems.add(problem));
        self.manifests.extend(given.manifests);
        given.item.map_or(Ok(()), |item| sink.take(item))
    }
}

fn prepared<S: Sink>(checked: Checked, sink: &S) -> Given<S::Item> {
    let Checked { text, record, mut problems, manifests } = checked;
    let mut given = Given {
        read: text.is_some(),
        resources: 0,
        skipped: 0,
        counts: Counts::default(),
        item: None,
        problems: Vec::new(),
        manifests,
    };
    if let Some(text) = text {
        let name = text.name().to_owned();
        if let Some((head, _)) = record::head(&record) {
            (given.resources, given.skipped) = (head.resources, head.skipped);
            for count in &head.counts {
                given.counts.add(count.level, count.standing, count.findings);
            }
            given.item = sink.prepare(Found { text, record });
        }
        if given.item.is_none() {
            problems.push(Problem {
                kind: ProblemKind::Evaluation,
                message: format!("what was found in `{name}` can't be kept"),
                file: Some(name),
                place: None,
                label: String::new(),
                help: None,
            });
        }
    }
    given.problems = problems;
    given
}
