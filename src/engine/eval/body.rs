//! Statements: each hands over to the next for every way in which it holds.

use std::sync::Arc;

use crate::engine::ir::{Expr, Place, Statement};
use crate::engine::value::Value;
use crate::source::Span;
use crate::stack;

use super::peek::Seen;
use super::{Evaluation, Next, Then};

impl<'p> Evaluation<'p> {
    /// Calls `then` for every way in which all statements hold. Tells whether to stop.
    pub(super) fn body(&mut self, statements: &'p [Statement], then: Then<'_, 'p>) -> bool {
        stack::enough(|| self.statements(statements, then))
    }

    fn statements(&mut self, statements: &'p [Statement], then: Then<'_, 'p>) -> bool {
        for (index, statement) in statements.iter().enumerate() {
            if self.tick() {
                return true;
            }
            let rest = &statements[index + 1..];
            match statement {
                // What has one value at most needs no continuation of its own.
                Statement::Test(expr) if expr.is_plain() => {
                    if !self.test(expr) {
                        return self.failed();
                    }
                }
                Statement::Unify(Expr::Bind(slot), expr) if expr.is_plain() => {
                    match self.single(expr) {
                        Some(value) => self.bind(*slot, value),
                        None => return self.failed(),
                    }
                }
                // That something is there, whatever it is.
                Statement::Unify(Expr::Any, expr) if expr.is_plain() => match self.peek(expr) {
                    Seen::Value(_) => {}
                    Seen::Undefined => return false,
                    Seen::Unknown => {
                        if self.single(expr).is_none() {
                            return self.failed();
                        }
                    }
                },
                Statement::Not(inner) => {
                    let mark = self.mark();
                    let found = self.body(inner, &mut |_| true);
                    if found || self.failed() {
                        return self.failed();
                    }
                    self.traced(|trace| trace.settle_on_everything(mark));
                }
                Statement::Reached(span, piece) => {
                    if let (Some(progress), Some(place)) = (&mut self.progress, self.place) {
                        progress.reached(place, *span, *piece);
                    }
                }
                Statement::Print(parts, span) => self.print(parts, *span),
                Statement::Either(bodies) => {
                    let found = bodies.iter().any(|inner| self.body(inner, &mut |_| true));
                    if !found || self.failed() {
                        return self.failed();
                    }
                }
                Statement::Every { key, value, domain, body } => {
                    let Some(domain) = self.single(domain) else { return self.failed() };
                    let mark = self.mark();
                    if !self.every(*key, *value, &domain, body) {
                        return self.failed();
                    }
                    self.traced(|trace| trace.settle_on_everything(mark));
                }
                Statement::Test(expr) => {
                    return self.each(expr, &mut |eval, value| {
                        eval.traced(|trace| trace.used(&value));
                        holds(&value) && eval.body(rest, then)
                    });
                }
                Statement::Unify(pattern, expr) => {
                    return self.each(expr, &mut |eval, value| {
                        eval.unify(pattern, value, &mut |eval| eval.body(rest, then))
                    });
                }
                Statement::With(replacements, inner) if replacements.is_empty() => {
                    return self.body(inner, &mut |eval| eval.body(rest, then));
                }
                Statement::With(replacements, inner) => {
                    return self.with(replacements, inner, &mut |eval| eval.body(rest, then));
                }
            }
        }
        then(self)
    }

    /// Whether a term with one value at most is defined and not false.
    fn test(&mut self, expr: &'p Expr) -> bool {
        match self.peek(expr) {
            Seen::Value(value) => {
                self.traced(|trace| trace.used(value));
                holds(value)
            }
            Seen::Undefined => false,
            Seen::Unknown => self.single(expr).is_some_and(|value| {
                self.traced(|trace| trace.used(&value));
                holds(&value)
            }),
        }
    }

    /// Notes what a policy prints: every combination of the values that each part has.
    fn print(&mut self, parts: &'p [Expr], span: Span) {
        const KEPT: usize = 10_000;
        let mut lines = vec![String::new()];
        for (number, part) in parts.iter().enumerate() {
            let found = match self.single(part) {
                Some(Value::Set(_, found)) if !found.is_empty() => {
                    found.iter().map(words).collect()
                }
                _ => vec!["<undefined>".to_owned()],
            };
            let space = if number == 0 { "" } else { " " };
            let longer = lines
                .iter()
                .flat_map(|line| found.iter().map(move |word| format!("{line}{space}{word}")));
            lines = longer.take(KEPT).collect();
        }
        if let Some(place) = self.place {
            let place = || Place { source: Arc::clone(&place.source), span };
            let room = KEPT.saturating_sub(self.printed.len());
            self.printed.extend(lines.into_iter().take(room).map(|line| (place(), line)));
        }
    }

    /// Whether the body holds for every member. Nothing to go through holds; what can't be gone
    /// through does not.
    fn every(
        &mut self,
        key: Option<usize>,
        value: usize,
        domain: &Value,
        body: &'p [Statement],
    ) -> bool {
        if !matches!(domain, Value::Array(..) | Value::Set(..) | Value::Object(..)) {
            return false;
        }
        let refuted = self.members(domain, &mut |eval, found, member| {
            if let Some(key) = key {
                eval.bind(key, found);
            }
            eval.bind(value, member);
            !eval.body(body, &mut |_| true) || eval.failed()
        });
        !refuted
    }

    /// Calls `next` with the key and the value of every member.
    pub(super) fn members(
        &mut self,
        collection: &Value,
        next: &mut dyn FnMut(&mut Self, Value, Value) -> bool,
    ) -> bool {
        if self.trace.is_some() {
            return self.traced_members(collection, next);
        }
        match collection {
            Value::Array(_, items) => {
                items.iter().enumerate().any(|(at, item)| next(self, Value::from(at), item.clone()))
            }
            Value::Set(_, items) => items.iter().any(|item| next(self, item.clone(), item.clone())),
            Value::Object(_, fields) => {
                fields.iter().any(|(key, value)| next(self, key.clone(), value.clone()))
            }
            _ => false,
        }
    }

    /// The same, noting what is gone through. Each member is a way of its own.
    fn traced_members(
        &mut self,
        collection: &Value,
        next: &mut dyn FnMut(&mut Self, Value, Value) -> bool,
    ) -> bool {
        self.traced(|trace| trace.stepped(collection));
        let mark = self.mark();
        for at in 0..collection.len().unwrap_or(0) {
            let (key, value) = match collection {
                Value::Array(_, items) => (Value::from(at), items[at].clone()),
                Value::Set(_, items) => (items[at].clone(), items[at].clone()),
                Value::Object(_, fields) => fields[at].clone(),
                _ => return false,
            };
            self.traced(|trace| {
                trace.go_back(mark);
                trace.member(collection, at);
            });
            if next(self, key, value) {
                return true;
            }
        }
        false
    }

    /// Calls `then` for every way in which a pattern fits a value.
    pub(super) fn unify(&mut self, pattern: &'p Expr, value: Value, then: Then<'_, 'p>) -> bool {
        match pattern {
            Expr::Any => then(self),
            Expr::Bind(slot) => {
                self.bind(*slot, value);
                then(self)
            }
            Expr::Array(patterns) => match &value {
                Value::Array(_, items) if items.len() == patterns.len() => {
                    self.unify_all(patterns, items, then)
                }
                _ => false,
            },
            Expr::Object(fields) => match &value {
                Value::Object(_, found) if found.len() == fields.len() => {
                    self.unify_fields(fields, &value, then)
                }
                _ => false,
            },
            _ => self.each(pattern, &mut |eval, known| {
                eval.traced(|trace| {
                    trace.used(&known);
                    trace.used(&value);
                });
                known == value && then(eval)
            }),
        }
    }

    pub(super) fn unify_all(
        &mut self,
        patterns: &'p [Expr],
        values: &[Value],
        then: Then<'_, 'p>,
    ) -> bool {
        match (patterns.split_first(), values.split_first()) {
            (Some((pattern, patterns)), Some((value, values))) => {
                self.unify(pattern, value.clone(), &mut |eval| {
                    stack::enough(|| eval.unify_all(patterns, values, then))
                })
            }
            _ => then(self),
        }
    }

    fn unify_fields(
        &mut self,
        fields: &'p [(Expr, Expr)],
        object: &Value,
        then: Then<'_, 'p>,
    ) -> bool {
        let Some(((key, pattern), rest)) = fields.split_first() else { return then(self) };
        self.each(key, &mut |eval, key| match eval.member(object, &key) {
            Some(value) => eval.unify(pattern, value.clone(), &mut |eval| {
                stack::enough(|| eval.unify_fields(rest, object, then))
            }),
            None => false,
        })
    }

    /// Every combination of values of several terms.
    pub(super) fn each_of(
        &mut self,
        exprs: &'p [Expr],
        known: Vec<Value>,
        next: &mut dyn FnMut(&mut Self, Vec<Value>) -> bool,
    ) -> bool {
        let Some(expr) = exprs.get(known.len()) else { return next(self, known) };
        let one: Next<'_, 'p> = &mut |eval, value| {
            let mut known = known.clone();
            known.push(value);
            stack::enough(|| eval.each_of(exprs, known, next))
        };
        self.each(expr, one)
    }
}

/// A value as it is printed: strings without quotes.
fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Whether a value makes a statement hold: everything but `false` does.
pub(super) fn holds(value: &Value) -> bool {
    !matches!(value, Value::Bool(_, false))
}
