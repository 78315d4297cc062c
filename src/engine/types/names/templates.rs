//! Template strings, and terms that are captured so that they may be undefined.

use std::sync::Arc;

use crate::engine::types::core::{
    Base, Callee, Collection, Comprehension, Expr, Kind, Reference, TEMPLATE, Term, With,
};
use crate::engine::value::Value;
use crate::rego::ast::{self, StatementKind, TemplatePart};
use crate::source::Span;

use super::{Names, constant};

impl Names<'_> {
    pub(super) fn template(&mut self, parts: &[TemplatePart], span: Span) -> Kind {
        let mut items = Vec::new();
        for part in parts {
            items.push(match part {
                TemplatePart::Text(text) => constant(Value::string(Arc::clone(text)), span),
                TemplatePart::Term(term) => self.part(term, &[]),
                TemplatePart::Statement(statement) => match &statement.kind {
                    StatementKind::Term(term) if !statement.negated => {
                        self.part(term, &statement.with)
                    }
                    _ => {
                        self.error("only a value can stand in a template", statement.span, "");
                        continue;
                    }
                },
            });
        }
        let array = Term { kind: Kind::Array(items), span };
        Kind::Call(Callee::Builtin(TEMPLATE), vec![array])
    }

    fn part(&mut self, term: &ast::Term, with: &[ast::With]) -> Term {
        let span = term.span;
        let value = self.term(term);
        if matches!(value.kind, Kind::Call(Callee::Builtin("walk"), _)) {
            self.error("`walk` has many values, a template needs one", span, "");
        }
        let with = self.withs(with);
        if self.is_defined(&value) {
            // OPA evaluates it without its `with`, and so do we.
            return Term { kind: Kind::Set(vec![value]), span };
        }
        self.captured(value, with)
    }

    /// Whether a term has a value wherever a template stands: a variable, or a rule that is never
    /// undefined.
    fn is_defined(&self, term: &Term) -> bool {
        match &term.kind {
            Kind::Variable(_) => true,
            Kind::Reference(Reference { base: Base::Root("data"), keys }) => {
                let path: Option<Vec<Value>> = keys.iter().map(Term::constant).collect();
                path.is_some_and(|path| self.known.defined.contains(&path))
            }
            _ => false,
        }
    }

    /// `{x | x = term}`, so that a term without a value is printed as well.
    pub(super) fn printed(&mut self, term: &ast::Term) -> Term {
        let value = self.term(term);
        self.captured(value, Arc::default())
    }

    fn captured(&mut self, value: Term, with: Arc<Vec<With>>) -> Term {
        let span = value.span;
        let var = self.fresh();
        let body = vec![Expr { with, ..Expr::equation(var, value) }];
        let key = Term::variable(var, span);
        let number = self.numbered();
        let captured =
            Comprehension { collection: Collection::Set, number, key, value: None, body };
        Term { kind: Kind::Comprehension(Box::new(captured)), span }
    }
}
