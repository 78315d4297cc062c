//! Calls within terms become statements of their own, which bind a variable: `f(g(x))` becomes
//! `g(x, v); f(v)`. Then references and comprehensions within terms do.

use std::sync::Arc;

use crate::engine::value::Value;

use super::core::{
    Base, Body, Callee, Comprehension, Expr, ExprKind, Kind, Reference, Replacement, Rule, Term,
    Var, With,
};

/// Makes variables.
pub(super) struct Expansion {
    /// How many variables the rule has.
    pub(super) variables: usize,
}

/// Adds what a head needs to its body. A body that is nothing but `true` is there for want of one,
/// and gives way; OPA does not look whether it is negated.
fn append(body: &mut Body, mut more: Body) {
    if let ([only], false) = (body.as_slice(), more.is_empty())
        && let ExprKind::Term(Term { kind: Kind::Constant(Value::Bool(_, true)), .. }) = only.kind
    {
        body.clear();
    }
    body.append(&mut more);
}

impl Expansion {
    fn fresh(&mut self) -> Var {
        self.variables += 1;
        self.variables - 1
    }

    /// Calls of a whole rule; what its head needs becomes part of its body.
    pub(super) fn calls(&mut self, rule: &mut Rule) {
        // First, so that the bodies of `else` take the same variables for their arguments.
        let mut computed = Body::new();
        for arg in &mut rule.args {
            self.hoist(arg, &mut computed);
            if arg.needs_evaluation() {
                self.named(arg, &mut computed);
            }
        }
        let mut keys = Body::new();
        for key in &mut rule.keys {
            if !matches!(key.kind, Kind::Constant(_) | Kind::Variable(_)) {
                self.named(key, &mut keys);
            }
        }
        let mut body = std::mem::take(&mut rule.body);
        append(&mut body, keys);
        let mut body = self.calls_in(body);
        append(&mut body, computed);
        append(&mut body, self.evaluated(&mut rule.value));
        rule.body = body;
    }

    /// The statements that a term of a head needs, so that the term itself need not be evaluated.
    fn evaluated(&mut self, term: &mut Term) -> Body {
        let mut needs = Body::new();
        self.hoist(term, &mut needs);
        if term.needs_evaluation() {
            self.named(term, &mut needs);
        }
        needs
    }

    /// Puts a variable in a term's place, and gives it the term's value.
    fn named(&mut self, term: &mut Term, body: &mut Body) {
        let var = self.fresh();
        let value = std::mem::replace(term, Term::variable(var, term.span));
        body.push(Expr::equation(var, value));
    }

    pub(super) fn calls_in(&mut self, body: Body) -> Body {
        let mut expanded = Body::new();
        body.into_iter().for_each(|expr| self.statement(expr, &mut expanded));
        expanded
    }

    fn statement(&mut self, mut expr: Expr, out: &mut Body) {
        let before = out.len();
        if !expr.with.is_empty() {
            let mut withs: Vec<With> = expr.with.to_vec();
            for with in &mut withs {
                if let Replacement::Value(value) = &mut with.value {
                    self.hoist(value, out);
                }
            }
            for with in &mut withs {
                if let Replacement::Value(value) = &mut with.value
                    && value.needs_evaluation()
                {
                    self.named(value, out);
                }
            }
            expr.with = Arc::new(withs);
        }
        let mut extras = Body::new();
        match &mut expr.kind {
            ExprKind::Term(term) => self.hoist(term, &mut extras),
            ExprKind::Unify { left, right, .. } => {
                self.hoist(left, &mut extras);
                self.hoist(right, &mut extras);
            }
            ExprKind::Call(_, args) => args.iter_mut().for_each(|arg| self.hoist(arg, &mut extras)),
            ExprKind::Every { domain, body, .. } => {
                self.hoist(domain, &mut extras);
                self.named(domain, &mut extras);
                *body = self.calls_in(std::mem::take(body));
            }
            ExprKind::Nested(_, bodies) => {
                for body in bodies {
                    *body = self.calls_in(std::mem::take(body));
                }
            }
        }
        for extra in &mut extras {
            extra.with = Arc::clone(&expr.with);
        }
        out.append(&mut extras);
        out[before..].iter_mut().for_each(|extra| extra.origin = expr.origin);
        out.push(expr);
    }

    fn hoist(&mut self, term: &mut Term, out: &mut Body) {
        let span = term.span;
        match &mut term.kind {
            Kind::Constant(_) | Kind::Variable(_) => {}
            Kind::Call(callee, args) => {
                args.iter_mut().for_each(|arg| self.hoist(arg, out));
                let var = self.fresh();
                let callee = std::mem::replace(callee, Callee::Builtin(""));
                let mut args = std::mem::take(args);
                args.push(Term::variable(var, span));
                out.push(Expr::plain(ExprKind::Call(callee, args), span));
                *term = Term::variable(var, span);
            }
            Kind::Reference(Reference { base, keys }) => {
                let mut subject = None;
                if let Base::Term(inner) = base {
                    self.hoist(inner, out);
                    subject = Some((**inner).clone());
                }
                keys.iter_mut().for_each(|key| self.hoist(key, out));
                if let Some(mut subject) = subject {
                    let var = match subject.kind {
                        Kind::Variable(var) => var,
                        _ => {
                            self.named(&mut subject, out);
                            self.variables - 1
                        }
                    };
                    *base = Base::Variable(var);
                }
            }
            Kind::Array(items) | Kind::Set(items) => {
                items.iter_mut().for_each(|item| self.hoist(item, out));
            }
            Kind::Object(fields) => {
                for (key, value) in fields {
                    self.hoist(key, out);
                    self.hoist(value, out);
                }
            }
            Kind::Comprehension(inner) => self.comprehension(inner),
        }
    }

    fn comprehension(&mut self, inner: &mut Comprehension) {
        let mut body = self.calls_in(std::mem::take(&mut inner.body));
        let mut needs = Body::new();
        self.hoist(&mut inner.key, &mut needs);
        if let Some(value) = &mut inner.value {
            self.hoist(value, &mut needs);
        }
        for term in [&mut inner.key].into_iter().chain(&mut inner.value) {
            if term.needs_evaluation() {
                self.named(term, &mut needs);
            }
        }
        append(&mut body, needs);
        inner.body = body;
    }

    /// References and comprehensions, once the statements are in order.
    pub(super) fn references(&mut self, body: Body) -> Body {
        let mut expanded = Body::with_capacity(body.len());
        for mut expr in body {
            let with = Arc::clone(&expr.with);
            let mut extras = Body::new();
            match &mut expr.kind {
                ExprKind::Term(term) => self.within(term, &mut extras),
                ExprKind::Unify { left, right, .. } => {
                    self.within(left, &mut extras);
                    self.within(right, &mut extras);
                }
                ExprKind::Call(Callee::Builtin("equal"), args) if args.len() == 2 => {
                    args.iter_mut().for_each(|arg| self.within(arg, &mut extras));
                    let right = args.pop();
                    if let (Some(left), Some(right)) = (args.pop(), right) {
                        expr.kind = ExprKind::Unify { left, right, assigns: false };
                    }
                }
                ExprKind::Call(_, args) => {
                    args.iter_mut().for_each(|arg| self.one(arg, &mut extras));
                }
                ExprKind::Every { domain, body, .. } => {
                    self.one(domain, &mut extras);
                    *body = self.references(std::mem::take(body));
                }
                ExprKind::Nested(_, bodies) => {
                    for body in bodies {
                        *body = self.references(std::mem::take(body));
                    }
                }
            }
            for extra in &mut extras {
                extra.with = Arc::clone(&with);
                extra.origin = expr.origin;
            }
            expanded.append(&mut extras);
            expanded.push(expr);
        }
        expanded
    }

    /// A term that stands for itself: only what is in it is taken out.
    fn within(&mut self, term: &mut Term, out: &mut Body) {
        match &mut term.kind {
            Kind::Reference(reference) => {
                reference.keys.iter_mut().for_each(|key| self.one(key, out));
            }
            Kind::Comprehension(inner) => {
                inner.body = self.references(std::mem::take(&mut inner.body));
            }
            _ => self.one(term, out),
        }
    }

    fn one(&mut self, term: &mut Term, out: &mut Body) {
        match &mut term.kind {
            Kind::Reference(_) | Kind::Comprehension(_) => {
                self.within(term, out);
                self.named(term, out);
            }
            Kind::Array(items) | Kind::Set(items) => {
                items.iter_mut().for_each(|item| self.one(item, out));
            }
            Kind::Object(fields) => {
                for (key, value) in fields {
                    self.one(key, out);
                    self.one(value, out);
                }
            }
            Kind::Constant(_) | Kind::Variable(_) | Kind::Call(..) => {}
        }
    }
}
