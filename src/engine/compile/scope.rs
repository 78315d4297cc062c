//! Names: which are local, which are rules, imports, or the root documents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::ir::Slot;
use crate::rego::ast::{Body, Statement, StatementKind, Term, TermKind};
use crate::source::Span;

/// The local names of a clause, scope within scope.
#[derive(Debug)]
pub(super) struct Scopes {
    levels: Vec<BTreeMap<Arc<str>, Slot>>,
    /// Every slot's name and first place, for errors.
    slots: Vec<Option<(Arc<str>, Span)>>,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self { levels: vec![BTreeMap::new()], slots: Vec::new() }
    }

    pub(super) fn enter(&mut self) {
        self.levels.push(BTreeMap::new());
    }

    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn unnamed(&mut self) -> Slot {
        self.slots.push(None);
        self.slots.len() - 1
    }

    pub(super) fn declare(&mut self, name: &Arc<str>, span: Span) -> Slot {
        let slot = self.unnamed();
        self.slots[slot] = Some((Arc::clone(name), span));
        if let Some(level) = self.levels.last_mut() {
            level.insert(Arc::clone(name), slot);
        }
        slot
    }

    pub(super) fn look_up(&self, name: &str) -> Option<Slot> {
        self.levels.iter().rev().find_map(|level| level.get(name).copied())
    }

    /// The slot of a name declared in the innermost scope itself.
    pub(super) fn declared_here(&self, name: &str) -> Option<Slot> {
        self.levels.last().and_then(|level| level.get(name).copied())
    }

    /// The names of the innermost scope.
    pub(super) fn innermost(&self) -> impl Iterator<Item = (&Arc<str>, Slot)> {
        self.levels.last().into_iter().flatten().map(|(name, slot)| (name, *slot))
    }

    pub(super) fn name(&self, slot: Slot) -> Option<&(Arc<str>, Span)> {
        self.slots.get(slot).and_then(Option::as_ref)
    }
}

/// The names that a body declares by itself: with `some`, `:=` and `some .. in`.
pub(super) fn declared(body: &Body) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    for statement in &body.statements {
        match &statement.kind {
            StatementKind::Some(variables) => {
                found.extend(variables.iter().map(|variable| Arc::clone(&variable.name)));
            }
            StatementKind::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|term| pattern_names(term, &mut found));
            }
            StatementKind::Assign(left, _) => pattern_names(left, &mut found),
            _ => {}
        }
    }
    found
}

/// The variables of a pattern: of lists, and of the values of objects.
pub(super) fn pattern_names(term: &Term, found: &mut BTreeSet<Arc<str>>) {
    pattern_variables(term, &mut |name, _| {
        found.insert(Arc::clone(name));
    });
}

pub(in crate::engine) fn pattern_variables(term: &Term, found: &mut dyn FnMut(&Arc<str>, Span)) {
    match &term.kind {
        TermKind::Variable(name) if &**name != "_" => found(name, term.span),
        TermKind::Array(items) => items.iter().for_each(|item| pattern_variables(item, found)),
        TermKind::Object(fields) => {
            fields.iter().for_each(|(_, value)| pattern_variables(value, found));
        }
        _ => {}
    }
}

/// The names that a statement uses at its own level: not inside of comprehensions and `every`.
pub(super) fn used(statement: &Statement, found: &mut dyn FnMut(&Arc<str>, Span)) {
    match &statement.kind {
        StatementKind::Term(term) => used_by_term(term, found),
        StatementKind::Assign(left, right) | StatementKind::Unify(left, right) => {
            used_by_term(left, found);
            used_by_term(right, found);
        }
        StatementKind::Some(_)
        | StatementKind::Not(_)
        | StatementKind::And(..)
        | StatementKind::Or(..) => {}
        StatementKind::SomeIn { collection, .. } => used_by_term(collection, found),
        StatementKind::Every { domain, .. } => used_by_term(domain, found),
    }
    statement.with.iter().for_each(|with| used_by_term(&with.value, found));
}

pub(super) fn used_by_term(term: &Term, found: &mut dyn FnMut(&Arc<str>, Span)) {
    match &term.kind {
        TermKind::Variable(name) => found(name, term.span),
        TermKind::Reference(base, keys) => {
            used_by_term(base, found);
            keys.iter().for_each(|key| used_by_term(key, found));
        }
        // The name of a function is no variable.
        TermKind::Call(_, args) => args.iter().for_each(|arg| used_by_term(arg, found)),
        TermKind::Infix(_, left, right) => {
            used_by_term(left, found);
            used_by_term(right, found);
        }
        TermKind::In { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|part| used_by_term(part, found));
        }
        TermKind::Array(items) | TermKind::Set(items) => {
            items.iter().for_each(|item| used_by_term(item, found));
        }
        TermKind::Object(fields) => {
            fields.iter().flat_map(|(k, v)| [k, v]).for_each(|part| used_by_term(part, found));
        }
        TermKind::Null
        | TermKind::Bool(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::ArrayComprehension(..)
        | TermKind::SetComprehension(..)
        | TermKind::ObjectComprehension(..) => {}
    }
}
