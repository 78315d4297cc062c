//! JSON text to spanned tree.

use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use crate::source::Span;

use super::Format;
use super::error::Trouble;
use super::limits::ReadLimits;
use super::node::{Entry, Node, NodeKind};

/// Reads one JSON value, strictly: no comments, no trailing commas.
pub(super) fn read(
    text: &str,
    format: Format,
    limits: &ReadLimits,
) -> Result<Option<Node>, Trouble> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
    };
    check_depth(text, limits)?;
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options).map_err(
        |error| {
            let range = error.range();
            Trouble::syntax(
                format!("not valid JSON: {}", error.kind()),
                Span::new(range.start, range.end),
            )
        },
    )?;
    parsed.value.as_ref().map(|value| node(value, format, limits)).transpose()
}

/// The parser recurses, so depth is measured before it runs.
fn check_depth(text: &str, limits: &ReadLimits) -> Result<(), Trouble> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limits.depth {
                    return Err(Trouble::limit(
                        format!("nested deeper than {} levels", limits.depth),
                        Span::new(at, at + 1),
                    ));
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn node(value: &Value<'_>, format: Format, limits: &ReadLimits) -> Result<Node, Trouble> {
    let place = place(value);
    let kind = match value {
        Value::NullKeyword(_) => NodeKind::Null,
        Value::BooleanLit(literal) => NodeKind::Bool(literal.value),
        Value::StringLit(literal) => NodeKind::String(literal.value.as_ref().into()),
        Value::NumberLit(literal) => {
            let number = literal.value;
            match (number.parse::<i64>(), number.parse::<f64>()) {
                (Ok(integer), _) if format != Format::Json || integer.to_string() == number => {
                    NodeKind::Integer(integer)
                }
                _ if format == Format::Json => NodeKind::Number(number.into()),
                _ if format == Format::Yaml && number.parse::<u64>().is_ok() => {
                    NodeKind::Number(number.into())
                }
                (_, Ok(float)) if float.is_finite() => super::number(float),
                _ => return Err(Trouble::syntax(format!("{number} does not fit a number"), place)),
            }
        }
        Value::Array(array) => {
            let items = array
                .elements
                .iter()
                .map(|item| node(item, format, limits))
                .collect::<Result<Vec<_>, _>>()?;
            NodeKind::Sequence(items.into())
        }
        Value::Object(object) => {
            let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
            let mut index = std::collections::HashMap::<Arc<str>, usize>::new();
            for property in &object.properties {
                let key: Arc<str> = match &property.name {
                    ObjectPropName::String(name) => name.value.as_ref().into(),
                    ObjectPropName::Word(name) => name.value.into(),
                };
                let range = property.name.range();
                let entry = Entry {
                    key: Arc::clone(&key),
                    key_span: Span::new(range.start, range.end),
                    value: node(&property.value, format, limits)?,
                };
                // A key given twice: the last wins.
                if let Some(known) = index.get(&key) {
                    if !limits.repeated_keys {
                        let message = format!("the key `{key}` is given twice");
                        return Err(Trouble::syntax(message, entry.key_span));
                    }
                    entries[*known] = entry;
                } else {
                    index.insert(key, entries.len());
                    entries.push(entry);
                }
            }
            NodeKind::Mapping(entries.into())
        }
    };
    Ok(Node::new(place, kind))
}

fn place(value: &Value<'_>) -> Span {
    let range = value.range();
    Span::new(range.start, range.end)
}
