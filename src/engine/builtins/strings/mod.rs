//! Strings. Lengths and positions count characters, not bytes.

mod case;
mod replace;

use num_bigint::BigInt;
use num_bigint::Sign;

use super::super::number::{Number, format};
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("concat", 2, concat),
    Builtin::supported("contains", 2, |_, args| test(args, contains)).glancing(contains),
    Builtin::supported("endswith", 2, |_, args| test(args, ends_with)).glancing(ends_with),
    Builtin::supported("format_int", 2, format_int),
    Builtin::supported("indexof", 2, index_of),
    Builtin::supported("indexof_n", 2, index_of_n),
    Builtin::supported("lower", 1, |_, args| some(case::lower(operand::string(args, 0)?))),
    Builtin::supported("replace", 3, replace::replace),
    Builtin::supported("split", 2, split).kept(),
    Builtin::supported("startswith", 2, |_, args| test(args, starts_with)).glancing(starts_with),
    Builtin::supported("strings.any_prefix_match", 2, |_, args| {
        any_match(args, |text, part| text.starts_with(part))
    }),
    Builtin::supported("strings.any_suffix_match", 2, |_, args| {
        any_match(args, |text, part| text.ends_with(part))
    }),
    Builtin::supported("strings.count", 2, count),
    Builtin::supported("strings.replace_n", 2, replace::replace_n),
    Builtin::supported("strings.reverse", 1, |_, args| {
        some(operand::string(args, 0)?.chars().rev().collect::<String>())
    }),
    Builtin::supported("strings.split_n", 3, split_n),
    Builtin::supported("substring", 3, substring),
    Builtin::supported("trim", 2, |_, args| {
        trimmed(args, |text, cut| text.trim_matches(|c| cut.contains(c)))
    }),
    Builtin::supported("trim_left", 2, |_, args| {
        trimmed(args, |text, cut| text.trim_start_matches(|c| cut.contains(c)))
    }),
    Builtin::supported("trim_prefix", 2, |_, args| {
        trimmed(args, |text, cut| text.strip_prefix(cut).unwrap_or(text))
    }),
    Builtin::supported("trim_right", 2, |_, args| {
        trimmed(args, |text, cut| text.trim_end_matches(|c| cut.contains(c)))
    }),
    Builtin::supported("trim_space", 1, |_, args| some(operand::string(args, 0)?.trim())),
    Builtin::supported("trim_suffix", 2, |_, args| {
        trimmed(args, |text, cut| text.strip_suffix(cut).unwrap_or(text))
    }),
    Builtin::supported("upper", 1, |_, args| some(case::upper(operand::string(args, 0)?))),
];

fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

fn ends_with(text: &str, part: &str) -> bool {
    text.ends_with(part)
}

fn starts_with(text: &str, part: &str) -> bool {
    text.starts_with(part)
}

fn test(args: &[Value], holds: impl Fn(&str, &str) -> bool) -> Outcome {
    some(holds(operand::string(args, 0)?, operand::string(args, 1)?))
}

fn trimmed(args: &[Value], trim: impl for<'a> Fn(&'a str, &str) -> &'a str) -> Outcome {
    some(trim(operand::string(args, 0)?, operand::string(args, 1)?))
}

fn concat(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let delimiter = operand::string(args, 0)?;
    let whole = operand::any(args, 1)?;
    if whole.items().is_none() {
        return Err(operand::wrong_type(1, whole, &["set", "array"]));
    }
    let parts = operand::strings(args, 1)?;
    context.tick(parts.len())?;
    some(parts.join(delimiter))
}

fn format_int(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let number = operand::number(args, 0)?;
    let base = match operand::number(args, 1)?.to_string().as_str() {
        "2" => 2,
        "8" => 8,
        "10" => 10,
        "16" => 16,
        _ => return Err(BuiltinError::new("operand 2 must be one of {2, 8, 10, 16}")),
    };
    let integer = whole_part(number);
    let sign = if integer.sign() == Sign::Minus { "-" } else { "" };
    some(format!("{sign}{}", format::radix(integer.magnitude(), base)))
}

/// The number without its fraction.
fn whole_part(number: &Number) -> BigInt {
    let exact = if number.is_written_as_float() { None } else { number.to_integer() };
    exact.unwrap_or_else(|| number.to_float().truncated())
}

fn search(args: &[Value]) -> Result<(&str, &str), BuiltinError> {
    let (text, part) = (operand::string(args, 0)?, operand::string(args, 1)?);
    if part.is_empty() {
        return Err(BuiltinError::new("empty search character"));
    }
    Ok((text, part))
}

fn index_of(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, part) = search(args)?;
    match text.find(part) {
        Some(at) => some(text[..at].chars().count()),
        None => some(-1),
    }
}

/// Matches may overlap.
fn index_of_n(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, part) = search(args)?;
    context.tick(text.len())?;
    let starts = text.char_indices().map(|(at, _)| at).enumerate();
    let found = starts.filter(|(_, at)| text[*at..].starts_with(part));
    Ok(Some(Value::array(found.map(|(index, _)| Value::from(index)).collect())))
}

fn pieces<'a>(text: &'a str, delimiter: &str) -> Vec<&'a str> {
    if delimiter.is_empty() {
        // Go takes the text apart into characters.
        let ends = text.char_indices().map(|(at, character)| (at, at + character.len_utf8()));
        return ends.map(|(start, end)| &text[start..end]).collect();
    }
    // A single character is looked for in a quicker way.
    let mut characters = delimiter.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => text.split(one).collect(),
        _ => text.split(delimiter).collect(),
    }
}

fn strings(parts: &[&str]) -> Value {
    Value::array(parts.iter().map(|part| Value::string(*part)).collect())
}

fn split(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, delimiter) = (operand::string(args, 0)?, operand::string(args, 1)?);
    Ok(Some(strings(&pieces(text, delimiter))))
}

/// The first pieces, or the last ones where the count is negative.
fn split_n(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, delimiter) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let count = operand::integer(args, 2)?;
    let parts = pieces(text, delimiter);
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    Ok(Some(strings(if count >= 0 { &parts[..wanted] } else { &parts[parts.len() - wanted..] })))
}

fn any_match(args: &[Value], holds: impl Fn(&str, &str) -> bool) -> Outcome {
    let list = |at: usize| match operand::any(args, at)? {
        Value::String(_, text) => Ok(vec![&**text]),
        Value::Array(..) | Value::Set(..) => operand::strings(args, at),
        other => Err(operand::wrong_type(at, other, &["string", "set", "array"])),
    };
    let (texts, parts) = (list(0)?, list(1)?);
    some(texts.iter().any(|text| parts.iter().any(|part| holds(text, part))))
}

fn count(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, part) = (operand::string(args, 0)?, operand::string(args, 1)?);
    some(if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() })
}

fn substring(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    let (offset, length) = (operand::integer(args, 1)?, operand::integer(args, 2)?);
    let Ok(offset) = usize::try_from(offset) else {
        return Err(BuiltinError::new("negative offset"));
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    some(text.chars().skip(offset).take(length).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn positions_count_characters() {
        for (name, arguments, result) in [
            ("indexof", vec!["\"héllo\"", "\"l\""], "2"),
            ("indexof", vec!["\"a\"", "\"b\""], "-1"),
            ("indexof", vec!["\"a\"", "\"\""], "error: empty search character"),
            ("indexof_n", vec!["\"aaa\"", "\"aa\""], "[0, 1]"),
            ("substring", vec!["\"héllo\"", "1", "2"], "\"él\""),
            ("substring", vec!["\"abc\"", "1", "-1"], "\"bc\""),
            ("substring", vec!["\"abc\"", "-1", "1"], "error: negative offset"),
            ("strings.count", vec!["\"cheese\"", "\"\""], "7"),
            ("strings.reverse", vec!["\"añb\""], "\"bña\""),
        ] {
            assert_eq!(eval(name, &arguments), result, "{name}{arguments:?}");
        }
    }

    #[test]
    fn strings_are_taken_apart_and_joined() {
        for (name, arguments, result) in [
            ("split", vec!["\"a,b\"", "\",\""], "[\"a\", \"b\"]"),
            ("split", vec!["\"ab\"", "\"\""], "[\"a\", \"b\"]"),
            ("split", vec!["\"\"", "\"\""], "[]"),
            ("split", vec!["\"\"", "\",\""], "[\"\"]"),
            ("strings.split_n", vec!["\"a,b,c\"", "\",\"", "2"], "[\"a\", \"b\"]"),
            ("strings.split_n", vec!["\"a,b,c\"", "\",\"", "-1"], "[\"c\"]"),
            ("concat", vec!["\"-\"", "[\"a\", \"b\"]"], "\"a-b\""),
            ("trim", vec!["\"xxaxx\"", "\"x\""], "\"a\""),
            ("trim_left", vec!["\"xxaxx\"", "\"x\""], "\"axx\""),
            ("trim_prefix", vec!["\"xxa\"", "\"x\""], "\"xa\""),
            ("format_int", vec!["-15.9", "16"], "\"-f\""),
            ("format_int", vec!["18446744073709551617", "10"], "\"18446744073709551617\""),
            ("strings.any_prefix_match", vec!["[\"ab\", \"c\"]", "\"a\""], "true"),
        ] {
            assert_eq!(eval(name, &arguments), result, "{name}{arguments:?}");
        }
    }
}
