//! Making fixes: round by round, until nothing is left that mends without harm.

use std::sync::Arc;

use rayon::prelude::*;

use crate::agreement::Standing;
use crate::fix::{self, Edit, edited};
use crate::manifest::{self, Format, Manifest};
use crate::rego::PolicyErrors;
use crate::source::SourceText;

use super::finding::Finding;
use super::fix::{Fix, FixKind};
use super::record;
use super::run::{Judge, Judges, Run};
use super::trial::brings_nothing;
use super::{Checker, Inference, Input};

/// How often a text is judged again. Fixes that touch each other are made one after the other.
const ROUNDS: usize = 200;

/// A text and what fixes make of it.
#[derive(Clone, Debug)]
pub struct Mended {
    /// Which of the inputs it is.
    pub input: usize,
    /// The text as it was.
    pub before: Arc<SourceText>,
    /// The text with the fixes.
    pub after: String,
    /// What was mended, in the order in which it was.
    pub made: Vec<Finding>,
}

impl Checker {
    /// Makes the fixes of texts, in memory: safe ones, and suggestions if they are wanted. Of texts
    /// that can't be read, and those that stay as they are, nothing is told.
    ///
    /// # Errors
    ///
    /// Policies that don't compile among the objects of the run.
    pub fn mend(
        &self,
        inputs: &[Input],
        suggestions: bool,
        progress: &(dyn Fn() + Sync),
    ) -> Result<Vec<Mended>, PolicyErrors> {
        let mut checker = self.asking(|_| true);
        if !suggestions {
            // Nobody will see the places of what is found on the way.
            checker.options.inference = Inference::Unwanted;
        }
        let run = Run::new(&checker, inputs, &mut Vec::new())?;
        let judges = Judges::of(&run);
        let mended = inputs.par_iter().enumerate().filter_map(|(number, input)| {
            let text = input.read().ok();
            let mending = Mending { run: &run, format: Format::of(input), suggestions };
            let mended =
                text.and_then(|text| judges.judge(|judge| mending.mend(number, &text, judge)));
            progress();
            mended
        });
        Ok(mended.collect())
    }
}

struct Mending<'m, 'c> {
    run: &'m Run<'c>,
    format: Format,
    suggestions: bool,
}

/// A text with what was found in it.
struct State {
    text: Arc<SourceText>,
    findings: Vec<Finding>,
    problems: usize,
}

impl Mending<'_, '_> {
    fn mend(&self, input: usize, text: &Arc<SourceText>, judge: &mut Judge<'_>) -> Option<Mended> {
        let mut state = self.state(Arc::clone(text), judge)?;
        let mut made = Vec::new();
        for _ in 0..ROUNDS {
            let chosen = self.chosen(&state.findings);
            // What does no good together is done one by one.
            let mut some = std::iter::once(chosen.as_slice()).chain(chosen.chunks(1));
            let next = some.find_map(|some| Some((some, self.after(&state, some, judge)?)));
            let Some((some, next)) = next else { break };
            made.extend(some.iter().copied().cloned());
            state = next;
        }
        let after = state.text.text().to_owned();
        let before = Arc::clone(text);
        (!made.is_empty()).then_some(Mended { input, before, after, made })
    }

    fn state(&self, text: Arc<SourceText>, judge: &mut Judge<'_>) -> Option<State> {
        let checked = self.run.check_text(&text, self.format, self.run.judges_all(), true, judge);
        let (_, body) = record::head(&checked.record)?;
        let findings = record::findings(body, &text, self.run.known())?;
        Some(State { text, findings, problems: checked.problems.len() })
    }

    /// Fixes of which none touches another, in the order of the text.
    fn chosen<'f>(&self, findings: &'f [Finding]) -> Vec<&'f Finding> {
        let mut chosen: Vec<&Finding> = Vec::new();
        let mut taken: Vec<fix::Edit> = Vec::new();
        for finding in findings {
            let Some(fix) = finding.fix.as_ref().filter(|fix| self.wants(fix)) else { continue };
            // What is waived may stay, and of what is not announced nobody is told.
            if matches!(self.run.standing(finding), None | Some(Standing::Waived)) {
                continue;
            }
            let edits = edits(fix);
            let touches = |edit: &Edit| {
                taken.iter().any(|known| {
                    edit.span.start <= known.span.end && known.span.start <= edit.span.end
                })
            };
            if !edits.iter().any(touches) {
                taken.extend(edits);
                chosen.push(finding);
            }
        }
        chosen
    }

    fn wants(&self, fix: &Fix) -> bool {
        let is_wanted = match fix.kind {
            FixKind::Safe => true,
            FixKind::Suggested => self.suggestions,
            FixKind::Advice => false,
        };
        is_wanted && !fix.edits.is_empty()
    }

    /// The text with some fixes, if they are to each other's good.
    fn after(&self, state: &State, chosen: &[&Finding], judge: &mut Judge<'_>) -> Option<State> {
        let fixes = || chosen.iter().filter_map(|finding| finding.fix.as_ref());
        let mut all: Vec<Edit> = fixes().flat_map(edits).collect();
        if all.is_empty() {
            return None;
        }
        all.sort_by_key(|edit| edit.span);
        let text = edited(state.text.text(), &all);
        let text = Arc::new(SourceText::new(state.text.name(), text));
        if !self.reads_as_patched(state, chosen, &text) {
            return None;
        }
        let next = self.state(text, judge)?;
        let is_good = next.problems <= state.problems
            && next.findings.len() < state.findings.len()
            && brings_nothing(&state.findings, &next.findings);
        is_good.then_some(next)
    }

    /// Whether a text reads as the manifests of another with all patches, and nothing else differs.
    fn reads_as_patched(&self, state: &State, chosen: &[&Finding], text: &Arc<SourceText>) -> bool {
        let limits = self.run.read_limits();
        let before = manifest::read(&state.text, self.format, limits);
        let after = manifest::read(text, self.format, limits);
        let same = |old: &Manifest, new: &Manifest| {
            let of = chosen.iter().rev().filter(|finding| {
                finding.place.as_ref().is_some_and(|place| place.document == old.document)
            });
            // From the end to the beginning, so that items of lists keep their numbers.
            let mut fixes: Vec<&Fix> = of.filter_map(|finding| finding.fix.as_ref()).collect();
            fixes.sort_by_key(|fix| std::cmp::Reverse(fix.edits.first().map(|e| e.span.start)));
            let wanted =
                fixes.iter().try_fold(old.root.clone(), |tree, fix| fix.patch.apply(&tree));
            wanted.is_ok_and(|wanted| wanted.same_value(&new.root))
        };
        before.manifests.len() == after.manifests.len()
            && before.errors.len() == after.errors.len()
            && before.manifests.iter().zip(&after.manifests).all(|(old, new)| same(old, new))
    }
}

fn edits(fix: &Fix) -> Vec<Edit> {
    fix.edits.iter().map(Edit::from).collect()
}
