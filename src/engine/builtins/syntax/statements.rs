//! Bodies and their statements.

use super::super::super::value::Value;
use super::{Writer, field, terms};
use crate::rego::ast::{Body, Statement, StatementKind, Term, TermKind, Variable, With};

impl Writer<'_> {
    pub(super) fn body(&mut self, body: &Body) -> Value {
        let statements = body.statements.iter().enumerate();
        Value::array(statements.map(|(index, one)| self.statement(index, one)).collect())
    }

    pub(super) fn statement(&mut self, index: usize, statement: &Statement) -> Value {
        let written = match &statement.kind {
            StatementKind::Term(term) => self.expression(term),
            StatementKind::Assign(left, right) => self.equation("assign", left, right),
            StatementKind::Unify(left, right) => self.equation("eq", left, right),
            StatementKind::Some(names) => {
                let names = names.iter().map(|name| self.declared(name));
                Value::record([("symbols", Value::array(names.collect()))])
            }
            StatementKind::SomeIn { key, value, collection } => {
                let call = self.membership(key.as_ref(), value, collection);
                Value::record([("symbols", Value::array(vec![terms::typed("call", call)]))])
            }
            StatementKind::Every { key, value, domain, body } => {
                let key = key.as_ref().map_or(Value::NULL, |key| self.declared(key));
                let value = self.declared(value);
                let domain = self.term(domain);
                let body = self.body(body);
                Value::record([("key", key), ("value", value), ("domain", domain), ("body", body)])
            }
            StatementKind::Not(body) => Value::record([
                ("type", Value::string("not")),
                ("explicit_body", Value::bool(self.is_braced(body))),
                ("body", self.body(body)),
            ]),
            StatementKind::And(left, right) => self.joined("and", left, right),
            StatementKind::Or(left, right) => self.joined("or", left, right),
        };
        let mut fields = vec![field("index", Value::from(index)), field("terms", written)];
        if statement.negated {
            fields.push(field("negated", Value::bool(true)));
        }
        if !statement.with.is_empty() {
            let with = statement.with.iter().map(|with| self.with(with)).collect();
            fields.push(field("with", Value::array(with)));
        }
        Value::object_of_last(fields)
    }

    /// A call is written as its parts.
    pub(super) fn expression(&mut self, term: &Term) -> Value {
        let written = self.term(term);
        match (&term.kind, written.field("value")) {
            (TermKind::Call(..) | TermKind::Infix(..) | TermKind::In { .. }, Some(parts)) => {
                parts.clone()
            }
            _ => written,
        }
    }

    fn equation(&mut self, operator: &str, left: &Term, right: &Term) -> Value {
        let left = self.term(left);
        Value::array(vec![terms::operator(operator), left, self.term(right)])
    }

    fn declared(&mut self, name: &Variable) -> Value {
        self.name(&name.name)
    }

    fn joined(&mut self, kind: &str, left: &Body, right: &Body) -> Value {
        let mut fields = vec![
            field("type", Value::string(kind)),
            field("lhs", self.body(left)),
            field("rhs", self.body(right)),
        ];
        for (name, body) in [("explicit_lhs", left), ("explicit_rhs", right)] {
            if self.is_braced(body) {
                fields.push(field(name, Value::bool(true)));
            }
        }
        Value::object_of_last(fields)
    }

    /// Whether the braces belong to the body, and not to its first statement.
    fn is_braced(&self, body: &Body) -> bool {
        let first = body.statements.first().map(|statement| statement.span.start);
        self.source.slice(body.span).starts_with('{') && first != Some(body.span.start)
    }

    fn with(&mut self, with: &With) -> Value {
        let target = self.term(&with.target);
        Value::record([("target", target), ("value", self.term(&with.value))])
    }
}
