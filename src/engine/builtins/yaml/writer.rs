//! Values as YAML, as OPA's encoder writes them.

use super::super::super::value::Value;
use super::order::natural;
use super::resolve::resolves_to_string;

/// Writes a value, with a line feed at its end.
pub(super) fn write(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    writer.node(value, Place { indent: 0, after: After::Nothing });
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    writer.out
}

#[derive(Clone, Copy)]
struct Place {
    /// The column of what the value's lines begin with.
    indent: usize,
    after: After,
}

/// What stands before a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// A dash or a question mark, and no space yet.
    Dash,
    /// A key and its colon, and no space yet.
    Key,
}

struct Writer {
    out: String,
}

impl Writer {
    /// Begins a line, unless one has just begun.
    fn line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.push_str(&" ".repeat(indent));
    }

    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Array(_, items) | Value::Set(_, items) if !items.is_empty() => {
                self.sequence(items, place);
            }
            Value::Object(_, entries) if !entries.is_empty() => {
                let mut entries: Vec<(String, &Value)> = entries
                    .iter()
                    .map(|(key, value)| match key.as_str() {
                        Some(text) => (text.to_owned(), value),
                        None => (key.to_json_string(), value),
                    })
                    .collect();
                entries.sort_by(|a, b| natural(&a.0, &b.0));
                self.mapping(&entries, place);
            }
            scalar => {
                let text = self.scalar(scalar, place.indent, false);
                if place.after != After::Nothing {
                    self.out.push(' ');
                }
                self.out.push_str(&text);
            }
        }
    }

    /// The first line of a nested collection follows a dash on its line, and begins one else.
    fn item_line(&mut self, first: bool, place: Place) {
        if first && place.after == After::Dash {
            self.out.push(' ');
        } else if first && place.after == After::Nothing && self.out.is_empty() {
        } else {
            self.line(place.indent);
        }
    }

    fn sequence(&mut self, items: &[Value], place: Place) {
        for (at, item) in items.iter().enumerate() {
            self.item_line(at == 0, place);
            self.out.push('-');
            self.node(item, Place { indent: place.indent + 2, after: After::Dash });
        }
    }

    fn mapping(&mut self, entries: &[(String, &Value)], place: Place) {
        for (at, (key, value)) in entries.iter().enumerate() {
            self.item_line(at == 0, place);
            let inner = place.indent + 2;
            let simple = !has_break(key) && key.len() <= 128;
            if simple {
                let key = self.string(key, inner, true);
                self.out.push_str(&key);
                self.out.push(':');
            } else {
                self.out.push('?');
                self.out.push(' ');
                let key = self.string(key, inner, false);
                self.out.push_str(&key);
                self.line(place.indent);
                self.out.push(':');
            }
            // After a key on a line of its own, a collection begins right after the colon.
            let after = if simple { After::Key } else { After::Dash };
            self.node(value, Place { indent: inner, after });
        }
    }

    fn scalar(&self, value: &Value, indent: usize, key: bool) -> String {
        match value {
            Value::Null(_) => "null".to_owned(),
            Value::Bool(_, value) => value.to_string(),
            Value::Number(_, number) => number_text(&number.to_string()),
            Value::String(_, text) => self.string(text, indent, key),
            Value::Object(..) => "{}".to_owned(),
            Value::Array(..) | Value::Set(..) => "[]".to_owned(),
        }
    }

    fn string(&self, text: &str, indent: usize, key: bool) -> String {
        let traits = Traits::of(text);
        if text.contains('\n') {
            return if traits.block_allowed && !key {
                // Directly in the document, the text of a block is indented nonetheless.
                let indent = if self.out.is_empty() { 2 } else { indent };
                literal(text, indent)
            } else {
                double_quoted(text)
            };
        }
        if !resolves_to_string(text) {
            return double_quoted(text);
        }
        let plain = traits.plain_allowed && !(text.is_empty() && key);
        if plain {
            text.to_owned()
        } else if traits.single_allowed {
            single_quoted(text)
        } else {
            double_quoted(text)
        }
    }
}

/// What may be done with a string.
struct Traits {
    plain_allowed: bool,
    single_allowed: bool,
    block_allowed: bool,
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn has_break(text: &str) -> bool {
    text.contains(is_break)
}

/// What the encoder takes for printable.
fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

impl Traits {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let blank = |character: Option<&char>| {
            character
                .is_none_or(|character| matches!(character, ' ' | '\t') || is_break(*character))
        };
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut tabs, mut breaks) = (false, false, false);
        let (mut space_break, mut break_space) = (false, false);
        for (at, character) in characters.iter().copied().enumerate() {
            let before = at.checked_sub(1).and_then(|at| characters.get(at));
            let followed = blank(characters.get(at + 1));
            indicators |= match character {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                | '%' | '@' | '`'
                    if at == 0 =>
                {
                    true
                }
                '?' | '-' if at == 0 => followed,
                ':' => followed,
                '#' => at == 0 || blank(before),
                _ => false,
            };
            match character {
                '\t' => tabs = true,
                character => special |= !is_printable(character),
            }
            let is_space = character == ' ';
            break_space |= is_space && before.is_some_and(|before| is_break(*before));
            space_break |= is_break(character) && before == Some(&' ');
            breaks |= is_break(character);
        }
        let edge = |character: Option<&char>| {
            character.is_some_and(|character| *character == ' ' || is_break(*character))
        };
        let edges = edge(characters.first()) || edge(characters.last());
        let trailing_space = characters.last() == Some(&' ');
        let single_allowed = !(break_space || space_break || tabs || special);
        Self {
            plain_allowed: single_allowed && !edges && !breaks && !indicators,
            single_allowed,
            block_allowed: !text.is_empty() && !trailing_space && !space_break && !special,
        }
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            '\0' => quoted.push_str("\\0"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '\u{1b}' => quoted.push_str("\\e"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{85}' => quoted.push_str("\\N"),
            '\u{2028}' => quoted.push_str("\\L"),
            '\u{2029}' => quoted.push_str("\\P"),
            character if is_printable(character) => quoted.push(character),
            _ if code <= 0xff => quoted.push_str(&format!("\\x{code:02X}")),
            _ if code <= 0xffff => quoted.push_str(&format!("\\u{code:04X}")),
            _ => quoted.push_str(&format!("\\U{code:08X}")),
        }
    }
    quoted.push('"');
    quoted
}

/// A block with its line breaks as they are.
fn literal(text: &str, indent: usize) -> String {
    let mut block = String::from("|");
    if text.starts_with(|first: char| first == ' ' || is_break(first)) {
        block.push('2');
    }
    let mut ends = text.chars().rev();
    match (ends.next().is_some_and(is_break), ends.next()) {
        (false, _) => block.push('-'),
        (true, before) if before.is_none_or(is_break) => block.push('+'),
        _ => {}
    }
    block.push('\n');
    let mut at_start = true;
    for character in text.chars() {
        if is_break(character) {
            block.push(character);
            at_start = true;
        } else {
            if at_start {
                block.push_str(&" ".repeat(indent));
            }
            block.push(character);
            at_start = false;
        }
    }
    block
}

/// A number of JSON as it comes back from being read as YAML.
fn number_text(text: &str) -> String {
    if let Ok(integer) = text.parse::<i64>() {
        return integer.to_string();
    }
    if let Ok(integer) = text.parse::<u64>() {
        return integer.to_string();
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => {
            super::super::super::number::format::float(float, 'g', None)
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::json;
    use super::*;

    #[test]
    fn values_are_written_in_blocks() {
        for (value, text) in [
            (
                "{\"b\": [1, {\"c\": null, \"d\": [[]]}], \"a\": \"x\"}",
                "a: x\nb:\n  - 1\n  - c: null\n    d:\n      - []\n",
            ),
            ("[[1, 2], {}]", "- - 1\n  - 2\n- {}\n"),
            ("\"yes\"", "\"yes\"\n"),
            ("\"a: b\"", "'a: b'\n"),
            ("\"a\\nb\"", "|-\n  a\n  b\n"),
            ("{\"k\": \"a\\nb\\n\"}", "k: |\n  a\n  b\n"),
            ("{\"a10\": 1, \"a9\": 2}", "a9: 2\na10: 1\n"),
            ("\"2020-01-01\"", "\"2020-01-01\"\n"),
            ("\"\"", "\"\"\n"),
            ("1e21", "1e+21\n"),
            ("1.0", "1\n"),
        ] {
            assert_eq!(write(&json(value)), text, "{value}");
        }
    }
}
