//! A pattern ready to match, as a regular expression of the same language.

use regex::{Regex, RegexBuilder};

use super::super::BuiltinError;
use super::lexer::{Class, Members, Token, tokens};

/// How large a compiled pattern may be.
const SIZE: usize = 64 << 20;

/// A compiled pattern.
#[derive(Debug)]
pub(in crate::engine::builtins) struct Pattern(Regex);

impl Pattern {
    /// Compiles `pattern`; `*` and `?` don't match the `separators`.
    pub(super) fn compile(pattern: &str, separators: &str) -> Result<Self, BuiltinError> {
        let failed = |reason: &str| BuiltinError::new(format!("glob: syntax error: {reason}"));
        let tokens = tokens(pattern).map_err(failed)?;
        let single = if separators.is_empty() {
            ".".to_owned()
        } else {
            format!("[^{}]", literal(separators))
        };
        let mut expression = String::from(r"\A(?:");
        for token in &tokens {
            match token {
                Token::Text(text) => expression.push_str(&literal(text)),
                Token::Any => expression.push_str(&format!("{single}*")),
                Token::Super => expression.push_str(".*"),
                Token::Single => expression.push_str(&single),
                Token::Class(class) => expression.push_str(&set(class)),
                Token::Open => expression.push_str("(?:"),
                Token::Comma => expression.push('|'),
                Token::Close => expression.push(')'),
            }
        }
        expression.push_str(r")\z");
        let regex = RegexBuilder::new(&expression)
            .dot_matches_new_line(true)
            .size_limit(SIZE)
            .nest_limit(1_000)
            .build();
        regex.map(Self).map_err(|_| failed("the pattern is too large"))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Characters by number, so that none of them means anything else.
fn literal(text: &str) -> String {
    text.chars().map(|character| format!("\\x{{{:x}}}", u32::from(character))).collect()
}

fn set(class: &Class) -> String {
    let not = if class.negated { "^" } else { "" };
    match &class.members {
        Members::Set(text) => format!("[{not}{}]", literal(text)),
        Members::Range(first, last) => {
            format!("[{not}\\x{{{:x}}}-\\x{{{:x}}}]", u32::from(*first), u32::from(*last))
        }
    }
}
