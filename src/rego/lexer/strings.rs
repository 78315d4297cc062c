//! Strings, raw strings and template strings: where they end, and what they say.

use crate::source::Span;

use super::super::fault::Fault;
use super::Lexer;
use super::token::{Kind, Piece};

/// What a backslash does in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rego) enum Escapes {
    /// As in JSON, and `\{` where it is given.
    Json,
    /// `\{` alone.
    Brace,
}

impl Lexer<'_> {
    pub(super) fn string(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        self.at += 1;
        self.quoted(start, false)?;
        Ok(Kind::String)
    }

    pub(super) fn raw_string(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        self.at += 1;
        self.skip_while(|byte| byte != b'`');
        if self.byte().is_none() {
            return Err(unclosed_raw(start));
        }
        self.at += 1;
        Ok(Kind::RawString)
    }

    pub(super) fn template(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        let raw = match self.byte_at(start + 1) {
            Some(b'`') => true,
            Some(b'"') => false,
            _ => {
                let span = Span::new(start, start + 1);
                return Err(Fault::new("`$` must be followed by a template string", span)
                    .with_help("template strings are written $\"..{x}..\" or $`..{x}..`"));
            }
        };
        self.at += 2;
        self.piece(start, raw, true)
    }

    /// Reads on from within a template string, the piece of which begins at `start`.
    pub(super) fn piece(&mut self, start: usize, raw: bool, first: bool) -> Result<Kind, Fault> {
        let last = if raw { self.raw_piece(start)? } else { self.quoted(start, true)? };
        if !last {
            self.templates.push((raw, 0));
        }
        Ok(Kind::Template(Piece { first, last, raw }))
    }

    /// Up to the closing quote, or to an opening brace of a template: whether it is the quote.
    fn quoted(&mut self, start: usize, template: bool) -> Result<bool, Fault> {
        let (mut escaped, mut control) = (false, None);
        let last = loop {
            let at = self.at;
            let Some(byte) = self.byte().filter(|byte| *byte != b'\n') else {
                return Err(self.unclosed(start));
            };
            self.at += 1;
            match byte {
                b'"' => break true,
                b'{' if template => break false,
                b'\\' if template && self.byte() == Some(b'{') => self.at += 1,
                b'\\' => {
                    escaped = true;
                    self.escape(at)?;
                }
                0..0x20 => {
                    control.get_or_insert(at);
                }
                _ => {}
            }
        };
        match control {
            // A string with escapes is read as JSON, where these must be escaped as well.
            Some(at) if escaped => Err(Fault::new(
                "a control character must be escaped in a string with escapes",
                Span::new(at, at + 1),
            )
            .with_help("write a tab as `\\t`")),
            _ => Ok(last),
        }
    }

    /// Up to the closing backtick, or to an opening brace: whether it is the backtick.
    fn raw_piece(&mut self, start: usize) -> Result<bool, Fault> {
        loop {
            let Some(byte) = self.byte() else { return Err(unclosed_raw(start)) };
            self.at += 1;
            match byte {
                b'`' => return Ok(true),
                b'{' => return Ok(false),
                b'\\' if self.byte() == Some(b'{') => self.at += 1,
                _ => {}
            }
        }
    }

    /// The rest of an escape, the backslash of which stands at `start`.
    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        match self.byte() {
            Some(b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let digits = (0..4)
                    .take_while(|index| {
                        self.byte_at(self.at + index).is_some_and(|byte| byte.is_ascii_hexdigit())
                    })
                    .count();
                self.at += digits;
                if digits == 4 {
                    return Ok(());
                }
                let span = Span::new(start, self.at);
                Err(Fault::new("four hexadecimal digits must follow `\\u`", span))
            }
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let len = rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
                let span = Span::new(start, self.at + len);
                Err(Fault::new("this is no escape sequence", span).with_help(
                    "write a backslash as `\\\\`, or put the string in backticks, where nothing is \
                     escaped",
                ))
            }
        }
    }

    fn unclosed(&self, start: usize) -> Fault {
        let fault = Fault::new("a string is not closed", Span::new(start, self.at));
        match self.byte() {
            Some(_) => fault.with_help("a string of several lines stands in backticks (`..`)"),
            None => fault,
        }
    }
}

fn unclosed_raw(start: usize) -> Fault {
    // The opening quote alone: the rest of the file would be underlined else.
    Fault::new("a raw string is not closed", Span::new(start, start + 1))
        .with_help("it ends with a backtick")
}

/// What a string without its quotes says. Its escapes have been found right before.
pub(in crate::rego) fn unescaped(text: &str, escapes: Escapes) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find('\\') {
        said.push_str(&rest[..found]);
        let escape = &rest[found + 1..];
        let mut chars = escape.chars();
        let c = chars.next();
        rest = chars.as_str();
        match (escapes, c) {
            (_, Some('{')) => said.push('{'),
            (Escapes::Brace, _) => {
                // Of two backslashes before a brace the second escapes it.
                said.push('\\');
                rest = escape;
            }
            (Escapes::Json, Some('b')) => said.push('\u{8}'),
            (Escapes::Json, Some('f')) => said.push('\u{c}'),
            (Escapes::Json, Some('n')) => said.push('\n'),
            (Escapes::Json, Some('r')) => said.push('\r'),
            (Escapes::Json, Some('t')) => said.push('\t'),
            (Escapes::Json, Some('u')) => said.push(code_point(&mut rest)),
            (Escapes::Json, Some(c)) => said.push(c),
            (Escapes::Json, None) => {}
        }
    }
    said.push_str(rest);
    said
}

/// The character after `\u`, with the second half of a surrogate pair where one follows.
fn code_point(rest: &mut &str) -> char {
    let unit = |text: &str| text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(high) = unit(rest) else { return char::REPLACEMENT_CHARACTER };
    *rest = &rest[4..];
    if !(0xd800..0xdc00).contains(&high) {
        return char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    let low = rest.strip_prefix("\\u").and_then(unit).filter(|low| (0xdc00..0xe000).contains(low));
    let Some(low) = low else { return char::REPLACEMENT_CHARACTER };
    *rest = &rest[6..];
    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn fault(text: &str) -> (String, &str) {
        let fault = read(text).fault.unwrap();
        (fault.message().to_owned(), &text[fault.span().start..fault.span().end])
    }

    #[test]
    fn escapes_say_what_they_say_in_json() {
        assert_eq!(unescaped(r#"\\\"\/\b\f\n\r\t"#, Escapes::Json), "\\\"/\u{8}\u{c}\n\r\t");
        assert_eq!(unescaped(r"\u00e9\ud83d\ude00", Escapes::Json), "é😀");
        assert_eq!(unescaped(r"\ud83dx\ude00", Escapes::Json), "\u{fffd}x\u{fffd}");
        assert_eq!(unescaped(r"a\{b", Escapes::Json), "a{b");
        assert_eq!(unescaped(r"\n\\{\{", Escapes::Brace), r"\n\{{");
    }

    #[test]
    fn a_broken_string_is_underlined_where_it_breaks() {
        assert_eq!(fault("x := \"abc\ny"), ("a string is not closed".into(), "\"abc"));
        assert_eq!(fault(r#""a\qb""#), ("this is no escape sequence".into(), r"\q"));
        assert_eq!(fault(r#""\u12x""#).1, r"\u12");
        assert_eq!(fault("`abc").1, "`");
        assert_eq!(fault("\"\\n\t\"").1, "\t");
        assert_eq!(fault("$\"a{x}b").1, "}b");
        assert!(read("\"\t\"").fault.is_none());
    }
}
