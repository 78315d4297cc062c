//! Negation: what OPA evaluates before it looks at a `not`.

use std::collections::BTreeSet;

use crate::engine::ir::{Expr, Statement};
use crate::rego::ast::{Infix, Term, TermKind};

use super::lower::{Lowered, Lowering};
use super::order::slots_of;

impl Lowering<'_> {
    /// What stands right behind `not`. OPA evaluates the operands of calls and operators outside
    /// of the negation, so that `not f(input.x)` is undefined where `input.x` is.
    pub(super) fn negated(&mut self, term: &Term) -> Lowered<Statement> {
        Ok(Statement::Test(match &term.kind {
            TermKind::Infix(Infix::Equal, left, right) => {
                let left = Box::new(self.negated_operand(left)?);
                let right = Box::new(self.negated_operand(right)?);
                Expr::Infix(Infix::Equal, left, right, term.span)
            }
            _ => self.negated_term(term)?,
        }))
    }

    /// A call with one argument more than the function takes, which is its result.
    pub(super) fn negated_with_output(
        &mut self,
        function: &Term,
        args: &[Term],
        span: crate::source::Span,
    ) -> Lowered<Statement> {
        let (inputs, output) = args.split_at(args.len() - 1);
        let value = self.call(function, inputs, span, Self::outside)?;
        let output = self.all(output, Self::outside)?;
        Ok(Statement::Unify(output.into_iter().next().unwrap_or(Expr::Any), value))
    }

    fn negated_term(&mut self, term: &Term) -> Lowered<Expr> {
        match &term.kind {
            TermKind::Reference(base, keys) => self.negated_reference(term, base, keys),
            TermKind::Call(function, args) => self.call(function, args, term.span, Self::outside),
            TermKind::Infix(infix, left, right) => {
                self.infix(*infix, left, right, term.span, Self::outside)
            }
            TermKind::In { key, value, collection } => {
                self.membership(key.as_deref(), value, collection, Self::outside)
            }
            TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_) => self.outside(term),
            _ => self.term(term),
        }
    }

    fn negated_reference(&mut self, term: &Term, base: &Term, keys: &[Term]) -> Lowered<Expr> {
        let direct = self.direct;
        self.direct = direct && is_plain(term);
        let lowered = self.reference(base, keys, Self::outside);
        self.direct = direct;
        lowered
    }

    /// An operand of `==` or `=`: a bare reference stays inside of the negation.
    pub(super) fn negated_operand(&mut self, term: &Term) -> Lowered<Expr> {
        match &term.kind {
            TermKind::Reference(base, keys) => self.negated_reference(term, base, keys),
            TermKind::Variable(_) => self.term(term),
            _ => self.outside(term),
        }
    }

    /// A term whose value is found before the negation is looked at.
    fn outside(&mut self, term: &Term) -> Lowered<Expr> {
        Ok(match &term.kind {
            TermKind::Variable(name) if &**name == "_" || self.scopes.look_up(name).is_some() => {
                self.term(term)?
            }
            TermKind::Variable(_) => {
                let expr = self.reference(term, &[], Self::outside)?;
                if matches!(expr, Expr::Input) { expr } else { self.hoist(expr) }
            }
            TermKind::Reference(..)
            | TermKind::Call(..)
            | TermKind::Infix(..)
            | TermKind::In { .. } => {
                let direct = self.direct;
                self.direct = direct && is_plain(term);
                let expr = match &term.kind {
                    TermKind::Infix(Infix::Equal, left, right) => {
                        let left = Box::new(self.negated_operand(left)?);
                        let right = Box::new(self.negated_operand(right)?);
                        Expr::Infix(Infix::Equal, left, right, term.span)
                    }
                    _ => self.negated_term(term)?,
                };
                let bare = std::mem::replace(&mut self.direct, direct);
                if bare {
                    return self.hoist_bare(expr, term);
                }
                self.hoist(expr)
            }
            TermKind::Array(items) => Expr::Array(self.all(items, Self::outside)?),
            TermKind::Set(items) => Expr::Set(self.all(items, Self::outside)?),
            TermKind::Object(fields) => Expr::Object(self.fields(fields, Self::outside)?),
            _ => self.term(term)?,
        })
    }

    /// A reference that is an operand of what is negated: its variables get their values
    /// elsewhere.
    fn hoist_bare(&mut self, expr: Expr, term: &Term) -> Lowered<Expr> {
        if let Expr::Get(_, keys) = &expr
            && keys.iter().any(|key| matches!(key, Expr::Any))
        {
            return self.error("`_` is unsafe here: nothing gives it a value", term.span);
        }
        let mut slots = BTreeSet::new();
        slots_of(&expr, &mut slots);
        let hoisted = self.hoist(expr);
        let needed: Vec<Expr> = slots.into_iter().map(Expr::Slot).collect();
        if let (Some(Statement::Unify(..)), false) = (self.hoisted.last(), needed.is_empty())
            && let Some(statement) = self.hoisted.pop()
        {
            let known = Statement::Test(Expr::Array(needed));
            self.hoisted.push(Statement::With(Vec::new(), vec![known, statement]));
        }
        Ok(hoisted)
    }

    fn hoist(&mut self, expr: Expr) -> Expr {
        let slot = self.scopes.unnamed();
        self.hoisted.push(Statement::Unify(Expr::Slot(slot), expr));
        Expr::Slot(slot)
    }
}

/// Whether a term is a reference that begins with a name.
fn is_plain(term: &Term) -> bool {
    match &term.kind {
        TermKind::Reference(base, _) => matches!(base.kind, TermKind::Variable(_)),
        _ => false,
    }
}
