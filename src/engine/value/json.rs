//! Values as JSON text, character for character what Go's encoder writes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Member as _, Value, with_room};

impl Value {
    /// The value as JSON: sets as arrays, keys that are no strings as their own JSON.
    pub fn to_json_string(&self) -> String {
        let mut out = String::new();
        write(&mut out, self, None, 0);
        out
    }

    /// The same over several lines, for people.
    pub fn to_json_pretty(&self) -> String {
        self.to_json_lines("", "  ")
    }

    /// The value as JSON over several lines, each after the first beginning with `prefix` and an
    /// `indent` for every level.
    pub(in crate::engine) fn to_json_lines(&self, prefix: &str, indent: &str) -> String {
        let mut out = String::new();
        write(&mut out, self, Some((prefix, indent)), 0);
        out
    }
}

/// The text of a key in JSON.
pub(in crate::engine) fn key(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.to_string(),
        other => other.to_json_string(),
    }
}

fn write(out: &mut String, value: &Value, lines: Option<(&str, &str)>, depth: usize) {
    with_room(value.depth(), || write_value(out, value, lines, depth));
}

fn write_value(out: &mut String, value: &Value, lines: Option<(&str, &str)>, depth: usize) {
    match value {
        Value::Null(_) => out.push_str("null"),
        Value::Bool(_, value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(_, number) => {
            // Writing to a string does not fail.
            let _ = write!(out, "{number}");
        }
        Value::String(_, text) => write_string(out, text),
        Value::Array(_, items) | Value::Set(_, items) => {
            if items.is_empty() {
                return out.push_str("[]");
            }
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                separate(out, at, lines, depth + 1);
                write(out, item, lines, depth + 1);
            }
            break_line(out, lines, depth);
            out.push(']');
        }
        Value::Object(_, entries) => {
            if entries.is_empty() {
                return out.push_str("{}");
            }
            // Keys of other types sort by their text, and may fall together with strings.
            let strings = entries.iter().all(|entry| entry.0.as_str().is_some());
            out.push('{');
            let mut entry = |at: usize, key: &str, value: &Value| {
                separate(out, at, lines, depth + 1);
                write_string(out, key);
                out.push_str(if lines.is_some() { ": " } else { ":" });
                write(out, value, lines, depth + 1);
            };
            if strings {
                for (at, (key, value)) in entries.iter().enumerate() {
                    entry(at, key.as_str().unwrap_or_default(), value);
                }
            } else {
                let sorted: BTreeMap<String, &Value> =
                    entries.iter().map(|(name, value)| (key(name), value)).collect();
                for (at, (key, value)) in sorted.into_iter().enumerate() {
                    entry(at, &key, value);
                }
            }
            break_line(out, lines, depth);
            out.push('}');
        }
    }
}

fn separate(out: &mut String, at: usize, lines: Option<(&str, &str)>, depth: usize) {
    if at > 0 {
        out.push(',');
    }
    break_line(out, lines, depth);
}

fn break_line(out: &mut String, lines: Option<(&str, &str)>, depth: usize) {
    if let Some((prefix, indent)) = lines {
        out.push('\n');
        out.push_str(prefix);
        (0..depth).for_each(|_| out.push_str(indent));
    }
}

/// Writes a string with quotes, escaping also what HTML takes amiss.
pub(in crate::engine) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go() {
        let value = Value::array(vec![Value::string("<&>\u{2028}\u{1}\u{7f}é\"")]);
        assert_eq!(value.to_json_string(), "[\"\\u003c\\u0026\\u003e\\u2028\\u0001\u{7f}é\\\"\"]");
    }

    #[test]
    fn keys_of_other_types_are_their_json() {
        let object = Value::object(vec![
            (Value::array(vec![Value::from(1), Value::string("a")]), Value::from(1)),
            (Value::from(10), Value::from(2)),
            (Value::from(9), Value::from(3)),
        ]);
        assert_eq!(object.unwrap().to_json_string(), r#"{"10":2,"9":3,"[1,\"a\"]":1}"#);
    }

    #[test]
    fn lines_are_indented() {
        let value =
            Value::record([("a", Value::array(vec![Value::from(1)])), ("b", Value::array(vec![]))]);
        assert_eq!(value.to_json_lines("", "  "), "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}");
    }
}
