//! Evaluation: backtracking over statements, every rule's value found once for an input.
//!
//! A term or a statement hands each of its values to what follows it, as a function that tells
//! whether to stop. Stopping means that enough is known, or that something failed for good.

mod body;
mod calls;
mod clauses;
mod collections;
mod documents;
mod functions;
mod guards;
mod limits;
mod memo;
mod mocks;
mod objects;
mod peek;
mod plain;
mod progress;
mod query;
mod rules;
mod scan;
mod sets;
mod sorts;
mod terms;
mod trace;
mod values;
mod watch;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Instant;

use crate::policy::ClauseRef;
use crate::rego::PolicyError;
use crate::source::Span;

use super::builtins::Context;
use super::ir::{Expr, Place, Program, RuleId, Slot};
use super::value::{NodeId, Value};

pub(super) use limits::Limits;
use mocks::World;
use peek::Seen;
pub(super) use progress::Progress;
use sorts::Sorts;
pub(super) use sorts::finds;
pub(super) use trace::{LogId, Mark, Noted, Trace};
pub(crate) use watch::Watched;

/// What follows a value. Tells whether to stop.
type Next<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>, Value) -> bool;
/// What follows a statement. Tells whether to stop.
type Then<'n, 'p> = &'n mut dyn FnMut(&mut Evaluation<'p>) -> bool;

/// What stays from one evaluation over an input to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    world: Box<World>,
    /// Room for variables. What is in it is never read.
    slots: Vec<Value>,
    trace: Option<Trace>,
    /// What is known of inputs of the same sort.
    sorts: Sorts,
    /// What policies printed and nobody has taken yet.
    pub(super) printed: Vec<(Place, String)>,
    progress: Option<Progress>,
}

impl Memory {
    /// Forgets what is known of an input, for a new one.
    pub(super) fn begin(&mut self, input: Option<Value>, file: Option<Value>, trace: bool) {
        // The file's name is no part of the sort.
        self.sorts.begin(input.as_ref().filter(|_| file.is_none()));
        // What is known with a trace is known by that trace alone.
        self.world.renew(input, file, trace || self.trace.is_some());
        self.printed.clear();
        self.trace = trace.then(|| {
            let mut trace = self.trace.take().unwrap_or_default();
            trace.clear();
            trace
        });
        self.progress = None;
    }

    /// The input is like no other: parts of it have the nodes of others.
    pub(super) fn set_apart(&mut self) {
        self.sorts.leave();
    }

    pub(super) fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    pub(super) fn take_progress(&mut self) -> Option<Progress> {
        self.progress.take()
    }

    /// The value of a rule, where it was found and is defined.
    pub(super) fn value(&self, rule: RuleId) -> Option<Value> {
        self.world.values.get(rule)?.value.clone()
    }

    pub(super) fn input(&self) -> Option<&Value> {
        self.world.input.as_ref()
    }

    pub(super) fn watch(&mut self, text: &'static str) {
        if let Some(trace) = &mut self.trace {
            trace.watch(text);
        }
    }

    pub(super) fn watched(&mut self) -> Option<Watched> {
        self.trace.as_mut()?.watched()
    }

    pub(super) fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }
}

/// The evaluation of rules over one input.
pub(super) struct Evaluation<'p> {
    program: &'p Program,
    world: Box<World>,
    /// The frames of all clauses under way, and beyond them what earlier ones left.
    slots: Vec<Value>,
    /// Where the frame of the innermost clause begins.
    frame: usize,
    /// Where it ends.
    top: usize,
    /// The innermost clause, or the query.
    place: Option<&'p Place>,
    context: Context<'p>,
    limits: Limits,
    depth: usize,
    /// Bodies under way.
    nested: u32,
    steps: u64,
    /// Members of what was made.
    made: usize,
    deadline: Option<Instant>,
    fault: Option<PolicyError>,
    /// What is read of the input, where somebody wants to know. Also a mere look is noted.
    trace: Option<RefCell<Trace>>,
    /// What is known of inputs of the same sort.
    sorts: Sorts,
    /// Whether more of the input than its sort was looked at. Also a mere look is noted.
    varies: Cell<bool>,
    /// Whether it was before the function under way was called.
    is_told: bool,
    /// What policies printed.
    printed: Vec<(Place, String)>,
    /// How far bodies get, where statements are marked.
    progress: Option<Progress>,
}

impl<'p> Evaluation<'p> {
    /// An evaluation that may know from one before it what it is asked.
    pub(super) fn new(
        program: &'p Program,
        memory: Memory,
        context: Context<'p>,
        limits: Limits,
    ) -> Self {
        let Memory { mut world, slots, trace, mut sorts, printed, progress } = memory;
        let progress = progress.or_else(|| program.is_marked.then(Progress::default));
        sorts.set_mode(trace.is_some(), limits.strict);
        let is_deep = program.height >= limits.depth;
        if program.invents || is_deep || progress.is_some() {
            sorts.leave();
        }
        world.prepare(program);
        Self {
            program,
            world,
            slots,
            frame: 0,
            top: 0,
            place: None,
            context,
            limits,
            depth: 0,
            nested: 0,
            steps: 0,
            made: 0,
            deadline: None,
            fault: None,
            trace: trace.map(RefCell::new),
            sorts,
            varies: Cell::new(false),
            is_told: false,
            printed,
            progress,
        }
    }

    /// What it found out and read, for the next evaluation over the same input.
    pub(super) fn into_memory(self) -> Memory {
        let trace = self.trace.map(RefCell::into_inner);
        let Self { world, slots, sorts, printed, progress, .. } = self;
        Memory { world, slots, trace, sorts, printed, progress }
    }

    /// Everything that was read since `mark`.
    pub(super) fn log_since(&self, mark: Mark) -> LogId {
        let log = self.trace.as_ref().map(|trace| trace.borrow_mut().everything(mark));
        log.unwrap_or_default()
    }

    /// The log behind each member of a set that a rule made.
    pub(super) fn member_logs(&self, value: &Value) -> Vec<LogId> {
        self.trace.as_ref().map(|trace| trace.borrow().member_logs(value)).unwrap_or_default()
    }

    #[inline]
    fn traced(&self, note: impl FnOnce(&mut Trace)) {
        if let Some(trace) = &self.trace {
            note(&mut trace.borrow_mut());
        }
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        self.trace.as_ref().map(|trace| trace.borrow().mark()).unwrap_or_default()
    }

    /// The proof of what was just found, if it is to be kept.
    fn keep(&self, mark: Mark) -> LogId {
        self.trace.as_ref().map(|trace| trace.borrow_mut().keep(mark)).unwrap_or_default()
    }

    /// A member of a collection; in vain is noted too.
    fn member<'v>(&self, collection: &'v Value, key: &Value) -> Option<&'v Value> {
        let found = collection.get(key);
        self.takes(collection, key, found);
        if self.trace.is_some() {
            // What is there in the input itself counts where it is used.
            let made = NodeId::MADE;
            if found.is_none() || collection.node().0 >= made || key.node() != NodeId::NONE {
                self.note_member(collection, key, found);
            }
        }
        found
    }

    #[cold]
    fn note_member(&self, collection: &Value, key: &Value, found: Option<&Value>) {
        self.traced(|trace| {
            trace.key(collection, key);
            if key.node() != NodeId::NONE {
                trace.used(key);
            }
            match found {
                Some(_) => trace.member(collection, || collection.position(key)),
                None => trace.missing(collection, key),
            }
        });
    }

    /// The keys that would have been followed behind one that is not there.
    fn note_behind(&self, keys: &[Expr]) {
        if self.trace.is_some() && !keys.is_empty() {
            self.note_further(keys);
        }
    }

    #[cold]
    fn note_further(&self, keys: &[Expr]) {
        for key in keys {
            let Seen::Value(key) = self.peek(key) else { return };
            self.traced(|trace| trace.missing_further(key));
        }
    }

    #[inline]
    fn note_rule(&self, known: &values::Known) {
        if known.varies {
            self.varies.set(true);
        }
        if known.log != LogId::default() {
            self.traced(|trace| trace.note_log(known.log));
        }
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
        let found = self.program.rules.iter().enumerate().find_map(|(id, rule)| {
            let clause = rule.clauses.iter().find(|clause| clause.origin == origin)?;
            Some((id, rule, clause))
        });
        let value = found.and_then(|(id, rule, clause)| {
            self.asks(id);
            self.clause_value(rule, clause)
        });
        self.concluded(value)
    }

    fn concluded(&mut self, value: Option<Value>) -> Result<Option<Value>, PolicyError> {
        if self.fault.is_none() {
            return Ok(value);
        }
        self.fault.take().map_or(Ok(value), Err)
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

    fn slot(&self, slot: Slot) -> &Value {
        &self.slots[self.frame + slot]
    }

    fn bind(&mut self, slot: Slot, value: Value) {
        let at = self.frame + slot;
        self.slots[at] = value;
    }

    /// Runs `inner` in a frame of its own, for what stands at `place`. What stands in the frame
    /// from before is never read: every variable is given its value first.
    fn in_frame<T>(
        &mut self,
        slots: usize,
        place: &'p Place,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let (frame, top, around) = (self.frame, self.top, self.place.replace(place));
        self.frame = top;
        self.top = top + slots;
        if self.slots.len() < self.top {
            self.slots.resize(self.top, Value::NULL);
        }
        let result = inner(self);
        (self.frame, self.top, self.place) = (frame, top, around);
        result
    }
}
