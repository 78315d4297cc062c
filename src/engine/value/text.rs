//! Values as Rego writes them.

use std::fmt::{self, Write as _};

use unicode_general_category::{GeneralCategory, get_general_category};

use super::{Items, Value, with_room};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null(_) => f.write_str("null"),
            Self::Bool(_, value) => write!(f, "{value}"),
            Self::Number(_, number) => write!(f, "{number}"),
            Self::String(_, text) => f.write_str(&quote(text)),
            Self::Array(_, items) => list(f, items, '[', ']'),
            Self::Set(_, members) if members.is_empty() => f.write_str("set()"),
            Self::Set(_, members) => list(f, members, '{', '}'),
            Self::Object(_, entries) => with_room(entries.depth(), || {
                f.write_char('{')?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{key}: {value}")?;
                }
                f.write_char('}')
            }),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, items: &Items<Value>, open: char, close: char) -> fmt::Result {
    with_room(items.depth(), || {
        f.write_char(open)?;
        for (at, item) in items.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        f.write_char(close)
    })
}

/// `text` between quotes, escaped as Go's `strconv.Quote` does it.
pub(in crate::engine) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        escape(&mut quoted, character, '"', false);
    }
    quoted.push('"');
    quoted
}

/// Adds a character, escaped if it does not print, or is not ASCII and `ascii` is wanted.
pub(in crate::engine) fn escape(out: &mut String, character: char, quote: char, ascii: bool) {
    if matches!(character, ' '..='~') && character != quote && character != '\\' {
        return out.push(character);
    }
    let code = u32::from(character);
    let escaped = match character {
        _ if character == quote || character == '\\' => format!("\\{character}"),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        _ if is_printable(character) && (character.is_ascii() || !ascii) => character.to_string(),
        _ if code < 0x20 || code == 0x7f => format!("\\x{code:02x}"),
        _ if code < 0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    out.push_str(&escaped);
}

/// Whether Go prints the character as it is.
pub(in crate::engine) fn is_printable(character: char) -> bool {
    use GeneralCategory as Category;

    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !matches!(
        get_general_category(character),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_rego() {
        let value = Value::array(vec![
            Value::string("a\"\n\u{7f}é\u{200b}"),
            Value::set(vec![]),
            Value::set(vec![Value::from(1)]),
            Value::record([("k", Value::NULL)]),
        ]);
        assert_eq!(value.to_string(), r#"["a\"\n\x7fé\u200b", set(), {1}, {"k": null}]"#);
    }
}
