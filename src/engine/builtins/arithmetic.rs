//! Calculation with numbers, and with sets where an operator stands for both.

use super::super::number::{ArithmeticError, Number};
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, sets, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("abs", 1, |_, args| some(operand::number(args, 0)?.abs())),
    Builtin::supported("ceil", 1, |_, args| some(operand::number(args, 0)?.ceil())),
    Builtin::supported("floor", 1, |_, args| some(operand::number(args, 0)?.floor())),
    Builtin::supported("round", 1, |_, args| some(operand::number(args, 0)?.round())),
    Builtin::supported("plus", 2, |context, args| binary(context, args, plus)),
    Builtin::supported("minus", 2, |context, args| binary(context, args, minus)),
    Builtin::supported("mul", 2, |context, args| binary(context, args, mul)),
    Builtin::supported("div", 2, |context, args| binary(context, args, div)),
    Builtin::supported("rem", 2, |context, args| binary(context, args, rem)),
];

type Operator = fn(&Value, &Value) -> Result<Value, BuiltinError>;

fn binary(_: &mut Context<'_>, args: &[Value], operator: Operator) -> Outcome {
    operator(operand::any(args, 0)?, operand::any(args, 1)?).map(Some)
}

fn numbers<'a>(a: &'a Value, b: &'a Value) -> Result<(&'a Number, &'a Number), BuiltinError> {
    match (a, b) {
        (Value::Number(_, a), Value::Number(_, b)) => Ok((a, b)),
        (Value::Number(..), b) => Err(operand::wrong_type(1, b, &["number"])),
        (a, _) => Err(operand::wrong_type(0, a, &["number"])),
    }
}

/// `a + b`
///
/// # Errors
///
/// One of the two is no number.
pub fn plus(a: &Value, b: &Value) -> Result<Value, BuiltinError> {
    let (a, b) = numbers(a, b)?;
    Ok(a.add(b).into())
}

/// `a - b`, of numbers or of sets.
///
/// # Errors
///
/// The two are neither numbers nor sets.
pub fn minus(a: &Value, b: &Value) -> Result<Value, BuiltinError> {
    match (a, b) {
        (Value::Number(_, a), Value::Number(_, b)) => Ok(a.sub(b).into()),
        (Value::Set(_, a), Value::Set(_, b)) => Ok(sets::difference(a, b)),
        (Value::Number(..), b) => Err(operand::wrong_type(1, b, &["number"])),
        (Value::Set(..), b) => Err(operand::wrong_type(1, b, &["set"])),
        (a, _) => Err(operand::wrong_type(0, a, &["number", "set"])),
    }
}

/// `a * b`
///
/// # Errors
///
/// One of the two is no number.
pub fn mul(a: &Value, b: &Value) -> Result<Value, BuiltinError> {
    let (a, b) = numbers(a, b)?;
    Ok(a.mul(b).into())
}

/// `a / b`
///
/// # Errors
///
/// One of the two is no number, or `b` is zero.
pub fn div(a: &Value, b: &Value) -> Result<Value, BuiltinError> {
    calculated(a, b, Number::div)
}

/// `a % b`
///
/// # Errors
///
/// One of the two is no integer, or `b` is zero.
pub fn rem(a: &Value, b: &Value) -> Result<Value, BuiltinError> {
    calculated(a, b, Number::rem)
}

fn calculated(
    a: &Value,
    b: &Value,
    calculate: fn(&Number, &Number) -> Result<Number, ArithmeticError>,
) -> Result<Value, BuiltinError> {
    let (a, b) = numbers(a, b)?;
    Ok(calculate(a, b)?.into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn operators_tell_numbers_from_sets() {
        assert_eq!(eval("plus", &["0.1", "0.2"]), "0.3");
        assert_eq!(eval("minus", &["1", "2"]), "-1");
        assert_eq!(eval("div", &["1", "0"]), "error: divide by zero");
        assert_eq!(
            eval("minus", &["\"a\"", "2"]),
            "error: operand 1 must be one of {number, set} but got string"
        );
    }
}
