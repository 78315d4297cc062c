//! Scalars as text that kubectl reads as the same value.

use std::fmt::Write as _;

use crate::manifest::{Node, NodeKind, reads_as_text};

/// What a scalar stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// Block style, where a line is a scalar's own.
    Block,
    /// Brackets, where commas and brackets end a plain scalar.
    Flow,
    /// JSON, or YAML that is written like it: every text is quoted.
    Json,
}

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
        _ if within == Within::Json => double_quoted(text),
        Quotes::None if is_plain(text, within) => text.to_owned(),
        Quotes::Single if text.chars().all(is_printable) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ => double_quoted(text),
    }
}

/// Whether a text needs no quotes, whichever YAML its next reader speaks.
fn is_plain(text: &str, within: Within) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let begins = match first {
        '-' | '?' | ':' => text[1..].starts_with(|c: char| c.is_ascii_alphanumeric()),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' | '=' | '<' => false,
        _ => true,
    };
    let in_brackets = within == Within::Flow && text.contains([',', '[', ']', '{', '}', '?']);
    begins
        && !in_brackets
        && text.trim() == text
        && text.chars().all(is_printable)
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !text.contains("{{")
        && !looks_like_number(text)
        && reads_as_text(text)
}

/// What some YAML takes for a number, a time or a date, though kubectl may not.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+', '.']).unwrap_or(text);
    let number =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | ':' | '-' | '+' | 'e' | 'E');
    let radix = ["0x", "0X", "0o", "0O", "0b", "0B"];
    unsigned.starts_with(|c: char| c.is_ascii_digit())
        && (unsigned.chars().all(number) || radix.iter().any(|radix| unsigned.starts_with(radix)))
        || matches!(unsigned.to_ascii_lowercase().as_str(), "inf" | "nan")
}

fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}')
}

/// In double quotes, with the escapes that YAML and JSON share.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_printable(c) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        string(text, Within::Block, Quotes::None)
    }

    #[test]
    fn texts_that_would_be_read_otherwise_are_quoted() {
        for text in [
            "yes",
            "on",
            "n",
            "0777",
            "0o14",
            "1_000",
            "12:30",
            "2001-01-01",
            "1.5",
            "null",
            "~",
            "",
            " x",
            "x ",
            "a: b",
            "a #b",
            "- a",
            "-",
            "*x",
            "&x",
            "!x",
            "{{ x }}",
            "a:",
            "<<",
            "=",
            "@x",
            "`x`",
            "%x",
            "0x1F",
            ".inf",
            "true",
            "[a",
            "#a",
            "1e3",
            "é\u{a0}",
            "a\tb",
        ] {
            assert!(plain(text).starts_with('"'), "{text}");
        }
        for text in
            ["web", "128Mi", "100m", "shop/web:1.4.2", "-x", "a-b", "é 😀", "a,b", "x[1]", "v1"]
        {
            assert_eq!(plain(text), text);
        }
        for text in ["a,b", "x[1]"] {
            assert_eq!(string(text, Within::Flow, Quotes::None), format!("\"{text}\""));
        }
        assert_eq!(string("it's", Within::Block, Quotes::Single), "'it''s'");
        assert_eq!(string("a\nb", Within::Block, Quotes::Single), "\"a\\nb\"");
        assert_eq!(string("web", Within::Json, Quotes::None), "\"web\"");
    }
}
