//! Rules: heads, bodies, and what stands behind `else`.

use std::sync::Arc;

use super::super::super::value::Value;
use super::{Writer, field, terms};
use crate::rego::ast::{Body, Else, HeadKind, Rule, TermKind};

/// The parts of a head, before it is written.
#[derive(Clone)]
struct Parts {
    reference: Vec<Value>,
    name: Option<Arc<str>>,
    args: Vec<Value>,
    key: Option<Value>,
    value: Option<Value>,
    is_assigned: bool,
}

impl Writer<'_> {
    pub(super) fn rules(&mut self, rules: &[Rule]) -> Vec<Value> {
        let mut written = Vec::with_capacity(rules.len());
        let mut last = None;
        for rule in rules {
            let is_chained = self.source.slice(rule.span).starts_with('{');
            let value = match last.take().filter(|_| is_chained) {
                // A further body comes with a copy of the head.
                Some(head) => {
                    let body = self.optional_body(rule.body.as_ref());
                    let head = self.renewed(head);
                    last = Some(head.clone());
                    assembled(head, body, None, false)
                }
                None => {
                    let head = self.head(rule);
                    let body = self.optional_body(rule.body.as_ref());
                    let otherwise = self.otherwise(&head, &rule.otherwise);
                    last = Some(head.clone());
                    assembled(head, body, otherwise, rule.is_default)
                }
            };
            written.push(value);
        }
        written
    }

    fn head(&mut self, rule: &Rule) -> Parts {
        let head = &rule.head;
        let mut reference = vec![terms::variable(&head.name)];
        reference.extend(head.path.iter().map(|key| self.term(key)));
        let args: Vec<Value> = head.args.iter().flatten().map(|arg| self.term(arg)).collect();
        let (mut key, mut value) = (None, None);
        match &head.kind {
            HeadKind::Contains(member) => key = Some(self.term(member)),
            HeadKind::Value(Some(given)) => value = Some(self.term(given)),
            HeadKind::Value(None) => value = Some(terms::truth(true)),
        }
        let mut is_named = head.path.is_empty();
        if let ([path], HeadKind::Value(given)) = (head.path.as_slice(), &head.kind)
            && !rule.is_default
        {
            let is_fact = rule.body.is_none();
            let is_ground = !has_variables(&path.kind);
            if args.is_empty() && (is_fact || !is_ground) {
                key = reference.get(1).cloned();
            }
            is_named = if is_fact { args.is_empty() } else { given.is_some() || !args.is_empty() };
        }
        let name = is_named.then(|| Arc::clone(&head.name));
        Parts { reference, name, args, key, value, is_assigned: head.is_assigned }
    }

    /// A copy of a head, whose wildcards are others.
    fn renewed(&mut self, head: Parts) -> Parts {
        let is_wildcard = |arg: &Value| {
            let name = arg.field("value").and_then(Value::as_str);
            terms::is_of(arg, "var") && name.is_some_and(|name| name.starts_with('$'))
        };
        let args = head.args.into_iter();
        let args = args.map(|arg| if is_wildcard(&arg) { self.wildcard() } else { arg }).collect();
        Parts { args, ..head }
    }

    fn otherwise(&mut self, head: &Parts, clauses: &[Else]) -> Option<Value> {
        let (clause, rest) = clauses.split_first()?;
        let mut own = self.renewed(head.clone());
        if let Some(value) = &clause.value {
            own.is_assigned = clause.is_assigned;
            own.value = Some(self.term(value));
        } else {
            own.value = Some(terms::truth(true));
        }
        let body = self.optional_body(clause.body.as_ref());
        let otherwise = self.otherwise(head, rest);
        Some(assembled(own, body, otherwise, false))
    }

    fn optional_body(&mut self, body: Option<&Body>) -> Value {
        match body {
            Some(body) => self.body(body),
            None => Value::array(vec![Value::record([
                ("generated", Value::bool(true)),
                ("index", Value::from(0)),
                ("terms", terms::truth(true)),
            ])]),
        }
    }
}

fn assembled(head: Parts, body: Value, otherwise: Option<Value>, is_default: bool) -> Value {
    let mut fields = vec![field("head", written(head)), field("body", body)];
    fields.extend(otherwise.map(|rule| field("else", rule)));
    if is_default {
        fields.push(field("default", Value::bool(true)));
    }
    Value::object_of_last(fields)
}

fn written(head: Parts) -> Value {
    let mut fields = vec![field("ref", Value::array(head.reference))];
    fields.extend(head.name.map(|name| field("name", Value::string(name))));
    if !head.args.is_empty() {
        fields.push(field("args", Value::array(head.args)));
    }
    fields.extend(head.key.map(|key| field("key", key)));
    fields.extend(head.value.map(|value| field("value", value)));
    if head.is_assigned {
        fields.push(field("assign", Value::bool(true)));
    }
    Value::object_of_last(fields)
}

/// Whether a key in a head is more than a value.
fn has_variables(kind: &TermKind) -> bool {
    match kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) => false,
        TermKind::Array(items) | TermKind::Set(items) => {
            items.iter().any(|item| has_variables(&item.kind))
        }
        TermKind::Object(fields) => {
            fields.iter().any(|(key, value)| has_variables(&key.kind) || has_variables(&value.kind))
        }
        _ => true,
    }
}
