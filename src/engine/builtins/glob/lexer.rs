//! The pieces of a pattern.

use std::iter::Peekable;
use std::str::Chars;

/// A piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Characters that stand for themselves, escapes resolved.
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// `[...]`
    Class(Class),
    /// `{`
    Open,
    /// `,` between braces
    Comma,
    /// `}`
    Close,
}

/// Characters of which one is matched, or of which none may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) members: Members,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Members {
    Range(char, char),
    Set(String),
}

/// Takes a pattern apart. The error says what is wrong with it.
pub(super) fn tokens(pattern: &str) -> Result<Vec<Token>, &'static str> {
    let mut rest = pattern.chars().peekable();
    let (mut tokens, mut depth) = (Vec::new(), 0_usize);
    while let Some(character) = rest.peek().copied() {
        match character {
            '{' | '*' | '?' | '[' => drop(rest.next()),
            ',' | '}' if depth > 0 => drop(rest.next()),
            _ => {
                tokens.push(Token::Text(text(&mut rest, depth > 0)?));
                continue;
            }
        }
        tokens.push(match character {
            '{' => {
                depth += 1;
                Token::Open
            }
            ',' => Token::Comma,
            '}' => {
                depth -= 1;
                Token::Close
            }
            '?' => Token::Single,
            '[' => Token::Class(class(&mut rest)?),
            _ if rest.next_if_eq(&'*').is_some() => Token::Super,
            _ => Token::Any,
        });
    }
    if depth > 0 { Err("unclosed `{`") } else { Ok(tokens) }
}

fn text(rest: &mut Peekable<Chars<'_>>, in_braces: bool) -> Result<String, &'static str> {
    let ends = |character: char| match character {
        '?' | '*' | '[' | '{' => true,
        '}' | ',' => in_braces,
        _ => false,
    };
    until(rest, ends)
}

/// Reads up to an unescaped character that `ends` the text.
fn until(
    rest: &mut Peekable<Chars<'_>>,
    ends: impl Fn(char) -> bool,
) -> Result<String, &'static str> {
    let mut text = String::new();
    while let Some(character) = rest.next_if(|character| !ends(*character)) {
        match character {
            '\\' => text.push(rest.next().ok_or("trailing backslash")?),
            character => text.push(character),
        }
    }
    Ok(text)
}

/// Reads a class after its bracket: one range, or a set.
fn class(rest: &mut Peekable<Chars<'_>>) -> Result<Class, &'static str> {
    const UNCLOSED: &str = "unexpected end of input";

    let negated = rest.next_if_eq(&'!').is_some();
    let mut ahead = rest.clone();
    let first = ahead.next().ok_or(UNCLOSED)?;
    let members = if ahead.next_if_eq(&'-').is_some() {
        let last = ahead.next().ok_or(UNCLOSED)?;
        *rest = ahead;
        if last < first {
            return Err("range hi character is less than lo");
        }
        Members::Range(first, last)
    } else {
        let set = until(rest, |character| character == ']')?;
        if set.is_empty() {
            return Err("could not parse range");
        }
        Members::Set(set)
    };
    match rest.next() {
        Some(']') => Ok(Class { negated, members }),
        Some(_) => Err("expected close range character"),
        None => Err(UNCLOSED),
    }
}
