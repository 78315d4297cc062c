//! What rules call and name.

use std::collections::BTreeMap;

use manifestly::rego::ast::{Rule, Statement, StatementKind, Term, TermKind};
use manifestly::rego::visit::{self, Visitor};

/// The name of a function as it is written: `array.concat`.
pub(super) fn called(function: &Term) -> String {
    match &function.kind {
        TermKind::Variable(name) => name.to_string(),
        TermKind::Reference(base, rest) => {
            let parts = rest.iter().map(|part| part.as_string().map_or("_", |part| &**part));
            std::iter::once(called(base).as_str()).chain(parts).collect::<Vec<_>>().join(".")
        }
        _ => String::new(),
    }
}

/// How often each variable is read in a rule: not where it is given its value by itself.
#[derive(Debug, Default)]
pub(super) struct Reads(BTreeMap<String, usize>);

impl Reads {
    pub(super) fn of(rule: &Rule) -> Self {
        let mut reads = Self::default();
        visit::rule(&mut reads, rule);
        reads
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or_default()
    }
}

impl Visitor for Reads {
    fn statement(&mut self, seen: &Statement) {
        match given(seen) {
            Some((_, value)) => self.term(value),
            None => visit::statement(self, seen),
        }
    }

    fn term(&mut self, seen: &Term) {
        if let TermKind::Variable(name) = &seen.kind {
            *self.0.entry(name.to_string()).or_default() += 1;
        }
        visit::term(self, seen);
    }
}

/// The variable and its value, where a statement only gives a variable a value.
pub(super) fn given(statement: &Statement) -> Option<(&Term, &Term)> {
    if statement.negated || !statement.with.is_empty() {
        return None;
    }
    match &statement.kind {
        StatementKind::Assign(variable, value) | StatementKind::Unify(variable, value) => {
            let name = variable.as_variable()?;
            (**name != *"_").then_some((variable, value))
        }
        _ => None,
    }
}
