//! What `with` replaces, and by what.

use std::sync::Arc;

use crate::engine::types::core::{Callee, Reference, Replacement, Target, Term, With};
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
            None => Replacement::Value(self.term(&with.value)),
        };
        Some(With { target, value, span: with.span })
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
            _ => self.outside(name)?,
        };
        let keys: Vec<Term> = keys.iter().map(|key| self.term(key)).collect();
        reference(&path, keys, base.span)
    }
}
