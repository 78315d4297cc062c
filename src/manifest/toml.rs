//! TOML text to spanned tree, for configuration that is judged beside manifests.

use toml_edit::{Document, Item, TableLike, Value};

use crate::source::Span;

use super::error::Trouble;
use super::node::{Entry, Node, NodeKind};

/// Reads one TOML document.
pub(super) fn read(text: &str) -> Result<Option<Node>, Trouble> {
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..text.len().min(1));
        Trouble::syntax(
            format!("not valid TOML: {}", error.message()),
            Span::new(span.start, span.end),
        )
    })?;
    let whole = Span::new(0, text.len());
    Ok(Some(table(document.as_table(), whole)))
}

fn table(table: &dyn TableLike, place: Span) -> Node {
    let entries = table
        .iter()
        .map(|(key, item)| {
            let key_span = table.key(key).and_then(toml_edit::Key::span);
            let key_span = key_span.map_or(place, |span| Span::new(span.start, span.end));
            Entry { key: key.into(), key_span, value: node(item, key_span) }
        })
        .collect();
    Node::mapping(place, entries)
}

fn node(item: &Item, parent: Span) -> Node {
    let place = item.span().map_or(parent, |span| Span::new(span.start, span.end));
    match item {
        Item::None => Node::new(place, NodeKind::Null),
        Item::Value(value) => value_node(value, place),
        Item::Table(inner) => table(inner, place),
        Item::ArrayOfTables(tables) => {
            let items = tables.iter().map(|inner| {
                table(inner, inner.span().map_or(place, |span| Span::new(span.start, span.end)))
            });
            Node::sequence(place, items.collect())
        }
    }
}

fn value_node(value: &Value, place: Span) -> Node {
    let kind = match value {
        Value::String(text) => NodeKind::String(text.value().as_str().into()),
        Value::Integer(number) => NodeKind::Integer(*number.value()),
        Value::Float(number) if number.value().is_finite() => super::number(*number.value()),
        Value::Float(number) => NodeKind::String(number.value().to_string().into()),
        Value::Boolean(flag) => NodeKind::Bool(*flag.value()),
        Value::Datetime(date) => NodeKind::String(date.value().to_string().into()),
        Value::Array(array) => {
            let items = array.iter().map(|item| {
                value_node(item, item.span().map_or(place, |span| Span::new(span.start, span.end)))
            });
            return Node::sequence(place, items.collect());
        }
        Value::InlineTable(inner) => return table(inner, place),
    };
    Node::new(place, kind)
}
