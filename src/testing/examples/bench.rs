//! All policies that are at hand to judge examples.

use std::sync::{Arc, OnceLock};

use crate::check::{Checker, Finding, Options};
use crate::engine::Coverage;
use crate::manifest::Resource;
use crate::policy::examples::Subject;
use crate::policy::{Policy, PolicySet, examples};
use crate::rego::PolicyErrors;
use crate::source::Input;
use crate::testing::rego;

/// Policies in Rego, compiled together, and Gatekeeper's constraints, each a world of its own.
pub(super) struct Bench {
    rego: Option<Checker>,
    gatekeeper: Vec<Resource>,
    options: Options,
    /// The constraints that compile, one by one; made when a bad example was missed.
    others: OnceLock<Vec<Checker>>,
}

impl Bench {
    pub(super) fn new(
        policies: Option<&PolicySet>,
        gatekeeper: Vec<Resource>,
        options: Options,
    ) -> Result<Self, PolicyErrors> {
        let rego = policies.filter(|set| !set.entry_points.is_empty());
        let rego = rego.map(|set| PolicySet { gatekeeper: Vec::new(), ..set.clone() });
        let rego = rego.map(|set| Checker::with_options(set, options.clone())).transpose()?;
        Ok(Self { rego, gatekeeper, options, others: OnceLock::new() })
    }

    pub(super) fn gatekeeper(&self) -> &[Resource] {
        &self.gatekeeper
    }

    /// Which lines of policies in Rego files examples have reached.
    pub(super) fn coverage(&self) -> Coverage {
        let covered = |checker: &Checker| {
            let set = checker.policies();
            checker.coverage(|clause| rego::is_covered(set, clause))
        };
        self.rego.as_ref().map(covered).unwrap_or_default()
    }

    /// A checker that asks the policies of a subject that stand in Rego files.
    pub(super) fn of_rego(&self, subject: &Subject) -> Option<Checker> {
        let is_asked = |policy: &Arc<Policy>| subject.policies.contains(policy);
        let rego = self.rego.as_ref().filter(|_| !subject.policies.is_empty())?;
        Some(rego.asking(|entry| entry.policies.iter().any(is_asked)))
    }

    /// A checker of the constraints of a subject.
    pub(super) fn of_constraints(
        &self,
        subject: &Subject,
    ) -> Result<Option<Checker>, PolicyErrors> {
        if !subject.has_constraints() {
            return Ok(None);
        }
        let gatekeeper = subject.gatekeeper.clone();
        let set = PolicySet { gatekeeper, ..PolicySet::default() };
        Checker::with_options(set, self.options.clone()).map(Some)
    }

    /// What all policies find in some files, as far as they can judge them.
    pub(super) fn findings(&self, inputs: &[Input]) -> Vec<Finding> {
        let others = self.others.get_or_init(|| {
            let alone = examples::each_constraint(&self.gatekeeper);
            alone.iter().filter_map(|one| self.of_constraints(one).ok().flatten()).collect()
        });
        let all = self.rego.iter().chain(others);
        all.flat_map(|checker| checker.check(inputs, Vec::new(), &|| {}).findings).collect()
    }
}
