//! Going through clauses, statements and terms.

use crate::engine::ir::{Clause, Expr, Found, Mock, Statement};

/// Sees everything that a clause consists of. What is seen is gone into by [`clause`],
/// [`statement`] and [`expr`], unless a visitor does not call them.
pub(in crate::engine) trait Visitor {
    fn statement(&mut self, seen: &Statement) {
        statement(self, seen);
    }

    fn expr(&mut self, seen: &Expr) {
        expr(self, seen);
    }
}

pub(in crate::engine) fn clause<V: Visitor + ?Sized>(visitor: &mut V, seen: &Clause) {
    all(visitor, seen.args.iter().chain(&seen.keys));
    for (body, value) in &seen.bodies {
        statements(visitor, body);
        visitor.expr(value);
    }
}

pub(in crate::engine) fn statement<V: Visitor + ?Sized>(visitor: &mut V, seen: &Statement) {
    match seen {
        Statement::Test(expr) => visitor.expr(expr),
        Statement::Unify(left, right) => all(visitor, [left, right]),
        Statement::Not(body) => statements(visitor, body),
        Statement::Reached(..) => {}
        Statement::Print(parts, _) => all(visitor, parts),
        Statement::Either(bodies) => bodies.iter().for_each(|body| statements(visitor, body)),
        Statement::Every { domain, body, .. } => {
            visitor.expr(domain);
            statements(visitor, body);
        }
        Statement::Scan { collection, path, found, .. } => {
            visitor.expr(collection);
            all(visitor, path);
            if let Found::Same(expr) = found {
                visitor.expr(expr);
            }
        }
        Statement::With(replacements, body) => {
            for replacement in replacements {
                if let Mock::Value(value) | Mock::Lookup(value) = &replacement.value {
                    visitor.expr(value);
                }
            }
            statements(visitor, body);
        }
    }
}

pub(in crate::engine) fn expr<V: Visitor + ?Sized>(visitor: &mut V, seen: &Expr) {
    match seen {
        Expr::Call(_, items, _) | Expr::Array(items) | Expr::Set(items) | Expr::Template(items) => {
            all(visitor, items);
        }
        Expr::Object(fields) => all(visitor, fields.iter().flat_map(|(key, value)| [key, value])),
        Expr::Get(base, keys) => {
            visitor.expr(base);
            all(visitor, keys);
        }
        Expr::Walk(inner) | Expr::Single(inner) => visitor.expr(inner),
        Expr::Infix(_, left, right, _) => all(visitor, [&**left, &**right]),
        Expr::In { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|part| visitor.expr(part));
        }
        Expr::Comprehension(_, body, head) => {
            statements(visitor, body);
            all(visitor, [&head.0, &head.1]);
        }
        Expr::Constant(_)
        | Expr::Slot(_)
        | Expr::Bind(_)
        | Expr::Any
        | Expr::Input
        | Expr::Document(_)
        | Expr::Rule(_) => {}
    }
}

pub(in crate::engine) fn all<'e, V: Visitor + ?Sized>(
    visitor: &mut V,
    exprs: impl IntoIterator<Item = &'e Expr>,
) {
    exprs.into_iter().for_each(|expr| visitor.expr(expr));
}

fn statements<V: Visitor + ?Sized>(visitor: &mut V, body: &[Statement]) {
    body.iter().for_each(|statement| visitor.statement(statement));
}
