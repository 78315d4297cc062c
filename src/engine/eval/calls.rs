//! Calls of rules and of builtins, and operators.

use crate::engine::builtins::{self, Builtin, Fill};
use crate::engine::ir::{Callee, Expr};
use crate::engine::value::{Member as _, Value};
use crate::rego::ast::Infix;
use crate::source::Span;

use super::Evaluation;
use super::memo::Call;
use super::peek::Seen;
use super::values::Known;

/// From this depth on, functions get room to walk a value.
const DEEP: usize = 256;

impl<'p> Evaluation<'p> {
    #[inline(never)]
    pub(super) fn called(&mut self, callee: Callee, args: &'p [Expr], span: Span) -> Option<Value> {
        // Most functions take few arguments, which need no list of their own.
        match args {
            [one] => {
                let mut args = [self.single(one)?];
                self.call(callee, &mut args, span)
            }
            [one, two] => {
                if let (Callee::Builtin(builtin), Expr::Constant(format), Some(items)) =
                    (callee, one, two.items())
                    && let Some(fill) = builtin.fill
                    && self.world.mocks.function(&callee).is_none()
                {
                    return self.filled(builtin, fill, format, items, span);
                }
                let mut args = [self.single(one)?, self.single(two)?];
                self.call(callee, &mut args, span)
            }
            args => {
                let mut args = self.singles(args)?;
                self.call(callee, &mut args, span)
            }
        }
    }

    /// Puts the items of a list into a format. Mostly they are texts and are put in as they are;
    /// else the function is called as any is.
    #[inline(never)]
    fn filled(
        &mut self,
        builtin: &'static Builtin,
        fill: Fill,
        format: &'p Value,
        items: &'p [Expr],
        span: Span,
    ) -> Option<Value> {
        // Items that had to be evaluated. Where reads are noted, all are.
        let known = if self.trace.is_some() { items.len() } else { 0 };
        let mut values = Vec::with_capacity(known);
        if let Value::String(_, text) = format
            && let Some(verbs) = fill(&mut self.context, text, items.len())
            && let Some(filled) = self.put_in(text, &verbs, items, &mut values)?
        {
            if self.tick() {
                return None;
            }
            self.traced(|trace| values.iter().for_each(|(_, item)| trace.printed_within(item)));
            return Some(filled);
        }
        let mut known = values.into_iter().peekable();
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let value = match known.next_if(|(known, _)| *known == at) {
                Some((_, value)) => value,
                None => self.single(item)?,
            };
            self.looks_into(&value);
            list.push(value);
        }
        let list = self.bounded(Value::array(list))?;
        self.builtin(builtin, &[format.clone(), list], span)
    }

    /// The format with texts at its verbs, of two bytes each. There is none if an item has no value,
    /// and `Some(None)` is given if one is no text.
    fn put_in(
        &mut self,
        format: &str,
        verbs: &[usize],
        items: &'p [Expr],
        values: &mut Vec<(usize, Value)>,
    ) -> Option<Option<Value>> {
        let mut out = std::mem::take(self.context.room());
        out.clear();
        let mut from = 0;
        for (at, (item, verb)) in items.iter().zip(verbs).enumerate() {
            out.push_str(&format[from..*verb]);
            from = verb + 2;
            let seen = if self.trace.is_none() { self.peek(item) } else { Seen::Unknown };
            match seen {
                Seen::Value(Value::String(_, text)) => out.push_str(text),
                Seen::Undefined => return None,
                _ => {
                    let value = self.single(item)?;
                    let text = value.as_str().map(|text| out.push_str(text));
                    values.push((at, value));
                    if text.is_none() {
                        return Some(None);
                    }
                }
            }
        }
        out.push_str(&format[from..]);
        let filled = Value::string(out.as_str());
        *self.context.room() = out;
        Some(Some(filled))
    }

    /// What a function tells of two strings that need only be looked at.
    pub(super) fn glanced(&mut self, callee: &Callee, args: &'p [Expr]) -> Option<bool> {
        let Callee::Builtin(builtin) = callee else { return None };
        let (glance, [text, part]) = (builtin.glance?, args) else { return None };
        if self.world.mocks.function(callee).is_some() {
            return None;
        }
        let (Seen::Value(text), Seen::Value(part)) = (self.peek(text), self.peek(part)) else {
            return None;
        };
        let holds = glance(text.as_str()?, part.as_str()?);
        self.note_compared(text, part);
        // It is a step, as any call is.
        self.steps += 1;
        Some(holds)
    }

    #[inline(never)]
    pub(super) fn operated(
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

    /// What a function gives for arguments, which it may take away.
    #[inline]
    pub(super) fn call(&mut self, callee: Callee, args: &mut [Value], span: Span) -> Option<Value> {
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
        builtin: &'static Builtin,
        args: &[Value],
        span: Span,
    ) -> Option<Value> {
        if self.tick() {
            return None;
        }
        args.iter().for_each(|arg| self.looks_into(arg));
        if self.trace.is_some() {
            self.note_call(builtin, args);
        }
        let call = if builtin.is_kept {
            Call::new(std::ptr::from_ref(builtin).addr(), args, self.is_informed())
        } else {
            None
        };
        if let Some(call) = &call
            && let Some(made) = self.world.memo.get(call)
        {
            let (value, spent) = (made.known.value.clone(), made.spent);
            if self.takes_again(spent) {
                return value;
            }
        }
        let spent = self.spent();
        let value = self.builtin_value(builtin, args, span);
        if let (Some(call), Some(value)) = (call, &value) {
            let spent = self.spent().since(spent);
            let known = Known { value: Some(value.clone()), ..Known::default() };
            self.world.memo.keep(call, args, known, spent);
        }
        value
    }

    #[inline]
    fn builtin_value(
        &mut self,
        builtin: &'static Builtin,
        args: &[Value],
        span: Span,
    ) -> Option<Value> {
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
    fn note_call(&self, builtin: &Builtin, args: &[Value]) {
        self.traced(|trace| match (builtin.name, args) {
            ("object.get", [object, path, _]) => {
                trace.used(path);
                trace.key(object, path);
                let whole = std::slice::from_ref(path);
                let steps = path.as_array().unwrap_or(whole);
                let mut current = object;
                for (at, step) in steps.iter().enumerate() {
                    match current.get(step) {
                        Some(found) => {
                            trace.member(current, || current.position(step));
                            current = found;
                        }
                        None => {
                            trace.missing(current, step);
                            steps[at + 1..].iter().for_each(|key| trace.missing_further(key));
                            return;
                        }
                    }
                }
            }
            ("sprintf" | "concat" | "format_int" | "json.marshal" | "result.new", args) => {
                args.iter().for_each(|arg| trace.printed(arg));
            }
            (_, args) => {
                args.iter().for_each(|arg| trace.used(arg));
                trace.called(builtin.name, args);
            }
        });
    }

    #[inline]
    pub(super) fn note_compared(&self, left: &Value, right: &Value) {
        self.looks_into(left);
        self.looks_into(right);
        self.traced(|trace| trace.compared(left, right));
    }

    pub(super) fn infix(
        &mut self,
        infix: Infix,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Value> {
        if let Some(holds) = compared(infix, left, right) {
            self.note_compared(left, right);
            return Some(Value::bool(holds));
        }
        self.builtin(builtins::lookup(infix.function())?, &[left.clone(), right.clone()], span)
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
