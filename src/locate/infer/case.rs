//! One violation, asked about again and again with something changed.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::value::{NodeId, Value};
use crate::engine::{self, Change, Evaluator, Reading, RuleResult, Watched, changed};
use crate::policy::{EntryPoint, Policy};

use super::probe::FRESH;
use super::words::Words;

/// How many evaluations a violation may take.
const EVALUATIONS: usize = 230;
/// How many of them are kept for what is asked of several candidates at once.
const KEPT: usize = 30;
/// How many steps they may take together.
const STEPS: u64 = 100_000;

/// What becomes of the violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is still there.
    Same,
    /// Another one like it is there instead: what was changed is only quoted.
    Variant,
    /// It is gone.
    Gone,
}

/// What has been asked, of what may be.
#[derive(Debug, Default)]
pub(super) struct Budget {
    evaluations: usize,
    steps: u64,
    /// Whether some are kept.
    keeps: bool,
}

impl Budget {
    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Asks about an input, and counts what it takes. `None` where the policy fails.
    fn ask(
        &mut self,
        evaluator: &mut Evaluator,
        entry: &EntryPoint,
        input: Value,
    ) -> Option<engine::Outcome> {
        evaluator.set_changed(input);
        self.count(evaluator, entry)
    }

    /// The same; what becomes of the text [`FRESH`] is noted.
    fn watch(
        &mut self,
        evaluator: &mut Evaluator,
        entry: &EntryPoint,
        input: Value,
    ) -> Option<engine::Outcome> {
        evaluator.watch(input, FRESH);
        self.count(evaluator, entry)
    }

    fn count(&mut self, evaluator: &mut Evaluator, entry: &EntryPoint) -> Option<engine::Outcome> {
        self.evaluations += 1;
        let outcome = evaluator.evaluate(entry);
        self.steps += evaluator.steps();
        outcome.ok()
    }

    pub(super) fn is_used_up(&self) -> bool {
        let most = if self.keeps { EVALUATIONS - KEPT } else { EVALUATIONS };
        self.evaluations >= most || self.steps >= STEPS
    }

    /// Whether some of what may be asked is kept for later.
    pub(super) fn keep(&mut self, keeps: bool) {
        self.keeps = keeps;
    }
}

/// A violation.
pub(super) struct Case<'c> {
    pub(super) entry: &'c EntryPoint,
    pub(super) policy: &'c Arc<Policy>,
    pub(super) message: &'c str,
    pub(super) value: &'c Value,
    pub(super) words: Words,
    /// Literals of the policy that the message names, once somebody asks.
    pub(super) named: OnceCell<Vec<Value>>,
    /// All that is said of the input as it is.
    pub(super) others: BTreeSet<Cow<'c, str>>,
    pub(super) probing: &'c mut Evaluator,
    /// Asks with a proof.
    pub(super) tracing: &'c mut Evaluator,
    pub(super) budget: &'c mut Budget,
}

impl Case<'_> {
    /// What becomes of the violation with a change at the end of a way; `None` where nothing can
    /// be changed so, the policy fails, or enough was asked.
    pub(super) fn probe(
        &mut self,
        input: &Value,
        way: &[NodeId],
        change: &Change,
    ) -> Option<Outcome> {
        self.outcome(changed(input, way, change)?)
    }

    /// What becomes of it with another input.
    pub(super) fn outcome(&mut self, input: Value) -> Option<Outcome> {
        if self.budget.is_used_up() {
            return None;
        }
        let outcome = self.budget.ask(self.probing, self.entry, input)?;
        Some(self.told_by(&outcome))
    }

    /// The same; also what becomes of the text [`FRESH`] in that input.
    pub(super) fn watch(&mut self, input: Value) -> Option<(Outcome, Watched)> {
        if self.budget.is_used_up() {
            return None;
        }
        let outcome = self.budget.watch(self.tracing, self.entry, input)?;
        Some((self.told_by(&outcome), self.tracing.watched()?))
    }

    fn told_by(&self, outcome: &engine::Outcome) -> Outcome {
        let mut variant = false;
        for result in self.own(outcome) {
            let message = result.message();
            if message == self.message {
                return Outcome::Same;
            }
            variant |= !self.others.contains(&*message) && self.words.resemble(&message);
        }
        if variant { Outcome::Variant } else { Outcome::Gone }
    }

    /// What the violation rests on in an input, if it is there.
    pub(super) fn prove(&mut self, input: &Value) -> Option<Vec<Reading>> {
        let outcome = self.budget.ask(self.tracing, self.entry, input.clone())?;
        let same = self.own(&outcome).find(|result| result.value == *self.value);
        let alike = || self.own(&outcome).find(|result| result.message() == self.message);
        let result = same.or_else(alike)?;
        self.tracing.readings(result)
    }

    /// All that is read of an input.
    pub(super) fn survey(&mut self, input: Value) -> Option<Vec<Reading>> {
        if self.budget.is_used_up() {
            return None;
        }
        self.budget.ask(self.tracing, self.entry, input)?;
        self.tracing.all_readings()
    }

    /// What the policy says of an input.
    fn own<'o>(&self, outcome: &'o engine::Outcome) -> impl Iterator<Item = &'o RuleResult> {
        outcome.results.iter().filter(|result| Arc::ptr_eq(&result.policy, self.policy))
    }

    pub(super) fn is_same(&mut self, input: Value) -> bool {
        self.outcome(input) == Some(Outcome::Same)
    }
}
