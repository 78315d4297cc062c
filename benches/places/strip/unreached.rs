//! Rules that nothing leads to any more.

use std::collections::{BTreeMap, BTreeSet};

use manifestly::rego::Module;
use manifestly::rego::ast::{Term, TermKind};
use manifestly::rego::visit::{self, Visitor};

use super::super::conventions::Conventions;
use super::edits::Edits;

/// The names of the rules that those lead to which are asked.
pub(super) fn reached(module: &Module, conventions: &Conventions) -> BTreeSet<String> {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for rule in &module.syntax.rules {
        let mut said = Said::default();
        visit::rule(&mut said, rule);
        names.entry(&rule.head.name).or_default().append(&mut said.0);
    }
    let mut reached = BTreeSet::new();
    let entries = names.keys().filter(|name| conventions.is_entry(name));
    let mut next: Vec<String> = entries.map(ToString::to_string).collect();
    while let Some(name) = next.pop() {
        if let Some(said) = names.get(&*name)
            && reached.insert(name)
        {
            next.extend(said.iter().cloned());
        }
    }
    reached
}

/// Takes out the rules that were reached and are not any more.
pub(super) fn edits(module: &Module, was: &BTreeSet<String>, conventions: &Conventions) -> Edits {
    let is = reached(module, conventions);
    let mut edits = Edits::default();
    for rule in &module.syntax.rules {
        let name = &*rule.head.name;
        if was.contains(name) && !is.contains(name) {
            edits.replace(rule.span, "");
        }
    }
    edits
}

/// Everything that may be the name of a rule.
#[derive(Default)]
struct Said(BTreeSet<String>);

impl Visitor for Said {
    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Variable(name) => {
                self.0.insert(name.to_string());
            }
            TermKind::Reference(_, rest) => {
                self.0.extend(rest.iter().filter_map(Term::as_string).map(ToString::to_string));
            }
            _ => {}
        }
        visit::term(self, seen);
    }
}
