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
                found.push(Arc::clone(key.as_string()?));
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
