//! Rules: their heads, and what is wrong with the names in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::types::core::{Kind, Rule, Term};
use crate::engine::types::scope::{self, Entry, Level, Origin};
use crate::engine::value::Value;
use crate::rego::ast::{self, HeadKind, TermKind};

use super::{Names, constant, is_root};

impl Names<'_> {
    /// A rule, and one more for each `else`. They have no `else` in them.
    pub(in crate::engine::types) fn rule(&mut self, number: usize, rule: &ast::Rule) -> Vec<Rule> {
        self.levels = vec![Level::default()];
        self.implicit = BTreeMap::new();
        self.variables = 0;
        self.called = BTreeMap::new();
        self.declared = BTreeSet::new();
        let head = &rule.head;
        self.check_roots(head);
        let args: Vec<Term> = head.args.iter().flatten().map(|arg| self.argument(arg)).collect();
        let arguments = self.levels[0].clone();
        let path = self.unit.module.path_of(rule);
        let keys = &head.path[path.len() - self.unit.module.package.len() - 1..];
        let (is_set, value) = match &head.kind {
            HeadKind::Contains(member) => (true, Some(member)),
            HeadKind::Value(value) => (false, value.as_ref()),
        };
        let mut rules = Vec::new();
        let mut used = BTreeSet::new();
        let first = (rule.body.as_ref(), value, head.span);
        let others = rule.otherwise.iter().map(|e| (e.body.as_ref(), e.value.as_ref(), e.span));
        for (body, value, span) in std::iter::once(first).chain(others) {
            self.levels = vec![arguments.clone()];
            if let Some(body) = body {
                self.levels[0].local.extend(scope::declared(body));
            }
            let statements = body.map(|body| self.statements(body)).unwrap_or_default();
            let keys: Vec<Term> = keys.iter().map(|key| self.term(key)).collect();
            let value = match value {
                Some(value) => self.term(value),
                None => constant(Value::bool(true), span),
            };
            self.unused_names();
            let level = self.levels.first().cloned().unwrap_or_default();
            used.extend(
                level.entries.iter().filter(|(_, e)| e.count > 1).map(|(n, _)| Arc::clone(n)),
            );
            rules.push(Rule {
                unit: self.number,
                number,
                variables: 0,
                path: path.clone(),
                keys,
                args: args.clone(),
                is_set,
                value,
                body: statements,
            });
        }
        if self.strict {
            let entries = arguments.entries.iter();
            for (name, entry) in entries.filter(|(name, _)| !used.contains(*name)) {
                self.unused_name("argument", name, entry.span, "write `_` in its place");
            }
        }
        rules
    }

    /// Whether a rule goes by the name of `input` or `data`, or hides them, which v1 forbids.
    fn check_roots(&mut self, head: &ast::Head) {
        if !self.unit.is_v1 && !self.strict {
            return;
        }
        if is_root(&head.name) {
            let message = format!("a rule can't go by the name `{}`", head.name);
            self.error(&message, head.name_span, "give the rule another name");
        }
        for arg in head.args.iter().flatten() {
            self.check_root(arg);
        }
    }

    pub(super) fn check_root(&mut self, term: &ast::Term) {
        if let TermKind::Variable(name) = &term.kind
            && is_root(name)
            && (self.unit.is_v1 || self.strict)
        {
            let message = format!("a variable can't hide `{name}`");
            self.error(&message, term.span, "give the variable another name");
        }
    }

    fn argument(&mut self, term: &ast::Term) -> Term {
        let kind = match &term.kind {
            TermKind::Variable(name) if &**name != "_" => {
                let var = if let Some(entry) = self.levels[0].entries.get_mut(name) {
                    entry.count += 1;
                    entry.var
                } else {
                    let var = self.fresh();
                    self.called.insert(var, (Arc::clone(name), term.span));
                    self.declared.insert(var);
                    let entry = Entry { var, origin: Origin::Argument, count: 1, span: term.span };
                    self.levels[0].entries.insert(Arc::clone(name), entry);
                    self.levels[0].local.insert(Arc::clone(name));
                    var
                };
                Kind::Variable(var)
            }
            TermKind::Array(items) => {
                Kind::Array(items.iter().map(|item| self.argument(item)).collect())
            }
            TermKind::Object(fields) => Kind::Object(
                fields.iter().map(|(key, value)| (self.term(key), self.argument(value))).collect(),
            ),
            _ => return self.term(term),
        };
        Term { kind, span: term.span }
    }
}
