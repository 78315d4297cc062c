//! Names in terms of the text.

use std::sync::Arc;

use crate::rego::ast::{Term, TermKind};

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
