//! Conversion to numbers.

use super::super::number::Number;
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[Builtin::supported("to_number", 1, to_number)];

fn to_number(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    match operand::any(args, 0)? {
        Value::Null(_) => some(0),
        Value::Bool(_, value) => some(i64::from(*value)),
        number @ Value::Number(..) => Ok(Some(number.clone())),
        Value::String(_, text) => {
            let number = Number::parse(text).or_else(|| Number::parse_loose(text));
            number
                .filter(|number| number.as_f64().is_finite())
                .map(|number| Some(Value::from(number)))
                .ok_or_else(|| {
                    let text = super::super::value::quote(text);
                    BuiltinError::new(format!("strconv.ParseFloat: parsing {text}: invalid syntax"))
                })
        }
        other => Err(operand::wrong_type(0, other, &["null", "boolean", "number", "string"])),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn what_looks_like_a_number_is_one() {
        for (argument, result) in [
            ("null", "0"),
            ("true", "1"),
            ("1.50", "1.50"),
            ("\"10\"", "10"),
            ("\"-3.10\"", "-3.10"),
            ("\"1e3\"", "1e3"),
            ("\"+5\"", "+5"),
            ("\".5\"", ".5"),
        ] {
            assert_eq!(eval("to_number", &[argument]), result, "{argument}");
        }
        for text in
            ["\"\"", "\"a\"", "\"1_000\"", "\" 1\"", "\"1e400\"", "\"nan\"", "\"inf\"", "[]"]
        {
            assert!(eval("to_number", &[text]).starts_with("error"), "{text}");
        }
    }
}
