//! Statements, and the names that they declare.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::types::core::{
    Base, Body, Expr, ExprKind, Joint, Kind, Nesting, Reference, Term,
};
use crate::engine::types::patterns;
use crate::engine::types::scope::{self, Entry, Origin};
use crate::engine::value::Value;
use crate::rego::ast::{self, Statement, StatementKind, TermKind};
use crate::source::Span;

use super::{Names, constant};

impl Names<'_> {
    pub(super) fn statements(&mut self, body: &ast::Body) -> Body {
        body.statements.iter().filter_map(|statement| self.statement(statement)).collect()
    }

    fn nested(&mut self, joint: Joint, bodies: &[&ast::Body]) -> ExprKind {
        let is_braced = |body: &ast::Body| {
            let first = body.statements.first();
            let opens = self.unit.source.text().get(body.span.start..);
            first.is_none_or(|first| body.span.start < first.span.start)
                && opens.is_some_and(|text| text.starts_with('{'))
        };
        let mut braced = [false; 2];
        braced.iter_mut().zip(bodies).for_each(|(braced, body)| *braced = is_braced(body));
        let blocks = bodies
            .iter()
            .map(|body| self.within(scope::declared(body), |names| names.statements(body)));
        let (bodies, closed): (Vec<_>, Vec<_>) = blocks.collect();
        // OPA goes through operands once more as through what stands around them, the braces of
        // `not` aside.
        if joint == Joint::Not && braced[0] {
            closed.into_iter().for_each(|level| self.mention(level));
        } else {
            closed.into_iter().for_each(|level| self.take_up(level));
        }
        ExprKind::Nested(Nesting { joint, braced }, bodies)
    }

    fn statement(&mut self, statement: &Statement) -> Option<Expr> {
        let kind = match &statement.kind {
            StatementKind::Term(term) => match self.alone(term) {
                Term { kind: Kind::Call(callee, args), .. } => ExprKind::Call(callee, args),
                term => ExprKind::Term(term),
            },
            StatementKind::Unify(left, right) => {
                ExprKind::Unify { left: self.term(left), right: self.term(right), assigns: false }
            }
            StatementKind::Assign(left, right) => {
                self.check_root(left);
                let right = self.term(right);
                let with = self.withs(&statement.with);
                let kind = ExprKind::Unify { left: self.pattern(left), right, assigns: true };
                let expr = Expr::plain(kind, statement.span);
                let origin = Some(statement.span);
                return Some(Expr { negated: statement.negated, with, origin, ..expr });
            }
            StatementKind::Some(variables) => {
                for variable in variables {
                    self.declare(&variable.name, variable.span, Origin::Declared);
                }
                return None;
            }
            StatementKind::SomeIn { key, value, collection } => {
                self.some_in(key.as_ref(), value, collection, statement.span)
            }
            StatementKind::Every { key, value, domain, body } => {
                let domain = self.term(domain);
                let mut local = scope::declared(body);
                let variables = key.iter().chain([value]);
                local.extend(variables.map(|variable| Arc::clone(&variable.name)));
                let (kind, closed) = self.within(local, |names| {
                    let mut declare = |variable: &ast::Variable| {
                        if &*variable.name == "_" {
                            return names.fresh();
                        }
                        names.declare(&variable.name, variable.span, Origin::Declared)
                    };
                    let key = key.as_ref().map(&mut declare);
                    let value = declare(value);
                    let key = key.unwrap_or_else(|| names.fresh());
                    ExprKind::Every { key, value, domain, body: names.statements(body) }
                });
                self.mention(closed);
                kind
            }
            StatementKind::Not(body) => self.nested(Joint::Not, &[body]),
            StatementKind::And(left, right) => self.nested(Joint::And, &[left, right]),
            StatementKind::Or(left, right) => self.nested(Joint::Or, &[left, right]),
        };
        let with = self.withs(&statement.with);
        let expr = Expr::plain(kind, statement.span);
        Some(Expr { negated: statement.negated, with, origin: Some(statement.span), ..expr })
    }

    /// `some k, v in xs` is `v = xs[k]`.
    fn some_in(
        &mut self,
        key: Option<&ast::Term>,
        value: &ast::Term,
        collection: &ast::Term,
        span: Span,
    ) -> ExprKind {
        let searched = self.term(collection);
        let bound = self.bound(key, value, collection);
        let mut declared = BTreeSet::new();
        for (name, span) in bound {
            if declared.insert(Arc::clone(&name)) {
                let outer = self.levels.last().and_then(|level| level.entries.get(&name)).is_some();
                if outer {
                    self.declare(&name, span, Origin::Declared);
                } else {
                    let var = self.fresh();
                    // `some` with `in` searches by its names: they are never there in vain.
                    self.insert(&name, Entry { var, origin: Origin::Declared, count: 2, span });
                }
            }
        }
        let key = match key {
            Some(key) => self.term(key),
            None => Term::variable(self.fresh(), span),
        };
        let reference = match searched.kind {
            Kind::Reference(Reference { base, mut keys }) => {
                keys.push(key);
                Reference { base, keys }
            }
            Kind::Variable(var) => Reference { base: Base::Variable(var), keys: vec![key] },
            _ => Reference { base: Base::Term(Box::new(searched)), keys: vec![key] },
        };
        let right = Term { kind: Kind::Reference(reference), span: collection.span };
        ExprKind::Unify { left: self.term(value), right, assigns: false }
    }

    /// What `some` with `in` declares, as in OPA: the variables of its patterns, also in the keys of
    /// references in them; in those of others where they begin as something in the collection does.
    fn bound(
        &mut self,
        key: Option<&ast::Term>,
        value: &ast::Term,
        collection: &ast::Term,
    ) -> Vec<(Arc<str>, Span)> {
        let searched = scope::names_outside_closures(collection);
        let mut all = Vec::new();
        for pattern in key.iter().copied().chain([value]) {
            patterns::all_variables(pattern, false, &mut |name, span| {
                all.push((Arc::clone(name), span));
            });
        }
        if let Some((name, span)) = all.iter().find(|(name, _)| searched.contains(name)) {
            let what = format!("`{name}` is declared here, and is in what is searched");
            self.error(&what, *span, "use another name");
        }
        let inside = scope::every_name(collection);
        let known: BTreeSet<_> = inside.iter().map(|name| self.beginning(name)).collect();
        let mut bound = Vec::new();
        let mut take = |name: &Arc<str>, span| bound.push((Arc::clone(name), span));
        if let Some(key) = key {
            patterns::all_variables(key, true, &mut take);
        }
        let is_pattern = |kind: &TermKind| {
            matches!(kind, TermKind::Variable(_) | TermKind::Array(_) | TermKind::Object(_))
        };
        if is_pattern(&value.kind) {
            patterns::all_variables(value, false, &mut take);
        }
        let mut is_known = |base: &ast::Term| {
            scope::every_name(base).iter().all(|name| known.contains(&self.beginning(name)))
        };
        patterns::key_variables(value, &mut is_known, &mut take);
        // A variable of a comprehension in the collection is taken for known as well.
        bound.retain(|(name, _)| !inside.contains(name) && self.global(name).is_none());
        bound
    }

    /// `input` or `data`, where a name stands for something in them, else the name.
    fn beginning(&mut self, name: &Arc<str>) -> Arc<str> {
        let path = self.global(name);
        path.and_then(|path| path.into_iter().next()).unwrap_or_else(|| Arc::clone(name))
    }

    /// The left side of `:=`.
    fn pattern(&mut self, term: &ast::Term) -> Term {
        let kind = match &term.kind {
            TermKind::Variable(name) if &**name != "_" => {
                Kind::Variable(self.declare(name, term.span, Origin::Assigned))
            }
            TermKind::Variable(_) => Kind::Variable(self.fresh()),
            TermKind::Array(items) => {
                Kind::Array(items.iter().map(|item| self.pattern(item)).collect())
            }
            TermKind::Object(fields) => Kind::Object(
                fields.iter().map(|(key, value)| (self.term(key), self.pattern(value))).collect(),
            ),
            _ => {
                let help = "on the left of `:=` stand names, and arrays and objects of names";
                self.error("this can't be assigned to", term.span, help);
                return constant(Value::NULL, term.span);
            }
        };
        Term { kind, span: term.span }
    }
}
