//! Reading the fields of a document, each mistake at its place.

use std::sync::Arc;

use crate::manifest::{Node, NodeKind, Resource};
use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

/// The text that the nodes at hand stand in.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    pub(crate) source: &'a Arc<SourceText>,
}

impl<'a> Document<'a> {
    pub(crate) fn of(resource: &'a Resource) -> Self {
        Self { source: &resource.manifest.source }
    }

    /// A mistake, shown on the first line of its place: never a whole block.
    pub(crate) fn wrong(self, message: impl Into<String>, span: Span) -> PolicyError {
        let line = self.source.slice(span).lines().next().unwrap_or_default().trim_end();
        PolicyError::at(message, self.source, Span::new(span.start, span.start + line.len()))
    }

    pub(crate) fn text<'n>(
        self,
        node: &'n Node,
        key: &str,
    ) -> Result<Option<&'n str>, PolicyError> {
        let Some(value) = present(node, key) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.not_a(key, "text", value))
    }

    pub(crate) fn flag(self, node: &Node, key: &str) -> Result<Option<bool>, PolicyError> {
        match present(node, key) {
            None => Ok(None),
            Some(Node { kind: NodeKind::Bool(flag), .. }) => Ok(Some(*flag)),
            Some(value) => Err(self.not_a(key, "true or false", value)),
        }
    }

    pub(crate) fn mapping<'n>(
        self,
        node: &'n Node,
        key: &str,
    ) -> Result<Option<&'n Node>, PolicyError> {
        let Some(value) = present(node, key) else { return Ok(None) };
        match value.entries() {
            Some(_) => Ok(Some(value)),
            None => Err(self.not_a(key, "a map", value)),
        }
    }

    pub(crate) fn list<'n>(self, node: &'n Node, key: &str) -> Result<&'n [Node], PolicyError> {
        let Some(value) = present(node, key) else { return Ok(&[]) };
        value.items().ok_or_else(|| self.not_a(key, "a list", value))
    }

    pub(crate) fn texts(self, node: &Node, key: &str) -> Result<Vec<String>, PolicyError> {
        let item = |item: &Node| match item.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.not_a(key, "a list of texts", item)),
        };
        self.list(node, key)?.iter().map(item).collect()
    }

    /// Refuses keys that mean nothing here, so that no one believes they do.
    pub(crate) fn only(self, node: &Node, known: &[&str], of: &str) -> Result<(), PolicyError> {
        let unknown = |entry: &&crate::manifest::Entry| !known.contains(&&*entry.key);
        let Some(entry) = node.entries().unwrap_or_default().iter().find(unknown) else {
            return Ok(());
        };
        let error = self.wrong(format!("{of} has no field `{}`", entry.key), entry.key_span);
        let nearness = |known: &str| strsim::jaro_winkler(&entry.key, known);
        let nearest = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        Err(match nearest.filter(|known| nearness(known) > 0.85) {
            Some(known) => error.with_help(format!("did you mean `{known}`?")),
            None => error.with_help(format!("it has: {}", known.join(", "))),
        })
    }

    fn not_a(self, key: &str, what: &str, value: &Node) -> PolicyError {
        self.wrong(format!("`{key}` should be {what}, not {}", type_name(value)), value.span)
    }
}

/// The value under a key. As where Kubernetes reads it, `null` is the same as none.
pub(crate) fn present<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// What a value is, in words for messages.
pub(crate) fn type_name(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "true or false",
        NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Number(_) => "a number",
        NodeKind::String(_) => "text",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Mapping(_) => "a map",
    }
}
