//! Scalars as text that kubectl reads as the same value.

use crate::manifest::{Node, NodeKind, is_printable, written};

pub(super) use crate::manifest::Within;

/// How a text is quoted, where there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Not, unless it would be read as something else.
    None,
    Single,
    Double,
}

/// A scalar, or an empty map or list.
pub(super) fn write(node: &Node, within: Within, quotes: Quotes) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Integer(value) => value.to_string(),
        NodeKind::Float(value) => value.to_string(),
        NodeKind::Number(text) => text.to_string(),
        NodeKind::String(text) => string(text, within, quotes),
        NodeKind::Sequence(_) => "[]".to_owned(),
        NodeKind::Mapping(_) => "{}".to_owned(),
    }
}

/// A text, as a value or as a key.
pub(super) fn string(text: &str, within: Within, quotes: Quotes) -> String {
    match quotes {
        Quotes::Single if within != Within::Json && text.chars().all(is_printable) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Quotes::None => written(text, within),
        _ => written(text, Within::Json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_kept_where_they_can_be() {
        assert_eq!(string("it's", Within::Block, Quotes::Single), "'it''s'");
        assert_eq!(string("a\nb", Within::Block, Quotes::Single), "\"a\\nb\"");
        assert_eq!(string("web", Within::Flow, Quotes::Double), "\"web\"");
        assert_eq!(string("web", Within::Json, Quotes::Single), "\"web\"");
        assert_eq!(string("web", Within::Block, Quotes::None), "web");
    }
}
