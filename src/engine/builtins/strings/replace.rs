//! Replacement.

use super::super::super::value::Value;
use super::super::{BuiltinError, Context, Outcome, bytes, operand, some};

pub(super) fn replace(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    let (old, new) = (operand::string(args, 1)?, operand::string(args, 2)?);
    context.tick(text.len())?;
    if old.is_empty() {
        return some(replaced(text, &[(old, new)]));
    }
    some(text.replace(old, new))
}

pub(super) fn replace_n(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let patterns = operand::object(args, 0)?;
    let text = operand::string(args, 1)?;
    let mut pairs = Vec::with_capacity(patterns.len());
    for (old, new) in patterns {
        let wrong = |part: &str| {
            BuiltinError::new(format!("operand 1 non-string {part} found in pattern object"))
        };
        let old = old.as_str().ok_or_else(|| wrong("key"))?;
        pairs.push((old, new.as_str().ok_or_else(|| wrong("value"))?));
    }
    context.tick(text.len().saturating_mul(pairs.len()))?;
    some(replaced(text, &pairs))
}

/// At every byte, the first pair that fits is replaced. An empty pattern fits between any two
/// bytes, but not right after it fitted.
fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let (mut at, mut last_was_empty) = (0, false);
    while at <= text.len() {
        let found = pairs.iter().find(|(old, _)| {
            text[at..].starts_with(old.as_bytes()) && !(old.is_empty() && last_was_empty)
        });
        last_was_empty = found.is_some_and(|(old, _)| old.is_empty());
        match found {
            Some((old, new)) => {
                out.extend_from_slice(new.as_bytes());
                at += old.len();
            }
            None => {
                out.extend(text.get(at));
                at += 1;
            }
        }
    }
    bytes::to_text(out)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::eval;

    #[test]
    fn the_first_pattern_that_fits_wins() {
        for (patterns, text, result) in [
            ("{\"a\": \"1\", \"ab\": \"2\"}", "\"abc\"", "\"1bc\""),
            ("{\"\": \"X\"}", "\"ab\"", "\"XaXbX\""),
            ("{\"\": \"X\", \"a\": \"1\"}", "\"ab\"", "\"X1XbX\""),
            ("{\"<\": \"&lt;\", \">\": \"&gt;\"}", "\"<b>\"", "\"&lt;b&gt;\""),
        ] {
            assert_eq!(eval("strings.replace_n", &[patterns, text]), result);
        }
        assert_eq!(eval("replace", &["\"aaa\"", "\"aa\"", "\"b\""]), "\"ba\"");
        assert_eq!(eval("replace", &["\"ab\"", "\"\"", "\"-\""]), "\"-a-b-\"");
    }
}
