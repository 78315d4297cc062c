//! The tokens of Rego.

use crate::source::Span;

/// A token at its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::rego) struct Token {
    /// What it is.
    pub(in crate::rego) kind: Kind,
    /// Whether white space or a comment stands before it.
    pub(in crate::rego) spaced: bool,
    /// Whether a line ends before it.
    pub(in crate::rego) newline: bool,
    /// Its place.
    pub(in crate::rego) span: Span,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rego) enum Kind {
    /// The text ends.
    End,
    /// No token.
    Illegal,
    /// A name or a keyword.
    Word(Word),
    Number,
    String,
    RawString,
    Template(Piece),
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Comma,
    Colon,
    Semicolon,
    Dot,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Bar,
    Assign,
    Unify,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A piece of a template string: from its quote or a closing brace up to its quote or an opening
/// brace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rego) struct Piece {
    /// Whether the template string begins with it.
    pub(in crate::rego) first: bool,
    /// Whether the template string ends with it.
    pub(in crate::rego) last: bool,
    /// Whether the template string stands in backticks.
    pub(in crate::rego) raw: bool,
}

/// A name, or the keyword it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rego) enum Word {
    Name,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    Some,
    With,
    Null,
    True,
    False,
    In,
    Every,
    Contains,
    If,
    And,
    Or,
}

impl Word {
    pub(in crate::rego) fn of(text: &str) -> Self {
        match text {
            "package" => Self::Package,
            "import" => Self::Import,
            "as" => Self::As,
            "default" => Self::Default,
            "else" => Self::Else,
            "not" => Self::Not,
            "some" => Self::Some,
            "with" => Self::With,
            "null" => Self::Null,
            "true" => Self::True,
            "false" => Self::False,
            "in" => Self::In,
            "every" => Self::Every,
            "contains" => Self::Contains,
            "if" => Self::If,
            "and" => Self::And,
            "or" => Self::Or,
            _ => Self::Name,
        }
    }
}
