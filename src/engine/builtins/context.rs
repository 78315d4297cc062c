//! What calls share during one evaluation, and what outlives it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::engine::proof::Nodes;
use crate::manifest::Pointer;

use super::glob::Pattern;
use super::regex::Expression;
use super::schema::Schema;
use super::sprintf::Formats;
use super::{BuiltinError, Value};

/// How many compiled patterns of a kind are kept.
const KEPT: usize = 1_000;

/// Compiled patterns and prepared keys. They stay valid from one evaluation to the next.
#[derive(Debug, Default)]
pub struct Caches {
    pub(super) expressions: Cache<Arc<Expression>>,
    pub(super) globs: Cache<Arc<Pattern>>,
    pub(super) schemas: Cache<Arc<Schema>>,
    pub(super) formats: Formats,
    /// Room for a text that is being put together.
    pub(in crate::engine) room: String,
    /// Keys that tokens are verified with.
    #[cfg(feature = "crypto")]
    pub(super) keys: Cache<super::jwt::Keys>,
}

/// Patterns by their text; a pattern that does not compile is kept with the reason.
#[derive(Debug)]
pub(super) struct Cache<T>(HashMap<Box<str>, Result<T, BuiltinError>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> Cache<T> {
    pub(super) fn get_or(
        &mut self,
        key: &str,
        compile: impl FnOnce() -> Result<T, BuiltinError>,
    ) -> Result<T, BuiltinError> {
        if let Some(known) = self.0.get(key) {
            return known.clone();
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let compiled = compile();
        self.0.insert(key.into(), compiled.clone());
        compiled
    }
}

/// What the calls of one evaluation share.
pub struct Context<'a> {
    pub(super) caches: &'a mut Caches,
    /// The time of the evaluation, in nanoseconds since 1970.
    pub(super) now_ns: i64,
    /// What calls that invent their result invented, so that they repeat it.
    pub(super) invented: HashMap<String, Value>,
    random: u64,
    /// How many steps long calls may take together, and how many they took.
    budget: Option<u64>,
    steps: u64,
    /// Where the values of the input stand, if that is known.
    nodes: Option<&'a Nodes>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now_ns", &self.now_ns).finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// For an evaluation at `now_ns`, in nanoseconds since 1970. `seed` decides what is random.
    pub fn new(caches: &'a mut Caches, now_ns: i64, seed: u64) -> Self {
        Self {
            caches,
            now_ns,
            invented: HashMap::new(),
            random: seed,
            budget: None,
            steps: 0,
            nodes: None,
        }
    }

    /// The same, with a bound on the steps that long calls take together: what they make has to
    /// fit in memory. Beyond it a call ends the evaluation.
    #[must_use]
    pub fn with_budget(mut self, steps: u64) -> Self {
        self.budget = Some(steps);
        self
    }

    /// The same, among values of an input whose places are known.
    #[must_use]
    pub(in crate::engine) fn with_nodes(mut self, nodes: &'a Nodes) -> Self {
        self.nodes = Some(nodes);
        self
    }

    /// Room for a text that is put together, to be given back.
    pub(in crate::engine) fn room(&mut self) -> &mut String {
        &mut self.caches.room
    }

    /// Where in the input a value was read, if it was.
    pub(super) fn origin_of(&self, value: &Value) -> Option<Pointer> {
        self.nodes?.origin_of(value)
    }

    /// Starts counting anew.
    pub(in crate::engine) fn begin(&mut self) {
        self.steps = 0;
    }

    /// What was counted so far.
    pub(in crate::engine) fn steps(&self) -> u64 {
        self.steps
    }

    /// Goes on counting from `steps`. Gives what was counted before.
    pub(in crate::engine) fn replace_steps(&mut self, steps: u64) -> u64 {
        std::mem::replace(&mut self.steps, steps)
    }

    /// Whether so many steps more can be taken.
    pub(in crate::engine) fn has_room(&self, steps: u64) -> bool {
        self.budget.is_none_or(|budget| self.steps.saturating_add(steps) <= budget)
    }

    /// Accounts for `steps`.
    pub(super) fn tick(&mut self, steps: usize) -> Result<(), BuiltinError> {
        self.add_steps(u64::try_from(steps).unwrap_or(u64::MAX))
    }

    /// Accounts for steps that were counted already.
    pub(in crate::engine) fn add_steps(&mut self, steps: u64) -> Result<(), BuiltinError> {
        self.steps = self.steps.saturating_add(steps);
        match self.budget {
            Some(budget) if self.steps > budget => {
                let message = format!("it takes more than {budget} steps");
                Err(BuiltinError { message, halts: true })
            }
            _ => Ok(()),
        }
    }

    /// The next random number (`SplitMix64`).
    pub(super) fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
