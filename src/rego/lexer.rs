//! Rego text as tokens. Keywords that depend on imports are told apart by the parser.

mod strings;
mod token;

use crate::source::Span;

use super::fault::Fault;
pub(super) use strings::{Escapes, unescaped};
pub(super) use token::{Kind, Piece, Token, Word};

/// The tokens of a text, the last of which is [`Kind::End`] or [`Kind::Illegal`].
pub(super) struct Tokens {
    /// The tokens, in order.
    pub(super) list: Vec<Token>,
    /// The comments between them.
    pub(super) comments: Vec<Span>,
    /// What is wrong where the list ends with [`Kind::Illegal`].
    pub(super) fault: Option<Fault>,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a text up to its end or up to what is no token.
pub(super) fn read(text: &str) -> Tokens {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let mut lexer = Lexer { text, at: start, comments: Vec::new(), templates: Vec::new() };
    // A token takes some five bytes of a usual policy.
    let mut list = Vec::with_capacity(text.len() / 5 + 1);
    let fault = stray(text, start).map_or_else(|| lexer.run(&mut list).err(), Some);
    if let Some(fault) = &fault {
        let span = fault.span();
        list.push(Token { kind: Kind::Illegal, spaced: true, newline: true, span });
    }
    Tokens { list, comments: lexer.comments, fault }
}

/// Characters that may stand nowhere, not even in strings and comments.
fn stray(text: &str, start: usize) -> Option<Fault> {
    let found = text.get(start..)?.find(['\0', BYTE_ORDER_MARK])? + start;
    let is_null = text.as_bytes().get(found) == Some(&0);
    let (what, len) = if is_null {
        ("a null character", 1)
    } else {
        ("a byte order mark", BYTE_ORDER_MARK.len_utf8())
    };
    Some(Fault::new(format!("{what} is not allowed here"), Span::new(found, found + len)))
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    comments: Vec<Span>,
    /// The template strings around: whether each is raw, and the braces open within it.
    templates: Vec<(bool, usize)>,
}

impl Lexer<'_> {
    fn run(&mut self, list: &mut Vec<Token>) -> Result<(), Fault> {
        loop {
            let (spaced, newline) = self.space();
            let start = self.at;
            let kind = self.token()?;
            list.push(Token { kind, spaced, newline, span: Span::new(start, self.at) });
            if kind == Kind::End {
                return Ok(());
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.byte_at(self.at)
    }

    fn byte_at(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Steps over white space and comments: whether there was any, and a line break among it.
    fn space(&mut self) -> (bool, bool) {
        let (start, mut newline) = (self.at, false);
        while let Some(byte) = self.byte() {
            match byte {
                b'\n' => newline = true,
                b' ' | b'\t' | b'\r' => {}
                b'#' => {
                    let from = self.at;
                    self.skip_while(|byte| byte != b'\n');
                    self.comments.push(Span::new(from, self.at));
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        (self.at > start, newline)
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.byte().is_some_and(&test) {
            self.at += 1;
        }
        self.at - start
    }

    fn token(&mut self) -> Result<Kind, Fault> {
        let Some(byte) = self.byte() else { return Ok(Kind::End) };
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Ok(self.word()),
            b'0'..=b'9' => return self.number(),
            b'"' => return self.string(),
            b'`' => return self.raw_string(),
            b'$' => return self.template(),
            _ => {}
        }
        let next_is_equal = self.byte_at(self.at + 1) == Some(b'=');
        let (kind, len) = match byte {
            b'[' => (Kind::LeftBracket, 1),
            b']' => (Kind::RightBracket, 1),
            b'{' => (Kind::LeftBrace, 1),
            b'}' => (Kind::RightBrace, 1),
            b'(' => (Kind::LeftParen, 1),
            b')' => (Kind::RightParen, 1),
            b',' => (Kind::Comma, 1),
            b';' => (Kind::Semicolon, 1),
            b'.' => (Kind::Dot, 1),
            b'+' => (Kind::Plus, 1),
            b'-' => (Kind::Minus, 1),
            b'*' => (Kind::Star, 1),
            b'/' => (Kind::Slash, 1),
            b'%' => (Kind::Percent, 1),
            b'&' => (Kind::Ampersand, 1),
            b'|' => (Kind::Bar, 1),
            b':' if next_is_equal => (Kind::Assign, 2),
            b':' => (Kind::Colon, 1),
            b'=' if next_is_equal => (Kind::Equal, 2),
            b'=' => (Kind::Unify, 1),
            b'<' if next_is_equal => (Kind::LessOrEqual, 2),
            b'<' => (Kind::Less, 1),
            b'>' if next_is_equal => (Kind::GreaterOrEqual, 2),
            b'>' => (Kind::Greater, 1),
            b'!' if next_is_equal => (Kind::NotEqual, 2),
            _ => return Err(self.illegal()),
        };
        match (kind, self.templates.last_mut()) {
            (Kind::LeftBrace, Some((_, open))) => *open += 1,
            (Kind::RightBrace, Some((raw, 0))) => {
                let raw = *raw;
                self.templates.pop();
                self.at += 1;
                return self.piece(self.at - 1, raw, false);
            }
            (Kind::RightBrace, Some((_, open))) => *open -= 1,
            _ => {}
        }
        self.at += len;
        Ok(kind)
    }

    fn illegal(&self) -> Fault {
        let c = self.text.get(self.at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let span = Span::new(self.at, self.at + c.len_utf8());
        match c {
            '!' => Fault::new("`!` is no operator of Rego", span)
                .with_help("write `not x`, or `x != y` for a comparison"),
            '\'' | '“' | '”' | '‘' | '’' => {
                Fault::new(format!("`{c}` does not begin a string"), span)
                    .with_help("strings stand in double quotes (\"..\") or in backticks (`..`)")
            }
            '\u{a0}' => Fault::new("a non-breaking space is not allowed here", span)
                .with_help("replace it by a usual space"),
            c => Fault::new(
                format!("the character `{}` is not allowed here", c.escape_debug()),
                span,
            ),
        }
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        Kind::Word(Word::of(self.text.get(start..self.at).unwrap_or_default()))
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        let start = self.at;
        let digit = |byte: u8| byte.is_ascii_digit();
        self.skip_while(digit);
        if self.byte() == Some(b'.') {
            self.at += 1;
            if self.skip_while(digit) == 0 {
                return Err(Fault::new(
                    "digits must follow the decimal point",
                    Span::new(start, self.at),
                ));
            }
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.skip_while(digit) == 0 {
                let span = Span::new(start, self.at);
                return Err(Fault::new("digits must follow the exponent's `e`", span));
            }
        }
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if self.skip_while(word) > 0 {
            let span = Span::new(start, self.at);
            return Err(Fault::new("this is neither a number nor a name", span)
                .with_help("a name can't begin with a digit"));
        }
        Ok(Kind::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        read(text).list.iter().map(|token| token.kind).collect()
    }

    fn fault(text: &str) -> (String, &str) {
        let fault = read(text).fault.unwrap();
        (fault.message().to_owned(), &text[fault.span().start..fault.span().end])
    }

    #[test]
    fn operators_are_read_as_long_as_they_go() {
        assert_eq!(
            kinds(":= : == = != <= < >= >"),
            [
                Kind::Assign,
                Kind::Colon,
                Kind::Equal,
                Kind::Unify,
                Kind::NotEqual,
                Kind::LessOrEqual,
                Kind::Less,
                Kind::GreaterOrEqual,
                Kind::Greater,
                Kind::End
            ]
        );
    }

    #[test]
    fn tokens_know_the_space_before_them() {
        let tokens = read("\u{feff}a .b # c\r\n\t[").list;
        let space: Vec<_> = tokens.iter().map(|token| (token.spaced, token.newline)).collect();
        assert_eq!(space[..4], [(false, false), (true, false), (false, false), (true, true)]);
        assert_eq!(tokens[0].span, Span::new(3, 4));
    }

    #[test]
    fn template_strings_are_read_piece_by_piece() {
        let piece = |first, last, raw| Kind::Template(Piece { first, last, raw });
        let name = Kind::Word(Word::Name);
        assert_eq!(
            kinds(r#"$"a{x}b{ {y} }" $`\{{z}`"#),
            [
                piece(true, false, false),
                name,
                piece(false, false, false),
                Kind::LeftBrace,
                name,
                Kind::RightBrace,
                piece(false, true, false),
                piece(true, false, true),
                name,
                piece(false, true, true),
                Kind::End
            ]
        );
    }

    #[test]
    fn what_is_no_token_is_named_at_its_place() {
        assert_eq!(fault("x ! y").1, "!");
        assert_eq!(fault("x := 'a'").1, "'");
        assert_eq!(fault("0a2b"), ("this is neither a number nor a name".into(), "0a2b"));
        assert_eq!(fault("1.").1, "1.");
        assert_eq!(fault("1e+").1, "1e+");
        assert_eq!(fault("x\0").1, "\0");
        assert_eq!(fault("# \u{feff}").1, "\u{feff}");
        assert_eq!(fault("$x").1, "$");
    }
}
