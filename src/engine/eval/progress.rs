//! How far bodies got: which statements were reached, how often, and what came of it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::ir::{Clause, Place, RuleId};
use crate::source::{SourceText, Span};

use super::Evaluation;

/// A piece of a statement: what is negated, for one, stands in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// The text, by where it is kept.
    source: usize,
    span: Span,
    piece: usize,
}

/// Counts, kept from the first question about an input to the last.
#[derive(Debug, Default)]
pub(in crate::engine) struct Progress {
    reached: FxHashMap<Key, u64>,
    /// How often bodies of clauses were begun, and how many results they gave.
    bodies: FxHashMap<Body, (u64, u64)>,
    /// Rules in the order in which they were first asked for.
    rules: Vec<RuleId>,
    /// The same rules.
    asked: FxHashSet<RuleId>,
}

/// A body by its clause's origin, and by which of that clause's bodies it is.
type Body = ((usize, usize), usize);

fn key(source: &Arc<SourceText>, span: Span, piece: usize) -> Key {
    Key { source: Arc::as_ptr(source) as usize, span, piece }
}

impl Progress {
    pub(super) fn reached(&mut self, place: &Place, span: Span, piece: usize) {
        *self.reached.entry(key(&place.source, span, piece)).or_default() += 1;
    }

    pub(super) fn began(&mut self, clause: &Clause, body: usize) {
        self.bodies.entry((clause.origin, body)).or_default().0 += 1;
    }

    pub(super) fn found(&mut self, clause: &Clause, body: usize) {
        self.bodies.entry((clause.origin, body)).or_default().1 += 1;
    }

    pub(super) fn asked(&mut self, rule: RuleId) {
        if self.asked.insert(rule) {
            self.rules.push(rule);
        }
    }

    /// Adds what was counted elsewhere.
    pub(in crate::engine) fn add(&mut self, other: Self) {
        for (key, times) in other.reached {
            *self.reached.entry(key).or_default() += times;
        }
        for (body, (begun, found)) in other.bodies {
            let known = self.bodies.entry(body).or_default();
            *known = (known.0 + begun, known.1 + found);
        }
        other.rules.into_iter().for_each(|rule| self.asked(rule));
    }

    pub(in crate::engine) fn rules(&self) -> &[RuleId] {
        &self.rules
    }

    /// How often a piece of a statement was reached.
    pub(in crate::engine) fn times(
        &self,
        source: &Arc<SourceText>,
        span: Span,
        piece: usize,
    ) -> u64 {
        self.reached.get(&key(source, span, piece)).copied().unwrap_or_default()
    }

    /// How often a body was begun, and how many results it gave.
    pub(in crate::engine) fn of_body(&self, clause: &Clause, body: usize) -> (u64, u64) {
        self.bodies.get(&(clause.origin, body)).copied().unwrap_or_default()
    }
}

impl Evaluation<'_> {
    pub(super) fn asks(&mut self, rule: RuleId) {
        if let Some(progress) = &mut self.progress {
            progress.asked(rule);
        }
    }

    #[inline]
    pub(super) fn begins(&mut self, clause: &Clause, body: usize) {
        if let Some(progress) = &mut self.progress {
            progress.began(clause, body);
        }
    }

    #[inline]
    pub(super) fn finds(&mut self, clause: &Clause, body: usize) {
        if let Some(progress) = &mut self.progress {
            progress.found(clause, body);
        }
    }
}
