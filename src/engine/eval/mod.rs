//! Evaluation: backtracking over statements, every rule's value found once for an input.
//!
//! A term or a statement hands each of its values to what follows it, as a function that tells
//! whether to stop. Stopping means that enough is known, or that something failed for good.

mod body;
mod documents;
mod mocks;
mod query;
mod rules;
mod terms;

use std::sync::Arc;

use crate::policy::ClauseRef;
use crate::rego::PolicyError;
use crate::source::Span;

use super::builtins::Context;
use super::ir::{Place, Program, Slot};
use super::value::{NodeId, Value};

pub(super) use mocks::World;

/// What follows a value. Tells whether to stop.
type Next<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>, Value) -> bool;
/// What follows a statement. Tells whether to stop.
type Then<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>) -> bool;

/// Bounds that no evaluation passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Rules and functions that wait for each other.
    pub(super) depth: usize,
    /// When to give up.
    pub(super) deadline: Option<std::time::Instant>,
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
    /// The innermost clause, or the query.
    place: Option<&'p Place>,
    context: Context<'p>,
    limits: Limits,
    depth: usize,
    steps: u32,
    fault: Option<PolicyError>,
    /// What policies printed.
    printed: Vec<(Place, String)>,
}

impl<'p> Evaluation<'p> {
    /// An evaluation in `world`, which may know the values of rules from one before.
    pub(super) fn new(
        program: &'p Program,
        world: World,
        context: Context<'p>,
        limits: Limits,
    ) -> Self {
        Self {
            program,
            world: world.for_program(program),
            slots: Vec::new(),
            frame: 0,
            place: None,
            context,
            limits,
            depth: 0,
            steps: 0,
            fault: None,
            printed: Vec::new(),
        }
    }

    /// What it found out, for the next evaluation over the same input; and what was printed.
    pub(super) fn into_world(self) -> (World, Vec<(Place, String)>) {
        (self.world, self.printed)
    }

    /// The document at a path below `data`; `None` where it is undefined.
    pub(super) fn ask(&mut self, path: &[Arc<str>]) -> Result<Option<Value>, PolicyError> {
        let value = match self.program.tree.at(path).and_then(|tree| tree.rule) {
            Some(rule) => self.rule(rule),
            None => self.document(path),
        };
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

    /// Gives up in the clause under way; what is found first is what is told.
    fn fail_here(&mut self, message: &str) -> bool {
        let span = self.place.map_or_else(Span::default, |place| place.span);
        self.fail_at(message, span)
    }

    /// Gives up at a place in the text of the clause under way.
    fn fail_at(&mut self, message: &str, span: Span) -> bool {
        if self.fault.is_none() {
            self.fault = Some(match self.place {
                Some(place) => PolicyError::at(message, &place.source, span),
                None => PolicyError::new(message),
            });
        }
        true
    }

    /// Gives up for two values that contradict each other.
    fn fail_between(&mut self, message: &str, first: &Place, second: &Place) -> bool {
        if self.fault.is_none() {
            let error = PolicyError::at(message, &second.source, second.span);
            let other = PolicyError::at("the other value is from here", &first.source, first.span);
            self.fault = Some(error.with_related(other));
        }
        true
    }

    /// Counts a step; now and then looks at the clock. Tells whether to stop.
    fn tick(&mut self) -> bool {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(1024)
            && self.limits.deadline.is_some_and(|deadline| std::time::Instant::now() > deadline)
        {
            return self.fail_here("the rule took longer than it may");
        }
        false
    }

    fn slot(&self, slot: Slot) -> &Value {
        &self.slots[self.frame + slot]
    }

    fn bind(&mut self, slot: Slot, value: Value) {
        let at = self.frame + slot;
        self.slots[at] = value;
    }

    /// Runs `inner` in a frame of its own, for what stands at `place`.
    fn in_frame<T>(
        &mut self,
        slots: usize,
        place: &'p Place,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.frame;
        let around = self.place.replace(place);
        self.frame = self.slots.len();
        self.slots.resize(self.frame + slots, Value::Null(NodeId::default()));
        let result = inner(self);
        self.slots.truncate(self.frame);
        self.frame = outer;
        self.place = around;
        result
    }
}
