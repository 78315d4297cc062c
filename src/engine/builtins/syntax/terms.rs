//! Terms: each says its type.

use super::super::super::number::Number;
use super::super::super::value::Value;
use super::super::json;
use super::{Writer, order};
use crate::rego::ast::{Body, StatementKind, TemplatePart, Term, TermKind};

pub(super) fn typed(kind: &str, value: Value) -> Value {
    Value::record([("type", Value::string(kind)), ("value", value)])
}

pub(super) fn is_of(term: &Value, kind: &str) -> bool {
    term.field("type").and_then(Value::as_str) == Some(kind)
}

pub(super) fn variable(name: &str) -> Value {
    typed("var", Value::string(name))
}

pub(super) fn string(text: &str) -> Value {
    typed("string", Value::string(text))
}

pub(super) fn truth(value: bool) -> Value {
    typed("boolean", Value::bool(value))
}

/// The name of a function, as calls have it.
pub(super) fn operator(name: &str) -> Value {
    let mut parts = name.split('.');
    let first = parts.next().map(variable);
    typed("ref", Value::array(first.into_iter().chain(parts.map(string)).collect()))
}

impl Writer<'_> {
    pub(super) fn wildcard(&mut self) -> Value {
        let name = format!("${}", self.wildcards);
        self.wildcards += 1;
        variable(&name)
    }

    /// A name by itself. The two documents are references even so.
    pub(super) fn name(&mut self, name: &str) -> Value {
        match name {
            "_" => self.wildcard(),
            "input" | "data" => typed("ref", Value::array(vec![variable(name)])),
            name => variable(name),
        }
    }

    pub(super) fn term(&mut self, term: &Term) -> Value {
        match &term.kind {
            TermKind::Null => typed("null", Value::record([])),
            TermKind::Bool(value) => truth(*value),
            TermKind::Number(text) => self.number(text),
            TermKind::String(text) => string(text),
            TermKind::Template(parts) => {
                let is_raw = self.source.slice(term.span).starts_with("$`");
                let written: Vec<Value> = parts.iter().map(|part| self.part(part)).collect();
                let parts = if parts.is_empty() { Value::NULL } else { Value::array(written) };
                let is_raw = Value::bool(is_raw);
                typed("templatestring", Value::record([("parts", parts), ("multi_line", is_raw)]))
            }
            TermKind::Variable(name) => self.name(name),
            TermKind::Reference(base, keys) => {
                let mut parts = vec![match &base.kind {
                    TermKind::Variable(name) if &**name != "_" => variable(name),
                    _ => self.term(base),
                }];
                parts.extend(keys.iter().map(|key| self.term(key)));
                typed("ref", Value::array(parts))
            }
            TermKind::Call(function, args) => {
                let function = match self.term(function) {
                    name if is_of(&name, "var") => typed("ref", Value::array(vec![name])),
                    name => name,
                };
                let args = args.iter().map(|arg| self.term(arg));
                let parts: Vec<Value> = std::iter::once(function).chain(args).collect();
                typed("call", Value::array(parts))
            }
            TermKind::Infix(infix, left, right) => {
                let left = self.term(left);
                let parts = vec![operator(infix.function()), left, self.term(right)];
                typed("call", Value::array(parts))
            }
            TermKind::In { key, value, collection } => {
                typed("call", self.membership(key.as_deref(), value, collection))
            }
            TermKind::Array(items) => typed("array", self.list(items)),
            TermKind::Set(items) => {
                let mut members: Vec<Value> = items.iter().map(|item| self.term(item)).collect();
                members.sort_by(order::terms);
                members.dedup_by(|b, a| order::terms(a, b).is_eq());
                typed("set", Value::array(members))
            }
            TermKind::Object(fields) => typed("object", self.object(fields)),
            TermKind::ArrayComprehension(head, body) => {
                self.comprehension("arraycomprehension", head, body)
            }
            TermKind::SetComprehension(head, body) => {
                self.comprehension("setcomprehension", head, body)
            }
            TermKind::ObjectComprehension(key, value, body) => {
                let (key, value) = (self.term(key), self.term(value));
                let body = self.body(body);
                let parts = Value::record([("key", key), ("value", value), ("body", body)]);
                typed("objectcomprehension", parts)
            }
        }
    }

    fn number(&mut self, text: &str) -> Value {
        // Rego has numbers that JSON has not: `.5`.
        if !json::is_valid(text) {
            self.fault.get_or_insert_with(|| format!("invalid number literal {text:?}"));
        }
        typed("number", Number::parse(text).map_or(Value::NULL, Value::from))
    }

    fn list(&mut self, items: &[Term]) -> Value {
        Value::array(items.iter().map(|item| self.term(item)).collect())
    }

    /// A key that is given twice is written twice.
    fn object(&mut self, fields: &[(Term, Term)]) -> Value {
        let mut entries: Vec<(Value, Value)> = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            let key = self.term(key);
            entries.push((key, self.term(value)));
        }
        entries.sort_by(|a, b| order::terms(&a.0, &b.0));
        let pair = |(key, value)| Value::array(vec![key, value]);
        Value::array(entries.into_iter().map(pair).collect())
    }

    fn comprehension(&mut self, kind: &str, head: &Term, body: &Body) -> Value {
        let head = self.term(head);
        typed(kind, Value::record([("term", head), ("body", self.body(body))]))
    }

    /// The parts of a call that `in` stands for.
    pub(super) fn membership(
        &mut self,
        key: Option<&Term>,
        value: &Term,
        collection: &Term,
    ) -> Value {
        let mut parts = match key {
            Some(key) => vec![operator("internal.member_3"), self.term(key)],
            None => vec![operator("internal.member_2")],
        };
        parts.push(self.term(value));
        parts.push(self.term(collection));
        Value::array(parts)
    }

    /// What is surely defined is a term, all else a statement.
    fn part(&mut self, part: &TemplatePart) -> Value {
        match part {
            TemplatePart::Text(text) => string(text),
            TemplatePart::Term(term) if is_scalar(term) => self.term(term),
            TemplatePart::Term(term) => {
                let said = self.expression(term);
                Value::record([("index", Value::from(0)), ("terms", said)])
            }
            TemplatePart::Statement(statement) => match &statement.kind {
                StatementKind::Term(term) if is_scalar(term) && !statement.with.is_empty() => {
                    self.term(term)
                }
                _ => self.statement(0, statement),
            },
        }
    }
}

fn is_scalar(term: &Term) -> bool {
    matches!(
        term.kind,
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_)
    )
}
