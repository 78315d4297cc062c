//! Constraints: a template with parameters, and the objects it looks at.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{Node, Resource};
use crate::policy::{Level, Policy};
use crate::rego::{PolicyError, PolicyErrors};

use super::action::Enforcement;
use super::annotations;
use super::document::Document;
use super::matching::Matcher;
use super::schema::Faults;
use super::template::Template;

/// A constraint, checked against its template.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    /// Which template it is of.
    pub(super) template: usize,
    pub(super) parameters: Value,
    pub(super) matcher: Matcher,
    pub(super) enforcement: Enforcement,
    /// What reports say of it.
    pub(super) policy: Policy,
}

/// Why a constraint can't be used.
#[derive(Debug)]
pub(super) struct Invalid {
    pub(super) errors: Vec<PolicyError>,
    /// Whether the schema forbids it, which is what a suite's `invalid` asks for.
    pub(super) by_schema: bool,
}

impl From<PolicyError> for Invalid {
    fn from(error: PolicyError) -> Self {
        Self { errors: vec![error], by_schema: false }
    }
}

impl From<Invalid> for PolicyErrors {
    fn from(invalid: Invalid) -> Self {
        Self(invalid.errors)
    }
}

impl Constraint {
    pub(super) fn read(resource: &Resource, templates: &[Template]) -> Result<Self, Invalid> {
        let document = Document::of(resource);
        let naming = resource.naming_node().span;
        let kind = &resource.id.kind;
        let Some(at) = templates.iter().position(|template| template.kind == *kind) else {
            let place = resource.node.get("kind").map_or(naming, |node| node.span);
            let error = document.wrong(format!("there is no template for `{kind}`"), place);
            let near = |template: &&Template| strsim::jaro_winkler(&template.kind, kind) > 0.85;
            return Err(match templates.iter().find(near) {
                Some(near) => error.with_help(format!("there is one for `{}`", near.kind)).into(),
                None => error.into(),
            });
        };
        let template = &templates[at];
        check_names(document, resource)?;
        let spec = match document.mapping(&resource.node, "spec")? {
            Some(spec) => spec.clone(),
            None => Node::mapping(naming, Vec::new()),
        };
        let fields = ["match", "enforcementAction", "scopedEnforcementActions", "parameters"];
        document.only(&spec, &fields, "the spec of a constraint")?;
        let by_schema = |error: PolicyError| Invalid { errors: vec![error], by_schema: true };
        let matcher = Matcher::read(document, &spec).map_err(by_schema)?;
        let enforcement = Enforcement::read(document, &spec).map_err(by_schema)?;
        let parameters = parameters(document, &spec, template)?;
        Ok(Self {
            template: at,
            parameters: Value::from(&parameters),
            matcher,
            enforcement,
            policy: policy(document, resource, template)?,
        })
    }

    /// What reports say of it where it asks for `level`.
    pub(super) fn policy_at(&self, level: Level) -> Arc<Policy> {
        Arc::new(Policy { level, ..self.policy.clone() })
    }
}

fn check_names(document: Document<'_>, resource: &Resource) -> Result<(), PolicyError> {
    let naming = resource.naming_node().span;
    let top = ["apiVersion", "kind", "metadata", "spec", "status"];
    document.only(&resource.node, &top, "a constraint")?;
    if !matches!(resource.id.version(), "v1beta1" | "v1alpha1") {
        let place = resource.node.get("apiVersion").map_or(naming, |node| node.span);
        return Err(document.wrong("the version of a constraint is v1beta1 or v1alpha1", place));
    }
    let name = &resource.id.name;
    let part = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty()
            && part.chars().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if name.is_empty() {
        return Err(document.wrong("the constraint has no name", naming));
    }
    if name.len() > 63 || !name.split('.').all(part) {
        let message = "the name of a constraint is made of small letters, digits, dashes and \
                       dots, 63 at most";
        return Err(document.wrong(message, naming));
    }
    Ok(())
}

fn parameters(document: Document<'_>, spec: &Node, template: &Template) -> Result<Node, Invalid> {
    let nothing = || Node::mapping(spec.span, Vec::new());
    let given = spec.get("parameters");
    let Some(schema) = &template.schema else {
        return match given.filter(|given| !given.is_null()) {
            None => Ok(nothing()),
            Some(_) => {
                let place = spec.entry("parameters").map_or(spec.span, |entry| entry.key_span);
                let message = format!("`{}` takes no parameters", template.kind);
                Err(document.wrong(message, place).into())
            }
        };
    };
    let Some(given) = given else {
        let default = schema.default_value().map(|default| schema.with_defaults(default));
        return Ok(default.unwrap_or_else(nothing));
    };
    let Faults { wrong, unknown } = schema.validate(document, given, "parameters");
    if !wrong.is_empty() {
        return Err(Invalid { errors: wrong, by_schema: true });
    }
    if !unknown.is_empty() {
        return Err(Invalid { errors: unknown, by_schema: false });
    }
    let filled = schema.with_defaults(given);
    Ok(if filled.is_null() { nothing() } else { filled })
}

fn policy(
    document: Document<'_>,
    resource: &Resource,
    template: &Template,
) -> Result<Policy, PolicyError> {
    let mut metadata = template.metadata.clone();
    annotations::overlay(&mut metadata, document, resource)?;
    Ok(Policy {
        id: format!("{}/{}", resource.id.kind, resource.id.name),
        rule: template.entry.policies.first().map_or_else(String::new, |p| p.rule.clone()),
        level: Level::Deny,
        metadata,
        source: Arc::clone(&resource.manifest.source),
        span: resource.naming_node().span,
    })
}
