//! Texts as they are written in YAML, so that every reader reads the same text.

use std::fmt::Write as _;

use super::scalar::reads_as_text;

/// What a text stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// Block style, where a line is a scalar's own.
    Block,
    /// Brackets, where commas and brackets end a plain scalar.
    Flow,
    /// JSON, or YAML that is written like it: every text is quoted.
    Json,
}

/// A text, as a value or as a key: plain where that is safe, else in double quotes.
pub(crate) fn written(text: &str, within: Within) -> String {
    if is_plain(text, within) { text.to_owned() } else { double_quoted(text) }
}

/// Whether a text needs no quotes, whichever YAML its next reader speaks.
fn is_plain(text: &str, within: Within) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let is_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let begins = match first {
        '-' => is_word(&text[1..]) || text.strip_prefix("--").is_some_and(is_word),
        '?' | ':' => is_word(&text[1..]),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' | '=' | '<' => false,
        _ => true,
    };
    let in_brackets = within == Within::Flow && text.contains([',', '[', ']', '{', '}', '?']);
    begins
        && within != Within::Json
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

/// Whether YAML shows a character as it is, and ends no line with it.
pub(crate) fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}')
}

/// In double quotes, with the escapes that YAML and JSON share.
pub(crate) fn double_quoted(text: &str) -> String {
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
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

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
            assert!(written(text, Within::Block).starts_with('"'), "{text}");
        }
        for text in [
            "web",
            "128Mi",
            "100m",
            "shop/web:1.4.2",
            "-x",
            "--x=y",
            "a-b",
            "é 😀",
            "a,b",
            "x[1]",
            "v1",
        ] {
            assert_eq!(written(text, Within::Block), text);
        }
        for text in ["a,b", "x[1]"] {
            assert_eq!(written(text, Within::Flow), format!("\"{text}\""));
        }
        assert_eq!(written("web", Within::Json), "\"web\"");
    }

    fn texts() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "yes", "~", "0o7", "1e3", "12:30", "---", "--- a", "...", "- a", "?", "#", "<<", "=",
            ":x", "-x", "--x", "?x", "a:b", "a: b", "{{ a }}", "1_0", "'", "\"", "\\", "!a", "|",
            ">", "%", "@", "`", "\u{feff}", "\r\n",
        ]);
        let odd = prop::collection::vec(odd, 1..4).prop_map(|parts| parts.concat());
        prop_oneof![
            "[ -~\n\t]{0,12}",
            "\\PC{0,6}",
            any::<String>(),
            "[a\u{7f}\u{85}\u{a0}\u{2028}\u{2029}\u{feff}\u{fffe} \n]{0,4}",
            odd,
        ]
    }

    fn read_back(text: &str, format: Format) -> serde_json::Value {
        let source = Arc::new(SourceText::new("x.yaml", text));
        let reading = read(&source, format, &ReadLimits::default());
        assert!(reading.errors.is_empty(), "{:?}\n{text}", reading.errors);
        serde_json::Value::from(&reading.manifests[0].root)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in texts()) {
            let [block, flow, json] =
                [Within::Block, Within::Flow, Within::Json].map(|within| written(&text, within));
            let document = format!(
                "{block}: 1\nmap:\n  {block}: {block}\nlist:\n  - {block}\n  - {block}: 2\n\
                 flow: [{flow}, {{{flow}: {flow}}}, {flow}]\njson: [{json}, {{{json}: {json}}}]\n"
            );
            let same = serde_json::json!({&text: &text});
            let mut meant = serde_json::json!({
                "map": same,
                "list": [text, {&text: 2}],
                "flow": [text, same, text],
                "json": [text, same],
            });
            if meant.get(&text).is_none() {
                meant[&text] = 1.into();
            }
            for format in [Format::Manifest, Format::Yaml] {
                prop_assert_eq!(&read_back(&document, format), &meant);
            }
        }
    }
}
