//! Rules that can never hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::value::Value;
use crate::gatekeeper::Described;
use crate::lint::Finding;
use crate::lint::names::NEVER_FIRES;
use crate::lint::never::{Among, Known, Never, Replaced, body};
use crate::lint::world::{Asked, World};
use crate::policy::Dialect;
use crate::rego::Module;
use crate::rego::ast::{Import, Rule};

use super::is_test;

/// Where manifests, and reviews, have the kind.
const OF_MANIFESTS: &[&[&str]] = &[&["kind"]];
const OF_REVIEWS: &[&[&str]] = &[&["review", "kind", "kind"], &["review", "object", "kind"]];

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    let replaced = Replaced::in_modules(world.modules);
    let mut told = BTreeSet::new();
    for asked in &world.policies {
        let values = kinds(asked);
        let among =
            values.map(|values| Among { fields: OF_MANIFESTS, values, says: "its metadata" });
        for clause in &asked.clauses {
            let module = &world.modules[clause.module];
            let Some(rule) = module.syntax.rules.get(clause.rule) else { continue };
            let own = own_names(module);
            let known = Known { among: among.clone(), own: &own };
            if let Some(never) = never(rule, &replaced, &known) {
                told.insert((clause.module, clause.rule));
                found.push(finding(module, rule, never, "fire").of(&asked.policy.id));
            }
        }
    }
    for (number, module) in world.modules.iter().enumerate() {
        if is_test(module.source.name()) {
            continue;
        }
        let own = own_names(module);
        for (at, rule) in module.syntax.rules.iter().enumerate() {
            if told.contains(&(number, at)) {
                continue;
            }
            let known = Known { among: None, own: &own };
            if let Some(never) = never(rule, &replaced, &known) {
                found.push(finding(module, rule, never, "hold"));
            }
        }
    }
}

/// A constraint that matches kinds at which no rule of its template looks.
pub(in crate::lint) fn constraint(described: &Described<'_>) -> Option<Finding> {
    let kinds = described.kinds.as_ref()?;
    let module = described.modules.first()?;
    let replaced = Replaced::in_modules(described.modules);
    let values = kinds.iter().map(|kind| Value::string(*kind)).collect();
    let among = Among { fields: OF_REVIEWS, values, says: "its `match`" };
    let own = own_names(module);
    let known = Known { among: Some(among), own: &own };
    let mut reasons = Vec::new();
    for rule in module.syntax.rules.iter().filter(|rule| &*rule.head.name == "violation") {
        reasons.push(never(rule, &replaced, &known)?.reason);
    }
    let policy = &described.policy;
    let message = format!("`{}` can never fire: {}", policy.id, reasons.first()?);
    let finding = Finding::new(NEVER_FIRES, message, &policy.source, policy.span).of(&policy.id);
    Some(
        finding.help(format!(
            "no rule of the template `{}` looks at such objects",
            described.template
        )),
    )
}

/// Why no body of a rule can hold.
fn never(rule: &Rule, replaced: &Replaced, known: &Known<'_>) -> Option<Never> {
    if rule.is_default {
        return None;
    }
    let first = body(rule.body.as_ref()?, replaced, known)?;
    for other in &rule.otherwise {
        body(other.body.as_ref()?, replaced, known)?;
    }
    Some(first)
}

/// The kinds that the policy is asked about, where its metadata says them all.
fn kinds(asked: &Asked<'_>) -> Option<Vec<Value>> {
    let entry = asked.entry?;
    let kinds = &asked.policy.metadata.kinds;
    let says = !kinds.is_empty() && kinds.iter().all(|kind| kind.kind != "*");
    let sees_manifests = entry.dialect == Dialect::Manifest && !entry.is_combined();
    let names = kinds.iter().map(|kind| Value::string(kind.kind.as_str()));
    (says && sees_manifests).then(|| names.collect())
}

/// The names that a module gives: functions of OPA don't go by them there.
fn own_names(module: &Module) -> Vec<String> {
    let rules = module.rules.iter().map(|rule| rule.name.clone());
    let imports = module.syntax.imports.iter().filter_map(Import::name);
    rules.chain(imports.map(ToString::to_string)).collect()
}

fn finding(module: &Module, rule: &Rule, never: Never, verb: &str) -> Finding {
    let name = &rule.head.name;
    let message = format!("`{name}` can never {verb}: {}", never.reason);
    let mut finding = Finding::new(NEVER_FIRES, message, &Arc::clone(&module.source), never.span);
    if let Some(with) = never.with {
        finding.label = "this can't hold".into();
        finding.others.push((with, "where this holds".into()));
    }
    finding.help("all statements of a body must hold together; alternatives are rules of their own")
}
