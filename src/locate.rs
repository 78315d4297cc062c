//! From what a violation says of itself to a place in the text.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::value::Value;
use crate::manifest::{Node, NodeKind, Pointer, Resource, Step, parse_path};
use crate::source::{Position, SourceText, Span};

/// How a place was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PlaceSource {
    /// The violation named the path.
    Declared,
    /// Worked out from what the rule read.
    Inferred,
    /// The line that names the resource.
    Resource,
}

/// A place in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The text. Of one that has been set aside since, only the name may be left.
    pub text: Arc<SourceText>,
    /// Which document of the text, from 1.
    pub document: usize,
    /// The value it speaks of, also where that is absent, from the document's root.
    pub path: Pointer,
    /// What to underline.
    pub span: Span,
    /// Where that begins and ends, as people count.
    pub lines: (Position, Position),
    /// What the violation's path names and the manifest lacks.
    pub missing: Option<String>,
    /// How the place was found.
    pub source: PlaceSource,
}

/// The path that a violation declares, if it does: under `path`, `field` or `location`, as a list
/// of keys and numbers, a dotted path or a JSON Pointer.
pub fn declared_path(violation: &Value) -> Option<Pointer> {
    ["path", "field", "location"].into_iter().find_map(|key| match violation.field(key)? {
        Value::String(_, text) => parse_path(text),
        Value::Array(_, steps) => steps.iter().map(step).collect::<Option<_>>().map(Pointer),
        _ => None,
    })
}

fn step(value: &Value) -> Option<Step> {
    match value {
        Value::String(_, key) => Some(Step::Key(Arc::clone(key))),
        value => value.as_i64().and_then(|at| usize::try_from(at).ok()).map(Step::Index),
    }
}

/// The place of `path` in `input`, which stands at `offset` in the resource: the root, or the pod
/// template of a controller.
pub fn declared(resource: &Resource, input: &Node, offset: &Pointer, path: &Pointer) -> Place {
    let resolved = path.resolve(input);
    let missing = describe_missing(&resolved.missing);
    let span = label_span(resolved.node, resolved.key_span, missing.is_some(), resource);
    // What a pod has of its controller (its name, say) stands there, not in the template.
    let inherited = resource.node.at(&offset.join(&resolved.found).0).is_none();
    let offset = if inherited { &[] } else { offset.0.as_slice() };
    let steps = [offset, &resolved.found, &resolved.missing].concat();
    place(resource, resource.pointer(&steps), span, missing, PlaceSource::Declared)
}

/// The place of a resource as a whole: where it is named.
pub fn resource(resource: &Resource) -> Place {
    let span = first_line(&resource.manifest.source, resource.naming_node().span);
    place(resource, resource.path.clone(), span, None, PlaceSource::Resource)
}

fn place(
    resource: &Resource,
    path: Pointer,
    span: Span,
    missing: Option<String>,
    source: PlaceSource,
) -> Place {
    let text = Arc::clone(&resource.manifest.source);
    let lines = (text.position(span.start), text.position(span.end));
    Place { text, document: resource.manifest.document, path, span, lines, missing, source }
}

/// What is absent, as a path from the place that exists: `resources.limits`.
fn describe_missing(steps: &[Step]) -> Option<String> {
    if let [Step::Key(key)] = steps {
        return Some(key.to_string());
    }
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) if key.contains(['.', '/', '[']) => {
                text.push_str(&format!("[\"{key}\"]"));
            }
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What to underline for a node: a scalar itself, the key of a block, and for something that is
/// absent from a list element the line that names the element. Never a whole block.
fn label_span(node: &Node, key: Option<Span>, missing: bool, resource: &Resource) -> Span {
    let source = &resource.manifest.source;
    let is_block = matches!(&node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_));
    let one_line = source.position(node.span.start).line == source.position(node.span.end).line;
    let span = match (is_block, key) {
        (false, _) => node.span,
        (true, Some(key)) if missing || !one_line => key,
        (true, _) if one_line && !missing && !node.span.is_empty() => node.span,
        (true, _) if node.span.start == resource.node.span.start => resource.naming_node().span,
        (true, _) => naming_entry(node).unwrap_or(node.span),
    };
    first_line(source, span)
}

/// The `name: ..` of a list element, or its first key.
fn naming_entry(node: &Node) -> Option<Span> {
    let entries = node.entries()?;
    let entry = entries.iter().find(|entry| &*entry.key == "name").or(entries.first())?;
    Some(match &entry.value.kind {
        NodeKind::Mapping(_) | NodeKind::Sequence(_) => entry.key_span,
        _ => Span::new(entry.key_span.start, entry.value.span.end.max(entry.key_span.end)),
    })
}

/// The part of a span on its first line, without the blanks and breaks at its end.
fn first_line(source: &SourceText, span: Span) -> Span {
    let text = source.slice(span);
    let line = text.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start, span.start + line.len())
}
