//! JSON Patch.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::value::{Items, NodeId, Value};
use super::json::path;
use super::{BuiltinError, Context, Outcome, operand};

pub(super) fn patch(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let source = operand::any(args, 0)?;
    let operations = operand::array(args, 1)?;
    let mut tree = Tree::Untouched(source.clone());
    for operation in operations {
        context.tick(1)?;
        apply(&mut tree, operation)?;
    }
    tree.render().map(Some).ok_or_else(|| error("the whole document was removed"))
}

fn error(message: impl Into<String>) -> BuiltinError {
    BuiltinError::new(message)
}

fn apply(tree: &mut Tree, operation: &Value) -> Result<(), BuiltinError> {
    if operation.as_object().is_none() {
        return Err(error(
            "must be an array of JSON-Patch objects, but at least one element is not an object",
        ));
    }
    let attribute = |name: &str| {
        operation.field(name).ok_or_else(|| error(format!("missing required attribute '{name}'")))
    };
    let target = attribute("path")?;
    let name = attribute("op")?;
    let name = name.as_str().ok_or_else(|| {
        error(format!("attribute 'op' must be a string but found: {}", name.type_name()))
    })?;
    let target = path(target)?;
    match name {
        "add" => tree.insert(&target, attribute("value")?.clone()),
        "remove" => tree.delete(&target),
        "replace" => {
            tree.delete(&target)?;
            tree.insert(&target, attribute("value")?.clone())
        }
        "move" => {
            let from = path(attribute("from")?)?;
            let value = tree.value_at(&from)?;
            tree.delete(&from)?;
            tree.insert(&target, value)
        }
        "copy" => {
            let value = tree.value_at(&path(attribute("from")?)?)?;
            tree.insert(&target, value)
        }
        "test" => {
            let found = tree.value_at(&target)?;
            let wanted = attribute("value")?;
            if found == *wanted {
                Ok(())
            } else {
                Err(error(format!(
                    "value from EditTree != patch value.\n\nExpected: {wanted}\n\nFound: {found}"
                )))
            }
        }
        other => Err(error(format!("unrecognized op: '{other}'"))),
    }
}

/// A value that is being edited.
///
/// Arrays keep what they were before the first edit: OPA takes an item that a path leads into
/// from there, by its position now, also where insertions and removals have moved the items.
enum Tree {
    Deleted,
    Untouched(Value),
    /// With the node that it was read from, for as long as all is there that was: what is missing in
    /// it is missing there.
    Object(NodeId, BTreeMap<Value, Tree>),
    Array {
        before: Arc<Items<Value>>,
        slots: Vec<Slot>,
    },
    Set(BTreeMap<Value, Tree>),
}

enum Slot {
    /// The item that was at this position.
    Before(usize),
    Edited(Tree),
}

impl Tree {
    /// The value as it is now, unless it is gone.
    fn render(&self) -> Option<Value> {
        Some(match self {
            Self::Deleted => return None,
            Self::Untouched(value) => value.clone(),
            Self::Object(node, entries) => Value::object_of_last(
                entries
                    .iter()
                    .filter_map(|(key, tree)| Some((key.clone(), tree.render()?)))
                    .collect(),
            )
            .with_node(*node),
            Self::Array { before, slots } => Value::array(
                slots
                    .iter()
                    .filter_map(|slot| match slot {
                        Slot::Before(at) => before.get(*at).cloned(),
                        Slot::Edited(tree) => tree.render(),
                    })
                    .collect(),
            ),
            Self::Set(members) => Value::set(members.values().filter_map(Self::render).collect()),
        })
    }

    /// Opens a collection for editing.
    fn open(&mut self) {
        let Self::Untouched(value) = self else {
            return;
        };
        *self = match value {
            Value::Object(node, entries) => Self::Object(
                node.of_input(),
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::Untouched(value.clone())))
                    .collect(),
            ),
            Value::Array(_, items) => Self::Array {
                before: Arc::clone(items),
                slots: (0..items.len()).map(Slot::Before).collect(),
            },
            Value::Set(_, members) => Self::of_members(members),
            _ => return,
        };
    }

    fn of_members(members: &[Value]) -> Self {
        Self::Set(
            members
                .iter()
                .map(|member| (member.clone(), Self::Untouched(member.clone())))
                .collect(),
        )
    }

    /// Gives the members of a set, whose own parts may have changed, their new names.
    fn settle(&mut self, key: &Value) {
        if matches!(self, Self::Set(_))
            && key.len().is_some()
            && let Some(Value::Set(_, members)) = self.render()
        {
            *self = Self::of_members(&members);
        }
    }

    fn not_a_collection(&self) -> BuiltinError {
        let value = self.render().unwrap_or(Value::NULL);
        error(format!(
            "expected composite type, found value: {value} (type: {})",
            value.type_name()
        ))
    }

    /// The tree at the end of a path.
    fn unfold(&mut self, path: &[Value]) -> Result<&mut Self, BuiltinError> {
        let Some((key, rest)) = path.split_first() else {
            return Ok(self);
        };
        self.open();
        self.settle(key);
        let missing = || error(format!("path {key} does not exist"));
        let next = match self {
            Self::Object(_, entries) | Self::Set(entries) => {
                entries.get_mut(key).ok_or_else(missing)?
            }
            Self::Array { before, slots } => {
                let at = position(slots.len(), key)?;
                let edited = matches!(slots.get(at), Some(Slot::Edited(_)));
                if !edited {
                    let value = before.get(at).ok_or_else(missing)?.clone();
                    let slot = slots
                        .get_mut(at)
                        .ok_or_else(|| error("index for array delete out of bounds"))?;
                    *slot = Slot::Edited(Self::Untouched(value));
                }
                match slots.get_mut(at) {
                    Some(Slot::Edited(tree)) => tree,
                    _ => return Err(missing()),
                }
            }
            other => return Err(other.not_a_collection()),
        };
        next.unfold(rest)
    }

    fn value_at(&mut self, path: &[Value]) -> Result<Value, BuiltinError> {
        let found = self.unfold(path)?;
        found.render().ok_or_else(|| error("deleted node encountered"))
    }

    fn insert(&mut self, path: &[Value], value: Value) -> Result<(), BuiltinError> {
        let Some((key, parents)) = path.split_last() else {
            *self = Self::Untouched(value);
            return Ok(());
        };
        let place = self.unfold(parents)?;
        place.open();
        place.settle(key);
        match place {
            Self::Object(_, entries) => {
                entries.insert(key.clone(), Self::Untouched(value));
            }
            Self::Set(members) => {
                if *key != value {
                    return Err(error(format!(
                        "set key {key} does not equal value to be inserted {value}"
                    )));
                }
                members.insert(key.clone(), Self::Untouched(value));
            }
            Self::Array { slots, .. } => {
                let at = position(slots.len(), key)?;
                if at > slots.len() {
                    return Err(error("index for array insertion out of bounds"));
                }
                slots.insert(at, Slot::Edited(Self::Untouched(value)));
            }
            other => return Err(other.not_a_collection()),
        }
        Ok(())
    }

    fn delete(&mut self, path: &[Value]) -> Result<(), BuiltinError> {
        let Some((key, parents)) = path.split_last() else {
            *self = Self::Deleted;
            return Ok(());
        };
        let place = self.unfold(parents)?;
        place.open();
        place.settle(key);
        match place {
            Self::Object(_, entries) | Self::Set(entries) => {
                entries.remove(key).ok_or_else(|| {
                    error(format!("cannot delete child key {key} that does not exist"))
                })?;
                if let Self::Object(node, _) = place {
                    *node = NodeId::NONE;
                }
            }
            Self::Array { slots, .. } => {
                let at = position(slots.len(), key)?;
                if at >= slots.len() {
                    return Err(error("index for array delete out of bounds"));
                }
                slots.remove(at);
            }
            other => return Err(other.not_a_collection()),
        }
        Ok(())
    }
}

/// The position that a key names in an array of that length; `-` is the end.
fn position(length: usize, key: &Value) -> Result<usize, BuiltinError> {
    let at = match key {
        Value::Number(_, number) => {
            number.as_i64().ok_or_else(|| error("invalid number type for indexing"))?
        }
        Value::String(_, text) if **text == *"-" => return Ok(length),
        Value::String(_, text) => {
            let number = super::super::number::Number::parse_loose(text);
            let at = number
                .and_then(|number| number.as_i64())
                .ok_or_else(|| error("invalid string for indexing"))?;
            if text.starts_with('0') && **text != *"0" {
                return Err(error("leading zeros are not allowed in JSON paths"));
            }
            at
        }
        _ => return Err(error("invalid type for indexing")),
    };
    usize::try_from(at).map_err(|_| error("index for array out of bounds"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn documents_are_patched() {
        for (source, operations, result) in [
            (
                r#"{"a": [1, 2]}"#,
                r#"[{"op": "add", "path": "a/-", "value": 3}]"#,
                r#"{"a": [1, 2, 3]}"#,
            ),
            (r#"{"a": [1, 2]}"#, r#"[{"op": "remove", "path": "/a/0"}]"#, r#"{"a": [2]}"#),
            (r#"{"a": 1}"#, r#"[{"op": "replace", "path": "a", "value": 2}]"#, r#"{"a": 2}"#),
            (
                r#"{"a": [1, 2, 3]}"#,
                r#"[{"op": "move", "from": "a/0", "path": "a/2"}]"#,
                r#"{"a": [2, 3, 1]}"#,
            ),
            (r#"{"a": 1}"#, r#"[{"op": "copy", "from": "a", "path": "b"}]"#, r#"{"a": 1, "b": 1}"#),
            (r#"{"a": 1}"#, r#"[{"op": "test", "path": "a", "value": 1}]"#, r#"{"a": 1}"#),
            (
                r#"{"a": {"b": 1}}"#,
                r#"[{"op": "add", "path": ["a", "c"], "value": []}]"#,
                r#"{"a": {"b": 1, "c": []}}"#,
            ),
            (
                "5",
                r#"[{"op": "add", "path": "", "value": []}, {"op": "add", "path": "0", "value": 1}]"#,
                "[1]",
            ),
            // As OPA takes it: the second path leads to what was at 1 in the beginning.
            (
                r#"{"a": [{"n": 0}, {"n": 1}]}"#,
                r#"[{"op": "add", "path": "a/0", "value": 9}, {"op": "add", "path": "a/1/x", "value": 1}]"#,
                r#"{"a": [9, {"n": 1, "x": 1}, {"n": 1}]}"#,
            ),
        ] {
            assert_eq!(eval("json.patch", &[source, operations]), result, "{operations}");
        }
        for operations in [
            r#"[{"op": "remove", "path": "x"}]"#,
            r#"[{"op": "add", "path": "a/5", "value": 1}]"#,
            r#"[{"op": "add", "path": "a/01", "value": 1}]"#,
            r#"[{"op": "test", "path": "a/0", "value": 2}]"#,
            r#"[{"op": "nope", "path": "a"}]"#,
            r#"[{"path": "a"}]"#,
            "[1]",
        ] {
            let result = eval("json.patch", &["{\"a\": [1]}", operations]);
            assert!(result.starts_with("error"), "{operations}");
        }
    }
}
