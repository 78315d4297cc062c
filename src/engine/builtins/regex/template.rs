//! Templates: text with expressions between delimiters.

use super::super::super::value::{Value, quote};
use super::super::{BuiltinError, Context, Outcome, operand, some};
use super::{Expression, compile};

pub(super) fn template_match(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (template, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let start = delimiter(operand::string(args, 2)?, "start")?;
    let end = delimiter(operand::string(args, 3)?, "end")?;
    let pattern = pattern(template, start, end)?;
    context.tick(text.len())?;
    some(compile(context, &pattern)?.is_match(text))
}

fn delimiter(text: &str, which: &str) -> Result<u8, BuiltinError> {
    match text.as_bytes() {
        [delimiter] => Ok(*delimiter),
        bytes => Err(BuiltinError::new(format!(
            "{which} delimiter has to be exactly one character long but is {} long",
            bytes.len()
        ))),
    }
}

/// The expression that a template stands for.
fn pattern(template: &str, start: u8, end: u8) -> Result<String, BuiltinError> {
    let mut pattern = String::from("^");
    let mut done = 0;
    for (open, close) in spans(template, start, end)? {
        let inner = &template[open + 1..close - 1];
        // Each part must stand on its own.
        Expression::compile(&format!("^{inner}$"))?;
        pattern.push_str(&format!("{}({inner})", quote_meta(&template[done..open])));
        done = close;
    }
    pattern.push_str(&quote_meta(&template[done..]));
    pattern.push('$');
    Ok(pattern)
}

/// The outermost delimited parts, with their delimiters.
fn spans(template: &str, start: u8, end: u8) -> Result<Vec<(usize, usize)>, BuiltinError> {
    let unbalanced = || BuiltinError::new(format!("unbalanced braces in {}", quote(template)));
    let (mut spans, mut depth, mut open) = (Vec::new(), 0_usize, 0);
    for (at, byte) in template.bytes().enumerate() {
        if byte == start {
            depth += 1;
            if depth == 1 {
                open = at;
            }
        } else if byte == end {
            depth = depth.checked_sub(1).ok_or_else(unbalanced)?;
            if depth == 0 {
                spans.push((open, at + 1));
            }
        }
    }
    if depth == 0 { Ok(spans) } else { Err(unbalanced()) }
}

fn quote_meta(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}
