//! What the Rego of a template may name: its own rules, its libraries, the inventory.

use std::sync::Arc;

use crate::rego::ast::{
    Body, HeadKind, Rule, Statement, StatementKind, TemplatePart, Term, TermKind,
};
use crate::rego::{Module, PolicyError};
use crate::source::SourceText;

/// Refuses what Gatekeeper refuses: it would be undefined in the cluster, and so never a violation.
pub(super) fn check(module: &Module) -> Result<(), PolicyError> {
    for import in &module.syntax.imports {
        let path: Vec<&str> = import.path.iter().map(|part| &**part).collect();
        if !matches!(path.as_slice(), ["data", "lib", ..] | ["future", ..]) {
            let message = format!("a template can't import `{}`", path.join("."));
            return Err(PolicyError::at(message, &module.source, import.span)
                .with_help("Gatekeeper allows imports of `data.lib` and `future.keywords`"));
        }
    }
    let mut walk = Walk { source: &module.source, wrong: None };
    crate::stack::deep(|| module.syntax.rules.iter().for_each(|rule| walk.rule(rule)));
    walk.wrong.map_or(Ok(()), Err)
}

struct Walk<'a> {
    source: &'a Arc<SourceText>,
    wrong: Option<PolicyError>,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Rule) {
        self.terms(&rule.head.path);
        self.terms(rule.head.args.as_deref().unwrap_or_default());
        match &rule.head.kind {
            HeadKind::Value(value) => self.terms(value),
            HeadKind::Contains(key) => self.term(key),
        }
        rule.body.iter().for_each(|body| self.body(body));
        for other in &rule.otherwise {
            self.terms(&other.value);
            other.body.iter().for_each(|body| self.body(body));
        }
    }

    fn body(&mut self, body: &Body) {
        body.statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Term(term) => self.term(term),
            StatementKind::Assign(a, b) | StatementKind::Unify(a, b) => {
                self.term(a);
                self.term(b);
            }
            StatementKind::Some(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                self.terms(key);
                self.term(value);
                self.term(collection);
            }
            StatementKind::Every { domain, body, .. } => {
                self.term(domain);
                self.body(body);
            }
            StatementKind::Not(body) => self.body(body),
            StatementKind::And(a, b) | StatementKind::Or(a, b) => {
                self.body(a);
                self.body(b);
            }
        }
        for with in &statement.with {
            self.term(&with.target);
            self.term(&with.value);
        }
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term>) {
        terms.into_iter().for_each(|term| self.term(term));
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Variable(name) if &**name == "data" => self.data(term, None),
            TermKind::Reference(base, rest) => {
                match &base.kind {
                    TermKind::Variable(name) if &**name == "data" => self.data(term, rest.first()),
                    _ => self.term(base),
                }
                self.terms(rest);
            }
            TermKind::Call(function, args) => {
                self.term(function);
                self.terms(args);
            }
            TermKind::Infix(_, a, b) => {
                self.term(a);
                self.term(b);
            }
            TermKind::In { key, value, collection } => {
                self.terms(key.as_deref());
                self.term(value);
                self.term(collection);
            }
            TermKind::Array(items) | TermKind::Set(items) => self.terms(items),
            TermKind::Object(entries) => entries.iter().for_each(|(key, value)| {
                self.term(key);
                self.term(value);
            }),
            TermKind::ArrayComprehension(head, body) | TermKind::SetComprehension(head, body) => {
                self.term(head);
                self.body(body);
            }
            TermKind::ObjectComprehension(key, value, body) => {
                self.term(key);
                self.term(value);
                self.body(body);
            }
            TermKind::Template(parts) => parts.iter().for_each(|part| match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Term(term) => self.term(term),
                TemplatePart::Statement(statement) => self.statement(statement),
            }),
            _ => {}
        }
    }

    fn data(&mut self, term: &Term, first: Option<&Term>) {
        let name = match first.map(|first| &first.kind) {
            Some(TermKind::String(name)) => Some(&**name),
            _ => None,
        };
        if self.wrong.is_none() && !matches!(name, Some("inventory" | "lib")) {
            let message = "a template can't read this document";
            self.wrong = Some(
                PolicyError::at(message, self.source, term.span)
                    .with_help("Gatekeeper allows `data.inventory` and `data.lib`"),
            );
        }
    }
}
