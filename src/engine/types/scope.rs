//! Which names a rule has given a meaning, scope within scope.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rego::ast::{Body, StatementKind, Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;

use super::core::Var;
use super::patterns::is_closed;

/// How a name came to be known in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was used without being declared.
    Used,
    Assigned,
    Declared,
    Argument,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) var: Var,
    pub(super) origin: Origin,
    /// How often it occurs, its declaration included.
    pub(super) count: usize,
    pub(super) span: Span,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// Names that some statement of the scope declares: they mean no rule or import.
    pub(super) local: BTreeSet<Arc<str>>,
    pub(super) entries: BTreeMap<Arc<str>, Entry>,
    /// What the bodies of `every` and `not` in the scope used without declaring it.
    pub(super) mentioned: BTreeMap<Arc<str>, Entry>,
}

impl Level {
    /// What is used in the scope, and in the bodies within it, without being declared there.
    pub(super) fn used(self) -> impl Iterator<Item = (Arc<str>, Entry)> {
        let own = self.entries.into_iter().filter(|(_, entry)| entry.origin == Origin::Used);
        own.chain(self.mentioned)
    }
}

/// The names that a body declares; what `every` and `not` declare within counts as well.
pub(super) fn declared(body: &Body) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    collect(body, &mut found);
    found
}

fn collect(body: &Body, found: &mut BTreeSet<Arc<str>>) {
    for statement in &body.statements {
        let mut patterns: Vec<&Term> = Vec::new();
        match &statement.kind {
            StatementKind::Some(names) => {
                found.extend(names.iter().map(|variable| Arc::clone(&variable.name)));
            }
            StatementKind::Assign(left, _) => patterns.push(left),
            StatementKind::SomeIn { key, value, .. } => patterns.extend(key.iter().chain([value])),
            StatementKind::Every { body, .. } | StatementKind::Not(body) => collect(body, found),
            StatementKind::And(left, right) | StatementKind::Or(left, right) => {
                collect(left, found);
                collect(right, found);
            }
            StatementKind::Term(_) | StatementKind::Unify(..) => {}
        }
        patterns.into_iter().for_each(|pattern| names(pattern, found));
    }
}

/// Every name in a pattern: as in OPA also those that begin references or name functions, though
/// these are not declared. Only the two documents can't be hidden so.
fn names(pattern: &Term, found: &mut BTreeSet<Arc<str>>) {
    match &pattern.kind {
        TermKind::Variable(name) => {
            found.insert(Arc::clone(name));
        }
        TermKind::Array(items) | TermKind::Set(items) => {
            items.iter().for_each(|item| names(item, found));
        }
        TermKind::Object(fields) => {
            fields.iter().flat_map(|(k, v)| [k, v]).for_each(|part| names(part, found));
        }
        _ => {
            let hidden =
                every_name(pattern).into_iter().filter(|name| !matches!(&**name, "input" | "data"));
            found.extend(hidden);
        }
    }
    found.remove("_");
}

/// Every name in a term.
pub(super) fn every_name(term: &Term) -> BTreeSet<Arc<str>> {
    let mut inside = Inside { found: BTreeSet::new(), also_in_closures: true };
    inside.term(term);
    inside.found
}

/// Every name in a term that is not in a scope of its own.
pub(super) fn names_outside_closures(term: &Term) -> BTreeSet<Arc<str>> {
    let mut inside = Inside { found: BTreeSet::new(), also_in_closures: false };
    inside.term(term);
    inside.found
}

/// The names in a term.
struct Inside {
    found: BTreeSet<Arc<str>>,
    also_in_closures: bool,
}

impl Visitor for Inside {
    fn term(&mut self, seen: &Term) {
        if let TermKind::Variable(name) = &seen.kind {
            self.found.insert(Arc::clone(name));
        }
        if self.also_in_closures || !is_closed(seen) {
            visit::term(self, seen);
        }
    }
}
