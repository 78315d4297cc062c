//! Names in terms of the text.

use std::sync::Arc;

use crate::rego::ast::{Term, TermKind};
use crate::source::Span;

/// The names of a reference made of names and strings alone.
pub(in crate::engine) fn parts(term: &Term) -> Option<Vec<Arc<str>>> {
    match &term.kind {
        TermKind::Variable(name) => Some(vec![Arc::clone(name)]),
        TermKind::Reference(base, keys) => {
            let mut found = parts(base)?;
            for key in keys {
                let TermKind::String(text) = &key.kind else { return None };
                found.push(Arc::clone(text));
            }
            Some(found)
        }
        _ => None,
    }
}

/// The variables of a pattern: of lists, and of the values of objects.
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

/// The names in a term, those in closures aside.
pub(in crate::engine) fn used_by_term(term: &Term, found: &mut dyn FnMut(&Arc<str>, Span)) {
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
