//! Imports: those that go by one name, and those that nothing uses.

use std::collections::BTreeSet;

use crate::rego::PolicyError;

use super::{Names, is_root};

impl Names<'_> {
    /// Imports that go by one name, and, if it is asked for, those that nothing uses.
    pub(in crate::engine::types) fn imports(&mut self) {
        let mut seen = BTreeSet::new();
        let imports = &self.unit.module.imports;
        for (number, import) in imports.iter().enumerate() {
            let name = import.name();
            let Some(name) = name else { continue };
            if !seen.insert(name) && (self.unit.is_v1 || self.strict) {
                let message = format!("two imports go by the name `{name}`");
                self.error(&message, import.span, "give one of them another name with `as`");
            }
            let is_document = import.path.first().is_some_and(|root| is_root(root));
            if self.strict && is_document && !self.used_imports.contains(&number) {
                let message =
                    format!("the policy does not compile: the import `{name}` is never used");
                let error = PolicyError::at(message, self.unit.source, import.span);
                self.unused.push(error.with_help("remove it"));
            }
        }
    }
}
