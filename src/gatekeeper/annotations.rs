//! What templates and constraints say to people, in their annotations.

use crate::manifest::{Entry, Node, NodeKind, Resource};
use crate::policy::Metadata;
use crate::rego::PolicyError;

use super::document::Document;

/// Before the names of annotations that say what a policy's metadata says under `custom`.
const PREFIX: &str = "manifestly.dev/";

/// The annotations behind [`PREFIX`], and where in the metadata they belong.
const KNOWN: [(&str, &[&str]); 12] = [
    ("owner", &["owner"]),
    ("contact", &["contact"]),
    ("why", &["why"]),
    ("help", &["help"]),
    ("severity", &["severity"]),
    ("since", &["since"]),
    ("announced", &["rollout", "announced"]),
    ("warn-from", &["rollout", "warn_from"]),
    ("enforce-from", &["rollout", "enforce_from"]),
    ("waiver-allowed", &["waiver", "allowed"]),
    ("waiver-max-days", &["waiver", "max_days"]),
    ("waiver-approvers", &["waiver", "approvers"]),
];

/// Puts what a document's annotations say over what is already known.
pub(super) fn overlay(
    metadata: &mut Metadata,
    document: Document<'_>,
    resource: &Resource,
) -> Result<(), PolicyError> {
    let of = resource.node.get("metadata");
    let Some(annotations) = of.and_then(|of| of.get("annotations")) else { return Ok(()) };
    let mut top = Vec::new();
    let (mut custom, mut rollout, mut waiver) = (Vec::new(), Vec::new(), Vec::new());
    for annotation in annotations.entries().unwrap_or_default() {
        let Entry { key, key_span, value } = annotation;
        let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: *key_span, value };
        let plain = || value.as_str().map(str::trim).filter(|text| !text.is_empty());
        match key.strip_prefix(PREFIX) {
            Some(name) => match KNOWN.iter().find(|(known, _)| *known == name) {
                Some((_, [part, inner])) => {
                    let list = if *part == "rollout" { &mut rollout } else { &mut waiver };
                    list.push(entry(inner, typed(inner, value)));
                }
                Some((_, path)) => {
                    custom.extend(path.first().map(|key| entry(key, value.clone())));
                }
                None => return Err(unknown(document, annotation)),
            },
            None if &**key == "metadata.gatekeeper.sh/title" => {
                top.extend(plain().map(|text| entry("title", Node::string(value.span, text))));
            }
            None if &**key == "description" => {
                top.extend(
                    plain().map(|text| entry("description", Node::string(value.span, text))),
                );
            }
            None => {}
        }
    }
    for (name, entries) in [("rollout", rollout), ("waiver", waiver)] {
        if let Some(first) = entries.first() {
            let (key_span, span) = (first.key_span, first.value.span);
            custom.push(Entry { key: name.into(), key_span, value: Node::mapping(span, entries) });
        }
    }
    if let Some(first) = custom.first() {
        let (key_span, span) = (first.key_span, first.value.span);
        top.push(Entry { key: "custom".into(), key_span, value: Node::mapping(span, custom) });
    }
    metadata.overlay(&Node::mapping(annotations.span, top), document.source)
}

/// An annotation is always text; here it is what the text says.
fn typed(key: &str, value: &Node) -> Node {
    let Some(text) = value.as_str().map(str::trim) else { return value.clone() };
    let kind = match key {
        "allowed" => text.parse().ok().map(NodeKind::Bool),
        "max_days" => text.parse().ok().map(NodeKind::Integer),
        "approvers" => {
            let names = text.split(',').map(|name| Node::string(value.span, name.trim()));
            return Node::sequence(value.span, names.collect());
        }
        _ => None,
    };
    kind.map_or_else(|| value.clone(), |kind| Node { kind, ..value.clone() })
}

fn unknown(document: Document<'_>, annotation: &Entry) -> PolicyError {
    let message = format!("there is no annotation `{}`", annotation.key);
    let known: Vec<_> = KNOWN.iter().map(|(name, _)| *name).collect();
    document
        .wrong(message, annotation.key_span)
        .with_help(format!("behind `{PREFIX}` there are: {}", known.join(", ")))
}
