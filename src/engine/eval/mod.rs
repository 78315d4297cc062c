//! Evaluation: backtracking over statements, every rule's value found once for an input.
//!
//! A term or a statement hands each of its values to what follows it, as a function that tells
//! whether to stop. Stopping means that enough is known, or that something failed for good.

mod body;
mod documents;
mod mocks;
mod peek;
mod query;
mod rules;
mod terms;
mod trace;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use crate::policy::ClauseRef;
use crate::rego::PolicyError;

use super::builtins::Context;
use super::ir::{Place, Program, RuleId, Slot};
use super::value::{NodeId, Value};

pub(super) use mocks::World;
pub(super) use trace::{LogId, Read, Trace};

use trace::Mark;

/// What follows a value. Tells whether to stop.
type Next<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>, Value) -> bool;
/// What follows a statement. Tells whether to stop.
type Then<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>) -> bool;

/// Bounds that no evaluation passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Rules and functions that wait for each other.
    pub(super) depth: usize,
    /// How long it may take.
    pub(super) time: std::time::Duration,
    /// Whether a builtin that fails ends the evaluation.
    pub(super) strict: bool,
}

/// The evaluation of rules over one input.
pub(super) struct Evaluation<'p> {
    program: &'p Program,
    world: World,
    /// The frames of all clauses under way.
    slots: Vec<Value>,
    /// Where the frame of the innermost clause begins.
    frame: usize,
    context: Context<'p>,
    limits: Limits,
    depth: usize,
    steps: u32,
    deadline: Option<Instant>,
    fault: Option<PolicyError>,
    /// What is read of the input, where somebody wants to know. Also a mere look is noted.
    trace: Option<RefCell<Trace>>,
}

impl<'p> Evaluation<'p> {
    /// An evaluation in `world`, which may know the values of rules from one before.
    pub(super) fn new(
        program: &'p Program,
        world: World,
        context: Context<'p>,
        limits: Limits,
        trace: Option<Trace>,
    ) -> Self {
        Self {
            program,
            world: world.for_program(program),
            slots: Vec::new(),
            frame: 0,
            context,
            limits,
            depth: 0,
            steps: 0,
            deadline: None,
            fault: None,
            trace: trace.map(RefCell::new),
        }
    }

    /// What it found out and read, for the next evaluation over the same input.
    pub(super) fn into_world(self) -> (World, Option<Trace>) {
        (self.world, self.trace.map(RefCell::into_inner))
    }

    /// Evaluates, and keeps what was read on the way.
    pub(super) fn logged<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> (T, LogId) {
        let mark = self.mark();
        let result = inner(self);
        let log = self.trace.as_ref().map(|trace| trace.borrow_mut().everything(mark));
        (result, log.unwrap_or_default())
    }

    /// The log behind each member of a set that a rule made.
    pub(super) fn member_logs(&self, value: &Value) -> Vec<LogId> {
        self.trace.as_ref().map(|trace| trace.borrow().member_logs(value)).unwrap_or_default()
    }

    fn traced(&self, note: impl FnOnce(&mut Trace)) {
        if let Some(trace) = &self.trace {
            note(&mut trace.borrow_mut());
        }
    }

    fn mark(&self) -> Mark {
        self.trace.as_ref().map(|trace| trace.borrow().mark()).unwrap_or_default()
    }

    /// The proof of what was just found, if it is to be kept.
    fn keep(&self, mark: Mark) -> LogId {
        self.trace.as_ref().map(|trace| trace.borrow_mut().keep(mark)).unwrap_or_default()
    }

    /// A member of a collection; in vain is noted too.
    fn member<'v>(&self, collection: &'v Value, key: &Value) -> Option<&'v Value> {
        let found = collection.get(key);
        if self.trace.is_some() {
            self.note_member(collection, key, found);
        }
        found
    }

    #[cold]
    fn note_member(&self, collection: &Value, key: &Value, found: Option<&Value>) {
        self.traced(|trace| {
            if key.node() != NodeId::NONE {
                trace.used(key);
            }
            match found {
                Some(_) => trace.member(collection, collection.position(key).unwrap_or(usize::MAX)),
                None => trace.missing(collection, key),
            }
        });
    }

    fn note_rule(&self, known: &mocks::Known) {
        self.traced(|trace| trace.note_log(known.log));
    }

    /// The document at a path below `data`; `None` where it is undefined.
    pub(super) fn ask<'s>(
        &mut self,
        path: impl Iterator<Item = &'s str> + Clone,
    ) -> Result<Option<Value>, PolicyError> {
        let tree = path.clone().try_fold(&self.program.tree, |tree, part| tree.children.get(part));
        let value = match tree.and_then(|tree| tree.rule) {
            Some(rule) => self.rule(rule),
            None => self.document(&path.map(Arc::from).collect::<Vec<_>>()),
        };
        self.concluded(value)
    }

    /// The value of a rule.
    pub(super) fn ask_rule(&mut self, rule: RuleId) -> Result<Option<Value>, PolicyError> {
        let value = self.rule(rule);
        self.concluded(value)
    }

    /// What one clause of a rule gives by itself.
    pub(super) fn ask_clause(&mut self, clause: ClauseRef) -> Result<Option<Value>, PolicyError> {
        let origin = (clause.module, clause.rule);
        let found = self.program.rules.iter().find_map(|rule| {
            let clause = rule.clauses.iter().find(|clause| clause.origin == origin)?;
            Some((rule, clause))
        });
        let value = found.and_then(|(rule, clause)| self.clause_value(rule, clause));
        self.concluded(value)
    }

    fn concluded(&mut self, value: Option<Value>) -> Result<Option<Value>, PolicyError> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(value),
        }
    }

    fn failed(&self) -> bool {
        self.fault.is_some()
    }

    /// Gives up; what is found first is what is told.
    fn fail(&mut self, message: &str, place: &Place) -> bool {
        if self.fault.is_none() {
            self.fault = Some(PolicyError::at(message, &place.source, place.span));
        }
        true
    }

    fn fail_nowhere(&mut self, message: &str) -> bool {
        if self.fault.is_none() {
            self.fault = Some(PolicyError::new(message));
        }
        true
    }

    /// Counts a step; now and then looks at the clock. Tells whether to stop.
    fn tick(&mut self) -> bool {
        self.steps = self.steps.wrapping_add(1);
        self.steps.is_multiple_of(1024) && self.is_late()
    }

    /// Looks at the clock. Most evaluations are over before it is looked at for the first time.
    #[cold]
    fn is_late(&mut self) -> bool {
        let now = Instant::now();
        let late = match self.deadline {
            Some(deadline) => now > deadline,
            None => {
                self.deadline = now.checked_add(self.limits.time);
                false
            }
        };
        late && self.fail_nowhere("the rule took longer than it may")
    }

    fn slot(&self, slot: Slot) -> &Value {
        &self.slots[self.frame + slot]
    }

    fn bind(&mut self, slot: Slot, value: Value) {
        let at = self.frame + slot;
        self.slots[at] = value;
    }

    /// Runs `inner` in a frame of its own.
    fn in_frame<T>(&mut self, slots: usize, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.frame;
        self.frame = self.slots.len();
        self.slots.resize(self.frame + slots, Value::Null(NodeId::default()));
        let result = inner(self);
        self.slots.truncate(self.frame);
        self.frame = outer;
        result
    }
}
