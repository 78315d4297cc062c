//! What the Rego of a template may name: its own rules, its libraries, the inventory.

use std::sync::Arc;

use crate::rego::ast::{Term, TermKind};
use crate::rego::visit::{self, Visitor};
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
    crate::stack::deep(|| {
        module.syntax.rules.iter().for_each(|rule| visit::rule(&mut walk, rule));
    });
    walk.wrong.map_or(Ok(()), Err)
}

struct Walk<'a> {
    source: &'a Arc<SourceText>,
    wrong: Option<PolicyError>,
}

impl Visitor for Walk<'_> {
    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Variable(name) if &**name == "data" => self.data(term, None),
            TermKind::Reference(base, rest) => match &base.kind {
                TermKind::Variable(name) if &**name == "data" => {
                    self.data(term, rest.first());
                    visit::terms(self, rest);
                }
                _ => visit::term(self, term),
            },
            _ => visit::term(self, term),
        }
    }
}

impl Walk<'_> {
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
