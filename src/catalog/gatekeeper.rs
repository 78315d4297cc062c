//! Gatekeeper's constraints and templates in the catalogue.

use std::sync::Arc;

use serde_json::Value;

use crate::engine::EngineLimits;
use crate::gatekeeper::{Constraints, Described, ENFORCEMENT_POINT};
use crate::manifest::{Node, Resource};
use crate::policy::{Dialect, Policy, PolicySet};
use crate::rego::{Module, PolicyError};

use super::entry::{Code, Entry, Form};
use super::reads;

/// The constraints and templates as policies.
pub(super) fn policies(policies: &PolicySet) -> Vec<Policy> {
    let (mut constraints, _) = Constraints::survey(&policies.gatekeeper, EngineLimits::default());
    // What is wrong with them is told where they are listed.
    let _ = constraints.agree(&policies.terms);
    constraints.described(ENFORCEMENT_POINT).into_iter().map(|it| it.policy).collect()
}

pub(super) fn entries(policies: &PolicySet) -> (Vec<Entry>, Vec<PolicyError>) {
    let documents = &policies.gatekeeper;
    let (mut constraints, mut errors) = Constraints::survey(documents, EngineLimits::default());
    errors.extend(constraints.agree(&policies.terms).err().into_iter().flat_map(|errors| errors.0));
    let described = constraints.described(ENFORCEMENT_POINT);
    (described.iter().map(|described| entry(described, documents)).collect(), errors)
}

fn entry(described: &Described<'_>, documents: &[Resource]) -> Entry {
    let Described { policy, level, template, constraints, modules, texts, kinds: _ } = described;
    let is_template = constraints.is_some();
    let (file, line) = (policy.source.name(), policy.line());
    let is_it = |resource: &&Resource| {
        let source = &resource.manifest.source;
        source.name() == file && source.position(resource.naming_node().span.start).line == line
    };
    let document = documents.iter().find(is_it).map(|resource| &resource.node);
    let spec = document.and_then(|node| node.get("spec")).filter(|_| !is_template);
    let matches = spec.and_then(|spec| spec.get("match"));
    let kinds = matches.map(kinds).unwrap_or_default();
    let is_violation = |rule: &crate::rego::RuleClause| rule.name == "violation";
    let rules = modules.first().into_iter().flat_map(|module| module.rules.iter().enumerate());
    let read = rules.filter(|(_, rule)| is_violation(rule)).map(|(number, _)| (0, number));
    let related = match constraints {
        Some(constraints) => constraints.clone(),
        None => vec![(*template).to_owned()],
    };
    Entry {
        form: if is_template { Form::Template } else { Form::Constraint },
        id: policy.id.clone(),
        title: policy.metadata.title.clone(),
        description: policy.metadata.description.clone(),
        why: policy.metadata.why.clone(),
        help: policy.metadata.help.clone(),
        severity: policy.metadata.severity,
        level: *level,
        owner: policy.metadata.owner.clone(),
        contact: policy.metadata.contact.clone(),
        since: policy.metadata.since.clone(),
        links: Vec::new(),
        rollout: policy.metadata.rollout,
        waiver: policy.metadata.waiver.clone(),
        waivers: Vec::new(),
        pod_templates: kinds.iter().any(|kind| kind == "Pod"),
        kinds,
        combine: false,
        dialect: Dialect::Gatekeeper,
        rule: policy.rule.clone(),
        related,
        matches: matches.map(Value::from),
        parameters: spec.and_then(|spec| spec.get("parameters")).map(Value::from),
        custom: serde_json::Map::new(),
        reads: reads::paths(modules, read),
        examples: Vec::new(),
        code: modules.iter().zip(*texts).map(code).collect(),
        place: (Arc::clone(&policy.source), policy.span),
    }
}

/// The kinds that a constraint matches, as metadata has them: `apps/Deployment`.
fn kinds(matches: &Node) -> Vec<String> {
    let texts = |node: Option<&Node>| -> Vec<String> {
        let items = node.and_then(Node::items).unwrap_or_default();
        items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let mut found = Vec::new();
    for both in matches.get("kinds").and_then(Node::items).unwrap_or_default() {
        let groups = texts(both.get("apiGroups"));
        for kind in texts(both.get("kinds")) {
            for group in &groups {
                found.push(match group.as_str() {
                    "" | "*" => kind.clone(),
                    group => format!("{group}/{kind}"),
                });
            }
            if groups.is_empty() {
                found.push(kind);
            }
        }
    }
    found
}

/// The Rego of a template.
fn code((module, text): (&Module, &String)) -> Code {
    let line = module.source.position(module.syntax.package_span.start).line;
    let text = format!("{}\n", text.trim_end());
    Code { file: module.source.name().to_owned(), line, version: module.version, text }
}
