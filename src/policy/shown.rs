//! Policies that stand in one place and are spoken of as standing in another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::{Manifest, Resource};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::{SourceText, display_name};

use super::set::{Policy, PolicySet};

/// A folder, and what is written in its place.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    from: PathBuf,
    to: String,
}

impl Shown {
    pub(super) fn new(from: &Path, to: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned() }
    }

    fn in_text(&self, text: &str) -> String {
        let from = display_name(&self.from);
        text.replace(&format!("{from}/"), &self.to).replace(&from, &self.to)
    }

    fn source(&self, source: &Arc<SourceText>) -> Arc<SourceText> {
        Arc::new(SourceText::new(self.in_text(source.name()), source.text()))
    }

    /// Policies, spoken of as standing elsewhere.
    pub(super) fn policies(&self, mut set: PolicySet) -> PolicySet {
        for module in &mut set.modules {
            module.source = self.source(&module.source);
        }
        for policy in set.entry_points.iter_mut().flat_map(|entry| &mut entry.policies) {
            let source = self.source(&policy.source);
            *policy = Arc::new(Policy { source, ..Policy::clone(policy) });
        }
        for resource in &mut set.gatekeeper {
            let source = self.source(&resource.manifest.source);
            let manifest = Arc::new(Manifest { source, ..Manifest::clone(&resource.manifest) });
            *resource = Resource { manifest, ..resource.clone() };
        }
        set
    }

    /// What is wrong, spoken of as standing elsewhere.
    pub(super) fn errors(&self, errors: PolicyErrors) -> PolicyErrors {
        PolicyErrors(errors.0.into_iter().map(|error| self.error(error)).collect())
    }

    fn error(&self, error: PolicyError) -> PolicyError {
        PolicyError {
            message: self.in_text(&error.message),
            text: error.text.as_ref().map(|text| self.source(text)),
            help: error.help.as_ref().map(|help| self.in_text(help)),
            related: error.related.into_iter().map(|related| self.error(related)).collect(),
            ..error
        }
    }
}
