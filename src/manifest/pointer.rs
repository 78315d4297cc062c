//! Paths into a manifest: JSON Pointers, and the ways in which policies write them.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::node::{Node, NodeKind, Step};

/// An RFC 6901 JSON Pointer, made of steps. Displays as `/spec/containers/0/image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(pub Vec<Step>);

impl Pointer {
    /// The pointer to `further` inside of what this one points at.
    #[must_use]
    pub fn join(&self, further: &[Step]) -> Self {
        Self(self.0.iter().chain(further).cloned().collect())
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Index(index) => write!(f, "/{index}")?,
                Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

impl Serialize for Pointer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a path as policies write it: a JSON Pointer (`/spec/containers/0`) or dotted
/// (`spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`). A member of a list may
/// be told by what it has: `spec.containers[name=web].image`, which becomes the key `name=web`.
///
/// A number counts as an index, and a key as a key. What they are is decided by the tree that the
/// path is followed in: a number may be a key, and a key in a list may tell a member.
///
/// ```
/// let pointer = manifestly::manifest::parse_path("spec.containers[0].image").unwrap();
/// assert_eq!(pointer.to_string(), "/spec/containers/0/image");
/// ```
pub fn parse_path(text: &str) -> Option<Pointer> {
    if text.is_empty() {
        return Some(Pointer::default());
    }
    if let Some(rest) = text.strip_prefix('/') {
        let steps = rest.split('/').map(|part| step(&part.replace("~1", "/").replace("~0", "~")));
        return Some(Pointer(steps.collect()));
    }
    // As kubectl has it.
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix('$').unwrap_or(text);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (part, after) = bracket(inner)?;
            steps.push(part);
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            steps.push(step(&rest[..end]));
            rest = &rest[end..];
        }
    }
    Some(Pointer(steps))
}

/// What stands in brackets, and the text after them.
fn bracket(inner: &str) -> Option<(Step, &str)> {
    let mut quote = None;
    let mut end = inner.char_indices().filter(|(_, c)| match quote {
        Some(open) if open == *c => {
            quote = None;
            false
        }
        None if matches!(c, '"' | '\'') => {
            quote = Some(*c);
            false
        }
        None => *c == ']',
        Some(_) => false,
    });
    let (end, _) = end.next()?;
    let (part, after) = (&inner[..end], &inner[end + 1..]);
    if let Some(key) = unquoted(part) {
        return Some((Step::Key(key.into()), after));
    }
    // `[?(@.name == "web")]`, as JSONPath has it, is no more than `[name=web]`.
    let filter = part.strip_prefix('?').map(|filter| filter.trim_matches(['(', ')', ' ']));
    let told = filter.map_or(part, |filter| filter.strip_prefix("@.").unwrap_or(filter));
    let member = told.split_once("==").or_else(|| {
        told.split_once('=').filter(|(_, value)| filter.is_some() || unquoted(value).is_some())
    });
    Some(match member {
        Some((key, value)) => {
            let value = value.trim();
            let value = unquoted(value).unwrap_or(value);
            (Step::Key(format!("{}={value}", key.trim()).into()), after)
        }
        None => (step(part), after),
    })
}

fn unquoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].strip_suffix(quote).filter(|inner| !inner.contains(quote))
}

fn step(part: &str) -> Step {
    match part.parse() {
        Ok(index) if part == "0" || !part.starts_with(['0', '+']) => Step::Index(index),
        _ => Step::Key(part.into()),
    }
}

/// How far a pointer leads into a tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolved<'n> {
    /// The deepest value that exists.
    pub(crate) node: &'n Node,
    /// Where the key of that value stands, if it has one.
    pub(crate) key_span: Option<crate::source::Span>,
    /// The steps that exist, as the tree has them.
    pub(crate) found: Vec<Step>,
    /// The steps that don't.
    pub(crate) missing: Vec<Step>,
}

impl Pointer {
    /// Follows the pointer as deep as the tree goes.
    pub(crate) fn resolve<'n>(&self, root: &'n Node) -> Resolved<'n> {
        let mut resolved = Resolved { node: root, key_span: None, found: vec![], missing: vec![] };
        for (at, step) in self.0.iter().enumerate() {
            let step = match (step, resolved.node.items()) {
                (Step::Index(_), None) => Step::Key(step.to_key()),
                // All members are meant: that is the list.
                (Step::Key(key), Some(_)) if matches!(&**key, "*" | "_" | "") => break,
                (Step::Key(key), Some(items)) => member(key, items).unwrap_or_else(|| step.clone()),
                _ => step.clone(),
            };
            let Some(next) = resolved.node.step(&step) else {
                resolved.missing = self.0[at..].to_vec();
                break;
            };
            let entry = step.as_key().and_then(|key| resolved.node.entry(key));
            resolved.key_span = entry.map(|entry| entry.key_span);
            resolved.node = next;
            resolved.found.push(step);
        }
        resolved
    }
}

/// The member of a list that a key tells: its number, `name=web`, or its name alone.
fn member(key: &str, items: &[Node]) -> Option<Step> {
    if let Ok(index) = key.parse() {
        return Some(Step::Index(index));
    }
    let has = |field: &str, value: &str| {
        items.iter().position(|item| match item.get(field).map(|node| &node.kind) {
            Some(NodeKind::String(text)) => **text == *value,
            Some(NodeKind::Integer(number)) => number.to_string() == value,
            Some(NodeKind::Bool(is)) => is.to_string() == value,
            _ => false,
        })
    };
    let told = key.split_once('=').and_then(|(field, value)| has(field, value));
    told.or_else(|| has("name", key)).map(Step::Index)
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(Arc::from(key))
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_write_a_path_agree() {
        for (written, pointer) in [
            ("", ""),
            ("/a/b~1c/0", "/a/b~1c/0"),
            ("a.b[0].c", "/a/b/0/c"),
            ("a.0.c", "/a/0/c"),
            ("$.a['x.y/z'][\"q\"]", "/a/x.y~1z/q"),
            ("metadata.labels[app.kubernetes.io/name]", "/metadata/labels/app.kubernetes.io~1name"),
            (".a['b]c'][0]", "/a/b]c/0"),
            ("a[name=web].b", "/a/name=web/b"),
            ("a[name=\"web\"].b", "/a/name=web/b"),
            ("a[name == 'w]b'].b", "/a/name=w]b/b"),
            ("a[?(@.name==\"web\")].b", "/a/name=web/b"),
            ("args[--x=y]", "/args/--x=y"),
            ("{.a[*].b}", "/a/*/b"),
        ] {
            assert_eq!(parse_path(written).map(|p| p.to_string()).as_deref(), Some(pointer));
        }
        for wrong in ["a..b", "a[0", "a['x]"] {
            assert_eq!(parse_path(wrong), None, "{wrong}");
        }
    }
    #[test]
    fn the_tree_decides_what_a_step_is() {
        use crate::manifest::{Format, ReadLimits, read};
        let text = "l: [{name: a}, {name: b, port: 80}]\nm: {\"0\": {x: 1}, l=1: 2}\n";
        let text = Arc::new(crate::source::SourceText::new("a.yaml", text));
        let reading = read(&text, Format::Manifest, &ReadLimits::default());
        let root = &reading.manifests[0].root;
        for (written, found, missing) in [
            ("l[1].name", "/l/1/name", ""),
            ("l.1.name", "/l/1/name", ""),
            ("l[name=b].port", "/l/1/port", ""),
            ("l[port=80].name", "/l/1/name", ""),
            ("l[b].image", "/l/1", "/image"),
            ("/l/name=a/name", "/l/0/name", ""),
            ("l[name=c].name", "/l", "/name=c/name"),
            ("l[*].name", "/l", ""),
            ("m[0].x", "/m/0/x", ""),
            ("m['l=1']", "/m/l=1", ""),
        ] {
            let path = parse_path(written).unwrap();
            let resolved = path.resolve(root);
            assert_eq!(Pointer(resolved.found).to_string(), found, "{written}");
            assert_eq!(Pointer(resolved.missing).to_string(), missing, "{written}");
        }
    }
}
