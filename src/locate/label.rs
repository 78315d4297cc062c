//! What to underline of a place, and what to say there.

use crate::manifest::{Node, NodeKind, Resource, Step};
use crate::source::{SourceText, Span};

use super::{Confidence, Place, PlaceSource};

/// What is written beside the underlined text.
pub(super) fn of(place: &Place) -> Option<String> {
    let missing = place.missing.as_ref().map(|missing| format!("`{missing}` is missing"));
    let unsure = place.confidence == Some(Confidence::Low);
    match (missing, place.source) {
        (None, PlaceSource::Declared) => None,
        (None, PlaceSource::Resource) => Some("in this resource".into()),
        (Some(missing), PlaceSource::Declared | PlaceSource::Resource) => Some(missing),
        (missing, PlaceSource::Inferred) => {
            let what = match (missing, unsure) {
                (None, false) => "here".into(),
                (None, true) => "probably here".into(),
                (Some(missing), false) => missing,
                (Some(missing), true) => format!("probably as {missing}"),
            };
            Some(format!("{what}, by what the policy read"))
        }
    }
}

/// What is absent, as a path from the place that exists: `resources.limits`.
pub(super) fn describe_missing(steps: &[Step]) -> Option<String> {
    if let [Step::Key(key)] = steps
        && !key.contains('=')
    {
        return Some(key.to_string());
    }
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) if key.contains('=') => text.push_str(&format!("[{key}]")),
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
pub(super) fn label_span(
    node: &Node,
    key: Option<Span>,
    missing: bool,
    resource: &Resource,
) -> Span {
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
pub(super) fn first_line(source: &SourceText, span: Span) -> Span {
    let text = source.slice(span);
    let line = text.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start, span.start + line.len())
}

/// The first entry or value, as the text has them, whose place is the one that is looked for; with
/// its path.
pub(super) fn first_where(node: &Node, is_it: &dyn Fn(Span) -> bool) -> Option<(Vec<Step>, Span)> {
    let within = |step: Step, inner: &Node| {
        let (mut path, span) = first_where(inner, is_it)?;
        path.insert(0, step);
        Some((path, span))
    };
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| {
            let step = Step::Key(std::sync::Arc::clone(&entry.key));
            if is_it(entry.key_span) {
                let end = entry.value.span.end.max(entry.key_span.end);
                return Some((vec![step], Span::new(entry.key_span.start, end)));
            }
            within(step, &entry.value)
        }),
        NodeKind::Sequence(items) => {
            items.iter().enumerate().find_map(|(at, item)| within(Step::Index(at), item))
        }
        _ => is_it(node.span).then(|| (Vec::new(), node.span)),
    }
}
