//! The calls in a module: what is called, and where.

use regorus::unstable::{Expr, Literal, Module as Ast, Query, Ref, Rule, RuleHead};

use crate::source::Span;

use super::foreign::span;

/// A call as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the function with its dots: `startswith`, `data.lib.is_pod`.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
}

/// Every call of a module, in no particular order.
pub(super) fn find(ast: &Ast) -> Vec<Call> {
    let mut finder = Finder { calls: Vec::new() };
    ast.policy.iter().for_each(|rule| finder.rule(rule.as_ref()));
    finder.calls
}

/// A dotted name, if a reference is nothing else.
pub(super) fn dotted(refr: &Expr) -> Option<String> {
    match refr {
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        Expr::RefDot { refr, field, .. } => {
            Some(format!("{}.{}", dotted(refr.as_ref())?, field.1.as_string().ok()?))
        }
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { value, .. } => {
                Some(format!("{}.{}", dotted(refr.as_ref())?, value.as_string().ok()?))
            }
            _ => None,
        },
        _ => None,
    }
}

struct Finder {
    calls: Vec<Call>,
}

impl Finder {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { value, .. } => self.expr(value),
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { refr, assign, .. } => {
                        self.expr(refr);
                        assign.iter().for_each(|assign| self.expr(&assign.value));
                    }
                    RuleHead::Set { refr, key, .. } => {
                        self.expr(refr);
                        self.all(key);
                    }
                    RuleHead::Func { args, assign, .. } => {
                        self.all(args);
                        assign.iter().for_each(|assign| self.expr(&assign.value));
                    }
                }
                for body in bodies {
                    body.assign.iter().for_each(|assign| self.expr(&assign.value));
                    self.query(&body.query);
                }
            }
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    self.all(key);
                    self.all([value, collection]);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every { domain, query, .. } => {
                    self.expr(domain);
                    self.query(query);
                }
            }
            statement.with_mods.iter().for_each(|with| self.expr(&with.r#as));
        }
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Ref<Expr>>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Ref<Expr>) {
        match expr.as_ref() {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.all(items),
            Expr::Object { fields, .. } => {
                fields.iter().for_each(|(_, key, value)| self.all([key, value]));
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.all([key, value]);
                self.query(query);
            }
            Expr::Call { fcn, params, .. } => {
                if let Some(name) = dotted(fcn.as_ref()) {
                    self.calls.push(Call { name, span: span(fcn.span()) });
                }
                self.all(params);
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::RefDot { refr, .. } => self.expr(refr),
            Expr::RefBrack { refr, index, .. } => self.all([refr, index]),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => self.all([lhs, rhs]),
            Expr::Membership { key, value, collection, .. } => {
                self.all(key);
                self.all([value, collection]);
            }
        }
    }
}
