//! Paths into a manifest: JSON Pointers, and the ways in which policies write them.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::node::{Node, Step};

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
/// (`spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`).
///
/// A number counts as an index; [`resolve`](Pointer) decides by the tree, where it may be a key.
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
    if let Some(quote @ ('"' | '\'')) = inner.chars().next() {
        let end = inner[1..].find(quote)? + 1;
        let after = inner[end + 1..].strip_prefix(']')?;
        return Some((Step::Key(inner[1..end].into()), after));
    }
    let end = inner.find(']')?;
    Some((step(&inner[..end]), &inner[end + 1..]))
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
            // A number may be a key, and a key in a list may be a number.
            let step = match (step, resolved.node.items().is_some()) {
                (Step::Index(index), false) => Step::Key(index.to_string().into()),
                (Step::Key(key), true) => key.parse().map_or_else(|_| step.clone(), Step::Index),
                _ => step.clone(),
            };
            let Some(next) = resolved.node.step(&step) else {
                resolved.missing = self.0[at..].to_vec();
                break;
            };
            resolved.key_span = match &step {
                Step::Key(key) => resolved.node.entry(key).map(|entry| entry.key_span),
                Step::Index(_) => None,
            };
            resolved.node = next;
            resolved.found.push(step);
        }
        resolved
    }
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
        ] {
            assert_eq!(parse_path(written).map(|p| p.to_string()).as_deref(), Some(pointer));
        }
        for wrong in ["a..b", "a[0", "a['x]"] {
            assert_eq!(parse_path(wrong), None, "{wrong}");
        }
    }
}
