//! Terms: those with one value at most, and those with many.

use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{Callee, Comprehension, Expr, Statement};
use crate::engine::value::{NodeId, Value};
use crate::rego::ast::Infix;

use super::{Evaluation, Next};

impl<'p> Evaluation<'p> {
    /// The value of a term that has one at most.
    pub(super) fn single(&mut self, expr: &'p Expr) -> Option<Value> {
        match expr {
            Expr::Constant(value) => Some(value.clone()),
            Expr::Slot(slot) => Some(self.slot(*slot).clone()),
            Expr::Single(inner) => self.single(inner),
            Expr::Input => self.world.input.clone(),
            Expr::Document(path) => self.document(path),
            Expr::Rule(rule) => self.rule(*rule),
            Expr::Array(items) => self.singles(items).map(Value::array),
            Expr::Set(items) => self.singles(items).map(Value::set),
            Expr::Object(fields) => {
                let mut pairs = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    pairs.push((self.single(key)?, self.single(value)?));
                }
                Some(Value::object_of_last(pairs))
            }
            Expr::Get(base, keys) if matches!(**base, Expr::Document(_)) => {
                let Expr::Document(path) = &**base else { return None };
                let mut found = None;
                self.dispatch(&mut path.clone(), keys, &mut |_, value| {
                    found = Some(value);
                    true
                });
                found
            }
            Expr::Get(base, keys) => {
                let (current, keys) = self.base(base, keys)?;
                let mut current = current?;
                for key in keys {
                    let next = match key {
                        Expr::Constant(key) => current.get(key).cloned(),
                        key => {
                            let key = self.single(key)?;
                            current.get(&key).cloned()
                        }
                    };
                    current = next?;
                }
                Some(current)
            }
            Expr::Call(callee, args, span) => {
                let args = self.singles(args)?;
                self.call(*callee, args, *span)
            }
            Expr::Infix(infix, left, right, span) => {
                let left = self.single(left)?;
                let right = self.single(right)?;
                self.infix(*infix, &left, &right, *span)
            }
            Expr::In { key, value, collection } => {
                let key = match key {
                    Some(key) => Some(self.single(key)?),
                    None => None,
                };
                let value = self.single(value)?;
                let collection = self.single(collection)?;
                Some(is_member(key.as_ref(), &value, &collection))
            }
            Expr::Comprehension(kind, body, head, _) => self.comprehension(*kind, body, head),
            Expr::Template(parts) => {
                let parts = self.singles(parts)?;
                Some(template(&parts))
            }
            Expr::Bind(_) | Expr::Any | Expr::Walk(_) => {
                self.fail_here("a variable was read before it had a value");
                None
            }
        }
    }

    fn singles(&mut self, exprs: &'p [Expr]) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            values.push(self.single(expr)?);
        }
        Some(values)
    }

    /// Where a reference begins. A variable is looked into without copying it whole.
    #[allow(clippy::type_complexity)]
    fn base(&mut self, base: &'p Expr, keys: &'p [Expr]) -> Option<(Option<Value>, &'p [Expr])> {
        match (base, keys.split_first()) {
            (Expr::Slot(slot), Some((Expr::Constant(key), rest))) => {
                Some((self.slot(*slot).get(key).cloned(), rest))
            }
            (Expr::Input, Some((Expr::Constant(key), rest))) => {
                Some((self.world.input.as_ref()?.get(key).cloned(), rest))
            }
            _ => Some((self.single(base), keys)),
        }
    }

    fn object(&mut self, pairs: Vec<(Value, Value)>) -> Option<Value> {
        match Value::object(pairs) {
            Ok(object) => Some(object),
            Err(_) => {
                self.fail_here("object conflict: an object has one key with two different values");
                None
            }
        }
    }

    /// Calls `next` with every value of a term. Tells whether to stop.
    pub(super) fn each(&mut self, expr: &'p Expr, next: Next<'_, 'p>) -> bool {
        match expr {
            Expr::Array(items) if !expr.is_single() => {
                self.each_of(items, Vec::new(), &mut |eval, items| next(eval, Value::array(items)))
            }
            Expr::Set(items) if !expr.is_single() => {
                self.each_of(items, Vec::new(), &mut |eval, items| next(eval, Value::set(items)))
            }
            Expr::Template(items) if !expr.is_single() => {
                self.each_of(items, Vec::new(), &mut |eval, items| next(eval, template(&items)))
            }
            Expr::Object(fields) if !expr.is_single() => {
                self.each_field(fields, Vec::new(), &mut |eval, pairs| {
                    next(eval, Value::object_of_last(pairs))
                })
            }
            Expr::Call(callee, args, span) if !expr.is_single() => {
                self.each_of(args, Vec::new(), &mut |eval, args| match eval
                    .call(*callee, args, *span)
                {
                    Some(value) => next(eval, value),
                    None => eval.failed(),
                })
            }
            Expr::Infix(infix, left, right, span) if !expr.is_single() => {
                self.each(left, &mut |eval, left| {
                    eval.each(right, &mut |eval, right| match eval
                        .infix(*infix, &left, &right, *span)
                    {
                        Some(value) => next(eval, value),
                        None => eval.failed(),
                    })
                })
            }
            Expr::In { key, value, collection } if !expr.is_single() => {
                self.each(value, &mut |eval, value| {
                    eval.each(collection, &mut |eval, collection| match key {
                        None => next(eval, is_member(None, &value, &collection)),
                        Some(key) => eval.each(key, &mut |eval, key| {
                            next(eval, is_member(Some(&key), &value, &collection))
                        }),
                    })
                })
            }
            Expr::Get(base, keys) if !expr.is_single() => {
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
            eval.each(value, &mut |eval, value| {
                let mut known = known.clone();
                known.push((key.clone(), value));
                eval.each_field(fields, known, next)
            })
        })
    }

    /// Follows keys into a value; a key that is a pattern goes through all members.
    pub(super) fn look_up(&mut self, value: &Value, keys: &'p [Expr], next: Next<'_, 'p>) -> bool {
        let Some((key, rest)) = keys.split_first() else { return next(self, value.clone()) };
        if key.is_single() {
            let Some(key) = self.single(key) else { return self.failed() };
            return match value.get(&key) {
                Some(found) => {
                    let found = found.clone();
                    self.look_up(&found, rest, next)
                }
                None => false,
            };
        }
        self.members(value, &mut |eval, found, member| {
            eval.unify(key, found, &mut |eval| eval.look_up(&member, rest, next))
        })
    }

    /// Every value inside of a value, with the path to it.
    fn walk(&mut self, value: &Value, path: &mut Vec<Value>, next: Next<'_, 'p>) -> bool {
        let here = Value::array(vec![Value::array(path.clone()), value.clone()]);
        if self.tick() || next(self, here) {
            return true;
        }
        let mut inner = Vec::new();
        self.members(value, &mut |_, key, member| {
            inner.push((key, member));
            false
        });
        for (key, member) in inner {
            path.push(key);
            let stop = self.walk(&member, path, next);
            path.pop();
            if stop {
                return true;
            }
        }
        false
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        body: &'p [Statement],
        head: &'p (Expr, Expr),
    ) -> Option<Value> {
        let mut items = Vec::new();
        let mut pairs = Vec::new();
        self.body(body, &mut |eval| {
            eval.each(&head.0, &mut |eval, first| {
                if kind != Comprehension::Object {
                    items.push(first);
                    return eval.failed();
                }
                eval.each(&head.1, &mut |eval, second| {
                    pairs.push((first.clone(), second));
                    eval.failed()
                })
            })
        });
        if self.failed() {
            return None;
        }
        match kind {
            Comprehension::Array => Some(Value::array(items)),
            Comprehension::Set => Some(Value::set(items)),
            Comprehension::Object => self.object(pairs),
        }
    }

    pub(super) fn call(
        &mut self,
        callee: Callee,
        args: Vec<Value>,
        span: crate::source::Span,
    ) -> Option<Value> {
        if let Some(mock) = self.world.mocks.function(&callee) {
            let mock = mock.clone();
            return self.call_mock(mock, args, span);
        }
        match callee {
            Callee::Rule(rule) => self.function(rule, &args),
            Callee::Builtin(builtin) => self.builtin(builtin, &args, span),
        }
    }

    pub(super) fn builtin(
        &mut self,
        builtin: &'static builtins::Builtin,
        args: &[Value],
        span: crate::source::Span,
    ) -> Option<Value> {
        if self.tick() {
            return None;
        }
        let context = &mut self.context;
        let called = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (builtin.function)(context, args)
        }));
        match called {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => {
                // As in OPA, a builtin that fails is undefined unless asked to be strict.
                if self.limits.strict || error.halts {
                    self.fail_at(&format!("{}: {}", builtin.name, error.message), span);
                }
                None
            }
            Err(_) => {
                self.fail_at(&format!("{} failed inside", builtin.name), span);
                None
            }
        }
    }

    fn infix(
        &mut self,
        infix: Infix,
        left: &Value,
        right: &Value,
        span: crate::source::Span,
    ) -> Option<Value> {
        let compared = match infix {
            Infix::Equal => left == right,
            Infix::NotEqual => left != right,
            Infix::Less => left < right,
            Infix::LessOrEqual => left <= right,
            Infix::Greater => left > right,
            Infix::GreaterOrEqual => left >= right,
            _ => {
                let builtin = operator(infix)?;
                return self.builtin(builtin, &[left.clone(), right.clone()], span);
            }
        };
        Some(Value::bool(compared))
    }
}

/// The builtin behind an operator that calculates.
fn operator(infix: Infix) -> Option<&'static builtins::Builtin> {
    builtins::lookup(match infix {
        Infix::Add => "plus",
        Infix::Subtract => "minus",
        Infix::Multiply => "mul",
        Infix::Divide => "div",
        Infix::Remainder => "rem",
        Infix::Intersect => "and",
        Infix::Unite => "or",
        _ => return None,
    })
}

fn is_member(key: Option<&Value>, value: &Value, collection: &Value) -> Value {
    Value::bool(match (collection, key) {
        (Value::Array(_, items), None) => items.contains(value),
        (Value::Set(_, items), None) => items.binary_search(value).is_ok(),
        (Value::Object(_, fields), None) => fields.iter().any(|(_, member)| member == value),
        (_, None) => false,
        (collection, Some(key)) => collection.get(key) == Some(value),
    })
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
