//! Terms, the names in them resolved.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::engine::number::Number;
use crate::engine::types::core::{Base, Callee, Collection, Comprehension, Kind, Reference, Term};
use crate::engine::types::scope;
use crate::engine::value::{NodeId, Value};
use crate::rego::ast::{self, TermKind};
use crate::source::Span;

use super::{Names, reference};

impl Names<'_> {
    pub(super) fn terms(&mut self, terms: &[ast::Term]) -> Vec<Term> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    pub(super) fn term(&mut self, term: &ast::Term) -> Term {
        let span = term.span;
        let kind = match &term.kind {
            TermKind::Null => Kind::Constant(Value::NULL),
            TermKind::Bool(value) => Kind::Constant(Value::bool(*value)),
            TermKind::String(text) => Kind::Constant(Value::string(Arc::clone(text))),
            TermKind::Number(text) => {
                let number = Number::parse(text).unwrap_or_else(|| {
                    self.error("this is no number", span, "");
                    Number::from(0)
                });
                Kind::Constant(Value::Number(NodeId::NONE, number))
            }
            TermKind::Template(parts) => self.template(parts, span),
            TermKind::Variable(name) => return self.variable(name, span),
            TermKind::Reference(base, keys) => {
                let base = self.term(base);
                let mut keys = self.terms(keys);
                let base = match base.kind {
                    Kind::Variable(var) => Base::Variable(var),
                    Kind::Reference(Reference { base, keys: mut first }) => {
                        first.append(&mut keys);
                        keys = first;
                        base
                    }
                    _ => Base::Term(Box::new(base)),
                };
                Kind::Reference(Reference { base, keys })
            }
            TermKind::Array(items) => Kind::Array(self.terms(items)),
            TermKind::Set(items) => Kind::Set(self.terms(items)),
            TermKind::Object(fields) => Kind::Object(self.fields(fields)),
            TermKind::Call(function, args) => return self.call(function, args, span, false),
            TermKind::Infix(infix, left, right) => {
                let args = vec![self.term(left), self.term(right)];
                Kind::Call(Callee::Builtin(infix.function()), args)
            }
            TermKind::In { key, value, collection } => {
                let name = if key.is_some() { "internal.member_3" } else { "internal.member_2" };
                let key = key.as_ref().map(|key| self.term(key));
                let mut args: Vec<Term> = key.into_iter().collect();
                args.extend([self.term(value), self.term(collection)]);
                Kind::Call(Callee::Builtin(name), args)
            }
            TermKind::ArrayComprehension(head, body) => {
                self.comprehension(Collection::Array, head, None, body)
            }
            TermKind::SetComprehension(head, body) => {
                self.comprehension(Collection::Set, head, None, body)
            }
            TermKind::ObjectComprehension(key, value, body) => {
                self.comprehension(Collection::Object, key, Some(value), body)
            }
        };
        Term { kind, span }
    }

    /// The fields of an object. Where a key is written twice, the last value is all there is.
    fn fields(&mut self, fields: &[(ast::Term, ast::Term)]) -> Vec<(Term, Term)> {
        let mut constants: BTreeMap<Value, usize> = BTreeMap::new();
        let mut kept: Vec<(Term, &ast::Term)> = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            let key = self.term(key);
            let known = match key.constant() {
                Some(constant) => match constants.entry(constant) {
                    Entry::Occupied(known) => Some(*known.get()),
                    Entry::Vacant(room) => {
                        room.insert(kept.len());
                        None
                    }
                },
                None => kept.iter().position(|(known, _)| known.is_written_as(&key)),
            };
            match known {
                Some(known) => kept[known].1 = value,
                None => kept.push((key, value)),
            }
        }
        kept.into_iter().map(|(key, value)| (key, self.term(value))).collect()
    }

    fn variable(&mut self, name: &Arc<str>, span: Span) -> Term {
        if &**name == "_" {
            return Term::variable(self.fresh(), span);
        }
        let reference = self.global(name).and_then(|path| reference(&path, Vec::new(), span));
        match reference {
            Some(reference) => Term { kind: Kind::Reference(reference), span },
            None => Term::variable(self.occurs(name, span), span),
        }
    }

    fn comprehension(
        &mut self,
        collection: Collection,
        key: &ast::Term,
        value: Option<&ast::Term>,
        body: &ast::Body,
    ) -> Kind {
        let number = self.numbered();
        let ((body, key, value), _) = self.within(scope::declared(body), |names| {
            let body = names.statements(body);
            let key = names.term(key);
            (body, key, value.map(|value| names.term(value)))
        });
        Kind::Comprehension(Box::new(Comprehension { collection, number, key, value, body }))
    }
}
