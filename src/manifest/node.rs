//! The spanned tree: a manifest's values, each with its place in the text.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::source::Span;

/// A value and where it stands in its text.
///
/// Nodes are cheap to clone: containers and strings are shared. A node that came through an
/// alias has the span of the alias; what it contains keeps the place where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The place of the value (not of its key).
    pub span: Span,
    /// The value itself.
    pub kind: NodeKind,
}

/// The JSON data model, as kubectl resolves a manifest to it.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number that fits a 64-bit integer.
    Integer(i64),
    /// Any other finite number.
    Float(f64),
    /// A number of data, as it is written: one that the others would change.
    Number(Arc<str>),
    /// A string.
    String(Arc<str>),
    /// A list.
    Sequence(Arc<[Node]>),
    /// A map with string keys, in the order of the text.
    Mapping(Arc<[Entry]>),
}

/// One key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as JSON has it.
    pub key: Arc<str>,
    /// The place of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A step from a value into one that it contains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a mapping, by key.
    Key(Arc<str>),
    /// Into a sequence, by position from 0.
    Index(usize),
}

impl Step {
    /// The key, unless this is a position.
    pub fn as_key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }

    /// The step as a key: RFC 6901 doesn't tell numbers from keys, the tree does.
    pub(crate) fn to_key(&self) -> Arc<str> {
        match self {
            Self::Key(key) => Arc::clone(key),
            Self::Index(index) => index.to_string().into(),
        }
    }
}

impl Node {
    /// A node without a place of its own, for values that no text holds.
    pub fn new(span: Span, kind: NodeKind) -> Self {
        Self { span, kind }
    }

    /// A mapping made of `entries`.
    pub fn mapping(span: Span, entries: Vec<Entry>) -> Self {
        Self::new(span, NodeKind::Mapping(entries.into()))
    }

    /// A sequence made of `items`.
    pub fn sequence(span: Span, items: Vec<Node>) -> Self {
        Self::new(span, NodeKind::Sequence(items.into()))
    }

    /// A string.
    pub fn string(span: Span, text: impl Into<Arc<str>>) -> Self {
        Self::new(span, NodeKind::String(text.into()))
    }

    /// The entries, if this is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if this is a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// The entry of a mapping under `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| &*entry.key == key)
    }

    /// The value of a mapping under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The string of a mapping under `key`.
    pub fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The string that a resource has under `key` in its metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.get("metadata")?.get_str(key)
    }

    /// The value one step further in.
    pub fn step(&self, step: &Step) -> Option<&Node> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.items()?.get(*index),
        }
    }

    /// The same tree, `by` bytes further on: for text that was read apart from what precedes it.
    #[must_use]
    pub fn shifted(self, by: usize) -> Self {
        if by == 0 {
            return self;
        }
        let kind = match self.kind {
            NodeKind::Sequence(items) => {
                NodeKind::Sequence(items.iter().map(|item| item.clone().shifted(by)).collect())
            }
            NodeKind::Mapping(entries) => {
                let shifted = |entry: &Entry| Entry {
                    key: Arc::clone(&entry.key),
                    key_span: entry.key_span.shifted(by),
                    value: entry.value.clone().shifted(by),
                };
                NodeKind::Mapping(entries.iter().map(shifted).collect())
            }
            kind => kind,
        };
        Self::new(self.span.shifted(by), kind)
    }

    /// Whether two values are the same, wherever they stand and in whatever order their keys are.
    pub fn same_value(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (NodeKind::Sequence(a), NodeKind::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same_value(b))
            }
            (NodeKind::Mapping(a), NodeKind::Mapping(b)) => {
                // Most often the keys are in the same order.
                let find = |at: usize, key: &str| {
                    let same = b.get(at).filter(|entry| &*entry.key == key);
                    same.map(|entry| &entry.value).or_else(|| other.get(key))
                };
                a.len() == b.len()
                    && a.iter().enumerate().all(|(at, entry)| {
                        find(at, &entry.key).is_some_and(|value| entry.value.same_value(value))
                    })
            }
            (NodeKind::Integer(a), NodeKind::Integer(b)) => a == b,
            (a, b) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).is_some_and(std::cmp::Ordering::is_eq),
                _ => a == b,
            },
        }
    }

    /// The value at the end of `path`.
    pub fn at(&self, path: &[Step]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| node.step(step))
    }
}

impl NodeKind {
    #[allow(clippy::cast_precision_loss)] // as JSON compares an integer with a float
    fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// As JSON, with keys in the order of the text.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            NodeKind::Null => serializer.serialize_unit(),
            NodeKind::Bool(value) => serializer.serialize_bool(*value),
            NodeKind::Integer(value) => serializer.serialize_i64(*value),
            NodeKind::Float(value) => serializer.serialize_f64(*value),
            NodeKind::Number(text) => serializer.serialize_f64(text.parse().unwrap_or_default()),
            NodeKind::String(text) => serializer.serialize_str(text),
            NodeKind::Sequence(items) => serializer.collect_seq(items.iter()),
            NodeKind::Mapping(entries) => {
                serializer.collect_map(entries.iter().map(|entry| (&*entry.key, &entry.value)))
            }
        }
    }
}

/// A value that no text holds.
impl From<&serde_json::Value> for Node {
    fn from(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let kind = match value {
            Value::Null => NodeKind::Null,
            Value::Bool(value) => NodeKind::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => NodeKind::Integer(integer),
                None => NodeKind::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => NodeKind::String(text.as_str().into()),
            Value::Array(items) => NodeKind::Sequence(items.iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let entry = |(key, value): (&String, &Value)| Entry {
                    key: key.as_str().into(),
                    key_span: Span::default(),
                    value: value.into(),
                };
                NodeKind::Mapping(fields.iter().map(entry).collect())
            }
        };
        Self::new(Span::default(), kind)
    }
}

impl From<&Node> for serde_json::Value {
    fn from(node: &Node) -> Self {
        match &node.kind {
            NodeKind::Null => Self::Null,
            NodeKind::Bool(value) => Self::Bool(*value),
            NodeKind::Integer(value) => Self::from(*value),
            NodeKind::Float(value) => Self::from(*value),
            NodeKind::Number(text) => Self::from(text.parse::<f64>().unwrap_or_default()),
            NodeKind::String(text) => Self::from(&**text),
            NodeKind::Sequence(items) => items.iter().map(Self::from).collect(),
            NodeKind::Mapping(entries) => Self::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.to_string(), Self::from(&entry.value)))
                    .collect(),
            ),
        }
    }
}
