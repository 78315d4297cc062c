//! What to underline of a place, and what to say there.

use crate::manifest::{Node, NodeKind, Resource, Step};
use crate::source::{SourceText, Span};

use super::{Confidence, Place, PlaceSource};

/// What is written beside the underlined text.
pub(super) fn of(place: &Place, message: &str) -> Option<String> {
    let missing = place.missing.as_ref().map(|missing| format!("`{missing}` is missing"));
    let within = place.within.as_ref().filter(|within| !names(message, within));
    let within = within.map(|within| format!("in {within}"));
    let unsure = place.confidence == Some(Confidence::Low);
    let is_inferred = place.source == PlaceSource::Inferred;
    let what = match (place.source, missing, within) {
        (PlaceSource::Resource, None, _) if place.bounded => {
            Some("in this resource; where exactly would take too long to find out".into())
        }
        (PlaceSource::Resource, None, _) => Some("in this resource".into()),
        (_, Some(missing), Some(within)) => Some(format!("{missing} {within}")),
        (_, missing, within) => missing.or(within),
    };
    match (what, is_inferred, unsure) {
        (what, false, _) => what,
        (None, true, false) => Some("here, by what the policy read".into()),
        (None, true, true) => Some("probably here, by what the policy read".into()),
        (Some(what), true, false) => Some(format!("{what}, by what the policy read")),
        (Some(what), true, true) if place.missing.is_some() => {
            Some(format!("probably as {what}, by what the policy read"))
        }
        (Some(what), true, true) => Some(format!("probably {what}, by what the policy read")),
    }
}

/// Whether a message names all elements that a place is within.
fn names(message: &str, within: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    // A full stop at the end of a sentence is no part of a name.
    let words = || message.split(|c| !is_word(c)).map(|word| word.trim_end_matches(['.', ':']));
    within.split('`').skip(1).step_by(2).all(|name| words().any(|word| word == name))
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
    let line = |at: usize| source.position(at).line;
    let is_container = matches!(&node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_));
    let is_below = |key: &Span| {
        let between = source.slice(Span::new(key.end, node.span.start));
        let begins_below = line(key.end) < line(node.span.start);
        let own = source.slice(without_properties(source, node.span));
        node.span.is_empty()
            || begins_below && (is_container || is_block_style(between))
            || !is_container && own.starts_with(['|', '>'])
    };
    let is_long = is_container && line(node.span.start) != line(node.span.end);
    let span = match key {
        Some(key) if is_below(&key) || is_long || is_container && missing => key,
        _ if !is_container => node.span,
        _ if !is_long && !missing && !node.span.is_empty() => node.span,
        _ if node.span.start == resource.node.span.start => resource.naming_node().span,
        _ => naming_entry(node).unwrap_or(node.span),
    };
    first_line(source, without_properties(source, span))
}

/// Whether what stands between a key and its text says that this is in block style: `: |` or `: >-`.
fn is_block_style(between: &str) -> bool {
    let line = between.lines().next().unwrap_or_default();
    let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.any(|word| word.starts_with(['|', '>']))
}

/// A value without the anchor and the tag before it.
fn without_properties(source: &SourceText, span: Span) -> Span {
    let mut span = span;
    while source.slice(span).starts_with(['&', '!']) {
        let text = source.slice(span);
        let word = text.find(char::is_whitespace).unwrap_or(text.len());
        let gap = text[word..].len() - text[word..].trim_start().len();
        if word + gap == text.len() {
            break;
        }
        span.start += word + gap;
    }
    span
}

/// The list elements that a place is inside of, by their names, where those stand too far from what
/// is underlined to be seen beside it: ``container `web` ``.
pub(super) fn within(resource: &Resource, steps: &[Step], span: Span) -> Option<String> {
    let source = &resource.manifest.source;
    let line = |at: usize| source.position(at).line;
    let own = line(span.start);
    let mut node = &resource.node;
    let mut list = "";
    let mut told = Vec::new();
    for step in steps {
        let Some(next) = node.step(step) else { break };
        match step {
            Step::Key(key) => list = key,
            Step::Index(_) => {
                let name = next.entry("name").filter(|entry| entry.value.as_str().is_some());
                // One line above and one below are shown with the underlined one. What stands in an
                // element only by an alias is shown beside the name of another.
                let is_here = next.span.start <= span.start && span.end <= next.span.end;
                let is_seen = |at: usize| is_here && line(at).abs_diff(own) <= 1;
                if let Some(name) = name.filter(|name| !is_seen(name.key_span.start)) {
                    let text = name.value.as_str().unwrap_or_default();
                    told.push(format!("{} `{text}`", singular(list)));
                }
            }
        }
        node = next;
    }
    told.reverse();
    (!told.is_empty()).then(|| told.join(" of "))
}

/// What an element of a list is called: `containers` holds containers.
fn singular(list: &str) -> String {
    if let Some(stem) = list.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let is_plural = list.ends_with('s') && !list.ends_with("ss");
    if is_plural { list[..list.len() - 1].to_owned() } else { list.to_owned() }
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
