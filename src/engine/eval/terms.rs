//! Terms: those with one value at most, and those with many.

use std::sync::Arc;

use crate::engine::ir::Expr;
use crate::engine::value::{NodeId, Value};

use super::peek::Seen;
use super::{Evaluation, Next};

impl<'p> Evaluation<'p> {
    /// The value of a term that has one at most.
    #[expect(clippy::inline_always, reason = "most terms are variables and constants")]
    #[inline(always)]
    pub(super) fn single(&mut self, expr: &'p Expr) -> Option<Value> {
        match expr {
            Expr::Constant(value) => Some(value.clone()),
            Expr::Slot(slot) => Some(self.slot(*slot).clone()),
            other => self.evaluated(other),
        }
    }

    fn evaluated(&mut self, expr: &'p Expr) -> Option<Value> {
        let inner = if let Expr::Single(inner) = expr { &**inner } else { expr };
        match inner {
            Expr::Constant(value) => Some(value.clone()),
            Expr::Slot(slot) => Some(self.slot(*slot).clone()),
            Expr::Input => self.world.input.clone(),
            Expr::Rule(rule) => self.rule(*rule),
            Expr::Get(base, keys) => match self.peek(inner) {
                Seen::Value(value) => Some(value.clone()),
                Seen::Undefined => None,
                Seen::Unknown => self.found_at(base, keys),
            },
            Expr::Call(callee, args, span) => self.called(*callee, args, *span),
            Expr::Infix(infix, left, right, span) => self.operated(*infix, left, right, *span),
            other => self.put_together(other),
        }
    }

    /// What is at a path into a value that has to be found first.
    #[inline(never)]
    fn found_at(&mut self, base: &'p Expr, keys: &'p [Expr]) -> Option<Value> {
        if let Expr::Document(path) = base {
            let mut found = None;
            self.dispatch(&mut path.clone(), keys, &mut |_, value| {
                found = Some(value);
                true
            });
            return found;
        }
        let mut current = self.single(base)?;
        for (at, key) in keys.iter().enumerate() {
            let found = match self.peek(key) {
                Seen::Value(key) => self.member(&current, key),
                Seen::Undefined => return None,
                Seen::Unknown => {
                    let key = self.single(key)?;
                    self.member(&current, &key)
                }
            };
            match found {
                Some(found) => current = found.clone(),
                None => {
                    self.note_behind(&keys[at + 1..]);
                    return None;
                }
            }
        }
        Some(current)
    }

    /// The value of a term that is made, or that is a whole document.
    #[inline(never)]
    fn put_together(&mut self, expr: &'p Expr) -> Option<Value> {
        match expr {
            Expr::Single(inner) => self.single(inner),
            Expr::Document(path) => self.document(path),
            Expr::Array(items) => {
                let items = self.singles(items)?;
                self.bounded(Value::array(items))
            }
            Expr::Set(items) => {
                let items = self.singles(items)?;
                self.bounded(Value::set(items))
            }
            Expr::Object(fields) => {
                let mut pairs = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    let pair = (self.single(key)?, self.single(value)?);
                    self.looks_into(&pair.0);
                    self.looks_into(&pair.1);
                    pairs.push(pair);
                }
                self.bounded(Value::object_of_last(pairs))
            }
            Expr::In { key, value, collection } => {
                let key = match key {
                    Some(key) => Some(self.single(key)?),
                    None => None,
                };
                let value = self.single(value)?;
                let collection = self.single(collection)?;
                Some(self.is_member(key.as_ref(), &value, &collection))
            }
            Expr::Comprehension(kind, body, head) => self.comprehension(*kind, body, head),
            Expr::Template(parts) => {
                let parts = self.singles(parts)?;
                Some(self.template(&parts))
            }
            _ => {
                self.fail_here("a variable was read before it had a value");
                None
            }
        }
    }

    pub(super) fn singles(&mut self, exprs: &'p [Expr]) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let value = self.single(expr)?;
            self.looks_into(&value);
            values.push(value);
        }
        Some(values)
    }

    /// The same as [`Self::each`], with less ado for terms that have one value at most.
    #[inline]
    pub(super) fn each_plainly(
        &mut self,
        expr: &'p Expr,
        next: &mut impl FnMut(&mut Self, Value) -> bool,
    ) -> bool {
        if !expr.is_plain() {
            return self.each(expr, next);
        }
        match self.single(expr) {
            Some(value) => next(self, value),
            None => self.failed(),
        }
    }

    /// Calls `next` with every value of a term. Tells whether to stop.
    pub(super) fn each(&mut self, expr: &'p Expr, next: Next<'_, 'p>) -> bool {
        match expr {
            Expr::Array(items) => self.each_of(items, Vec::new(), &mut |eval, items| {
                eval.next_bounded(Value::array(items), next)
            }),
            Expr::Set(items) => self.each_of(items, Vec::new(), &mut |eval, items| {
                eval.next_bounded(Value::set(items), next)
            }),
            Expr::Template(items) => self.each_of(items, Vec::new(), &mut |eval, items| {
                let text = eval.template(&items);
                next(eval, text)
            }),
            Expr::Object(fields) => self.each_field(fields, Vec::new(), &mut |eval, pairs| {
                eval.next_bounded(Value::object_of_last(pairs), next)
            }),
            Expr::Call(callee, args, span) => {
                self.each_of(args, Vec::new(), &mut |eval, mut args| match eval
                    .call(*callee, &mut args, *span)
                {
                    Some(value) => next(eval, value),
                    None => eval.failed(),
                })
            }
            Expr::Infix(infix, left, right, span) => self.each(left, &mut |eval, left| {
                eval.each(
                    right,
                    &mut |eval, right| match eval.infix(*infix, &left, &right, *span) {
                        Some(value) => next(eval, value),
                        None => eval.failed(),
                    },
                )
            }),
            Expr::In { key, value, collection } => {
                let mut within = |eval: &mut Self, key: Option<&Value>| {
                    eval.each(value, &mut |eval, value| {
                        eval.each(collection, &mut |eval, collection| {
                            let found = eval.is_member(key, &value, &collection);
                            next(eval, found)
                        })
                    })
                };
                match key {
                    None => within(self, None),
                    Some(key) => self.each(key, &mut |eval, key| within(eval, Some(&key))),
                }
            }
            Expr::Get(base, keys) => {
                if let Expr::Document(path) = &**base {
                    return self.dispatch(&mut path.clone(), keys, next);
                }
                self.each(base, &mut |eval, value| eval.look_up(&value, keys, next))
            }
            Expr::Walk(inner) => {
                self.each(inner, &mut |eval, value| eval.walk(&value, &mut Vec::new(), next))
            }
            _ => match self.single(expr) {
                Some(value) => next(self, value),
                None => self.failed(),
            },
        }
    }

    fn each_field(
        &mut self,
        fields: &'p [(Expr, Expr)],
        known: Vec<(Value, Value)>,
        next: &mut dyn FnMut(&mut Self, Vec<(Value, Value)>) -> bool,
    ) -> bool {
        let Some((key, value)) = fields.get(known.len()) else { return next(self, known) };
        self.each(key, &mut |eval, key| {
            eval.looks_into(&key);
            eval.each(value, &mut |eval, value| {
                eval.looks_into(&value);
                let mut known = known.clone();
                known.push((key.clone(), value));
                crate::stack::enough(|| eval.each_field(fields, known, next))
            })
        })
    }

    fn template(&self, parts: &[Value]) -> Value {
        self.traced(|trace| parts.iter().for_each(|part| trace.printed(part)));
        template(parts)
    }
}

/// Joins the parts of a template: constants as they are, each other part in a set that is empty
/// where the part is undefined.
fn template(parts: &[Value]) -> Value {
    let mut text = String::new();
    for part in parts {
        match part {
            Value::String(_, part) => text.push_str(part),
            Value::Set(_, found) => match found.first() {
                Some(Value::String(_, part)) => text.push_str(part),
                Some(value) => text.push_str(&value.to_string()),
                None => text.push_str("<undefined>"),
            },
            value => text.push_str(&value.to_string()),
        }
    }
    Value::String(NodeId::default(), Arc::from(text))
}
