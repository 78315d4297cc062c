//! One policy as the catalogue has it.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::agreement::waiver::Weighed;
use crate::policy::{
    ClauseRef, Dialect, EntryPoint, Level, Link, Policy, PolicySet, Rollout, Severity, WaiverTerms,
};
use crate::rego::RegoVersion;
use crate::source::{SourceText, Span};

use super::example::Example;
use super::reads;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A rule of a Rego file.
    Policy,
    /// One of Gatekeeper's constraints.
    Constraint,
    /// One of Gatekeeper's templates, which judges nothing by itself.
    Template,
}

impl Form {
    /// The form's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Constraint => "constraint",
            Self::Template => "template",
        }
    }
}

/// Rego that a policy is made of.
#[derive(Clone, Debug)]
pub struct Code {
    /// The file it stands in.
    pub file: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// The language.
    pub version: RegoVersion,
    /// The text.
    pub text: String,
}

/// A policy, a constraint or a template, and all that is known of it.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // what policies say is described where their metadata is
pub struct Entry {
    pub form: Form,
    pub id: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub why: Option<String>,
    pub help: Option<String>,
    pub severity: Option<Severity>,
    /// None of templates, and of constraints that are not in force where `check` stands.
    pub level: Option<Level>,
    pub owner: Option<String>,
    pub contact: Option<String>,
    pub since: Option<String>,
    pub links: Vec<Link>,
    /// When it counts.
    pub rollout: Rollout,
    /// Which exceptions it grants.
    pub waiver: WaiverTerms,
    /// The exceptions that were granted, or asked for.
    pub waivers: Vec<Weighed>,
    /// The kinds that it is asked about; empty for all.
    pub kinds: Vec<String>,
    /// Whether it also judges the pods that controllers will make.
    pub pod_templates: bool,
    /// Whether it judges all documents of a run at once.
    pub combine: bool,
    pub dialect: Dialect,
    /// The rule, as OPA names it.
    pub rule: String,
    /// The template of a constraint, and the constraints of a template.
    pub related: Vec<String>,
    /// What a constraint says of the objects that it matches.
    pub matches: Option<Value>,
    pub parameters: Option<Value>,
    /// What else stands under `custom` in its metadata, such as a ticket.
    pub custom: Map<String, Value>,
    /// The paths of the input that it reads, as far as its text tells.
    pub reads: Vec<String>,
    /// The examples beside it.
    pub examples: Vec<Example>,
    pub code: Vec<Code>,
    /// Where it stands.
    pub place: (Arc<SourceText>, Span),
}

impl Entry {
    /// The file and the line, from 1.
    pub fn at(&self) -> (&str, usize) {
        let (text, span) = &self.place;
        (text.name(), text.position(span.start).line)
    }

    pub(super) fn order(&self) -> (&str, Form, &str, &str, usize) {
        let (file, line) = self.at();
        (&self.id, self.form, &self.rule, file, line)
    }
}

/// The policies that stand in Rego files.
pub(super) fn of_rego(policies: &PolicySet) -> Vec<Entry> {
    let mut found = Vec::new();
    for entry in &policies.entry_points {
        for (number, policy) in entry.policies.iter().enumerate() {
            let clauses = match entry.clauses.get(number) {
                Some(own) => own.clone(),
                None => policies.clauses_of(entry),
            };
            found.push(of_policy(policies, entry, policy, &clauses));
        }
    }
    found
}

fn of_policy(
    policies: &PolicySet,
    entry: &EntryPoint,
    policy: &Policy,
    clauses: &[ClauseRef],
) -> Entry {
    let metadata = policy.metadata.clone();
    let mut numbers: Vec<usize> = clauses.iter().map(|clause| clause.module).collect();
    numbers.dedup();
    let modules = &policies.modules;
    let code = numbers.iter().filter_map(|number| modules.get(*number)).map(|module| Code {
        file: module.source.name().to_owned(),
        line: 1,
        version: module.version,
        text: module.source.text().to_owned(),
    });
    let read = clauses.iter().map(|clause| (clause.module, clause.rule));
    Entry {
        form: Form::Policy,
        id: policy.id.clone(),
        pod_templates: metadata.applies_to_pod_templates(),
        title: metadata.title,
        description: metadata.description,
        why: metadata.why,
        help: metadata.help,
        severity: metadata.severity,
        level: Some(policy.level),
        owner: metadata.owner,
        contact: metadata.contact,
        since: metadata.since,
        links: metadata.links,
        rollout: metadata.rollout,
        waiver: metadata.waiver,
        waivers: Vec::new(),
        kinds: metadata.kinds.iter().map(ToString::to_string).collect(),
        combine: entry.is_combined(),
        dialect: entry.dialect,
        rule: policy.rule.clone(),
        related: Vec::new(),
        matches: None,
        parameters: metadata.parameters,
        custom: metadata.others,
        reads: reads::paths(modules, read),
        examples: Vec::new(),
        code: code.collect(),
        place: (Arc::clone(&policy.source), policy.span),
    }
}
