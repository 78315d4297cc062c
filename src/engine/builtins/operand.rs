//! Arguments taken for what they must be, with errors in OPA's words. Positions count from 0
//! here and from 1 in the errors.

use num_bigint::BigInt;

use super::super::number::Number;
use super::super::value::Value;
use super::BuiltinError;

type Result<T> = std::result::Result<T, BuiltinError>;

/// The argument itself. Calls are checked when policies are compiled, so there is one.
pub(super) fn any(args: &[Value], at: usize) -> Result<&Value> {
    args.get(at).ok_or_else(|| BuiltinError::new(format!("operand {} is missing", at + 1)))
}

pub(super) fn wrong_type(at: usize, got: &Value, wanted: &[&str]) -> BuiltinError {
    let got = got.type_name();
    BuiltinError::new(match wanted {
        [wanted] => format!("operand {} must be {wanted} but got {got}", at + 1),
        _ => format!("operand {} must be one of {{{}}} but got {got}", at + 1, wanted.join(", ")),
    })
}

pub(super) fn wrong_element(at: usize, whole: &Value, got: &Value, wanted: &str) -> BuiltinError {
    let (whole, got) = (whole.type_name(), got.type_name());
    BuiltinError::new(format!(
        "operand {} must be {whole} of {wanted}s but got {whole} containing {got}",
        at + 1
    ))
}

pub(super) fn string(args: &[Value], at: usize) -> Result<&str> {
    let value = any(args, at)?;
    value.as_str().ok_or_else(|| wrong_type(at, value, &["string"]))
}

pub(super) fn number(args: &[Value], at: usize) -> Result<&Number> {
    let value = any(args, at)?;
    value.as_number().ok_or_else(|| wrong_type(at, value, &["number"]))
}

pub(super) fn integer(args: &[Value], at: usize) -> Result<i64> {
    number(args, at)?.as_i64().ok_or_else(|| fraction(at))
}

pub(super) fn big_integer(args: &[Value], at: usize) -> Result<BigInt> {
    let value = any(args, at)?;
    let number = value.as_number().ok_or_else(|| wrong_type(at, value, &["integer"]))?;
    number.to_integer().ok_or_else(|| fraction(at))
}

fn fraction(at: usize) -> BuiltinError {
    BuiltinError::new(format!(
        "operand {} must be integer number but got floating-point number",
        at + 1
    ))
}

pub(super) fn array(args: &[Value], at: usize) -> Result<&[Value]> {
    let value = any(args, at)?;
    value.as_array().ok_or_else(|| wrong_type(at, value, &["array"]))
}

pub(super) fn set(args: &[Value], at: usize) -> Result<&[Value]> {
    let value = any(args, at)?;
    value.as_set().ok_or_else(|| wrong_type(at, value, &["set"]))
}

pub(super) fn object(args: &[Value], at: usize) -> Result<&[(Value, Value)]> {
    let value = any(args, at)?;
    value.as_object().ok_or_else(|| wrong_type(at, value, &["object"]))
}

/// The items of an array or the members of a set.
pub(super) fn items(args: &[Value], at: usize) -> Result<&[Value]> {
    let value = any(args, at)?;
    value.items().ok_or_else(|| wrong_type(at, value, &["array", "set"]))
}

/// The items of an array or set of strings.
pub(super) fn strings(args: &[Value], at: usize) -> Result<Vec<&str>> {
    let value = any(args, at)?;
    let items = items(args, at)?.iter();
    items
        .map(|item| item.as_str().ok_or_else(|| wrong_element(at, value, item, "string")))
        .collect()
}
