//! From documents to expansion templates, refusing what Gatekeeper refuses.

use crate::manifest::{Node, Resource, Step};
use crate::policy::gatekeeper::EXPANSIONS;
use crate::rego::{PolicyError, PolicyErrors};

use super::super::action;
use super::super::document::Document;
use super::{Expansion, Expansions, Gvk};

impl Expansions {
    pub(in super::super) fn read(documents: &[&Resource]) -> Result<Self, PolicyErrors> {
        let mut errors = Vec::new();
        let mut read = Vec::new();
        for resource in documents {
            match expansion(resource) {
                Ok(expansion) => read.push((expansion, *resource)),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            errors.extend(cycle(&read));
        }
        if !errors.is_empty() {
            return Err(PolicyErrors(errors));
        }
        read.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Ok(Self(read.into_iter().map(|(expansion, _)| expansion).collect()))
    }
}

fn expansion(resource: &Resource) -> Result<Expansion, PolicyError> {
    let document = Document::of(resource);
    let root = &resource.node;
    let naming = resource.naming_node().span;
    let place = |node: Option<&Node>| node.map_or(naming, |node| node.span);
    if resource.id.kind != "ExpansionTemplate" {
        let message = format!("`{EXPANSIONS}` has no kind `{}`", resource.id.kind);
        return Err(document.wrong(message, place(root.get("kind"))));
    }
    if !matches!(resource.id.version(), "v1beta1" | "v1alpha1") {
        let message = "the version of an expansion template is v1beta1 or v1alpha1";
        return Err(document.wrong(message, place(root.get("apiVersion"))));
    }
    let top = ["apiVersion", "kind", "metadata", "spec", "status"];
    document.only(root, &top, "an expansion template")?;
    let name = match root.metadata("name").unwrap_or_default() {
        "" => return Err(document.wrong("the expansion template has no name", naming)),
        long if long.len() > 63 => {
            let message = "the name of an expansion template has 63 characters at most";
            return Err(document.wrong(message, naming));
        }
        name => name.to_owned(),
    };
    let Some(spec) = document.mapping(root, "spec")? else {
        return Err(document.wrong("the expansion template has no `spec`", naming));
    };
    let fields = ["applyTo", "templateSource", "generatedGVK", "enforcementAction"];
    document.only(spec, &fields, "the spec of an expansion template")?;
    let made = made(document, resource, spec)?;
    let makers = makers(document, resource, spec)?;
    if makers.contains(&made) {
        let message = format!(
            "`{name}` makes a {} of a {}, and of that another one, without end",
            made.kind, made.kind
        );
        return Err(document.wrong(message, place(spec.get("generatedGVK"))));
    }
    let level = match document.text(spec, "enforcementAction")? {
        None | Some("") => None,
        Some(text) => Some(action::level(text).ok_or_else(|| {
            let message = "the enforcement action is one of deny, warn and dryrun";
            document.wrong(message, place(spec.get("enforcementAction")))
        })?),
    };
    let source = source(document, resource, spec)?;
    Ok(Expansion { name, makers, source, made, level })
}

fn source(
    document: Document<'_>,
    resource: &Resource,
    spec: &Node,
) -> Result<Vec<Step>, PolicyError> {
    let text = document.text(spec, "templateSource")?.unwrap_or_default();
    if text.is_empty() {
        let message = "the expansion template lacks `spec.templateSource`";
        return Err(document.wrong(message, resource.naming_node().span).with_help(
            "it says where the object stands that is made, as in `templateSource: spec.template`",
        ));
    }
    let steps: Vec<_> = text.split('.').map(Step::from).collect();
    if text.split('.').any(|step| step.is_empty() || step.contains(['[', ']'])) {
        let place = spec.get("templateSource").unwrap_or(spec).span;
        let message = "the source is a path of keys with dots between them, as `spec.template`";
        return Err(document.wrong(message, place));
    }
    Ok(steps)
}

fn made(document: Document<'_>, resource: &Resource, spec: &Node) -> Result<Gvk, PolicyError> {
    let naming = resource.naming_node().span;
    let Some(node) = document.mapping(spec, "generatedGVK")? else {
        return Err(document.wrong("the expansion template lacks `spec.generatedGVK`", naming));
    };
    document.only(node, &["group", "version", "kind"], "`generatedGVK`")?;
    let text = |key: &str| document.text(node, key).map(|text| text.unwrap_or_default().to_owned());
    let kind = Gvk { group: text("group")?, version: text("version")?, kind: text("kind")? };
    if kind.kind.is_empty() || kind.version.is_empty() {
        let place = spec.entry("generatedGVK").map_or(naming, |entry| entry.key_span);
        return Err(document.wrong("`generatedGVK` needs a `kind` and a `version`", place));
    }
    Ok(kind)
}

fn makers(
    document: Document<'_>,
    resource: &Resource,
    spec: &Node,
) -> Result<Vec<Gvk>, PolicyError> {
    let items = document.list(spec, "applyTo")?;
    if items.is_empty() {
        let place = spec.entry("applyTo").map(|entry| entry.key_span);
        let place = place.unwrap_or(resource.naming_node().span);
        return Err(document.wrong("the expansion template lacks `spec.applyTo`", place));
    }
    let mut kinds = Vec::new();
    for item in items {
        document.only(item, &["groups", "versions", "kinds"], "an item of `applyTo`")?;
        let names = |key: &str| {
            let names = document.texts(item, key)?;
            let wildcard = document.list(item, key)?.iter().find(|name| name.as_str() == Some("*"));
            match wildcard {
                Some(wildcard) => {
                    let message = "an expansion template names what it applies to: `*` is no name";
                    Err(document.wrong(message, wildcard.span))
                }
                None if names.is_empty() => {
                    let message = format!("without `{key}` this applies to nothing");
                    Err(document.wrong(message, item.span))
                }
                None => Ok(names),
            }
        };
        let (groups, versions, named) = (names("groups")?, names("versions")?, names("kinds")?);
        for group in &groups {
            for version in &versions {
                kinds.extend(named.iter().map(|kind| Gvk {
                    group: group.clone(),
                    version: version.clone(),
                    kind: kind.clone(),
                }));
            }
        }
    }
    Ok(kinds)
}

/// What is wrong where templates lead from one to another and back.
fn cycle(read: &[(Expansion, &Resource)]) -> Option<PolicyError> {
    let next = |at: usize| -> Vec<usize> {
        let made = &read[at].0.made;
        (0..read.len()).rev().filter(|other| read[*other].0.makers.contains(made)).collect()
    };
    let mut done = vec![false; read.len()];
    for start in 0..read.len() {
        let mut chain = vec![(start, next(start))];
        while let Some((at, open)) = chain.last_mut() {
            let Some(after) = open.pop() else {
                done[*at] = true;
                chain.pop();
                continue;
            };
            if let Some(first) = chain.iter().position(|(known, _)| *known == after) {
                let cycle: Vec<_> = chain[first..].iter().map(|(at, _)| *at).collect();
                return Some(told(&cycle, read));
            }
            if !done[after] {
                chain.push((after, next(after)));
            }
        }
    }
    None
}

fn told(cycle: &[usize], read: &[(Expansion, &Resource)]) -> PolicyError {
    let names = cycle.iter().chain(cycle.first()).map(|at| read[*at].0.name.as_str());
    let message = format!(
        "expansion templates lead back to themselves: {}",
        names.collect::<Vec<_>>().join(", ")
    );
    let resource = |at: &usize| read[*at].1;
    let place = |resource: &Resource| resource.naming_node().span;
    let Some(last) = cycle.last().map(resource) else { return PolicyError::new(message) };
    let error = Document::of(last).wrong(message, place(last));
    let others = cycle.iter().rev().skip(1).map(resource);
    others.fold(error, |error, other| {
        error.with_related(Document::of(other).wrong("it takes part in this", place(other)))
    })
}
