//! Where two values differ.

use crate::engine::value::Value;

/// The most differences that are told.
const MOST: usize = 5;

/// Where two collections differ, in words; nothing where one look at them shows it.
pub(super) fn between(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if left.len().is_some() && right.len().is_some() {
        compare("", left, right, &mut found);
    }
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(format!("and in {more} more"));
    }
    found
}

fn compare(path: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    if left == right {
        return;
    }
    let at = if path.is_empty() { String::new() } else { format!("at {path}: ") };
    match (left, right) {
        (Value::Object(_, lefts), Value::Object(_, rights)) => {
            for (key, value) in lefts.iter() {
                match right.get(key) {
                    Some(other) => compare(&inside(path, key), value, other, found),
                    None => found.push(format!("{at}only left: {key}: {value}")),
                }
            }
            let only = rights.iter().filter(|(key, _)| left.get(key).is_none());
            found.extend(only.map(|(key, value)| format!("{at}only right: {key}: {value}")));
        }
        (Value::Array(_, lefts), Value::Array(_, rights)) => {
            for (index, (value, other)) in lefts.iter().zip(rights.iter()).enumerate() {
                compare(&format!("{path}[{index}]"), value, other, found);
            }
            let shared = lefts.len().min(rights.len());
            let only = |side: &'static str, items: &[Value]| {
                let items = items.iter().enumerate().skip(shared);
                items.map(|(index, value)| format!("{at}only {side}: [{index}]: {value}")).collect()
            };
            let mut only_left: Vec<String> = only("left", lefts);
            found.append(&mut only_left);
            found.append(&mut only("right", rights));
        }
        (Value::Set(_, lefts), Value::Set(_, rights)) => {
            let only = |side: &'static str, members: &[Value], other: &Value| {
                let members = members.iter().filter(|member| !other.has(member));
                members.map(|member| format!("{at}only {side}: {member}")).collect()
            };
            let mut only_left: Vec<String> = only("left", lefts, right);
            found.append(&mut only_left);
            found.append(&mut only("right", rights, left));
        }
        _ => found.push(format!("{at}{left} is not {right}")),
    }
}

/// The path to a member of an object, as Rego writes it.
fn inside(path: &str, key: &Value) -> String {
    let is_name = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part)
    };
    match key.as_str() {
        Some(text) if is_name(text) => format!("{path}.{text}"),
        _ => format!("{path}[{key}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from(&json)
    }

    #[test]
    fn differences_are_told_by_their_paths() {
        let left = value(serde_json::json!({"a": {"b": [1, 2]}, "c-d": 1, "same": true}));
        let right = value(serde_json::json!({"a": {"b": [1, 3, 4]}, "c-d": "x", "e": null}));
        assert_eq!(
            between(&left, &right),
            [
                "at .a.b[1]: 2 is not 3",
                "at .a.b: only right: [2]: 4",
                "at [\"c-d\"]: 1 is not \"x\"",
                "only left: \"same\": true",
                "only right: \"e\": null",
            ]
        );
    }

    #[test]
    fn sets_differ_by_their_members() {
        let set = |members: &[i64]| Value::set(members.iter().map(|m| Value::from(*m)).collect());
        assert_eq!(between(&set(&[1, 2]), &set(&[2, 3])), ["only left: 1", "only right: 3"]);
        let many: Vec<i64> = (0..9).collect();
        let told = between(&set(&many), &set(&[]));
        assert_eq!(told.last().unwrap(), "and in 4 more");
    }

    #[test]
    fn what_is_plain_is_not_told() {
        assert!(between(&Value::from(1), &Value::from(2)).is_empty());
        assert_eq!(
            between(&value(serde_json::json!([])), &value(serde_json::json!({}))),
            ["[] is not {}"]
        );
    }
}
