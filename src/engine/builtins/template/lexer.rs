//! The pieces of a template: text, and what is between `{{` and `}}`.

use unicode_general_category::{GeneralCategory, get_general_category};

use super::literal;

/// A piece, and the line it begins on.
pub(super) type Piece<'t> = (Token<'t>, usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Text(&'t str),
    /// `{{`
    Open,
    /// `}}`
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// Another character, such as a comma.
    Other(char),
    Bool(bool),
    Dot,
    Nil,
    /// A word that something begins or ends with.
    Keyword(Keyword),
    /// The name of a function.
    Identifier(&'t str),
    /// `.name`
    Field(&'t str),
    /// `$name`
    Variable(&'t str),
    Number(&'t str),
    /// `1+2i`
    Complex(&'t str),
    /// `'a'`
    Character(&'t str),
    /// `"a"` or, in backquotes, a raw one.
    String(&'t str),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// Takes a template apart; the last token is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut lexer = Lexer { text, at: 0, depth: 0, tokens: Vec::new(), lines: Lines::default() };
    while lexer.at < text.len() {
        lexer.text()?;
    }
    lexer.push(text.len(), Token::End);
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// How many parentheses are open.
    depth: usize,
    tokens: Vec<Piece<'t>>,
    lines: Lines,
}

/// Counts lines as far as was asked.
#[derive(Default)]
struct Lines {
    counted: usize,
    breaks: usize,
}

impl Lines {
    fn at(&mut self, text: &str, at: usize) -> usize {
        if let Some(more) = text.as_bytes().get(self.counted..at) {
            self.breaks += more.iter().filter(|byte| **byte == b'\n').count();
            self.counted = at;
        }
        self.breaks + 1
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_space_char(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// What Go takes for a letter, a digit or an underscore.
fn is_alphanumeric(character: char) -> bool {
    use GeneralCategory as Category;

    character == '_'
        || matches!(
            get_general_category(character),
            Category::UppercaseLetter
                | Category::LowercaseLetter
                | Category::TitlecaseLetter
                | Category::ModifierLetter
                | Category::OtherLetter
                | Category::DecimalNumber
        )
}

impl<'t> Lexer<'t> {
    fn push(&mut self, from: usize, token: Token<'t>) {
        let line = self.lines.at(self.text, from);
        self.tokens.push((token, line));
    }

    fn fail<T>(&mut self, message: &str) -> Result<T, String> {
        let line = self.lines.at(self.text, self.at.min(self.text.len()));
        Err(format!("template: template:{line}: {message}"))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Text up to an action, and the action.
    fn text(&mut self) -> Result<(), String> {
        let from = self.at;
        let Some(length) = self.rest().find("{{") else {
            self.at = self.text.len();
            self.push(from, Token::Text(&self.text[from..]));
            return Ok(());
        };
        let open = from + length;
        let trims = begins_trimming(&self.text[open + 2..]);
        let mut text = &self.text[from..open];
        if trims {
            text = text.trim_end_matches(is_space_char);
        }
        if !text.is_empty() {
            self.push(from, Token::Text(text));
        }
        self.at = open + 2 + if trims { 2 } else { 0 };
        if self.rest().starts_with("/*") {
            return self.comment();
        }
        self.push(open, Token::Open);
        self.depth = 0;
        while !self.action()? {}
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let Some(end) = self.rest().find("*/") else { return self.fail("unclosed comment") };
        self.at += end + 2;
        match self.close() {
            Some(length) => self.at += length,
            None => return self.fail("comment ends before closing delimiter"),
        }
        Ok(())
    }

    /// How long the end of an action is that is here, with the space that it takes away.
    fn close(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some(2);
        }
        let bytes = rest.as_bytes();
        let trims = bytes.first().copied().is_some_and(is_space) && rest[1..].starts_with("-}}");
        trims.then(|| {
            let after = &rest[4..];
            4 + after.len() - after.trim_start_matches(is_space_char).len()
        })
    }

    /// One token of an action. Tells whether the action ends.
    fn action(&mut self) -> Result<bool, String> {
        let from = self.at;
        if let Some(length) = self.close() {
            if self.depth > 0 {
                return self.fail("unclosed left paren");
            }
            self.push(from, Token::Close);
            self.at += length;
            return Ok(true);
        }
        let Some(first) = self.peek() else { return self.fail("unclosed action") };
        let token = match first {
            ' ' | '\t' | '\r' | '\n' => {
                while self.peek().is_some_and(is_space_char) && self.close().is_none() {
                    self.at += 1;
                }
                Token::Space
            }
            '=' => self.single(Token::Assign),
            ':' if self.rest().starts_with(":=") => {
                self.at += 2;
                Token::Declare
            }
            ':' => return self.fail("expected :="),
            '|' => self.single(Token::Pipe),
            '"' | '\'' => self.quoted(first)?,
            '`' => match self.rest()[1..].find('`') {
                Some(length) => {
                    self.at += length + 2;
                    Token::String(&self.text[from..self.at])
                }
                None => return self.fail("unterminated raw quoted string"),
            },
            '$' => Token::Variable(self.name()?),
            '.' if !self.text.as_bytes().get(from + 1).is_some_and(u8::is_ascii_digit) => {
                match self.name()? {
                    "." => Token::Dot,
                    name => Token::Field(name),
                }
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            '(' => {
                self.depth += 1;
                self.single(Token::LeftParen)
            }
            ')' if self.depth == 0 => return self.fail("unexpected right paren"),
            ')' => {
                self.depth -= 1;
                self.single(Token::RightParen)
            }
            _ if is_alphanumeric(first) => word(self.name()?),
            ' '..='~' => self.single(Token::Other(first)),
            _ => return self.fail("unrecognized character in action"),
        };
        self.push(from, token);
        Ok(false)
    }

    fn single(&mut self, token: Token<'t>) -> Token<'t> {
        self.at += 1;
        token
    }

    /// A name, with the character that it begins with.
    fn name(&mut self) -> Result<&'t str, String> {
        let from = self.at;
        self.at += self.peek().map_or(0, char::len_utf8);
        while let Some(next) = self.peek().filter(|next| is_alphanumeric(*next)) {
            self.at += next.len_utf8();
        }
        let ends = match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            _ => self.rest().starts_with("}}"),
        };
        if ends { Ok(&self.text[from..self.at]) } else { self.fail("bad character in a name") }
    }

    fn quoted(&mut self, quote: char) -> Result<Token<'t>, String> {
        let from = self.at;
        self.at += 1;
        loop {
            let next = self.peek();
            self.at += next.map_or(0, char::len_utf8);
            match next {
                Some('\\') => match self.peek() {
                    None | Some('\n') => return self.fail("unterminated quoted string"),
                    Some(escaped) => self.at += escaped.len_utf8(),
                },
                None | Some('\n') => return self.fail("unterminated quoted string"),
                Some(end) if end == quote => break,
                Some(_) => {}
            }
        }
        let text = &self.text[from..self.at];
        Ok(if quote == '"' { Token::String(text) } else { Token::Character(text) })
    }

    fn number(&mut self) -> Result<Token<'t>, String> {
        let from = self.at;
        let whole = self.digits();
        let is_complex = matches!(self.peek(), Some('+' | '-'));
        if !whole || is_complex && !(self.digits() && self.text[..self.at].ends_with('i')) {
            return self.fail(&format!("bad number syntax: {:?}", &self.text[from..self.at]));
        }
        let text = &self.text[from..self.at];
        Ok(if is_complex { Token::Complex(text) } else { Token::Number(text) })
    }

    /// Goes over a number, which need not be one yet.
    fn digits(&mut self) -> bool {
        self.at += literal::length(self.rest());
        !self.peek().is_some_and(is_alphanumeric)
    }
}

/// Whether an action takes the space before it away.
fn begins_trimming(action: &str) -> bool {
    let bytes = action.as_bytes();
    bytes.first() == Some(&b'-') && bytes.get(1).copied().is_some_and(is_space)
}

fn word(word: &str) -> Token<'_> {
    Token::Keyword(match word {
        "true" | "false" => return Token::Bool(word == "true"),
        "nil" => return Token::Nil,
        "block" => Keyword::Block,
        "break" => Keyword::Break,
        "continue" => Keyword::Continue,
        "define" => Keyword::Define,
        "else" => Keyword::Else,
        "end" => Keyword::End,
        "if" => Keyword::If,
        "range" => Keyword::Range,
        "template" => Keyword::Template,
        "with" => Keyword::With,
        _ => return Token::Identifier(word),
    })
}
