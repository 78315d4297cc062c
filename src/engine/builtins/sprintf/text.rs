//! Strings.

use super::super::super::value::escape;
use super::Spec;

pub(super) fn print(out: &mut String, spec: &Spec, verb: char, text: &str) {
    match verb {
        'x' | 'X' => hexadecimal(out, spec, verb, text),
        'q' => quoted(out, spec, text),
        'v' if spec.sharp_v => quoted(out, spec, text),
        _ => plain(out, spec, text),
    }
}

/// The precision counts characters.
fn cut<'a>(spec: &Spec, text: &'a str) -> &'a str {
    let end = spec.precision.and_then(|precision| text.char_indices().nth(precision));
    end.map_or(text, |(at, _)| &text[..at])
}

pub(super) fn plain(out: &mut String, spec: &Spec, text: &str) {
    spec.pad(out, cut(spec, text));
}

fn quoted(out: &mut String, spec: &Spec, text: &str) {
    let text = cut(spec, text);
    if spec.sharp && can_stand_raw(text) {
        return spec.pad(out, &format!("`{text}`"));
    }
    let mut quoted = String::from("\"");
    text.chars().for_each(|character| escape(&mut quoted, character, '"', spec.plus));
    quoted.push('"');
    spec.pad(out, &quoted);
}

/// Whether the text can stand between backquotes.
fn can_stand_raw(text: &str) -> bool {
    text.chars().all(|character| {
        !matches!(character, '`' | '\u{7f}' | '\u{feff}') && (character == '\t' || character >= ' ')
    })
}

fn hexadecimal(out: &mut String, spec: &Spec, verb: char, text: &str) {
    let length = spec.precision.unwrap_or(usize::MAX).min(text.len());
    let bytes = &text.as_bytes()[..length];
    let (prefix, hex): (&str, fn(&u8) -> String) = match verb {
        'x' => ("0x", |byte| format!("{byte:02x}")),
        _ => ("0X", |byte| format!("{byte:02X}")),
    };
    let prefix = if spec.sharp { prefix } else { "" };
    let encoded = if bytes.is_empty() {
        String::new()
    } else if spec.space {
        let parts: Vec<String> =
            bytes.iter().map(|byte| format!("{prefix}{}", hex(byte))).collect();
        parts.join(" ")
    } else {
        format!("{prefix}{}", bytes.iter().map(hex).collect::<String>())
    };
    spec.pad(out, &encoded);
}
