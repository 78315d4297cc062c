//! One value from many.

use num_bigint::BigInt;

use super::super::number::{Float, Number};
use super::super::value::Value;
use super::{Builtin, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("count", 1, count),
    Builtin::supported("sum", 1, sum),
    Builtin::supported("product", 1, product),
    Builtin::supported("max", 1, |_, args| Ok(operand::items(args, 0)?.iter().max().cloned())),
    // Of equal numbers written differently, both take the last.
    Builtin::supported("min", 1, |_, args| {
        Ok(operand::items(args, 0)?.iter().rev().min().cloned())
    }),
    Builtin::supported("sort", 1, |_, args| {
        let mut items = operand::items(args, 0)?.to_vec();
        items.sort();
        Ok(Some(Value::array(items)))
    }),
    Builtin::supported("all", 1, |_, args| {
        some(operand::items(args, 0)?.iter().all(|item| item.as_bool() == Some(true)))
    }),
    Builtin::supported("any", 1, |_, args| {
        some(operand::items(args, 0)?.iter().any(|item| item.as_bool() == Some(true)))
    }),
];

fn count(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let value = operand::any(args, 0)?;
    let count = match value {
        Value::String(_, text) => text.chars().count(),
        value => value
            .len()
            .ok_or_else(|| operand::wrong_type(0, value, &["array", "object", "set", "string"]))?,
    };
    some(count)
}

/// The numbers of an array or set.
fn numbers(args: &[Value]) -> Result<Vec<&Number>, super::BuiltinError> {
    let whole = operand::any(args, 0)?;
    operand::items(args, 0)?
        .iter()
        .map(|item| {
            item.as_number().ok_or_else(|| operand::wrong_element(0, whole, item, "number"))
        })
        .collect()
}

fn sum(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let numbers = numbers(args)?;
    let small = numbers.iter().try_fold(0_i64, |sum, number| sum.checked_add(number.as_i64()?));
    if let Some(sum) = small {
        return some(sum);
    }
    let exact: Option<BigInt> = numbers.iter().map(|number| number.to_integer()).sum();
    some(match exact {
        Some(sum) => Number::from_integer(&sum),
        None => Number::from_float(
            numbers.iter().fold(Float::ZERO, |sum, number| sum.add(number.to_float())),
        ),
    })
}

fn product(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let numbers = numbers(args)?;
    let exact: Option<BigInt> = numbers.iter().map(|number| number.to_integer()).product();
    some(match exact {
        Some(product) => Number::from_integer(&product),
        None => Number::from_float(
            numbers
                .iter()
                .fold(Float::ONE_DOUBLE, |product, number| product.mul(number.to_float())),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn aggregates() {
        for (name, argument, result) in [
            ("count", "\"🌍é\"", "2"),
            ("count", "{\"a\": 1}", "1"),
            (
                "count",
                "1",
                "error: operand 1 must be one of {array, object, set, string} but got number",
            ),
            ("sum", "[1, 2, 3.0]", "6"),
            ("sum", "[0.1, 0.2]", "0.3"),
            ("sum", "[9223372036854775807, 1]", "9223372036854775808"),
            (
                "sum",
                "[1, \"a\"]",
                "error: operand 1 must be array of numbers but got array containing string",
            ),
            ("product", "[2, 3, 0.1]", "0.6"),
            ("product", "[]", "1"),
            ("max", "[]", "undefined"),
            ("max", "[1, \"a\", null]", "\"a\""),
            ("min", "[1, \"a\", null]", "null"),
            ("sort", "[3, 1, 2]", "[1, 2, 3]"),
            ("all", "[true, 1]", "false"),
            ("all", "[]", "true"),
            ("any", "[false, true]", "true"),
        ] {
            assert_eq!(eval(name, &[argument]), result, "{name}({argument})");
        }
    }
}
