//! Manifests that policies are tried on, and what came of it.

use std::sync::Arc;

use crate::check::Finding;
use crate::policy::examples;
use crate::rego::PolicyError;
use crate::source::{SourceText, display_name};
use crate::testing::Shown;

use super::entry::{Entry, Form};

pub use crate::policy::examples::Kind as ExampleKind;

/// A good or a bad example of a policy.
#[derive(Clone, Debug)]
pub struct Example {
    /// Whether the policy should catch it.
    pub kind: ExampleKind,
    /// `bad`, or `bad/no-limit` of one among several.
    pub name: String,
    /// The file or the folder that it is.
    pub path: String,
    /// Its texts, where they have been read.
    pub texts: Vec<Arc<SourceText>>,
    /// What the policy found in it.
    pub findings: Vec<Finding>,
    /// Why it could not be read or judged.
    pub faults: Vec<PolicyError>,
    /// Whether it was judged.
    pub judged: bool,
}

impl Example {
    /// One that nobody has looked into.
    pub(super) fn noted(example: &examples::Example) -> Self {
        Self {
            kind: example.kind,
            name: example.name.clone(),
            path: display_name(&example.path),
            texts: Vec::new(),
            findings: Vec::new(),
            faults: Vec::new(),
            judged: false,
        }
    }

    /// One that all policies it is about have judged.
    pub(super) fn judged(shown: &Shown) -> Self {
        let Shown { ids: _, example, violations, faults } = shown;
        let texts = example.inputs.iter().filter_map(|input| input.read().ok());
        Self {
            texts: texts.collect(),
            findings: violations.clone(),
            faults: faults.clone(),
            judged: faults.is_empty(),
            ..Self::noted(example)
        }
    }

    /// What it is to one of the policies it is about; of a template speak its constraints. A bad one
    /// that another policy catches is no example of this one.
    pub(super) fn of(&self, entry: &Entry) -> Option<Self> {
        let is_own = |finding: &&Finding| {
            let id = &finding.policy.id;
            *id == entry.id || entry.form == Form::Template && entry.related.contains(id)
        };
        let own: Vec<_> = self.findings.iter().filter(is_own).cloned().collect();
        let is_of_others = own.is_empty() && !self.findings.is_empty();
        let is_own = !is_of_others || self.kind == ExampleKind::Good;
        is_own.then(|| Self { findings: own, ..self.clone() })
    }

    /// Whether it is known to be what it says: caught, or let pass.
    pub fn holds(&self) -> bool {
        self.judged && self.findings.is_empty() == (self.kind == ExampleKind::Good)
    }
}
