//! Gatekeeper policies as they are: `ConstraintTemplate`s and their constraints, and
//! `ExpansionTemplate`s.
//!
//! Documents come from the files of policies, are read into templates and constraints, and review
//! objects in a session that knows the other objects of the run.

mod action;
mod annotations;
mod constraint;
mod described;
mod document;
mod embedded;
mod expansion;
mod inventory;
mod looks;
mod matching;
mod references;
mod review;
mod schema;
mod seen;
mod selector;
mod session;
mod template;

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::EngineLimits;
use crate::manifest::Resource;
use crate::policy::gatekeeper::{CONSTRAINTS, EXPANSIONS, TEMPLATES};
use crate::policy::{Policy, Terms};
use crate::rego::{PolicyError, PolicyErrors};

pub use expansion::{Made, NothingToMakeOf};
pub use inventory::World;
pub use matching::Source;
pub use review::Review;
pub use session::{Question, Reviewed, Reviewer, Session};

use constraint::Constraint;
pub(crate) use described::Described;
pub(crate) use document::{Document, present};
use expansion::Expansions;
#[cfg(feature = "serve")]
pub(crate) use looks::Looks;
pub(crate) use seen::Seen;
use template::Template;

/// The enforcement point that `check` stands at unless told otherwise: that of gatekeeper's own
/// command line tool.
pub const ENFORCEMENT_POINT: &str = "gator.gatekeeper.sh";

/// The enforcement point of the webhook, where objects are created.
pub(crate) const WEBHOOK: &str = "validation.gatekeeper.sh";

/// Templates and constraints, compiled and checked.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    templates: Vec<Template>,
    each: Vec<Constraint>,
    expansions: Expansions,
}

/// Why templates and constraints can't be used.
#[derive(Debug)]
pub struct Rejection {
    /// What is wrong, each at its place.
    pub errors: PolicyErrors,
    /// Whether all that is wrong is that constraints break the schemas of their templates.
    pub by_schema: bool,
}

impl Constraints {
    /// Reads templates and constraints, in any order.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, each located in its file.
    pub fn compile(documents: &[Resource], limits: EngineLimits) -> Result<Self, Rejection> {
        let mut errors = Vec::new();
        let documents = unique(documents, &mut errors);
        let mut found = Self::without_constraints(&documents, limits, &mut errors);
        if !errors.is_empty() {
            return Err(Rejection { errors: PolicyErrors(errors), by_schema: false });
        }
        let mut by_schema = true;
        for resource in of_group(&documents, CONSTRAINTS) {
            match Constraint::read(resource, &found.templates) {
                Ok(constraint) => found.each.push(constraint),
                Err(invalid) => {
                    by_schema &= invalid.by_schema;
                    errors.extend(invalid.errors);
                }
            }
        }
        if errors.is_empty() {
            Ok(found)
        } else {
            Err(Rejection { errors: PolicyErrors(errors), by_schema })
        }
    }

    /// What can be used of templates and constraints, to be looked at without judging by it; and
    /// what is wrong with the others.
    pub(crate) fn survey(documents: &[Resource], limits: EngineLimits) -> (Self, Vec<PolicyError>) {
        let mut errors = Vec::new();
        let documents = unique(documents, &mut errors);
        let mut found = Self::without_constraints(&documents, limits, &mut errors);
        // A constraint of a template that is broken is no fault of its own.
        let is_broken = |resource: &Resource| {
            !errors.is_empty() && !found.templates.iter().any(|it| it.kind == resource.id.kind)
        };
        let constraints = of_group(&documents, CONSTRAINTS).filter(|resource| !is_broken(resource));
        let read: Vec<_> =
            constraints.map(|resource| Constraint::read(resource, &found.templates)).collect();
        for constraint in read {
            match constraint {
                Ok(constraint) => found.each.push(constraint),
                Err(invalid) => errors.extend(invalid.errors),
            }
        }
        (found, errors)
    }

    fn without_constraints(
        documents: &[&Resource],
        limits: EngineLimits,
        errors: &mut Vec<PolicyError>,
    ) -> Self {
        let mut templates = Vec::new();
        for resource in of_group(documents, TEMPLATES) {
            match template(resource, limits) {
                Ok(template) => templates.push(template),
                Err(wrong) => errors.extend(wrong.0),
            }
        }
        let expansions = Expansions::read(&of_group(documents, EXPANSIONS).collect::<Vec<_>>());
        let expansions = expansions.unwrap_or_else(|wrong| {
            errors.extend(wrong.0);
            Expansions::default()
        });
        Self { templates, each: Vec::new(), expansions }
    }

    /// Says of constraints what they don't say themselves.
    ///
    /// # Errors
    ///
    /// Dates that don't follow each other, at the constraint.
    pub(crate) fn agree(&mut self, terms: &Terms) -> Result<(), PolicyErrors> {
        let told = self.each.iter_mut().map(|constraint| terms.told(&mut constraint.policy));
        let errors: Vec<_> = told.filter_map(Result::err).collect();
        if errors.is_empty() { Ok(()) } else { Err(PolicyErrors(errors)) }
    }

    /// The constraints that are in force at an enforcement point, as policies.
    pub(crate) fn policies(&self, point: &str) -> impl Iterator<Item = Arc<Policy>> {
        let each = self.each.iter();
        each.filter_map(move |one| Some(one.policy_at(one.enforcement.at(point)?)))
    }

    /// Keeps only constraints that are wanted.
    #[cfg(feature = "serve")]
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Policy) -> bool) {
        self.each.retain(|constraint| wanted(&constraint.policy));
    }

    /// How many constraints there are.
    pub fn count(&self) -> usize {
        self.each.len()
    }

    /// Whether there are neither templates nor constraints.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// Whether verdicts depend on other objects than the one that is reviewed.
    pub fn looks_around(&self) -> bool {
        self.reads_inventory()
            || self.templates.iter().any(|template| template.reads_namespace)
            || self.each.iter().any(|constraint| constraint.matcher.selects_namespaces())
    }

    /// Whether they depend on all other objects, not on namespaces alone.
    pub fn reads_inventory(&self) -> bool {
        self.templates.iter().any(|template| template.reads_inventory)
    }

    /// The constraints that are in force at an enforcement point, among the objects of `world`.
    ///
    /// # Errors
    ///
    /// What does not compile, located in its file.
    pub fn session(&self, world: World, point: &str) -> Result<Session, PolicyErrors> {
        Session::new(self, world, point)
    }
}

fn of_group<'d>(
    documents: &'d [&'d Resource],
    group: &'static str,
) -> impl Iterator<Item = &'d Resource> {
    documents.iter().copied().filter(move |resource| resource.id.group() == group)
}

fn template(resource: &Resource, limits: EngineLimits) -> Result<Template, PolicyErrors> {
    let document = Document::of(resource);
    let naming = resource.naming_node().span;
    if resource.id.kind != "ConstraintTemplate" {
        let message = format!("`{TEMPLATES}` has no kind `{}`", resource.id.kind);
        return Err(document.wrong(message, naming).into());
    }
    if !matches!(resource.id.version(), "v1" | "v1beta1" | "v1alpha1") {
        let place = resource.node.get("apiVersion").map_or(naming, |node| node.span);
        let message = "the version of a template is v1, v1beta1 or v1alpha1";
        return Err(document.wrong(message, place).into());
    }
    Template::read(resource, limits)
}

/// Leaves out what is given twice, and refuses two that share a name and nothing else.
fn unique<'r>(documents: &'r [Resource], errors: &mut Vec<PolicyError>) -> Vec<&'r Resource> {
    let mut known: HashMap<(&str, &str, &str), &Resource> = HashMap::new();
    let mut kept = Vec::new();
    for resource in documents {
        let id = &resource.id;
        let Some(before) = known.insert((id.group(), &id.kind, &id.name), resource) else {
            kept.push(resource);
            continue;
        };
        if serde_json::Value::from(&before.node) != serde_json::Value::from(&resource.node) {
            let what = format!("{} {}", id.kind, id.name);
            let first = Document::of(before)
                .wrong(format!("{what} is also here"), before.naming_node().span);
            let message = format!("there is another {what} in `{}`", before.manifest.source.name());
            let error = Document::of(resource).wrong(message, resource.naming_node().span);
            errors.push(error.with_related(first));
        }
    }
    kept
}
