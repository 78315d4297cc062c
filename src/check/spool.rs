//! Reports of any size: what was found is set aside until it is written.

use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use crate::agreement::waiver::{Weighed, WeighedRecord};
use crate::policy::{Level, Policy};
use crate::source::SourceText;
use crate::spill::{self, Spill};

use super::finding::Finding;
use super::handover::{Found, Sink};
use super::printed::Prints;
use super::problem::Problem;
use super::record::{self, Count, Head, Known};
use super::report::{Counts, FailOn, Report, Reported, Summary};

/// The lane of all findings.
const LANE: usize = 0;
/// How many bytes of records are read back and taken apart at a time.
const WINDOW: usize = 256 << 10;

/// What is held in memory of a report, and what is set aside for it.
#[derive(Clone, Copy, Debug)]
pub struct SpoolOptions {
    /// How many bytes of findings are held in memory; more are in a file that has no name.
    pub memory: usize,
    /// For how many findings of a policy the manifest's text is set aside too, for snippets.
    pub texts: usize,
}

impl Default for SpoolOptions {
    fn default() -> Self {
        Self { memory: 4 << 20, texts: 5 }
    }
}

/// What a run found, however much it is: memory holds a bounded part of it.
///
/// It is written as a [`Report`] is, to the same bytes. Of most findings the place has no text,
/// only its name and lines.
#[derive(Debug)]
pub struct SpooledReport {
    /// The counts.
    pub summary: Summary,
    /// What could not be judged, in the order of files and policies.
    pub errors: Vec<Problem>,
    /// What policies printed.
    pub prints: Prints,
    /// The waivers of the run, and what they did.
    pub waivers: Vec<WeighedRecord>,
    /// What is worth a look, and decides nothing.
    pub warnings: Vec<Problem>,
    pub(super) counts: Counts,
    pub(super) findings: Findings,
}

impl SpooledReport {
    /// A report of nothing but problems, for a run that could not begin.
    pub fn of_problems(errors: Vec<Problem>) -> Self {
        let Report { summary, errors, .. } = Report::of_problems(errors);
        let findings = Findings::new(SpoolOptions::default(), Default::default());
        Self {
            summary,
            errors,
            prints: Prints::default(),
            waivers: Vec::new(),
            warnings: Vec::new(),
            counts: Counts::default(),
            findings,
        }
    }

    /// Whether no finding is at or above the level.
    pub fn passes(&self, fail_on: FailOn) -> bool {
        self.counts.pass(fail_on)
    }

    /// The exit code that the run deserves: 2 if anything could not be judged, else 1 if it does
    /// not pass, else 0.
    pub fn exit_code(&self, fail_on: FailOn) -> u8 {
        self.counts.exit_code(&self.errors, fail_on)
    }
}

impl Reported for SpooledReport {
    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn errors(&self) -> &[Problem] {
        &self.errors
    }

    fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    fn waivers(&self) -> &[WeighedRecord] {
        &self.waivers
    }

    fn windows(&self, take: &mut dyn FnMut(&[Finding]) -> io::Result<()>) -> io::Result<()> {
        self.findings.windows(take)
    }
}

/// Findings that are set aside, each text's in one frame.
#[derive(Debug)]
pub(super) struct Findings {
    policies: Vec<Arc<Policy>>,
    waivers: Vec<Weighed>,
    spill: Spill,
    texts: usize,
    /// How many findings have their text set aside, by policy and level.
    with_text: Vec<[usize; 3]>,
}

impl Findings {
    pub(super) fn new(
        options: SpoolOptions,
        (policies, waivers): (Vec<Arc<Policy>>, Vec<Weighed>),
    ) -> Self {
        let with_text = vec![[0; 3]; policies.len()];
        let (spill, texts) = (Spill::new(options.memory), options.texts);
        Self { policies, waivers, spill, texts, with_text }
    }

    /// Whether a snippet may be shown of what was found. Findings that are let pass have none.
    fn wants_text(&self, head: &Head) -> bool {
        head.counts.iter().any(|count| !count.standing.is_let_pass() && self.has_room(count))
    }

    /// Whether fewer findings of this kind than wanted have their text set aside so far.
    fn has_room(&self, count: &Count) -> bool {
        let known = self.with_text.get(count.policy).map(|levels| levels[of(count.level)]);
        known.is_some_and(|known| known < self.texts)
    }

    fn windows(&self, take: &mut dyn FnMut(&[Finding]) -> io::Result<()>) -> io::Result<()> {
        let mut reader = self.spill.read(LANE);
        loop {
            let (mut frames, mut bytes) = (Vec::new(), 0);
            while bytes < WINDOW
                && let Some(frame) = spill::frame(&mut reader)?
            {
                bytes += frame.len();
                frames.push(frame);
            }
            if frames.is_empty() {
                return Ok(());
            }
            let findings: Option<Vec<Vec<Finding>>> =
                frames.par_iter().map(|frame| self.findings(frame)).collect();
            let findings = findings.ok_or(io::ErrorKind::InvalidData)?;
            take(&findings.into_iter().flatten().collect::<Vec<_>>())?;
        }
    }

    fn findings(&self, frame: &[u8]) -> Option<Vec<Finding>> {
        let ((name, text), rest) = postcard::take_from_bytes::<(&str, Option<&str>)>(frame).ok()?;
        let (_, body) = record::head(rest)?;
        let text = Arc::new(SourceText::new(name, text.unwrap_or_default()));
        record::findings(body, &text, Known { policies: &self.policies, waivers: &self.waivers })
    }
}

fn of(level: Level) -> usize {
    match level {
        Level::Info => 0,
        Level::Warn => 1,
        Level::Deny => 2,
    }
}

impl Sink for Findings {
    type Item = Option<(Head, Vec<u8>)>;
    type Error = io::Error;

    fn may_want_text(&self, head: &Head) -> bool {
        head.counts.iter().any(|count| self.has_room(count))
    }

    fn prepare(&self, found: Found) -> Option<Self::Item> {
        let (head, _) = record::head(&found.record)?;
        if head.counts.is_empty() {
            return Some(None);
        }
        let text = self.wants_text(&head).then(|| found.text.text());
        let mut frame = postcard::to_allocvec(&(found.text.name(), text)).ok()?;
        frame.extend(found.record);
        Some(Some((head, frame)))
    }

    fn take(&mut self, item: Self::Item) -> io::Result<()> {
        let Some((head, frame)) = item else { return Ok(()) };
        for count in head.counts.iter().filter(|count| !count.standing.is_let_pass()) {
            if let Some(levels) = self.with_text.get_mut(count.policy) {
                levels[of(count.level)] += count.findings;
            }
        }
        self.spill.append_frame(LANE, &frame)
    }
}
