//! What `with` replaces, and by what.

use std::sync::Arc;

use crate::engine::types::core::{Base, Callee, Kind, Reference, Replacement, Target, Term, With};
use crate::engine::value::Value;
use crate::rego::ast::{self, TermKind};

use super::{Names, reference};

impl Names<'_> {
    pub(super) fn withs(&mut self, withs: &[ast::With]) -> Arc<Vec<With>> {
        Arc::new(withs.iter().filter_map(|with| self.with(with)).collect())
    }

    fn with(&mut self, with: &ast::With) -> Option<With> {
        let target = match self.function(&with.target) {
            Some(callee @ Callee::Builtin(_)) => Target::Function(callee),
            _ => match self.document(&with.target) {
                Some(document) => Target::Document(document),
                None => {
                    let message = match crate::engine::compile::parts(&with.target) {
                        Some(parts) => format!("there is no `{}` to replace", parts.join(".")),
                        None => "`with` replaces documents and functions by their names".to_owned(),
                    };
                    self.error(&message, with.target.span, "");
                    return None;
                }
            },
        };
        let value = match self.function(&with.value) {
            Some(callee) => Replacement::Function(callee),
            None => {
                let value = self.term(&with.value);
                match self.place(&value).filter(|_| self.is_function(&target)) {
                    Some(path) => Replacement::Document(path),
                    None => Replacement::Value(value),
                }
            }
        };
        Some(With { target, value, span: with.span })
    }

    /// The path of the rule or package that a term is, if it is one.
    fn place(&self, term: &Term) -> Option<Vec<Arc<str>>> {
        let path = names(term)?;
        self.known.places.contains(&path).then_some(path)
    }

    fn is_function(&self, target: &Target) -> bool {
        match target {
            Target::Function(_) => true,
            Target::Document(Reference { base: Base::Root("data"), keys }) => {
                let path: Option<Vec<_>> = keys.iter().map(name).collect();
                let arity = path.and_then(|path| self.known.functions.get(&path));
                arity.is_some_and(|arity| *arity > 0)
            }
            Target::Document(_) => false,
        }
    }

    /// What `with` replaces: `input` and `data`, whatever else goes by these names.
    fn document(&mut self, term: &ast::Term) -> Option<Reference> {
        let (base, keys) = match &term.kind {
            TermKind::Reference(base, keys) => (&**base, keys.as_slice()),
            _ => (term, &[][..]),
        };
        let TermKind::Variable(name) = &base.kind else { return None };
        let path = match &**name {
            "input" | "data" => vec![Arc::clone(name)],
            // A name that the body declares, be it further down, is no document.
            _ if self.is_local(name) => return None,
            _ => self.outside(name)?,
        };
        let keys: Vec<Term> = keys.iter().map(|key| self.term(key)).collect();
        reference(&path, keys, base.span)
    }
}

/// The path of a document below `data`, if it is made of names.
fn names(term: &Term) -> Option<Vec<Arc<str>>> {
    match &term.kind {
        Kind::Reference(Reference { base: Base::Root("data"), keys }) => {
            keys.iter().map(name).collect()
        }
        _ => None,
    }
}

fn name(term: &Term) -> Option<Arc<str>> {
    match &term.kind {
        Kind::Constant(Value::String(_, name)) => Some(Arc::clone(name)),
        _ => None,
    }
}
