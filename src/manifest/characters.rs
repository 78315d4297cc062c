//! Characters that kubectl does not read, or reads as something else than they show.

use crate::source::Span;

use super::Format;
use super::error::Trouble;

/// Refuses what libyaml's reader refuses, and the line breaks of YAML 1.1 that YAML 1.2 dropped:
/// read as ordinary characters they could hide a line from the one who reviews it.
pub(super) fn check_characters(text: &str) -> Result<(), Trouble> {
    let plain = |b: u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if text.bytes().all(plain) {
        return Ok(());
    }
    for (at, c) in text.char_indices() {
        let span = Span::new(at, at + c.len_utf8());
        match c {
            '\t' | '\n' | '\r' | ' '..='~' => {}
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                return Err(Trouble::syntax(
                    format!("U+{:04X} breaks the line for kubectl, but not on screen", c as u32),
                    span,
                )
                .help(format!("remove it, or write \"\\u{:04x}\" in double quotes", c as u32)));
            }
            '\u{feff}' if at == 0 => {}
            '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => {}
            '\u{10000}'.. => {}
            _ => {
                return Err(Trouble::syntax(
                    format!("the control character U+{:04X} is not allowed in YAML", c as u32),
                    span,
                ));
            }
        }
    }
    Ok(())
}

/// Refuses what libyaml refuses at the beginning of a document, and the parser lets pass.
pub(super) fn check_beginning(text: &str, format: Format) -> Result<(), Trouble> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t', '\u{feff}']);
        let blank = line.len() - content.len();
        if content.starts_with('%') && blank == 0 {
            return Err(Trouble::syntax(
                "kubectl reads no YAML directives",
                Span::new(start, start + 1),
            )
            .help("remove the line, or the `---` behind it splits the document"));
        }
        let is_value = !content.trim().is_empty() && !content.starts_with('#');
        // In data, lines without a value count too.
        if (is_value || format != Format::Manifest)
            && let Some(tab) = line[..blank].find('\t')
        {
            return Err(Trouble::syntax(
                "a tab can't stand before the first value",
                Span::new(start + tab, start + tab + 1),
            ));
        }
        if is_value {
            return Ok(());
        }
        start += line.len();
    }
    Ok(())
}
