//! Modules that see each other, and the policies among their rules.

use std::borrow::Cow;

use crate::gatekeeper::Described;
use crate::policy::{ClauseRef, EntryPoint, Policy, PolicySet};
use crate::rego::Module;

/// What is looked over together: the Rego files, or one template.
pub(super) struct World<'w> {
    pub(super) modules: &'w [Module],
    pub(super) policies: Vec<Asked<'w>>,
    /// Whether it is a template, whose Rego is read as Gatekeeper reads it.
    pub(super) is_template: bool,
}

/// A policy, and the clauses that report for it.
pub(super) struct Asked<'w> {
    pub(super) policy: Cow<'w, Policy>,
    pub(super) entry: Option<&'w EntryPoint>,
    pub(super) clauses: Vec<ClauseRef>,
}

impl<'w> World<'w> {
    pub(super) fn of_files(set: &'w PolicySet) -> Self {
        let mut policies = Vec::new();
        for entry in &set.entry_points {
            for (number, policy) in entry.policies.iter().enumerate() {
                let clauses = match entry.clauses.get(number) {
                    Some(own) => own.clone(),
                    None => clauses(&set.modules, &entry.package, &entry.rule),
                };
                policies.push(Asked { policy: Cow::Borrowed(policy), entry: Some(entry), clauses });
            }
        }
        Self { modules: &set.modules, policies, is_template: false }
    }

    /// The Rego of a template; constraints have none of their own.
    pub(super) fn of_template(described: &'w Described<'w>) -> Option<Self> {
        described.constraints.as_ref()?;
        let package = &described.modules.first()?.package;
        let policy = Asked {
            policy: Cow::Borrowed(&described.policy),
            entry: None,
            clauses: clauses(described.modules, package, "violation"),
        };
        Some(Self { modules: described.modules, policies: vec![policy], is_template: true })
    }
}

/// The clauses of a rule.
fn clauses(modules: &[Module], package: &[String], rule: &str) -> Vec<ClauseRef> {
    let of_package = modules.iter().enumerate().filter(|(_, module)| module.package == package);
    let named = of_package.flat_map(|(module, parsed)| {
        let named = parsed.rules.iter().enumerate();
        let named = named.filter(|(_, clause)| clause.name == rule && !clause.is_function);
        named.map(move |(rule, _)| ClauseRef { module, rule })
    });
    named.collect()
}
