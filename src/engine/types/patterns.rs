//! The variables of patterns, as far as OPA has `some` declare them.

use std::sync::Arc;

use crate::rego::ast::{Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;

/// The variables in the keys of those references in a pattern whose beginnings are known.
pub(super) fn key_variables(
    pattern: &Term,
    is_known: &mut dyn FnMut(&Term) -> bool,
    found: &mut dyn FnMut(&Arc<str>, Span),
) {
    Keys { is_known, found }.term(pattern);
}

/// Every variable in a term but those that begin references or name functions, and, where they are
/// not wanted, those in the keys of objects.
pub(super) fn all_variables(
    term: &Term,
    also_in_keys: bool,
    found: &mut dyn FnMut(&Arc<str>, Span),
) {
    All { also_in_keys, found }.term(term);
}

struct Keys<'k> {
    is_known: &'k mut dyn FnMut(&Term) -> bool,
    found: &'k mut dyn FnMut(&Arc<str>, Span),
}

impl Visitor for Keys<'_> {
    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Reference(base, keys) => {
                if (self.is_known)(base) {
                    visit::terms(&mut All { also_in_keys: true, found: self.found }, keys);
                    visit::terms(self, keys);
                }
            }
            _ if is_closed(seen) => {}
            _ => visit::term(self, seen),
        }
    }
}

struct All<'a> {
    also_in_keys: bool,
    found: &'a mut dyn FnMut(&Arc<str>, Span),
}

impl Visitor for All<'_> {
    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Variable(name) if &**name != "_" => (self.found)(name, seen.span),
            TermKind::Reference(base, keys) => {
                if !matches!(base.kind, TermKind::Variable(_)) {
                    self.term(base);
                }
                visit::terms(self, keys);
            }
            TermKind::Call(_, args) => visit::terms(self, args),
            TermKind::Object(fields) if !self.also_in_keys => {
                visit::terms(self, fields.iter().map(|(_, value)| value));
            }
            _ if is_closed(seen) => {}
            _ => visit::term(self, seen),
        }
    }
}

/// Whether what is in a term has a scope of its own.
pub(super) fn is_closed(term: &Term) -> bool {
    matches!(
        term.kind,
        TermKind::ArrayComprehension(..)
            | TermKind::SetComprehension(..)
            | TermKind::ObjectComprehension(..)
            | TermKind::Template(_)
    )
}
