//! Pieces of one statement, put back into each other where that changes nothing: what is bound to
//! a variable and read once, right behind, needs no variable.

use std::sync::Arc;

use crate::engine::types::core::{
    Base, Body, Callee, Expr, ExprKind, Kind, Reference, Replacement, Rule, Target, Term, Var,
};

/// How often each variable occurs.
#[derive(Debug, Default)]
pub(super) struct Counts(Vec<usize>);

impl Counts {
    pub(super) fn of_rule(rule: &Rule) -> Self {
        let mut counts = Self(vec![0; rule.variables]);
        counts.body(&rule.body);
        let terms = rule.args.iter().chain(&rule.keys).chain([&rule.value]);
        terms.for_each(|term| counts.term(term));
        counts
    }

    pub(super) fn of_body(body: &Body, variables: usize) -> Self {
        let mut counts = Self(vec![0; variables]);
        counts.body(body);
        counts
    }

    pub(super) fn of(&self, var: Var) -> usize {
        self.0.get(var).copied().unwrap_or_default()
    }

    pub(super) fn note(&mut self, var: Var) {
        if var >= self.0.len() {
            self.0.resize(var + 1, 0);
        }
        self.0[var] += 1;
    }

    fn body(&mut self, body: &Body) {
        for expr in body {
            expr.terms().into_iter().for_each(|term| self.term(term));
            for with in expr.with.iter() {
                if let Target::Document(Reference { keys, .. }) = &with.target {
                    keys.iter().for_each(|key| self.term(key));
                }
                if let Replacement::Value(value) = &with.value {
                    self.term(value);
                }
            }
            if let ExprKind::Every { key, value, .. } = &expr.kind {
                self.note(*key);
                self.note(*value);
            }
            expr.bodies().iter().for_each(|body| self.body(body));
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            Kind::Variable(var) | Kind::Reference(Reference { base: Base::Variable(var), .. }) => {
                self.note(*var);
            }
            Kind::Comprehension(inner) => {
                self.body(&inner.body);
                [&inner.key].into_iter().chain(&inner.value).for_each(|head| self.term(head));
            }
            _ => {}
        }
        term.children().into_iter().for_each(|child| self.term(child));
    }
}

/// Fuses the statements of a body. `inputs` tells how many arguments of a call are no result.
pub(super) fn fuse(
    body: &Body,
    counts: &Counts,
    inputs: &dyn Fn(&Callee) -> Option<usize>,
) -> Body {
    let mut fused: Body = Vec::with_capacity(body.len());
    for expr in body {
        let mut expr = expr.clone();
        while let Some(last) = fused.last()
            && last.origin == expr.origin
            && same_with(last, &expr)
            && let Some((var, value)) = definition(last, inputs)
            && counts.of(var) == 2
            && put(&mut expr, var, value)
        {
            fused.pop();
        }
        fused.push(expr);
    }
    fused
}

fn same_with(a: &Expr, b: &Expr) -> bool {
    Arc::ptr_eq(&a.with, &b.with) || (a.with.is_empty() && b.with.is_empty())
}

/// The variable that a statement does nothing but give a value to.
fn definition(expr: &Expr, inputs: &dyn Fn(&Callee) -> Option<usize>) -> Option<(Var, Term)> {
    if expr.negated {
        return None;
    }
    match &expr.kind {
        ExprKind::Unify { left: Term { kind: Kind::Variable(var), .. }, right, .. } => {
            Some((*var, right.clone()))
        }
        ExprKind::Call(callee, args) => {
            let (last, rest) = args.split_last()?;
            let Kind::Variable(var) = last.kind else { return None };
            let kind = Kind::Call(callee.clone(), rest.to_vec());
            (inputs(callee)? == rest.len()).then_some((var, Term { kind, span: expr.span }))
        }
        _ => None,
    }
}

/// What came of looking for a variable in the order of evaluation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Here,
    /// Nothing happens in there.
    Not,
    /// Something would happen before.
    Late,
}

/// Puts a term in the place of a variable, if nothing is evaluated before it there.
fn put(expr: &mut Expr, var: Var, value: Term) -> bool {
    if expr.negated {
        return false;
    }
    let mut value = Some(value);
    match &mut expr.kind {
        ExprKind::Term(term) => put_into(term, var, &mut value) == Found::Here,
        ExprKind::Call(_, args) => put_into_all(args, var, &mut value) == Found::Here,
        ExprKind::Unify { left, right, .. } => {
            let is_made = matches!(value, Some(Term { kind: Kind::Comprehension(_), .. }));
            // Either side may be evaluated first.
            if is_made || left.needs_evaluation() || right.needs_evaluation() {
                return false;
            }
            put_into(left, var, &mut value) == Found::Here
                || put_into(right, var, &mut value) == Found::Here
        }
        ExprKind::Every { .. } | ExprKind::Nested(..) => false,
    }
}

fn reads(term: &Term, var: Var) -> bool {
    let mut counts = Counts::default();
    counts.term(term);
    counts.of(var) > 0
}

fn put_into_all(terms: &mut [Term], var: Var, value: &mut Option<Term>) -> Found {
    for term in terms {
        match put_into(term, var, value) {
            Found::Not => {}
            other => return other,
        }
    }
    Found::Not
}

fn put_into(term: &mut Term, var: Var, value: &mut Option<Term>) -> Found {
    match &mut term.kind {
        Kind::Variable(known) if *known == var => {
            if let Some(value) = value.take() {
                *term = value;
            }
            Found::Here
        }
        // It may be what is put that gives the variable its value.
        Kind::Variable(other) if value.as_ref().is_some_and(|value| reads(value, *other)) => {
            Found::Late
        }
        Kind::Constant(_) | Kind::Variable(_) => Found::Not,
        Kind::Array(items) | Kind::Set(items) => put_into_all(items, var, value),
        Kind::Object(fields) => {
            for (key, field) in fields {
                for part in [key, field] {
                    match put_into(part, var, value) {
                        Found::Not => {}
                        other => return other,
                    }
                }
            }
            Found::Not
        }
        Kind::Call(_, args) => match put_into_all(args, var, value) {
            Found::Here => Found::Here,
            _ => Found::Late,
        },
        Kind::Reference(Reference { base, .. }) => match base {
            Base::Variable(known) if *known == var => {
                if let Some(value) = value.take() {
                    *base = Base::Term(Box::new(value));
                }
                Found::Here
            }
            Base::Term(inner) => match put_into(inner, var, value) {
                Found::Here => Found::Here,
                _ => Found::Late,
            },
            _ => Found::Late,
        },
        Kind::Comprehension(_) => Found::Late,
    }
}
