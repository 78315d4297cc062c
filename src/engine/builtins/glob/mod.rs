//! Glob patterns.

mod lexer;
mod pattern;

use std::sync::Arc;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) use pattern::Pattern;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("glob.match", 3, matches),
    Builtin::supported("glob.quote_meta", 1, |_, args| some(quote_meta(operand::string(args, 0)?))),
];

fn matches(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let pattern = operand::string(args, 0)?;
    let separators = separators(args)?;
    let text = operand::string(args, 2)?;
    context.tick(text.len())?;
    // The separators can't be part of the pattern: they come after the last line feed.
    let key = format!("{pattern}\n{separators}");
    let compiled = context
        .caches
        .globs
        .get_or(&key, || Pattern::compile(pattern, &separators).map(Arc::new))?;
    some(compiled.matches(text))
}

/// The characters that `*` and `?` leave out: none for null, a dot for an empty array.
fn separators(args: &[Value]) -> Result<String, BuiltinError> {
    let value = operand::any(args, 1)?;
    let items = match value {
        Value::Null(_) => return Ok(String::new()),
        Value::Array(_, items) if items.is_empty() => return Ok(".".to_owned()),
        Value::Array(_, items) => items,
        other => return Err(operand::wrong_type(1, other, &["array", "null"])),
    };
    let mut separators = String::new();
    for item in items.iter() {
        let text = item.as_str().ok_or_else(|| operand::wrong_element(1, value, item, "string"))?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) => separators.push(one),
            _ => return Err(operand::wrong_element(1, value, item, "rune")),
        }
    }
    Ok(separators)
}

fn quote_meta(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '\\' | '[' | ']' | '{' | '}') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    fn glob(pattern: &str, separators: &str, text: &str) -> String {
        eval("glob.match", &[&format!("{pattern:?}"), separators, &format!("{text:?}")])
    }

    #[test]
    fn stars_stop_at_separators() {
        for (pattern, separators, text, result) in [
            ("*.github.com", "[]", "api.github.com", "true"),
            ("*.github.com", "[]", "api.cdn.github.com", "false"),
            ("*.github.com", "null", "api.cdn.github.com", "true"),
            ("**.github.com", "[]", "api.cdn.github.com", "true"),
            ("*hub.com", "[\".\"]", "github.com", "true"),
            ("a?c", "[\"b\"]", "abc", "false"),
            ("{a*,b}c", "[]", "axxc", "true"),
            ("{,x}y", "[]", "y", "true"),
            ("[a-c]x", "[]", "bx", "true"),
            ("[!a-c]x", "[]", "bx", "false"),
            ("[ab-]", "[]", "-", "true"),
            ("a\\*", "[]", "a*", "true"),
            ("a,b}", "[]", "a,b}", "true"),
            ("*:*", "[\":\"]", "a:b", "true"),
            ("ü*", "[\"/\"]", "üöä", "true"),
        ] {
            assert_eq!(glob(pattern, separators, text), result, "{pattern} {text}");
        }
    }

    #[test]
    fn broken_patterns_say_so() {
        for pattern in ["[", "[]", "[a", "{a", "a\\", "[z-a]", "[a-"] {
            assert!(glob(pattern, "[]", "a").starts_with("error: glob"), "{pattern}");
        }
    }
}
