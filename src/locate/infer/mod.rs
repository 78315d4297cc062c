//! Places worked out for violations that name none: from what their proofs read of the input, and
//! from what makes them go when it is changed.
//!
//! A [`Finder`] proves the violation again, leaves out of the input what it can do without
//! ([`isolate`]), takes what the proof read and looked for in vain as [`candidate`]s, changes each
//! in turn ([`probe`]) or several at once ([`group`]), and [`rank`]s them by what that did. Lists
//! may lack [`elements`], and objects be causes only by their [`links`].
//!
//! Everything is bounded by evaluations and by their steps, never by the clock: the same input has
//! the same places on every machine.

mod adding;
mod candidate;
mod case;
mod elements;
mod group;
mod isolate;
mod links;
mod probe;
mod rank;
mod search;
mod spot;
mod whole;
mod words;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::engine::value::{NodeId, Value};
use crate::engine::{
    Change, Clock, Evaluator, Literals, Outcome, Program, Reading, RuleResult, changed,
};
use crate::manifest::{Node, Pointer};
use crate::policy::{Dialect, EntryPoint, Policy};

use super::Confidence;
use case::{Budget, Case};
use search::Search;
use words::Words;

/// How many readings of a proof are looked at: those that were made last.
const READINGS: usize = 2_000;

/// In how many places one message may have its causes.
const PLACES: usize = 8;

/// What makes a violation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    /// Where it is, from the top of the input; also of what is absent.
    pub(crate) path: Pointer,
    pub(crate) confidence: Confidence,
    /// A value that makes the violation go and is not made up: a truth value, or a literal of the
    /// policy.
    pub(crate) remedy: Option<Value>,
}

/// What was found out about a violation, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inferred {
    /// The likeliest first; several where they only together make the violation, or each by
    /// itself.
    pub(crate) causes: Vec<Cause>,
    pub(crate) evaluations: usize,
    /// Whether there are none because finding them took more than it may.
    pub(crate) bounded: bool,
}

impl Inferred {
    /// Of a violation that nothing may be spent on any more.
    pub(crate) fn nothing_left() -> Self {
        Self { bounded: true, ..Self::default() }
    }
}

/// Finds the causes of violations, for one input after another.
#[derive(Debug)]
pub(crate) struct Finder {
    /// Proves results for the input as it is.
    proving: Evaluator,
    /// Proves them for what is made of it.
    tracing: Evaluator,
    /// Asks without a proof.
    probing: Evaluator,
    /// What the rules that were asked say of the input.
    known: HashMap<usize, Outcome>,
    literals: HashMap<usize, Arc<Literals>>,
}

impl Finder {
    pub(crate) fn new(program: &Program) -> Self {
        let mut proving = program.evaluator();
        let mut tracing = program.evaluator();
        proving.keep_proofs(true);
        tracing.keep_proofs(true);
        let (known, literals) = (HashMap::new(), HashMap::new());
        Self { proving, tracing, probing: program.evaluator(), known, literals }
    }

    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.proving.set_clock(clock);
    }

    pub(crate) fn set_input(&mut self, input: &Node, file: &str) {
        self.proving.set_input(input, file);
        self.begin();
    }

    pub(crate) fn set_value(&mut self, input: &Value) {
        self.proving.set_value(Some(input.clone()));
        self.begin();
    }

    /// The others are only asked about what is made of the input, which knows its nodes.
    fn begin(&mut self) {
        self.known.clear();
        self.tracing.follow(&self.proving);
        self.probing.follow(&self.proving);
    }

    /// The causes of a violation that `policy`, one of those of `entry`, found in the input.
    pub(crate) fn causes(
        &mut self,
        entry: &EntryPoint,
        policy: &Arc<Policy>,
        violation: &RuleResult,
    ) -> Inferred {
        let mut budget = Budget::default();
        let causes = self.search(entry, policy, violation, &mut budget).unwrap_or_default();
        let bounded = causes.is_empty() && budget.is_used_up();
        Inferred { causes, evaluations: budget.evaluations(), bounded }
    }

    fn search(
        &mut self,
        entry: &EntryPoint,
        policy: &Arc<Policy>,
        violation: &RuleResult,
        budget: &mut Budget,
    ) -> Option<Vec<Cause>> {
        if !self.known.contains_key(&entry.number) {
            let outcome = self.proving.evaluate(entry).ok()?;
            self.known.insert(entry.number, outcome);
        }
        let results = &self.known[&entry.number].results;
        let own = results.iter().filter(|result| Arc::ptr_eq(&result.policy, policy));
        let result = own.clone().find(|result| result.value == violation.value)?;
        let message = result.message();
        let mut readings = last(self.proving.readings(result)?);
        if readings.is_empty() {
            return None;
        }
        let mut input = self.proving.input()?.clone();
        let proving = &self.proving;
        let literals =
            self.literals.entry(entry.number).or_insert_with(|| Arc::new(proving.literals(entry)));
        // The parameters of Gatekeeper's constraints are literals of the policy too.
        let is_constraint = entry.dialect == Dialect::Gatekeeper;
        let given = input.field("parameters").filter(|_| is_constraint);
        let literals = match given.and_then(Value::as_object) {
            // What lets an object off mends nothing.
            Some(given) => {
                let is_exempt = |key: &Value| {
                    key.as_str().is_some_and(|key| key.to_lowercase().contains("exempt"))
                };
                let own = given.iter().filter(|(key, _)| !is_exempt(key));
                Arc::new(literals.with(&Value::array(own.map(|own| own.1.clone()).collect())))
            }
            None => Arc::clone(literals),
        };
        let mut case = Case {
            entry,
            policy,
            message: &message,
            value: &result.value,
            words: Words::of(&message, &written(&readings, &input, proving)),
            named: OnceCell::new(),
            others: own.map(|result| result.message()).collect(),
            probing: &mut self.probing,
            tracing: &mut self.tracing,
            budget,
        };
        let mut causes = Vec::new();
        for _ in 0..PLACES {
            let small = isolate::isolated(&mut case, &input, &readings, proving);
            let of_small = case.prove(&small).map(last);
            let search = Search {
                input: &input,
                small: &small,
                whole: &readings,
                readings: of_small.as_deref().unwrap_or(&readings),
                proving,
                literals: &literals,
                dialect: entry.dialect,
            };
            let found = search.run(&mut case);
            let Some(first) = found.first() else { break };
            // With the cause gone, there may be another one of the same words.
            let without =
                first.change.as_ref().and_then(|(way, change)| changed(&input, way, change));
            causes.extend(found.into_iter().map(|found| found.cause));
            match without {
                Some(without) if case.is_same(without.clone()) => match case.prove(&without) {
                    Some(again) => (input, readings) = (without, last(again)),
                    None => break,
                },
                _ => break,
            }
        }
        let mut seen = BTreeSet::new();
        causes.retain(|cause| seen.insert(cause.path.clone()));
        Some(causes)
    }
}

fn last(mut readings: Vec<Reading>) -> Vec<Reading> {
    let others = readings.len().saturating_sub(READINGS);
    readings.drain(..others);
    readings
}

/// The values that are written into a text, as they are written.
fn written(readings: &[Reading], input: &Value, proving: &Evaluator) -> Vec<String> {
    let text = |reading: &Reading| match reading {
        Reading::Printed(node) => match spot::at(input, &proving.way_to(*node))? {
            Value::String(_, text) => Some(text.to_string()),
            value => Some(value.to_string()),
        },
        _ => None,
    };
    readings.iter().filter_map(text).collect()
}

/// A change at the end of a way through the input.
type Changing = (Vec<NodeId>, Change);
