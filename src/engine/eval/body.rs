//! Statements: each hands over to the next for every way in which it holds.

use std::sync::Arc;

use crate::engine::ir::{Expr, Place, Replacement, Slot, Statement};
use crate::engine::value::Value;
use crate::source::Span;
use crate::stack;

use super::calls::compared;
use super::peek::Seen;
use super::scan::Scan;
use super::{Evaluation, Next, Then};

impl<'p> Evaluation<'p> {
    /// Calls `then` for every way in which all statements hold. Tells whether to stop.
    pub(super) fn body(&mut self, statements: &'p [Statement], then: Then<'_, 'p>) -> bool {
        // A few bodies deeper there is still room: not every one has to look.
        self.nested += 1;
        let stop = if self.nested.is_multiple_of(16) {
            stack::enough(|| self.statements(statements, then))
        } else {
            self.statements(statements, then)
        };
        self.nested -= 1;
        stop
    }

    /// Whether all statements hold, of which each holds in one way at most.
    #[inline(never)]
    pub(super) fn straight(&mut self, statements: &'p [Statement]) -> bool {
        self.nested += 1;
        let holds = if self.nested.is_multiple_of(16) {
            stack::enough(|| self.all_hold(statements))
        } else {
            self.all_hold(statements)
        };
        self.nested -= 1;
        holds
    }

    fn all_hold(&mut self, statements: &'p [Statement]) -> bool {
        statements.iter().all(|statement| !self.tick() && self.once(statement) == Some(true))
    }

    fn statements(&mut self, statements: &'p [Statement], then: Then<'_, 'p>) -> bool {
        let mut left = statements;
        while let [statement, rest @ ..] = left {
            if self.tick() {
                return true;
            }
            match self.once(statement) {
                Some(true) => left = rest,
                Some(false) => return self.failed(),
                None => return self.ways(statement, rest, then),
            }
        }
        then(self)
    }

    /// Whether a statement holds that needs no continuation of its own: it holds in one way at
    /// most. `None` for others.
    #[expect(clippy::inline_always, reason = "it is half of the loop that calls it")]
    #[inline(always)]
    fn once(&mut self, statement: &'p Statement) -> Option<bool> {
        Some(match statement {
            Statement::Test(expr) if expr.is_plain() => self.test(expr),
            Statement::Unify(Expr::Bind(slot), expr) if expr.is_plain() => {
                match self.single(expr) {
                    Some(value) => {
                        self.bind(*slot, value);
                        true
                    }
                    None => false,
                }
            }
            // That something is there, whatever it is.
            Statement::Unify(Expr::Any, expr) if expr.is_plain() => match self.peek(expr) {
                Seen::Value(_) => true,
                Seen::Undefined => false,
                Seen::Unknown => self.single(expr).is_some(),
            },
            Statement::Not(inner) => self.denies(inner),
            other => return self.seldom(other),
        })
    }

    /// The same, of statements that few bodies have.
    #[inline(never)]
    fn seldom(&mut self, statement: &'p Statement) -> Option<bool> {
        Some(match statement {
            Statement::Either(bodies) => {
                bodies.iter().any(|inner| self.body(inner, &mut |_| true)) && !self.failed()
            }
            Statement::Every { key, value, domain, body } => self.every(*key, *value, domain, body),
            Statement::Reached(span, piece) => {
                if let (Some(progress), Some(place)) = (&mut self.progress, self.place) {
                    progress.reached(place, *span, *piece);
                }
                true
            }
            Statement::Print(parts, span) => {
                self.print(parts, *span);
                true
            }
            Statement::Not(_)
            | Statement::Test(_)
            | Statement::Unify(..)
            | Statement::Scan { .. }
            | Statement::With(..) => return None,
        })
    }

    /// Goes on for every way in which a statement holds.
    fn ways(
        &mut self,
        statement: &'p Statement,
        rest: &'p [Statement],
        then: Then<'_, 'p>,
    ) -> bool {
        match statement {
            Statement::Scan { collection, key, path, found } => match self.single(collection) {
                Some(collection) => {
                    self.scan(&collection, &Scan { key: *key, path, found, rest }, then)
                }
                None => self.failed(),
            },
            Statement::Test(expr) => self.tests(expr, rest, then),
            Statement::Unify(pattern, expr) => self.unifies(pattern, expr, rest, then),
            Statement::With(replacements, inner) => self.replaces(replacements, inner, rest, then),
            _ => self.failed(),
        }
    }

    /// Goes on for every value of a term that is not false.
    #[inline(never)]
    fn tests(&mut self, expr: &'p Expr, rest: &'p [Statement], then: Then<'_, 'p>) -> bool {
        self.each(expr, &mut |eval, value| {
            eval.traced(|trace| trace.used(&value));
            holds(&value) && eval.body(rest, then)
        })
    }

    /// Goes on for every way in which a pattern fits a value of a term.
    #[inline(never)]
    fn unifies(
        &mut self,
        pattern: &'p Expr,
        expr: &'p Expr,
        rest: &'p [Statement],
        then: Then<'_, 'p>,
    ) -> bool {
        self.each(expr, &mut |eval, value| {
            eval.unify(pattern, value, &mut |eval| eval.body(rest, then))
        })
    }

    /// Goes on for every way in which statements hold together, under replacements if any.
    #[inline(never)]
    fn replaces(
        &mut self,
        replacements: &'p [Replacement],
        inner: &'p [Statement],
        rest: &'p [Statement],
        then: Then<'_, 'p>,
    ) -> bool {
        if replacements.is_empty() {
            return self.body(inner, &mut |eval| eval.body(rest, then));
        }
        self.with(replacements, inner, &mut |eval| eval.body(rest, then))
    }

    /// Whether no way is found in which statements hold.
    fn denies(&mut self, inner: &'p [Statement]) -> bool {
        let mark = self.mark();
        let found = match inner {
            [Statement::Test(expr)] if expr.is_plain() => !self.tick() && self.test(expr),
            _ => self.body(inner, &mut |_| true),
        };
        if found || self.failed() {
            return false;
        }
        self.traced(|trace| trace.settle_on_everything(mark));
        true
    }

    /// Whether a term with one value at most is defined and not false.
    fn test(&mut self, expr: &'p Expr) -> bool {
        let inner = if let Expr::Single(inner) = expr { &**inner } else { expr };
        let value = match inner {
            Expr::Infix(infix, left, right, span) => {
                match (self.peek(left), self.peek(right)) {
                    (Seen::Value(left), Seen::Value(right)) => {
                        if let Some(holds) = compared(*infix, left, right) {
                            self.note_compared(left, right);
                            return holds;
                        }
                    }
                    (Seen::Undefined, _) | (Seen::Value(_), Seen::Undefined) => return false,
                    _ => {}
                }
                self.operated(*infix, left, right, *span)
            }
            Expr::Call(callee, args, span) => match self.glanced(callee, args) {
                Some(holds) => return holds,
                None => self.called(*callee, args, *span),
            },
            _ => match self.peek(expr) {
                Seen::Value(value) => {
                    self.traced(|trace| trace.used(value));
                    return holds(value);
                }
                Seen::Undefined => return false,
                Seen::Unknown => self.single(expr),
            },
        };
        value.is_some_and(|value| {
            self.traced(|trace| trace.used(&value));
            holds(&value)
        })
    }

    /// Notes what a policy prints: every combination of the values that each part has.
    #[inline(never)]
    fn print(&mut self, parts: &'p [Expr], span: Span) {
        const KEPT: usize = 10_000;
        // It is printed for each input.
        self.varies.set(true);
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
    #[inline(never)]
    fn every(
        &mut self,
        key: Option<Slot>,
        value: Slot,
        domain: &'p Expr,
        body: &'p [Statement],
    ) -> bool {
        let Some(domain) = self.single(domain) else { return false };
        if domain.len().is_none() {
            return false;
        }
        let mark = self.mark();
        let refuted = self.members(&domain, &mut |eval, found, member| {
            if let Some(key) = key {
                eval.bind(key, found);
            }
            eval.bind(value, member);
            !eval.body(body, &mut |_| true) || eval.failed()
        });
        if refuted || self.failed() {
            return false;
        }
        self.traced(|trace| trace.settle_on_everything(mark));
        true
    }

    /// Calls `next` with the key and the value of every member.
    pub(super) fn members(
        &mut self,
        collection: &Value,
        next: &mut dyn FnMut(&mut Self, Value, Value) -> bool,
    ) -> bool {
        self.looks_into(collection);
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
    pub(super) fn traced_members(
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
                trace.member(collection, || Some(at));
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
                eval.note_compared(&known, &value);
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
            eval.looks_into(&value);
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
