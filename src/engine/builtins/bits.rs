//! Integers bit by bit, negative ones in two's complement without end.

use num_bigint::{BigInt, Sign};

use super::super::number::Number;
use super::super::value::Value;
use super::{Builtin, BuiltinError, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("bits.and", 2, |_, args| binary(args, |a, b| a & b)),
    Builtin::supported("bits.or", 2, |_, args| binary(args, |a, b| a | b)),
    Builtin::supported("bits.xor", 2, |_, args| binary(args, |a, b| a ^ b)),
    Builtin::supported("bits.negate", 1, |_, args| {
        some(Number::from_integer(&!operand::big_integer(args, 0)?))
    }),
    Builtin::supported("bits.lsh", 2, |context, args| {
        let (value, count) = (operand::big_integer(args, 0)?, count(args)?);
        // A shift of this many bits writes as many.
        context.tick(usize::try_from(count / 64).unwrap_or(usize::MAX))?;
        if count > MOST {
            return Err(BuiltinError::new("the shift is too large"));
        }
        some(Number::from_integer(&(value << count)))
    }),
    Builtin::supported("bits.rsh", 2, |_, args| {
        some(Number::from_integer(&(operand::big_integer(args, 0)? >> count(args)?)))
    }),
];

/// How far a number may be shifted up.
const MOST: u64 = 1 << 20;

fn binary(args: &[Value], calculate: impl Fn(BigInt, BigInt) -> BigInt) -> Outcome {
    let (a, b) = (operand::big_integer(args, 0)?, operand::big_integer(args, 1)?);
    some(Number::from_integer(&calculate(a, b)))
}

fn count(args: &[Value]) -> Result<u64, BuiltinError> {
    let count = operand::big_integer(args, 1)?;
    if count.sign() == Sign::Minus {
        return Err(BuiltinError::new(
            "operand 2 must be an unsigned integer number but got a negative integer",
        ));
    }
    Ok(u64::try_from(&count).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn bits() {
        assert_eq!(eval("bits.and", &["-4", "6"]), "4");
        assert_eq!(eval("bits.negate", &["5"]), "-6");
        assert_eq!(eval("bits.lsh", &["1", "70"]), "1180591620717411303424");
        assert_eq!(eval("bits.rsh", &["-5", "1"]), "-3");
    }
}
