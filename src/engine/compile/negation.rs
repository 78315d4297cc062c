//! Negation: what OPA evaluates before it looks at a `not`.

use crate::engine::ir::{Expr, Statement};
use crate::rego::ast::{Infix, Term, TermKind};

use super::lower::{Lowered, Lowering};

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
            TermKind::Reference(base, keys) => self.reference(base, keys, Self::outside),
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

    /// An operand of `==` or `=`: a bare reference stays inside of the negation.
    pub(super) fn negated_operand(&mut self, term: &Term) -> Lowered<Expr> {
        match &term.kind {
            TermKind::Reference(base, keys) => self.reference(base, keys, Self::outside),
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
                let expr = match &term.kind {
                    TermKind::Infix(Infix::Equal, left, right) => {
                        let left = Box::new(self.negated_operand(left)?);
                        let right = Box::new(self.negated_operand(right)?);
                        Expr::Infix(Infix::Equal, left, right, term.span)
                    }
                    _ => self.negated_term(term)?,
                };
                self.hoist(expr)
            }
            TermKind::Array(items) => Expr::Array(self.all(items, Self::outside)?),
            TermKind::Set(items) => Expr::Set(self.all(items, Self::outside)?),
            TermKind::Object(fields) => Expr::Object(self.fields(fields, Self::outside)?),
            _ => self.term(term)?,
        })
    }

    fn hoist(&mut self, expr: Expr) -> Expr {
        let slot = self.scopes.unnamed();
        self.hoisted.push(Statement::Unify(Expr::Slot(slot), expr));
        Expr::Slot(slot)
    }
}
