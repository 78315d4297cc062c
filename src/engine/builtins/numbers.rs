//! Ranges of numbers and random ones.

use num_bigint::{BigInt, Sign};

use super::super::number::Number;
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("numbers.range", 2, |context, args| range(context, args, &1.into())),
    Builtin::supported("numbers.range_step", 3, |context, args| {
        let (_, _, step) = (
            operand::big_integer(args, 0)?,
            operand::big_integer(args, 1)?,
            operand::big_integer(args, 2)?,
        );
        if step.sign() != Sign::Plus {
            return Err(BuiltinError::new("numbers.range_step: step must be a positive integer"));
        }
        range(context, args, &step)
    }),
    Builtin::supported("rand.intn", 2, intn),
];

/// From the first to the second, both included, up or down.
fn range(context: &mut Context<'_>, args: &[Value], step: &BigInt) -> Outcome {
    let (from, to) = (operand::big_integer(args, 0)?, operand::big_integer(args, 1)?);
    let down = from > to;
    let (mut at, mut numbers) = (from, Vec::new());
    while if down { at >= to } else { at <= to } {
        context.tick(1)?;
        numbers.push(Value::from(Number::from_integer(&at)));
        if down {
            at -= step;
        } else {
            at += step;
        }
    }
    Ok(Some(Value::array(numbers)))
}

/// A number below the second operand; the same one for the same operands.
fn intn(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let name = operand::string(args, 0)?;
    let below = operand::integer(args, 1)?.unsigned_abs();
    if below == 0 {
        return Ok(Some(Value::from(0)));
    }
    let key = format!("rand.intn {below} {name}");
    if let Some(known) = context.invented.get(&key) {
        return Ok(Some(known.clone()));
    }
    let value = Value::from(Number::from(context.next_random() % below));
    context.invented.insert(key, value.clone());
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn ranges_include_both_ends() {
        assert_eq!(eval("numbers.range", &["1", "3"]), "[1, 2, 3]");
        assert_eq!(eval("numbers.range", &["3", "1"]), "[3, 2, 1]");
        assert_eq!(eval("numbers.range_step", &["0", "5", "2"]), "[0, 2, 4]");
        assert!(
            eval("numbers.range_step", &["0", "5", "0"]).starts_with("error: numbers.range_step")
        );
        assert!(
            eval("numbers.range", &["0.5", "5"]).starts_with("error: operand 1 must be integer")
        );
    }
}
