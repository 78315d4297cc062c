//! What has to hold for a body to be evaluated at all.

use std::collections::BTreeMap;

use crate::engine::ir::{Expr, Statement};
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
        let mut constants: BTreeMap<Var, Value> = BTreeMap::new();
        // The places that variables stand for.
        let mut aliases: BTreeMap<Var, Expr> = BTreeMap::new();
        for arg in args {
            if let Kind::Variable(var) = arg.kind {
                aliases.insert(var, Expr::Slot(var));
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
                    if let Some(place) = self.place(term, &constants).filter(|_| is_late) {
                        let found = single(self.term(&place, &none)?);
                        conditions.push(Statement::Unify(Expr::Any, found));
                    }
                    continue;
                }
                ExprKind::Unify { left, right, .. } => (left, right),
                _ => continue,
            };
            for (side, other) in [(left, right), (right, left)] {
                let value = match (&other.kind, other.constant()) {
                    (Kind::Variable(var), _) => constants.get(var).cloned(),
                    (_, constant) => constant.filter(is_simple),
                };
                if let Some(place) = self.place(side, &constants) {
                    let found = single(self.term(&place, &none)?);
                    match (value, &other.kind) {
                        (Some(value), _) if is_late => {
                            conditions.push(equal(found, value, expr.span));
                        }
                        (None, Kind::Variable(var)) => {
                            aliases.entry(*var).or_insert_with(|| found.clone());
                            if is_late {
                                conditions.push(Statement::Unify(Expr::Any, found));
                            }
                        }
                        _ => {}
                    }
                } else if let (Kind::Variable(var), Some(value)) = (&side.kind, value) {
                    match aliases.get(var) {
                        Some(found) if is_late => {
                            conditions.push(equal(found.clone(), value, expr.span));
                        }
                        Some(_) => {}
                        None => {
                            constants.insert(*var, value);
                        }
                    }
                }
            }
        }
        Ok(conditions)
    }

    /// A term that is a place in the input or in data, all of it fixed or known to be a constant;
    /// no rule is asked there.
    fn place(&self, term: &Term, constants: &BTreeMap<Var, Value>) -> Option<Term> {
        let Kind::Reference(Reference { base: Base::Root(root), keys }) = &term.kind else {
            return None;
        };
        let plugged = |key: &Term| match key.kind {
            Kind::Variable(var) => constants.get(&var).filter(|value| is_scalar(value)).cloned(),
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
