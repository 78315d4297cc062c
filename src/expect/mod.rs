//! Which policies will look at a manifest or a kind, before it is judged: `manifestly expect`.
//!
//! ```
//! use manifestly::agreement::Agreement;
//! use manifestly::catalog::Catalog;
//! use manifestly::expect::{Subject, expect};
//! use manifestly::policy::Loader;
//!
//! let policies = Loader::new().load().unwrap();
//! let catalog = Catalog::of(&policies);
//! let subject = Subject::of_kind("Service", &catalog).unwrap();
//! let agreement = Agreement::default();
//! let expected = expect(&policies, &catalog, vec![subject], &agreement).unwrap();
//! let ids: Vec<_> = expected.policies.iter().map(|policy| policy.entry.id.as_str()).collect();
//! assert!(ids.contains(&"kubernetes/default-namespace"));
//! assert!(!ids.contains(&"kubernetes/privileged"));
//! ```

mod format;
mod kind;
mod look;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use format::{Format, Layout, write};
pub use kind::UnknownKind;
#[cfg(feature = "serve")]
pub(crate) use {kind::Kind as Skeleton, look::may_hold};

use chrono::NaiveDate;

use crate::agreement::{Agreement, Phase};
use crate::catalog::{Catalog, Entry, Form};
use crate::check::Finding;
use crate::engine::{EngineLimits, Program};
use crate::gatekeeper::{Constraints, ENFORCEMENT_POINT, Seen};
use crate::manifest::{self, Node, Resource};
use crate::policy::{EntryPoint, Level, Policy, PolicySet};
use crate::rego::PolicyErrors;

pub(crate) use kind::Kind;
use look::Eye;

/// Something that is written, or will be.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What reports call it: `Deployment shop/web`, or the kind alone.
    pub name: String,
    resource: Resource,
    /// The pod that it will make, where it makes any.
    pod: Option<Node>,
    is_written: bool,
}

impl Subject {
    /// A kind by any of its names.
    ///
    /// # Errors
    ///
    /// If no such kind is known.
    pub fn of_kind(name: &str, catalog: &Catalog) -> Result<Self, UnknownKind> {
        let kinds = catalog.entries.iter().flat_map(|entry| &entry.kinds);
        let known: Vec<&str> = kinds.map(String::as_str).collect();
        let kind = Kind::named(name, &known)?;
        let unknown = || UnknownKind { name: name.to_owned(), nearest: None };
        let resource = kind.skeleton().ok_or_else(unknown)?;
        Ok(Self { name: kind.kind, is_written: false, ..Self::of_resource(resource) })
    }

    /// A resource of a manifest.
    pub fn of_resource(resource: Resource) -> Self {
        let pod = manifest::pod_template(&resource).map(|template| template.pod);
        Self { name: resource.id.to_string(), resource, pod, is_written: true }
    }
}

/// At what of a subject a policy looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Which subject.
    pub subject: usize,
    /// At the resource itself.
    pub itself: bool,
    /// At the pods that its controller will make.
    pub pods: bool,
    /// What it depends on, where it is not sure that it looks.
    pub condition: Option<String>,
    /// How many violations there are, where that is known.
    pub violations: Option<usize>,
    /// How many more were let pass: by an exception, a waiver.
    pub let_pass: usize,
}

/// A policy, and what it looks at.
#[derive(Clone, Debug)]
pub struct Expected<'c> {
    /// The policy.
    pub entry: &'c Entry,
    /// What it looks at, in the order of subjects.
    pub looks: Vec<Look>,
}

/// The policies that look at some subjects.
#[derive(Clone, Debug)]
pub struct Expectations<'c> {
    /// What they look at.
    pub subjects: Vec<Subject>,
    /// The policies: those in force, then those to come, the soonest first.
    pub policies: Vec<Expected<'c>>,
    /// The day that dates are held against.
    pub as_of: NaiveDate,
}

impl Expectations<'_> {
    /// Notes what was found in the subjects that are written.
    pub fn note(&mut self, findings: &[Finding]) {
        let counted = |subject: &Subject, entry: &Entry| {
            let is_it = |finding: &&Finding| {
                finding.policy.id == entry.id
                    && Some(finding.level) == entry.level
                    && finding.resource.as_ref() == Some(&subject.resource.id)
            };
            let own = findings.iter().filter(is_it);
            let (let_pass, stand): (Vec<_>, Vec<_>) =
                own.partition(|finding| finding.standing.is_let_pass());
            (stand.len(), let_pass.len())
        };
        for expected in &mut self.policies {
            for look in &mut expected.looks {
                let subject = &self.subjects[look.subject];
                if subject.is_written {
                    let (stand, let_pass) = counted(subject, expected.entry);
                    (look.violations, look.let_pass) = (Some(stand), let_pass);
                }
            }
        }
    }
}

/// Finds out which policies of a set look at subjects.
///
/// # Errors
///
/// What does not compile, located in the policy.
pub fn expect<'c>(
    policies: &PolicySet,
    catalog: &'c Catalog,
    subjects: Vec<Subject>,
    agreement: &Agreement,
) -> Result<Expectations<'c>, PolicyErrors> {
    let limits = EngineLimits::default();
    let program = Program::compile(policies, limits)?;
    let mut constraints =
        Constraints::compile(&policies.gatekeeper, limits).map_err(|rejection| rejection.errors)?;
    constraints.agree(&policies.terms)?;
    let mut evaluator = program.evaluator();
    evaluator.keep_proofs(true);
    // By the number of the entry.
    let mut looks: BTreeMap<usize, Vec<Look>> = BTreeMap::new();
    let eyes: Vec<_> =
        policies.entry_points.iter().map(|point| Eye::of(point, policies, &program)).collect();
    for (number, subject) in subjects.iter().enumerate() {
        for (point, eye) in policies.entry_points.iter().zip(&eyes) {
            let mut reads =
                |object: &Node| eye.looks(&Seen::new(object.clone(), point), &mut evaluator);
            let object = &subject.resource.node;
            let (whole, pods) = match &subject.pod {
                _ if point.is_combined() => (true, false),
                Some(pod) if asks_for_pods(point) => {
                    (asks_for(point, subject) && reads(object), reads(pod))
                }
                _ => (asks_for(point, subject) && reads(object), false),
            };
            for policy in &point.policies {
                let itself = whole
                    && (point.is_combined() || policy.metadata.applies_to(&subject.resource.id));
                let pods = pods && policy.metadata.applies_to_pod_templates();
                let entry = catalog.entries.iter().position(|entry| is_of(entry, policy));
                if let Some(entry) = entry.filter(|_| itself || pods) {
                    let look = Look { subject: number, itself, pods, ..Look::default() };
                    looks.entry(entry).or_default().push(look);
                }
            }
        }
        let (object, pod) = (&subject.resource.node, subject.pod.as_ref());
        for (id, how) in constraints.looks(object, pod, ENFORCEMENT_POINT, subject.is_written) {
            let is_it = |entry: &Entry| entry.form == Form::Constraint && entry.id == id;
            let Some(number_of_entry) = catalog.entries.iter().position(is_it) else { continue };
            let unknown =
                how.namespace.map(|name| format!("the labels of the namespace {name} decide"));
            let matches = catalog.entries[number_of_entry].matches.as_ref();
            let open = || conditions(matches?);
            let condition = if subject.is_written { unknown } else { open() };
            let look = Look {
                subject: number,
                itself: how.itself,
                pods: how.made,
                condition,
                ..Look::default()
            };
            looks.entry(number_of_entry).or_default().push(look);
        }
    }
    let mut expected: Vec<_> = looks
        .into_iter()
        .map(|(entry, looks)| Expected { entry: &catalog.entries[entry], looks })
        .collect();
    let as_of = agreement.as_of;
    let is_told = |entry: &Entry| Phase::of(&entry.rollout, as_of) != Phase::Unannounced;
    expected.retain(|expected| agreement.upcoming || is_told(expected.entry));
    expected.sort_by(|a, b| order(a.entry, as_of).cmp(&order(b.entry, as_of)));
    Ok(Expectations { subjects, policies: expected, as_of })
}

fn asks_for(point: &EntryPoint, subject: &Subject) -> bool {
    point.policies.iter().any(|policy| policy.metadata.applies_to(&subject.resource.id))
}

fn asks_for_pods(point: &EntryPoint) -> bool {
    point.policies.iter().any(|policy| policy.metadata.applies_to_pod_templates())
}

fn is_of(entry: &Entry, policy: &Arc<Policy>) -> bool {
    let (text, span) = &entry.place;
    entry.id == policy.id
        && entry.rule == policy.rule
        && *span == policy.span
        && text.name() == policy.source.name()
}

/// What is in force comes first, then what will be, the soonest first, and last what has no date.
/// Of those on one day what blocks comes before what warns.
fn order(entry: &Entry, as_of: NaiveDate) -> impl Ord + '_ {
    let level = entry.level.unwrap_or(Level::Info);
    let next = Phase::steps(&entry.rollout, level, as_of).first().map(|step| step.on);
    let is_in_force = Phase::of(&entry.rollout, as_of) == Phase::Enforced;
    let soon = (!is_in_force, next.is_none(), next);
    (soon, std::cmp::Reverse(entry.level), &entry.id)
}

/// What else than kinds the `match` of a constraint asks for.
fn conditions(matches: &serde_json::Value) -> Option<String> {
    let fields = matches.as_object()?.iter().filter(|(key, value)| {
        let is_open = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        *key != "kinds" && !is_open
    });
    let told: Vec<_> = fields.map(|(key, value)| format!("{key} {value}")).collect();
    (!told.is_empty()).then(|| format!("only where it meets {}", told.join(", ")))
}
