//! JSON Patch (RFC 6902) over manifests: what stays keeps its place and its order.

use serde::Serialize;
use thiserror::Error;

use crate::manifest::{Entry, Node, NodeKind, Pointer, Step, parse_path};
use crate::source::Span;

/// Operations, one after the other. Serialises as a JSON Patch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Patch(pub Vec<Operation>);

/// One operation. Its value stands in no text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// Adds a key, or puts a value before an item of a list; `-` stands for the list's end. A key
    /// that is there is replaced.
    Add {
        /// Where the value will be.
        path: Pointer,
        /// The value.
        value: Node,
    },
    /// Puts a value in the place of another.
    Replace {
        /// Where the value will be.
        path: Pointer,
        /// The value.
        value: Node,
    },
    /// Removes a key or an item.
    Remove {
        /// Where it is.
        path: Pointer,
    },
    /// Changes nothing, and fails where the value is another one.
    Test {
        /// Where to look.
        path: Pointer,
        /// What should be there.
        value: Node,
    },
}

/// Why a patch does not fit a tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatchError {
    /// Nothing is there.
    #[error("there is nothing at `{path}`")]
    Absent {
        /// The path that leads nowhere.
        path: Pointer,
    },
    /// Something stands where a map or a list should be.
    #[error("`{path}` is {found}, which holds nothing")]
    NoContainer {
        /// Where it stands.
        path: Pointer,
        /// What it is.
        found: &'static str,
    },
    /// A list has no such position.
    #[error("`{path}` is no position in its list")]
    Position {
        /// The path that ends in it.
        path: Pointer,
    },
    /// The value that was asked for is another one.
    #[error("the value at `{path}` is not the one that the patch expects")]
    Differs {
        /// Where it is.
        path: Pointer,
    },
    /// The whole document would be gone.
    #[error("the whole document would be removed")]
    Root,
}

impl Patch {
    /// The tree that the patch makes of another.
    ///
    /// # Errors
    ///
    /// The first operation that does not fit.
    pub fn apply(&self, root: &Node) -> Result<Node, PatchError> {
        self.0.iter().try_fold(root.clone(), |tree, operation| operation.apply(&tree))
    }

    /// The patch that makes `value` stand at `path`, whatever is missing on the way. A null on the
    /// way, or an empty text, gives way to what is needed there.
    ///
    /// # Errors
    ///
    /// What stands in the way.
    pub fn setting(root: &Node, path: &Pointer, value: Node) -> Result<Self, PatchError> {
        let resolved = path.resolve(root);
        let at = Pointer(resolved.found);
        if at.0.len() + resolved.missing.len() < path.0.len() {
            // Several items are meant.
            return Err(PatchError::Position { path: path.clone() });
        }
        let Some((next, further)) = resolved.missing.split_first() else {
            return Ok(Self(vec![Operation::Replace { path: at, value }]));
        };
        let within = at.join(std::slice::from_ref(next));
        let operation = match &resolved.node.kind {
            NodeKind::Mapping(_) => {
                Operation::Add { path: within, value: nested(further, value, &at)? }
            }
            NodeKind::Sequence(items) if next_item(next, items.len()) => {
                let path = at.join(&[items.len().into()]);
                Operation::Add { path, value: nested(further, value, &at)? }
            }
            NodeKind::Sequence(_) => return Err(PatchError::Position { path: within }),
            kind if is_empty(kind) => {
                let value = nested(&resolved.missing, value, &at)?;
                Operation::Replace { path: at, value }
            }
            kind => return Err(PatchError::NoContainer { path: at, found: name(kind) }),
        };
        Ok(Self(vec![operation]))
    }

    /// The patch that removes what stands at `path`.
    pub fn removing(path: Pointer) -> Self {
        Self(vec![Operation::Remove { path }])
    }

    /// Reads what a patch serialises as.
    pub(crate) fn read(json: &serde_json::Value) -> Option<Self> {
        let operation = |json: &serde_json::Value| {
            let path = parse_path(json.get("path")?.as_str()?)?;
            let value = || json.get("value").map(Node::from);
            Some(match json.get("op")?.as_str()? {
                "add" => Operation::Add { path, value: value()? },
                "replace" => Operation::Replace { path, value: value()? },
                "remove" => Operation::Remove { path },
                "test" => Operation::Test { path, value: value()? },
                _ => return None,
            })
        };
        json.as_array()?.iter().map(operation).collect::<Option<_>>().map(Self)
    }

    /// The same patch of a tree that stands at `place` in another.
    #[must_use]
    pub fn inside(self, place: &Pointer) -> Self {
        let mut operations = self.0;
        for operation in &mut operations {
            let path = operation.path_mut();
            *path = place.join(&path.0);
        }
        Self(operations)
    }

    /// The patch of what stands at `place` alone, from there on.
    #[must_use]
    pub fn within(self, place: &Pointer) -> Self {
        let operation = |mut operation: Operation| {
            let path = operation.path_mut();
            *path = Pointer(path.0.strip_prefix(place.0.as_slice())?.to_vec());
            Some(operation)
        };
        Self(self.0.into_iter().filter_map(operation).collect())
    }
}

impl Operation {
    /// A map or list, as `like` is one, that holds nothing but a value.
    pub(super) fn of_single(like: &Node, step: &Step, value: &Node) -> Node {
        match &like.kind {
            NodeKind::Sequence(_) => Node::sequence(Span::default(), vec![value.clone()]),
            _ => Node::mapping(Span::default(), vec![entry(&step.to_key(), value.clone())]),
        }
    }

    /// Where it does something.
    pub fn path(&self) -> &Pointer {
        match self {
            Self::Add { path, .. }
            | Self::Replace { path, .. }
            | Self::Remove { path }
            | Self::Test { path, .. } => path,
        }
    }

    fn path_mut(&mut self) -> &mut Pointer {
        match self {
            Self::Add { path, .. }
            | Self::Replace { path, .. }
            | Self::Remove { path }
            | Self::Test { path, .. } => path,
        }
    }

    /// The tree that the operation makes of another.
    ///
    /// # Errors
    ///
    /// If it does not fit.
    pub fn apply(&self, root: &Node) -> Result<Node, PatchError> {
        let path = self.path();
        let absent = || PatchError::Absent { path: path.clone() };
        let Some((last, parents)) = path.0.split_last() else {
            return match self {
                Self::Add { value, .. } | Self::Replace { value, .. } => Ok(value.clone()),
                Self::Test { value, .. } if value.same_value(root) => Ok(root.clone()),
                Self::Test { .. } => Err(PatchError::Differs { path: path.clone() }),
                Self::Remove { .. } => Err(PatchError::Root),
            };
        };
        change(root, parents, &absent, &|parent| match &parent.kind {
            NodeKind::Mapping(entries) => {
                let key = last.to_key();
                let at = entries.iter().position(|entry| entry.key == key);
                let mut entries = entries.to_vec();
                match (self, at) {
                    (Self::Add { value, .. } | Self::Replace { value, .. }, Some(at)) => {
                        entries[at].value = value.clone();
                    }
                    (Self::Add { value, .. }, None) => {
                        entries.push(entry(&key, value.clone()));
                    }
                    (Self::Remove { .. }, Some(at)) => {
                        entries.remove(at);
                    }
                    (Self::Test { value, .. }, Some(at)) if entries[at].value.same_value(value) => {
                    }
                    (Self::Test { .. }, Some(_)) => {
                        return Err(PatchError::Differs { path: path.clone() });
                    }
                    (_, None) => return Err(absent()),
                }
                Ok(Node::mapping(parent.span, entries))
            }
            NodeKind::Sequence(items) => {
                let position = || PatchError::Position { path: path.clone() };
                let at = index_of(last, items.len()).ok_or_else(position)?;
                let mut items = items.to_vec();
                match self {
                    Self::Add { value, .. } if at <= items.len() => items.insert(at, value.clone()),
                    _ if at >= items.len() => return Err(position()),
                    Self::Add { value, .. } | Self::Replace { value, .. } => {
                        items[at] = value.clone();
                    }
                    Self::Remove { .. } => {
                        items.remove(at);
                    }
                    Self::Test { value, .. } if items[at].same_value(value) => {}
                    Self::Test { .. } => return Err(PatchError::Differs { path: path.clone() }),
                }
                Ok(Node::sequence(parent.span, items))
            }
            kind => {
                let path = Pointer(parents.to_vec());
                Err(PatchError::NoContainer { path, found: name(kind) })
            }
        })
    }
}

/// The tree in which what stands at the end of a path is changed.
fn change(
    node: &Node,
    path: &[Step],
    absent: &dyn Fn() -> PatchError,
    with: &dyn Fn(&Node) -> Result<Node, PatchError>,
) -> Result<Node, PatchError> {
    let Some((step, rest)) = path.split_first() else { return with(node) };
    match &node.kind {
        NodeKind::Mapping(entries) => {
            let key = step.to_key();
            let at = entries.iter().position(|entry| entry.key == key).ok_or_else(absent)?;
            let mut entries = entries.to_vec();
            entries[at].value = change(&entries[at].value, rest, absent, with)?;
            Ok(Node::mapping(node.span, entries))
        }
        NodeKind::Sequence(items) => {
            let at = index_of(step, items.len()).ok_or_else(absent)?;
            let mut items = items.to_vec();
            let item = items.get_mut(at).ok_or_else(absent)?;
            *item = change(item, rest, absent, with)?;
            Ok(Node::sequence(node.span, items))
        }
        _ => Err(absent()),
    }
}

/// A step as a position; `-` is the one behind the last item.
pub(super) fn index_of(step: &Step, length: usize) -> Option<usize> {
    match step {
        Step::Index(index) => Some(*index),
        Step::Key(key) if &**key == "-" => Some(length),
        Step::Key(key) => {
            key.parse().ok().filter(|_| !key.starts_with(['+', '0']) || &**key == "0")
        }
    }
}

fn next_item(step: &Step, length: usize) -> bool {
    index_of(step, length) == Some(length)
}

/// `value` at the end of a path through maps and lists that hold nothing else.
fn nested(path: &[Step], value: Node, at: &Pointer) -> Result<Node, PatchError> {
    path.iter().rev().try_fold(value, |value, step| match step {
        step if next_item(step, 0) => Ok(Node::sequence(Span::default(), vec![value])),
        Step::Index(_) => Err(PatchError::Position { path: at.join(path) }),
        Step::Key(key) => Ok(Node::mapping(Span::default(), vec![entry(key, value)])),
    })
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.into(), key_span: Span::default(), value }
}

/// Whether something says nothing, and may give way.
fn is_empty(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Null => true,
        NodeKind::String(text) => text.is_empty(),
        _ => false,
    }
}

fn name(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "true or false",
        NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Number(_) => "a number",
        NodeKind::String(_) => "a text",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Mapping(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn operation(op: &str, path: &str, value: Value) -> Operation {
        let path = parse_path(path).unwrap();
        let value = Node::from(&value);
        match op {
            "add" => Operation::Add { path, value },
            "replace" => Operation::Replace { path, value },
            "remove" => Operation::Remove { path },
            _ => Operation::Test { path, value },
        }
    }

    #[test]
    fn operations_do_what_the_standard_says() {
        let null = || Value::Null;
        for (tree, op, path, value, expected) in [
            (json!({"a": 1}), "add", "/b", json!(2), json!({"a": 1, "b": 2})),
            (json!({"a": 1}), "add", "/a", json!(2), json!({"a": 2})),
            (json!({"a": [1]}), "add", "/a/-", json!(2), json!({"a": [1, 2]})),
            (json!({"a": [1]}), "add", "/a/0", json!(2), json!({"a": [2, 1]})),
            (json!({"a": [1]}), "add", "/a/1", json!(2), json!({"a": [1, 2]})),
            (json!({"a": [1]}), "replace", "/a/0", json!(2), json!({"a": [2]})),
            (json!({"0": 1}), "replace", "/0", json!(2), json!({"0": 2})),
            (json!({"a": {"b": 1}}), "remove", "/a/b", null(), json!({"a": {}})),
            (json!({"a": [1, 2]}), "remove", "/a/0", null(), json!({"a": [2]})),
            (json!({"a/b": 1}), "test", "/a~1b", json!(1.0), json!({"a/b": 1})),
            (json!({"a": 1}), "replace", "", json!([]), json!([])),
        ] {
            let patched = operation(op, path, value).apply(&Node::from(&tree)).unwrap();
            assert_eq!(Value::from(&patched), expected, "{op} {path}");
        }
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let tree = Node::from(&json!({"a": [1], "b": "x"}));
        for (op, path, error) in [
            ("remove", "/c", "there is nothing at `/c`"),
            ("replace", "/a/1", "`/a/1` is no position in its list"),
            ("add", "/a/2", "`/a/2` is no position in its list"),
            ("add", "/a/x", "`/a/x` is no position in its list"),
            ("add", "/b/c", "`/b` is a text, which holds nothing"),
            ("add", "/c/d", "there is nothing at `/c/d`"),
            ("test", "/b", "the value at `/b` is not the one that the patch expects"),
            ("remove", "", "the whole document would be removed"),
        ] {
            let wrong = operation(op, path, json!(1)).apply(&tree).unwrap_err();
            assert_eq!(wrong.to_string(), error);
        }
    }

    #[test]
    fn setting_adds_what_is_missing_on_the_way() {
        for (tree, path, expected) in [
            (json!({}), "a.b[0].c", r#"[{"op":"add","path":"/a","value":{"b":[{"c":1}]}}]"#),
            (json!({"a": null}), "a.b", r#"[{"op":"replace","path":"/a","value":{"b":1}}]"#),
            (json!({"a": []}), "a[0]", r#"[{"op":"add","path":"/a/0","value":1}]"#),
            (json!({"a": [0]}), "/a/-", r#"[{"op":"add","path":"/a/1","value":1}]"#),
            (json!({"a": {"b": 0}}), "a.b", r#"[{"op":"replace","path":"/a/b","value":1}]"#),
        ] {
            let path = parse_path(path).unwrap();
            let patch = Patch::setting(&Node::from(&tree), &path, Node::from(&json!(1))).unwrap();
            assert_eq!(serde_json::to_string(&patch).unwrap(), expected);
        }
        let tree = Node::from(&json!({"a": "x", "b": [1]}));
        for (path, error) in [
            ("a.b", "`/a` is a text, which holds nothing"),
            ("b[*]", "`/b/*` is no position in its list"),
            ("b.c", "`/b/c` is no position in its list"),
            ("b[3]", "`/b/3` is no position in its list"),
            ("c[1]", "`/1` is no position in its list"),
        ] {
            let path = parse_path(path).unwrap();
            let wrong = Patch::setting(&tree, &path, Node::from(&json!(1))).unwrap_err();
            assert_eq!(wrong.to_string(), error);
        }
    }

    #[test]
    fn what_stays_keeps_its_place() {
        let span = Span::new(3, 4);
        let own = Entry {
            key: "z".into(),
            key_span: Span::new(1, 2),
            value: Node::new(span, NodeKind::Integer(1)),
        };
        let tree = Node::mapping(Span::new(0, 5), vec![own]);
        let patched = operation("add", "/a", json!(2)).apply(&tree).unwrap();
        assert_eq!(patched.entries().unwrap()[0], tree.entries().unwrap()[0]);
        assert_eq!(patched.span, tree.span);
    }
}
