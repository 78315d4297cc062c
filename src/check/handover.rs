//! What each input gave, handed over in the order of the inputs.

use std::sync::Arc;

use crate::agreement::waiver::{Tally, WeighedRecord};
use crate::engine::Printed;
use crate::manifest::Manifest;
use crate::source::SourceText;

use super::printed::Prints;
use super::problem::{Problem, ProblemKind, Problems};
use super::record::{self, Count, Head};
use super::report::{Counts, Summary};

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

    /// Whether the text may be wanted of what was found in it, whatever is agreed about that. A
    /// text that is not may be empty.
    fn may_want_text(&self, head: &Head) -> bool;

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
    pub(super) printed: Vec<Printed>,
    /// What waivers made of it.
    pub(super) tally: Tally,
    /// Kept for policies that judge all documents at once.
    pub(super) manifests: Vec<Arc<Manifest>>,
}

/// What one input gave, as it is handed over.
pub(super) struct Given<I> {
    pub(super) read: bool,
    pub(super) resources: usize,
    pub(super) skipped: usize,
    pub(super) unannounced: usize,
    pub(super) counts: Counts,
    pub(super) item: Option<I>,
    pub(super) problems: Vec<Problem>,
    pub(super) printed: Vec<Printed>,
    pub(super) tally: Tally,
    pub(super) manifests: Vec<Arc<Manifest>>,
}

/// All of a run but its findings.
pub(super) struct Ran {
    pub(super) summary: Summary,
    pub(super) counts: Counts,
    pub(super) problems: Vec<Problem>,
    pub(super) prints: Prints,
    pub(super) waivers: Vec<WeighedRecord>,
    pub(super) warnings: Vec<Problem>,
}

/// What has been handed over so far.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) summary: Summary,
    pub(super) counts: Counts,
    pub(super) problems: Problems,
    pub(super) prints: Prints,
    pub(super) tally: Tally,
    pub(super) manifests: Vec<Arc<Manifest>>,
}

impl Checked {
    /// How many findings each policy has, by its number, if a fix of one has not been tried.
    pub(super) fn offers(&self) -> Option<Vec<Count>> {
        let (head, _) = record::head(&self.record)?;
        head.offers.then_some(head.counts)
    }
}

impl Taken {
    pub(super) fn new(known: Vec<Problem>) -> Self {
        let mut taken = Self::default();
        known.into_iter().for_each(|problem| taken.problems.add(problem));
        taken
    }

    pub(super) fn take<S: Sink>(
        &mut self,
        given: Given<S::Item>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.summary.files += usize::from(given.read);
        self.summary.resources += given.resources;
        self.summary.skipped += given.skipped;
        self.summary.unannounced += given.unannounced;
        self.counts.add_all(&given.counts);
        given.problems.into_iter().for_each(|problem| self.problems.add(problem));
        self.prints.add(given.printed);
        self.tally.add_all(&given.tally);
        self.manifests.extend(given.manifests);
        given.item.map_or(Ok(()), |item| sink.take(item))
    }
}

/// What an input gave, counted, and made ready for the sink.
pub(super) fn prepared<S: Sink>(checked: Checked, sink: &S) -> Given<S::Item> {
    let Checked { text, record, mut problems, printed, tally, manifests } = checked;
    let mut given = Given {
        read: text.is_some(),
        resources: 0,
        skipped: 0,
        unannounced: 0,
        counts: Counts::default(),
        item: None,
        problems: Vec::new(),
        printed,
        tally,
        manifests,
    };
    if let Some(text) = text {
        let name = text.name().to_owned();
        if let Some((head, _)) = record::head(&record) {
            (given.resources, given.skipped) = (head.resources, head.skipped);
            given.unannounced = head.unannounced;
            for count in &head.counts {
                given.counts.add(count.level, count.standing, count.findings);
            }
            given.item = sink.prepare(Found { text, record });
        }
        if given.item.is_none() {
            let message = format!("what was found in `{name}` can't be kept");
            problems.push(Problem::of_file(ProblemKind::Evaluation, message, Some(&name)));
        }
    }
    given.problems = problems;
    given
}
