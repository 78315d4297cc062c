//! What has to hold for a body to be evaluated at all.

use std::collections::BTreeMap;

use crate::engine::builtins;
use crate::engine::ir::{Callee, Expr, Statement};
use crate::engine::types::core::{self, Base, Body, ExprKind, Kind, Reference, Term, Var};
use crate::engine::value::Value;
use crate::rego::ast::Infix;
use crate::source::Span;

use super::lower::{Lowered, Lowering};
use super::settle::Bound;

impl Lowering<'_> {
    /// What a body needs of the input, of data and of arguments, to be asked before anything in it
    /// can fail: OPA's index of rules leaves out bodies that can't hold, and with them their errors.
    pub(super) fn conditions(&mut self, args: &[Term], body: &Body) -> Lowered<Vec<Statement>> {
        let first = body.iter().position(may_fail);
        let Some(first) = first.filter(|_| !self.program.is_marked) else { return Ok(Vec::new()) };
        let prints = |expr: &core::Expr| {
            matches!(expr.kind, ExprKind::Call(core::Callee::Builtin("print"), _))
        };
        if body.iter().any(prints) {
            return Ok(Vec::new());
        }
        let none = Bound::new();
        let mut known = Known::default();
        for arg in args {
            if let Kind::Variable(var) = arg.kind {
                known.places.insert(var, Expr::Slot(var));
            }
        }
        let mut conditions = Vec::new();
        for (number, expr) in body.iter().enumerate() {
            if expr.negated || !expr.with.is_empty() {
                continue;
            }
            let is_late = number >= first;
            let (left, right) = match &expr.kind {
                ExprKind::Term(term) => {
                    if let Some(place) = self.place(term, &known).filter(|_| is_late) {
                        let found = single(self.term(&place, &none)?);
                        conditions.push(Statement::Unify(Expr::Any, found));
                    }
                    continue;
                }
                ExprKind::Unify { left, right, .. } => (left, right),
                ExprKind::Call(core::Callee::Builtin(name), args) if is_late => {
                    conditions.extend(self.call_condition(name, args, &known, expr.span)?);
                    continue;
                }
                _ => continue,
            };
            for (side, other) in [(left, right), (right, left)] {
                let value = known.value(other).filter(is_simple);
                if let Some(place) = self.place(side, &known) {
                    let found = single(self.term(&place, &none)?);
                    match (value, &other.kind) {
                        (Some(value), _) if is_late => {
                            conditions.push(equal(found, value, expr.span));
                        }
                        (None, Kind::Variable(var)) => {
                            known.places.entry(*var).or_insert_with(|| found.clone());
                            if is_late {
                                conditions.push(Statement::Unify(Expr::Any, found));
                            }
                        }
                        _ => {}
                    }
                } else if let (Kind::Variable(var), Some(value)) = (&side.kind, &value) {
                    match known.places.get(var) {
                        Some(found) if is_late => {
                            conditions.push(equal(found.clone(), value.clone(), expr.span));
                        }
                        Some(_) => {}
                        None => {
                            known.constants.insert(*var, value.clone());
                        }
                    }
                } else if let Some(value) = value.filter(|value| is_late && is_scalar(value))
                    && let Some(collection) = self.collection(side, &known)
                {
                    let collection = single(self.term(&collection, &none)?);
                    conditions.push(within(Expr::Constant(value), collection));
                }
            }
        }
        Ok(conditions)
    }

    /// What has to hold for a builtin to say yes: a value is in a place, or a place is one of some
    /// values, or begins or ends with a text.
    fn call_condition(
        &mut self,
        name: &str,
        args: &[Term],
        known: &Known,
        span: Span,
    ) -> Lowered<Option<Statement>> {
        let [left, right] = args else { return Ok(None) };
        let condition = match name {
            "internal.member_2" => {
                if let Some(found) = known.alias(left) {
                    let values = known.value(right).filter(has_scalars);
                    values.map(|values| within(found, Expr::Constant(values)))
                } else {
                    let value = known.value(left).filter(is_scalar);
                    let collection = self.found(right, known)?;
                    value.zip(collection).map(|(value, all)| within(Expr::Constant(value), all))
                }
            }
            "startswith" | "endswith" => {
                let text = known.value(right).filter(|value| value.as_str().is_some());
                let function = builtins::lookup(name).map(Callee::Builtin);
                known.alias(left).zip(text).zip(function).map(|((found, text), function)| {
                    let args = vec![found, Expr::Constant(text)];
                    Statement::Test(single(Expr::Call(function, args, span)))
                })
            }
            _ => None,
        };
        Ok(condition)
    }

    /// What is found at a place, or at that which a variable stands for.
    fn found(&mut self, term: &Term, known: &Known) -> Lowered<Option<Expr>> {
        match (known.alias(term), self.place(term, known)) {
            (Some(found), _) => Ok(Some(found)),
            (None, Some(place)) => Ok(Some(single(self.term(&place, &Bound::new())?))),
            (None, None) => Ok(None),
        }
    }

    /// The place whose members a reference goes through, if it is one.
    fn collection(&self, term: &Term, known: &Known) -> Option<Term> {
        let Kind::Reference(Reference { base: base @ Base::Root(_), keys }) = &term.kind else {
            return None;
        };
        let (last, keys) = keys.split_last()?;
        if last.constant().is_some() || known.value(last).is_some_and(|value| is_scalar(&value)) {
            return None;
        }
        let reference = Reference { base: base.clone(), keys: keys.to_vec() };
        self.place(&Term { kind: Kind::Reference(reference), span: term.span }, known)
    }

    /// A term that is a place in the input or in data, all of it fixed or known to be a constant;
    /// no rule is asked there.
    fn place(&self, term: &Term, known: &Known) -> Option<Term> {
        let Kind::Reference(Reference { base: Base::Root(root), keys }) = &term.kind else {
            return None;
        };
        let plugged = |key: &Term| match key.kind {
            Kind::Variable(_) => known.value(key).filter(is_scalar),
            _ => key.constant(),
        };
        let values = keys.iter().map(plugged).collect::<Option<Vec<Value>>>()?;
        if *root != "input" && self.is_virtual(&values) {
            return None;
        }
        let fixed =
            |(value, key): (Value, &Term)| Term { kind: Kind::Constant(value), ..key.clone() };
        let keys = values.into_iter().zip(keys).map(fixed).collect();
        let kind = Kind::Reference(Reference { base: Base::Root(root), keys });
        Some(Term { kind, span: term.span })
    }

    /// Whether rules make the document at a path below `data`, or are below it.
    fn is_virtual(&self, keys: &[Value]) -> bool {
        let mut tree = &self.program.tree;
        for key in keys {
            match key.as_str().and_then(|name| tree.children.get(name)) {
                None => return false,
                Some(child) if child.rule.is_some() => return true,
                Some(child) => tree = child,
            }
        }
        true
    }
}

/// What variables are known to be, from one statement to the next.
#[derive(Default)]
struct Known {
    constants: BTreeMap<Var, Value>,
    /// What is at the place that a variable stands for.
    places: BTreeMap<Var, Expr>,
}

impl Known {
    fn value(&self, term: &Term) -> Option<Value> {
        match term.kind {
            Kind::Variable(var) => self.constants.get(&var).cloned(),
            _ => term.constant(),
        }
    }

    fn alias(&self, term: &Term) -> Option<Expr> {
        match term.kind {
            Kind::Variable(var) => self.places.get(&var).cloned(),
            _ => None,
        }
    }
}

fn within(value: Expr, collection: Expr) -> Statement {
    let (value, collection) = (Box::new(value), Box::new(collection));
    Statement::Test(single(Expr::In { key: None, value, collection }))
}

fn single(expr: Expr) -> Expr {
    Expr::Single(Box::new(expr))
}

fn equal(found: Expr, value: Value, span: Span) -> Statement {
    let value = Box::new(Expr::Constant(value));
    Statement::Test(single(Expr::Infix(Infix::Equal, Box::new(found), value, span)))
}

/// Whether OPA's index knows of a value: scalars, and arrays of them.
fn is_simple(value: &Value) -> bool {
    match value {
        Value::Array(_, items) => items.iter().all(is_scalar),
        value => is_scalar(value),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(..) | Value::Set(..) | Value::Object(..))
}

/// Whether a value is a collection that has scalars, and nothing else.
fn has_scalars(value: &Value) -> bool {
    let all = |items: &[Value]| !items.is_empty() && items.iter().all(is_scalar);
    match value {
        Value::Array(_, items) | Value::Set(_, items) => all(items),
        Value::Object(_, fields) => {
            !fields.is_empty() && fields.iter().all(|(_, value)| is_scalar(value))
        }
        _ => false,
    }
}

/// Whether evaluating a statement may end in an error.
fn may_fail(expr: &core::Expr) -> bool {
    let calls_rule = matches!(expr.kind, ExprKind::Call(core::Callee::Rule(_), _));
    calls_rule || !expr.bodies().is_empty() || expr.terms().into_iter().any(term_may_fail)
}

fn term_may_fail(term: &Term) -> bool {
    match &term.kind {
        Kind::Comprehension(_) => true,
        Kind::Reference(Reference { base: Base::Root("data"), .. }) => true,
        _ => term.children().into_iter().any(term_may_fail),
    }
}
