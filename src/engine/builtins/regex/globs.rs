//! Whether two patterns of a small language have a text in common: characters, `.`, `[...]`,
//! each with `+` or `*`.

use super::super::super::value::Value;
use super::super::{BuiltinError, Context, Outcome, operand, some};

pub(super) fn globs_match(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (left, right) = (operand::string(args, 0)?, operand::string(args, 1)?);
    context.tick(left.len().saturating_mul(right.len()))?;
    let (left, right) = (tokens(left)?, tokens(right)?);
    let (left, right) = (simplified(left), simplified(right));
    let Some((left, right)) = trimmed(&left, &right) else {
        return some(false);
    };
    some(plain(context, left, right)?)
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    what: What,
    flag: Flag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Character(char),
    Any,
    /// Sorted, disjoint ranges.
    Set(Vec<(char, char)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    None,
    Plus,
    Star,
}

fn invalid(reason: &str) -> BuiltinError {
    BuiltinError::new(format!("the input provided is invalid: {reason}"))
}

/// A character, and whether a backslash came before it.
fn characters(pattern: &str) -> Result<Vec<(char, bool)>, BuiltinError> {
    let mut characters = Vec::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        characters.push(if character == '\\' {
            (rest.next().ok_or_else(|| invalid("it ends with an escape"))?, true)
        } else {
            (character, false)
        });
    }
    Ok(characters)
}

fn tokens(pattern: &str) -> Result<Vec<Token>, BuiltinError> {
    let characters = characters(pattern)?;
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&(character, escaped)) = characters.get(at) {
        at += 1;
        let what = match character {
            _ if escaped => What::Character(character),
            '.' => What::Any,
            '[' => {
                let (set, end) = set(&characters, at)?;
                at = end;
                set
            }
            ']' => return Err(invalid("set-close ']' with no preceding '['")),
            '+' | '*' => return Err(invalid("a flag must be preceded by a non-flag")),
            character => What::Character(character),
        };
        let flag = match characters.get(at) {
            Some(('+', false)) => Flag::Plus,
            Some(('*', false)) => Flag::Star,
            _ => Flag::None,
        };
        if flag != Flag::None {
            at += 1;
        }
        tokens.push(Token { what, flag });
    }
    Ok(tokens)
}

/// Reads a set after its bracket, and gives the place after it.
fn set(characters: &[(char, bool)], start: usize) -> Result<(What, usize), BuiltinError> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let (mut at, mut before) = (start, None);
    while let Some(&(character, escaped)) = characters.get(at) {
        at += 1;
        match character {
            '-' if !escaped => {
                let low = before.take().ok_or_else(|| invalid("'-' must follow a character"))?;
                // The character after it may not be the last one: the bracket is to come.
                let &(high, escaped) = characters
                    .get(at)
                    .filter(|_| at + 1 < characters.len())
                    .ok_or_else(|| invalid("'-' must come before a character"))?;
                at += 1;
                if !escaped && matches!(high, ']' | '-') {
                    return Err(invalid("'-' cannot be followed by a special symbol"));
                }
                if high < low {
                    return Err(invalid("range is out of order"));
                }
                ranges.push((low, high));
            }
            ']' if !escaped => return Ok((What::Set(normalised(ranges)), at)),
            character => {
                ranges.push((character, character));
                before = Some(character);
            }
        }
    }
    Err(invalid("found [ without matching ]"))
}

fn normalised(mut ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    ranges.sort_unstable();
    let mut merged: Vec<(char, char)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if u32::from(low) <= u32::from(last.1) + 1 => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}

/// Neighbours that are the same and both repeat become one.
fn simplified(tokens: Vec<Token>) -> Vec<Token> {
    let mut simple: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match simple.last_mut() {
            Some(last)
                if last.flag != Flag::None
                    && token.flag != Flag::None
                    && last.what == token.what =>
            {
                if token.flag == Flag::Plus {
                    last.flag = Flag::Plus;
                }
            }
            _ => simple.push(token),
        }
    }
    simple
}

/// Whether one character matches both.
fn overlap(a: &Token, b: &Token) -> bool {
    let within = |ranges: &[(char, char)], low: char, high: char| {
        ranges.iter().any(|range| range.0 <= high && low <= range.1)
    };
    match (&a.what, &b.what) {
        (What::Any, _) | (_, What::Any) => true,
        (What::Character(a), What::Character(b)) => a == b,
        (What::Character(one), What::Set(set)) | (What::Set(set), What::Character(one)) => {
            within(set, *one, *one)
        }
        (What::Set(a), What::Set(b)) => a.iter().any(|range| within(b, range.0, range.1)),
    }
}

/// Cuts what is plain at both ends, keeping one token of it; nothing if it does not fit.
fn trimmed<'a>(a: &'a [Token], b: &'a [Token]) -> Option<(&'a [Token], &'a [Token])> {
    let plain = |pair: &(&Token, &Token)| pair.0.flag == Flag::None && pair.1.flag == Flag::None;
    let mut left = 0_usize;
    for (x, y) in a.iter().zip(b).take_while(plain) {
        if !overlap(x, y) {
            return None;
        }
        left += 1;
    }
    let left = left.saturating_sub(1);
    let (a, b) = (&a[left..], &b[left..]);
    let mut right = 0_usize;
    for (x, y) in a.iter().rev().zip(b.iter().rev()).take_while(plain) {
        if !overlap(x, y) {
            return None;
        }
        right += 1;
    }
    let right = right.saturating_sub(1);
    Some((&a[..a.len() - right], &b[..b.len() - right]))
}

type Found = Result<bool, BuiltinError>;

fn plain(context: &mut Context<'_>, a: &[Token], b: &[Token]) -> Found {
    for (at, (x, y)) in a.iter().zip(b).enumerate() {
        if x.flag != Flag::None || y.flag != Flag::None {
            return repeated(context, &a[at..], &b[at..]);
        }
        if !overlap(x, y) {
            return Ok(false);
        }
    }
    Ok(a.len() == b.len())
}

/// One of the two begins with a token that repeats; the first does if both do.
fn repeated(context: &mut Context<'_>, a: &[Token], b: &[Token]) -> Found {
    context.tick(a.len() + b.len())?;
    let flag = |tokens: &[Token]| tokens.first().map_or(Flag::None, |token| token.flag);
    let (repeating, other) = if flag(a) == Flag::None { (b, a) } else { (a, b) };
    match flag(repeating) {
        Flag::Star => star(context, repeating, other),
        Flag::Plus => plus(context, repeating, other),
        Flag::None => Ok(false),
    }
}

fn plus(context: &mut Context<'_>, repeating: &[Token], other: &[Token]) -> Found {
    let (Some(first), Some(second)) = (repeating.first(), other.first()) else {
        return Ok(false);
    };
    if !overlap(first, second) {
        return Ok(false);
    }
    if star(context, repeating, &other[1..])? {
        return Ok(true);
    }
    Ok(second.flag != Flag::None && plain(context, &repeating[1..], other)?)
}

fn star(context: &mut Context<'_>, repeating: &[Token], other: &[Token]) -> Found {
    let Some(first) = repeating.first() else {
        return Ok(other.is_empty());
    };
    let next = repeating.get(1);
    for (at, token) in other.iter().enumerate() {
        if next.is_some_and(|next| overlap(token, next))
            && plain(context, &repeating[1..], &other[at..])?
        {
            return Ok(true);
        }
        if !overlap(token, first) {
            return Ok(false);
        }
    }
    Ok(next.is_none())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::eval;

    #[test]
    fn patterns_intersect() {
        for (left, right, result) in [
            ("a.a.[0-9]+z", "b.b.[0-9]+z", "false"),
            ("[a-z]+", "[0-9]*", "false"),
            ("a.*", ".*b", "true"),
            ("[", "a", "error: the input provided is invalid: found [ without matching ]"),
        ] {
            let (left, right) = (format!("{left:?}"), format!("{right:?}"));
            assert_eq!(eval("regex.globs_match", &[&left, &right]), result, "{left} {right}");
        }
    }
}
