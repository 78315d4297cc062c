//! Terms: those with one value at most, and those with many.

use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{Callee, Comprehension, Expr, Statement};
use crate::engine::value::{Member as _, NodeId, Value, with_room};
use crate::rego::ast::Infix;
use crate::source::Span;

use super::peek::Seen;
use super::rules::sorted_with_logs;
use super::trace::Mark;
use super::{Evaluation, LogId, Next};

/// How deep values may be that policies make.
const DEEPEST: usize = 2_000;

/// From this depth on, functions get room to walk a value.
const DEEP: usize = 256;

impl<'p> Evaluation<'p> {
    /// The value of a term that has one at most.
    pub(super) fn single(&mut self, expr: &'p Expr) -> Option<Value> {
        match expr {
            Expr::Constant(value) => Some(value.clone()),
            Expr::Slot(slot) => Some(self.slot(*slot).clone()),
            Expr::Single(inner) => self.single(inner),
            Expr::Input => self.world.input.clone(),
            Expr::Rule(rule) => self.rule(*rule),
            Expr::Get(base, keys) => match self.peek(expr) {
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
        for key in keys {
            let next = match self.peek(key) {
                Seen::Value(key) => self.member(&current, key)?.clone(),
                Seen::Undefined => return None,
                Seen::Unknown => {
                    let key = self.single(key)?;
                    self.member(&current, &key)?.clone()
                }
            };
            current = next;
        }
        Some(current)
    }

    #[inline(never)]
    fn called(&mut self, callee: Callee, args: &'p [Expr], span: Span) -> Option<Value> {
        // Most functions take few arguments, which need no list of their own.
        match args {
            [one] => {
                let args = [self.single(one)?];
                self.call(callee, &args, span)
            }
            [one, two] => {
                let args = [self.single(one)?, self.single(two)?];
                self.call(callee, &args, span)
            }
            args => {
                let args = self.singles(args)?;
                self.call(callee, &args, span)
            }
        }
    }

    #[inline(never)]
    fn operated(
        &mut self,
        infix: Infix,
        left: &'p Expr,
        right: &'p Expr,
        span: Span,
    ) -> Option<Value> {
        if let (Seen::Value(left), Seen::Value(right)) = (self.peek(left), self.peek(right))
            && let Some(holds) = compared(infix, left, right)
        {
            self.note_compared(left, right);
            return Some(Value::bool(holds));
        }
        let left = self.single(left)?;
        let right = self.single(right)?;
        self.infix(infix, &left, &right, span)
    }

    /// The value of a term that is made, or that is a whole document.
    #[inline(never)]
    fn put_together(&mut self, expr: &'p Expr) -> Option<Value> {
        match expr {
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
                    pairs.push((self.single(key)?, self.single(value)?));
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

    fn singles(&mut self, exprs: &'p [Expr]) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            values.push(self.single(expr)?);
        }
        Some(values)
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
                self.each_of(args, Vec::new(), &mut |eval, args| match eval
                    .call(*callee, &args, *span)
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
            eval.each(value, &mut |eval, value| {
                let mut known = known.clone();
                known.push((key.clone(), value));
                crate::stack::enough(|| eval.each_field(fields, known, next))
            })
        })
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
                None => false,
            };
        }
        self.members(value, &mut |eval, found, member| {
            eval.unify(key, found, &mut |eval| eval.look_up(&member, rest, next))
        })
    }

    /// A value that was made, if it is not too deep for what may come to walk it.
    pub(super) fn bounded(&mut self, value: Value) -> Option<Value> {
        if value.depth() > DEEPEST {
            self.fail_here(&format!("a value is nested deeper than {DEEPEST} levels"));
            return None;
        }
        Some(value)
    }

    fn next_bounded(&mut self, value: Value, next: Next<'_, 'p>) -> bool {
        match self.bounded(value) {
            Some(value) => next(self, value),
            None => true,
        }
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
            let stop = with_room(value.depth(), || self.walk(&member, path, next));
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
        let before = self.mark();
        let mut items = Vec::new();
        let mut pairs = Vec::new();
        let mut logs = Vec::new();
        self.body(body, &mut |eval| {
            eval.each(&head.0, &mut |eval, first| {
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
                    eval.each(&head.1, &mut |eval, second| found(eval, Some(second)))
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
        trace.made(value, whole, members)
    }

    pub(super) fn call(&mut self, callee: Callee, args: &[Value], span: Span) -> Option<Value> {
        if let Some(mock) = self.world.mocks.function(&callee) {
            let mock = mock.clone();
            return self.call_mock(mock, args, span);
        }
        match callee {
            Callee::Rule(rule) => self.function(rule, args),
            Callee::Builtin(builtin) => self.builtin(builtin, args, span),
        }
    }

    pub(super) fn builtin(
        &mut self,
        builtin: &'static builtins::Builtin,
        args: &[Value],
        span: Span,
    ) -> Option<Value> {
        if self.tick() {
            return None;
        }
        if self.trace.is_some() {
            self.note_call(builtin, args);
        }
        let context = &mut self.context;
        let called = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // What is deep is walked by recursion.
            if args.iter().any(|arg| arg.depth() > DEEP) {
                crate::stack::deep(|| (builtin.function)(context, args))
            } else {
                (builtin.function)(context, args)
            }
        }));
        match called {
            Ok(Ok(value)) => value.and_then(|value| self.bounded(value)),
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

    /// Notes what a builtin is given. Some look at a part of it, or only write it down.
    #[cold]
    fn note_call(&self, builtin: &builtins::Builtin, args: &[Value]) {
        self.traced(|trace| match (builtin.name, args) {
            ("object.get", [object, path, _]) => {
                trace.used(path);
                let whole = std::slice::from_ref(path);
                let steps = path.as_array().unwrap_or(whole);
                let mut current = object;
                for step in steps {
                    match current.get(step) {
                        Some(found) => {
                            trace.member(current, || current.position(step));
                            current = found;
                        }
                        None => return trace.missing(current, step),
                    }
                }
            }
            ("sprintf" | "concat" | "format_int" | "json.marshal", args) => {
                args.iter().for_each(|arg| trace.printed(arg));
            }
            (_, args) => args.iter().for_each(|arg| trace.used(arg)),
        });
    }

    pub(super) fn note_compared(&self, left: &Value, right: &Value) {
        self.traced(|trace| {
            trace.used(left);
            trace.used(right);
        });
    }

    fn infix(&mut self, infix: Infix, left: &Value, right: &Value, span: Span) -> Option<Value> {
        if let Some(holds) = compared(infix, left, right) {
            self.note_compared(left, right);
            return Some(Value::bool(holds));
        }
        self.builtin(builtins::lookup(infix.function())?, &[left.clone(), right.clone()], span)
    }

    /// `value in collection`, and `key, value in collection`.
    fn is_member(&self, key: Option<&Value>, value: &Value, collection: &Value) -> Value {
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
            key.into_iter().for_each(|key| trace.used(key));
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

    fn template(&self, parts: &[Value]) -> Value {
        self.traced(|trace| parts.iter().for_each(|part| trace.printed(part)));
        template(parts)
    }
}

/// What an operator that compares says of two values.
pub(super) fn compared(infix: Infix, left: &Value, right: &Value) -> Option<bool> {
    Some(match infix {
        Infix::Equal => left == right,
        Infix::NotEqual => left != right,
        Infix::Less => left < right,
        Infix::LessOrEqual => left <= right,
        Infix::Greater => left > right,
        Infix::GreaterOrEqual => left >= right,
        _ => return None,
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
