//! One violation, asked about again and again with something changed.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Evaluator, Reading, changed};
use crate::policy::{EntryPoint, Policy};

use super::words::Words;

/// How many evaluations a violation may take.
const EVALUATIONS: usize = 200;
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

/// What may still be asked.
#[derive(Debug)]
pub(super) struct Budget {
    evaluations: usize,
    steps: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { evaluations: 0, steps: 0 }
    }

    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.evaluations >= EVALUATIONS || self.steps >= STEPS
    }
}

/// A violation.
pub(super) struct Case<'c> {
    pub(super) entry: &'c EntryPoint,
    pub(super) policy: &'c Arc<Policy>,
    pub(super) message: &'c str,
    pub(super) value: &'c Value,
    pub(super) words: Words,
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
        self.budget.evaluations += 1;
        self.probing.set_changed(input);
        let outcome = self.probing.evaluate(self.entry);
        self.budget.steps += self.probing.steps();
        let mut variant = false;
        for result in &outcome.ok()?.results {
            if !Arc::ptr_eq(&result.policy, self.policy) {
                continue;
            }
            let message = result.message();
            if message == self.message {
                return Some(Outcome::Same);
            }
            variant |= !self.others.contains(&*message) && self.words.resemble(&message);
        }
        Some(if variant { Outcome::Variant } else { Outcome::Gone })
    }

    /// What the violation rests on in an input, if it is there.
    pub(super) fn prove(&mut self, input: &Value) -> Option<Vec<Reading>> {
        self.budget.evaluations += 1;
        self.tracing.set_changed(input.clone());
        let outcome = self.tracing.evaluate(self.entry);
        self.budget.steps += self.tracing.steps();
        let outcome = outcome.ok()?;
        let own = outcome.results.iter().filter(|r| Arc::ptr_eq(&r.policy, self.policy));
        let same = own.clone().find(|result| result.value == *self.value);
        let result = same.or_else(|| own.clone().find(|r| r.message() == self.message))?;
        self.tracing.readings(result)
    }

    /// All that is read of an input.
    pub(super) fn survey(&mut self, input: Value) -> Option<Vec<Reading>> {
        if self.budget.is_used_up() {
            return None;
        }
        self.budget.evaluations += 1;
        self.tracing.set_changed(input);
        let outcome = self.tracing.evaluate(self.entry);
        self.budget.steps += self.tracing.steps();
        outcome.ok()?;
        self.tracing.all_readings()
    }

    pub(super) fn is_same(&mut self, input: Value) -> bool {
        self.outcome(input) == Some(Outcome::Same)
    }
}
