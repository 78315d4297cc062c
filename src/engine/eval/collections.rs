//! Collections: what makes them, and what looks into them.

use crate::engine::ir::{Comprehension, Expr, Statement};
use crate::engine::value::{Member as _, Value, with_room};

use super::sets::sorted_with_logs;
use super::trace::Mark;
use super::{Evaluation, LogId, Next};

/// How deep values may be that policies make.
const DEEPEST: usize = 2_000;

impl<'p> Evaluation<'p> {
    pub(super) fn object(&mut self, pairs: Vec<(Value, Value)>) -> Option<Value> {
        match Value::object(pairs) {
            Ok(object) => Some(object),
            Err(_) => {
                self.fail_here("object conflict: an object has one key with two different values");
                None
            }
        }
    }

    /// Follows keys into a value; a key that is a pattern goes through all members.
    pub(super) fn look_up(&mut self, value: &Value, keys: &'p [Expr], next: Next<'_, 'p>) -> bool {
        let Some((key, rest)) = keys.split_first() else { return next(self, value.clone()) };
        if key.is_plain() {
            let Some(key) = self.single(key) else { return self.failed() };
            return match self.member(value, &key) {
                Some(found) => {
                    let found = found.clone();
                    self.look_up(&found, rest, next)
                }
                None => {
                    self.note_behind(rest);
                    false
                }
            };
        }
        self.members(value, &mut |eval, found, member| {
            eval.unify(key, found, &mut |eval| eval.look_up(&member, rest, next))
        })
    }

    /// A value that was made, if it is not too deep for what may come to walk it.
    #[inline]
    pub(super) fn bounded(&mut self, value: Value) -> Option<Value> {
        if value.depth() > DEEPEST {
            self.fail_too_deep();
            return None;
        }
        Some(value)
    }

    #[cold]
    fn fail_too_deep(&mut self) {
        self.fail_here(&format!("a value is nested deeper than {DEEPEST} levels"));
    }

    pub(super) fn next_bounded(&mut self, value: Value, next: Next<'_, 'p>) -> bool {
        match self.bounded(value) {
            Some(value) => next(self, value),
            None => true,
        }
    }

    /// Every value inside of a value, with the path to it.
    pub(super) fn walk(
        &mut self,
        value: &Value,
        path: &mut Vec<Value>,
        next: Next<'_, 'p>,
    ) -> bool {
        self.looks_into(value);
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
            let stop = with_room(value.depth(), || self.walk(&member, path, next));
            path.pop();
            if stop {
                return true;
            }
        }
        false
    }

    pub(super) fn comprehension(
        &mut self,
        kind: Comprehension,
        body: &'p [Statement],
        head: &'p (Expr, Expr),
    ) -> Option<Value> {
        let before = self.mark();
        let mut items = Vec::new();
        let mut pairs = Vec::new();
        let mut logs = Vec::new();
        self.body(body, &mut |eval| {
            eval.each(&head.0, &mut |eval, first| {
                eval.looks_into(&first);
                let mut found = |eval: &mut Self, second: Option<Value>| {
                    match second {
                        None => items.push(first.clone()),
                        Some(second) => pairs.push((first.clone(), second)),
                    }
                    if eval.trace.is_some() {
                        logs.push(eval.keep(before));
                    }
                    eval.grows()
                };
                if kind == Comprehension::Object {
                    eval.each(&head.1, &mut |eval, second| {
                        eval.looks_into(&second);
                        found(eval, Some(second))
                    })
                } else {
                    found(eval, None)
                }
            })
        });
        if self.failed() {
            return None;
        }
        let value = match kind {
            Comprehension::Array => Value::array(items),
            Comprehension::Set if self.trace.is_some() => {
                (items, logs) = sorted_with_logs(items, logs);
                Value::sorted_set(items)
            }
            Comprehension::Set => Value::set(items),
            Comprehension::Object if self.trace.is_some() => {
                let keys = pairs.iter().map(|pair: &(Value, Value)| pair.0.clone()).collect();
                (_, logs) = sorted_with_logs(keys, logs);
                self.object(pairs)?
            }
            Comprehension::Object => self.object(pairs)?,
        };
        let value = self.bounded(value)?;
        Some(self.made(value, before, logs))
    }

    /// A value made since `before`. What it was made of counts where it is used.
    pub(super) fn made(&mut self, value: Value, before: Mark, members: Vec<LogId>) -> Value {
        let Some(trace) = &self.trace else { return value };
        let mut trace = trace.borrow_mut();
        trace.go_back(before);
        let whole = trace.everything(before);
        trace.made(value, whole, &members)
    }

    /// `value in collection`, and `key, value in collection`.
    pub(super) fn is_member(
        &self,
        key: Option<&Value>,
        value: &Value,
        collection: &Value,
    ) -> Value {
        [value, collection].into_iter().chain(key).for_each(|looked| self.looks_into(looked));
        let at = match (collection, key) {
            (collection, Some(key)) => {
                collection.position(key).filter(|_| collection.get(key) == Some(value))
            }
            (Value::Array(_, items), None) => items.iter().position(|item| item == value),
            (Value::Set(_, items), None) => items.binary_search(value).ok(),
            (Value::Object(_, fields), None) => fields.iter().position(|field| field.1 == *value),
            _ => None,
        };
        self.traced(|trace| {
            trace.used(value);
            trace.against(value, collection);
            if let Some(key) = key {
                trace.used(key);
                trace.key(collection, key);
            }
            match (at, collection) {
                (Some(at), _) => {
                    trace.member(collection, || Some(at));
                    let found = match collection {
                        Value::Array(_, items) | Value::Set(_, items) => items.get(at),
                        Value::Object(_, fields) => fields.get(at).map(|field| &field.1),
                        _ => None,
                    };
                    found.into_iter().for_each(|found| trace.used(found));
                }
                (None, _) => trace.used(collection),
            }
        });
        Value::bool(at.is_some())
    }
}
