//! Going through rules, statements and terms.
//!
//! ```
//! use std::sync::Arc;
//! use manifestly::rego::ast::{Term, TermKind};
//! use manifestly::rego::{PolicyLimits, VersionChoice, parse, visit};
//! use manifestly::source::SourceText;
//!
//! struct Names(Vec<String>);
//!
//! impl visit::Visitor for Names {
//!     fn term(&mut self, seen: &Term) {
//!         if let TermKind::Variable(name) = &seen.kind {
//!             self.0.push(name.to_string());
//!         }
//!         visit::term(self, seen);
//!     }
//! }
//!
//! let text = Arc::new(SourceText::new("p.rego", "package p\nq := [a, b.c]"));
//! let module = parse(&text, VersionChoice::Auto, &PolicyLimits::default()).unwrap();
//! let mut names = Names(Vec::new());
//! module.syntax.rules.iter().for_each(|rule| visit::rule(&mut names, rule));
//! assert_eq!(names.0, ["a", "b"]);
//! ```

use super::ast::{Body, HeadKind, Rule, Statement, StatementKind, TemplatePart, Term, TermKind};

/// Sees everything that a rule consists of. What is seen is gone into by [`rule`], [`statement`]
/// and [`term`], unless a visitor does not call them.
pub trait Visitor {
    /// Sees a statement.
    fn statement(&mut self, seen: &Statement) {
        statement(self, seen);
    }

    /// Sees a term.
    fn term(&mut self, seen: &Term) {
        term(self, seen);
    }
}

/// Goes into all of a rule.
pub fn rule<V: Visitor + ?Sized>(visitor: &mut V, seen: &Rule) {
    terms(visitor, seen.head.args.as_deref().unwrap_or_default());
    definition(visitor, seen);
}

/// A rule without its parameters: what gives variables their values comes before what uses them.
pub fn definition<V: Visitor + ?Sized>(visitor: &mut V, seen: &Rule) {
    seen.body.iter().for_each(|inner| body(visitor, inner));
    terms(visitor, &seen.head.path);
    match &seen.head.kind {
        HeadKind::Value(value) => terms(visitor, value),
        HeadKind::Contains(key) => visitor.term(key),
    }
    for other in &seen.otherwise {
        other.body.iter().for_each(|inner| body(visitor, inner));
        terms(visitor, &other.value);
    }
}

/// Goes into a statement.
pub fn statement<V: Visitor + ?Sized>(visitor: &mut V, seen: &Statement) {
    match &seen.kind {
        StatementKind::Term(term) => visitor.term(term),
        StatementKind::Assign(a, b) | StatementKind::Unify(a, b) => terms(visitor, [a, b]),
        StatementKind::Some(_) => {}
        StatementKind::SomeIn { key, value, collection } => {
            terms(visitor, key.iter().chain([value, collection]));
        }
        StatementKind::Every { domain, body: inner, .. } => {
            visitor.term(domain);
            body(visitor, inner);
        }
        StatementKind::Not(inner) => body(visitor, inner),
        StatementKind::And(a, b) | StatementKind::Or(a, b) => {
            body(visitor, a);
            body(visitor, b);
        }
    }
    for with in &seen.with {
        terms(visitor, [&with.target, &with.value]);
    }
}

/// Goes into a term.
pub fn term<V: Visitor + ?Sized>(visitor: &mut V, seen: &Term) {
    match &seen.kind {
        TermKind::Reference(base, rest) => {
            visitor.term(base);
            terms(visitor, rest);
        }
        TermKind::Call(function, args) => {
            visitor.term(function);
            terms(visitor, args);
        }
        TermKind::Infix(_, a, b) => terms(visitor, [&**a, &**b]),
        TermKind::In { key, value, collection } => {
            terms(visitor, key.as_deref().into_iter().chain([&**value, &**collection]));
        }
        TermKind::Array(items) | TermKind::Set(items) => terms(visitor, items),
        TermKind::Object(entries) => {
            terms(visitor, entries.iter().flat_map(|(key, value)| [key, value]));
        }
        TermKind::ArrayComprehension(head, inner) | TermKind::SetComprehension(head, inner) => {
            body(visitor, inner);
            visitor.term(head);
        }
        TermKind::ObjectComprehension(key, value, inner) => {
            body(visitor, inner);
            terms(visitor, [&**key, &**value]);
        }
        TermKind::Template(parts) => parts.iter().for_each(|part| match part {
            TemplatePart::Text(_) => {}
            TemplatePart::Term(term) => visitor.term(term),
            TemplatePart::Statement(statement) => visitor.statement(statement),
        }),
        TermKind::Null
        | TermKind::Bool(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Variable(_) => {}
    }
}

/// Shows terms, one after another.
pub fn terms<'t, V: Visitor + ?Sized>(visitor: &mut V, terms: impl IntoIterator<Item = &'t Term>) {
    terms.into_iter().for_each(|term| visitor.term(term));
}

fn body<V: Visitor + ?Sized>(visitor: &mut V, seen: &Body) {
    seen.statements.iter().for_each(|statement| visitor.statement(statement));
}
