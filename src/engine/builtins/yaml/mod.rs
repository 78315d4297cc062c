//! YAML text.

mod writer;

use std::sync::Arc;

use crate::manifest::{self, Format, Node, NodeKind, ReadLimits};
use crate::source::SourceText;

use super::super::number::Number;
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("yaml.is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().is_some_and(|text| read(text).is_ok()))
    }),
    Builtin::supported("yaml.marshal", 1, |_, args| some(writer::write(operand::any(args, 0)?))),
    Builtin::supported("yaml.unmarshal", 1, unmarshal),
];

fn unmarshal(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    context.tick(text.len() / 16)?;
    read(text).map(Some)
}

/// The first document, as manifests are read, except that words like `yes` stay words.
fn read(text: &str) -> Result<Value, BuiltinError> {
    let source = Arc::new(SourceText::new("yaml", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    if let Some(error) = reading.errors.first() {
        return Err(BuiltinError::new(format!("yaml: {error}")));
    }
    let root = reading.manifests.first().map(|manifest| &manifest.root);
    root.map_or(Ok(Value::NULL), |root| value(root, text))
}

fn value(node: &Node, text: &str) -> Result<Value, BuiltinError> {
    Ok(match &node.kind {
        NodeKind::Bool(_) => match word(text, node.span.start, node.span.end) {
            Some(word) => Value::string(word),
            None => Value::from(node),
        },
        NodeKind::Float(float) if !float.is_finite() => {
            return Err(BuiltinError::new("json: unsupported value"));
        }
        NodeKind::Float(float) => {
            // Integers that 64 bits hold without a sign are exact.
            let written = text.get(node.span.start..node.span.end).unwrap_or_default();
            let exact = written.parse::<u64>().ok().map(Number::from);
            Value::from(exact.unwrap_or_else(|| Number::from_double(*float)))
        }
        NodeKind::Sequence(items) => {
            Value::array(items.iter().map(|item| value(item, text)).collect::<Result<_, _>>()?)
        }
        NodeKind::Mapping(entries) => {
            let mut found = Vec::with_capacity(entries.len());
            for entry in entries.iter() {
                let written = match &*entry.key {
                    "true" | "false" => word(text, entry.key_span.start, entry.key_span.end),
                    _ => None,
                };
                let key = written.map_or_else(|| Value::string(entry.key.clone()), Value::string);
                found.push((key, value(&entry.value, text)?));
            }
            Value::object_of_last(found)
        }
        _ => Value::from(node),
    })
}

/// A word that YAML 1.1 takes for a truth value and 1.2 does not, if it stands there.
fn word(text: &str, start: usize, end: usize) -> Option<&str> {
    let written = text.get(start..end)?;
    let lower = written.to_ascii_lowercase();
    matches!(&*lower, "y" | "yes" | "on" | "n" | "no" | "off").then_some(written)
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn yaml_is_read() {
        for (text, result) in [
            ("a: 1", "{\"a\": 1}"),
            ("on: yes", "{\"on\": \"yes\"}"),
            ("a: 0777\\nb: 1e3\\nc: 0b11", "{\"a\": 511, \"b\": 1000, \"c\": 3}"),
            ("a: 1\\n---\\nb: 2", "{\"a\": 1}"),
            ("", "null"),
            ("a: &x {b: 1}\\nc: {<<: *x}", "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}"),
        ] {
            assert_eq!(eval("yaml.unmarshal", &[&format!("\"{text}\"")]), result, "{text}");
        }
        assert_eq!(eval("yaml.is_valid", &["\"a: [\""]), "false");
        assert_eq!(eval("yaml.is_valid", &["1"]), "false");
    }
}
