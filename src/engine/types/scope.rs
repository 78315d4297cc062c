//! Which names a rule has given a meaning, scope within scope.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rego::ast::{Body, StatementKind, Term, TermKind};
use crate::source::Span;

use super::core::Var;

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
        for pattern in patterns {
            variables(pattern, &mut |name, _| {
                found.insert(Arc::clone(name));
            });
        }
    }
}

/// Every variable in a pattern.
pub(super) fn variables(term: &Term, found: &mut dyn FnMut(&Arc<str>, Span)) {
    match &term.kind {
        TermKind::Variable(name) if &**name != "_" => found(name, term.span),
        TermKind::Array(items) | TermKind::Set(items) => {
            items.iter().for_each(|item| variables(item, found));
        }
        TermKind::Object(fields) => {
            fields.iter().flat_map(|(k, v)| [k, v]).for_each(|part| variables(part, found));
        }
        _ => {}
    }
}
