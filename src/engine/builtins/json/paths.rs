//! Parts of a value, named by paths.

use std::collections::BTreeMap;

use super::super::super::value::Value;
use super::super::{BuiltinError, Context, Outcome, operand};

/// The keys of a path: a JSON pointer whose first slash may be missing, or an array of keys.
pub(in crate::engine::builtins) fn path(value: &Value) -> Result<Vec<Value>, BuiltinError> {
    match value {
        Value::String(_, text) if text.is_empty() => Ok(Vec::new()),
        Value::String(_, text) => {
            let parts = text.trim_start_matches('/').split('/');
            Ok(parts
                .map(|part| Value::string(part.replace("~1", "/").replace("~0", "~")))
                .collect())
        }
        Value::Array(_, keys) => Ok(keys.to_vec()),
        other => Err(BuiltinError::new(format!(
            "operand 2 must be one of {{set, array}} containing string paths or array of path \
             segments but got {}",
            other.type_name()
        ))),
    }
}

/// What several paths name together.
enum Selection {
    Whole,
    Parts(BTreeMap<Value, Selection>),
}

impl Selection {
    fn of(args: &[Value]) -> Result<Self, BuiltinError> {
        let paths = operand::any(args, 1)?;
        let Some(items) = paths.items() else {
            return Err(operand::wrong_type(1, paths, &["set", "array"]));
        };
        let mut selection = Self::Parts(BTreeMap::new());
        for item in items {
            selection.add(path(item)?);
        }
        Ok(selection)
    }

    fn add(&mut self, path: Vec<Value>) {
        let count = path.len();
        let mut place = self;
        for (at, key) in path.into_iter().enumerate() {
            // What is named whole stays so.
            let Self::Parts(parts) = place else {
                return;
            };
            let last = at + 1 == count;
            place = parts.entry(key).or_insert_with(|| Self::Parts(BTreeMap::new()));
            if last {
                *place = Self::Whole;
            }
        }
    }

    fn get(&self, key: &Value) -> Option<&Self> {
        match self {
            Self::Whole => None,
            Self::Parts(parts) => parts.get(key),
        }
    }

    /// Positions of arrays are named by text.
    fn at(&self, position: usize) -> Option<&Self> {
        self.get(&Value::string(position.to_string()))
    }
}

pub(super) fn filter(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    operand::object(args, 0)?;
    Ok(Some(kept(operand::any(args, 0)?, &Selection::of(args)?)))
}

fn kept(value: &Value, selection: &Selection) -> Value {
    if matches!(selection, Selection::Whole) {
        return value.clone();
    }
    match value {
        Value::Array(_, items) => Value::array(
            items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| Some(kept(item, selection.at(at)?)))
                .collect(),
        ),
        Value::Set(_, members) => Value::set(
            members
                .iter()
                .filter_map(|member| Some(kept(member, selection.get(member)?)))
                .collect(),
        ),
        Value::Object(_, entries) => Value::object_of_last(
            entries
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), kept(value, selection.get(key)?))))
                .collect(),
        ),
        scalar => scalar.clone(),
    }
}

pub(super) fn remove(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    operand::object(args, 0)?;
    Ok(left(operand::any(args, 0)?, Some(&Selection::of(args)?)))
}

/// The value without what is selected; nothing if that is all of it.
fn left(value: &Value, selection: Option<&Selection>) -> Option<Value> {
    let Some(selection) = selection else {
        return Some(value.clone());
    };
    if matches!(selection, Selection::Whole) {
        return None;
    }
    Some(match value {
        Value::Array(_, items) => Value::array(
            items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| left(item, selection.at(at)))
                .collect(),
        ),
        Value::Set(_, members) => Value::set(
            members.iter().filter_map(|member| left(member, selection.get(member))).collect(),
        ),
        Value::Object(_, entries) => Value::object_of_last(
            entries
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), left(value, selection.get(key))?)))
                .collect(),
        ),
        scalar => scalar.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::eval;

    #[test]
    fn paths_name_parts() {
        let value = r#"{"a": {"b": [1, {"c": 2, "d": 3}]}, "e/f": 4}"#;
        for (name, paths, result) in [
            ("json.filter", r#"["a/b/1/c"]"#, r#"{"a": {"b": [{"c": 2}]}}"#),
            ("json.filter", r#"["/e~1f"]"#, r#"{"e/f": 4}"#),
            ("json.filter", r#"[["a", "b", "0"], "x"]"#, r#"{"a": {"b": [1]}}"#),
            ("json.filter", r#"["a/b", "a"]"#, r#"{"a": {"b": [1, {"c": 2, "d": 3}]}}"#),
            ("json.remove", r#"["a/b/0", "e~1f"]"#, r#"{"a": {"b": [{"c": 2, "d": 3}]}}"#),
            ("json.remove", r#"[["a"]]"#, r#"{"e/f": 4}"#),
            ("json.remove", r#"["a/x"]"#, r#"{"a": {"b": [1, {"c": 2, "d": 3}]}, "e/f": 4}"#),
        ] {
            assert_eq!(eval(name, &[value, paths]), result, "{name} {paths}");
        }
    }
}
