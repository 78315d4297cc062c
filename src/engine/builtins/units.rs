//! Amounts with units.

use num_bigint::{BigInt, BigUint, Sign};

use super::super::number::{Decimal, Float, Number};
use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("units.parse", 1, parse),
    Builtin::supported("units.parse_bytes", 1, parse_bytes),
];

/// The digits that an exponent may have.
const EXPONENT_DIGITS: usize = 6;

/// Where the number ends and the unit begins.
fn split<'a>(text: &'a str, function: &str) -> Result<(&'a str, &'a str), BuiltinError> {
    let failed = |reason: &str| BuiltinError::new(format!("{function}: {reason}"));
    if text.contains(' ') {
        return Err(failed("spaces not allowed in resource strings"));
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => at += 1,
            b'e' | b'E' => {
                let sign = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
                if !sign && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                    break;
                }
                at += 1 + usize::from(sign);
                let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                if digits > EXPONENT_DIGITS {
                    return Err(failed("exponent too large"));
                }
            }
            _ => break,
        }
    }
    // A unit begins with an ASCII letter or is not known, so this is at a character's start.
    let (number, unit) = text.split_at(at);
    if number.is_empty() {
        let what = if function == "units.parse" { "no amount" } else { "no byte amount" };
        return Err(failed(&format!("{what} provided")));
    }
    Ok((number, unit))
}

/// The factor of a unit, without regard to case except where the caller sorted that out.
fn factor(unit: &str) -> Option<u64> {
    let power = |letter: u8| {
        Some(match letter {
            b'k' => 1,
            b'm' => 2,
            b'g' => 3,
            b't' => 4,
            b'p' => 5,
            b'e' => 6,
            _ => return None,
        })
    };
    let unit = unit.to_ascii_lowercase();
    match unit.as_bytes() {
        [] => Some(1),
        [letter] => Some(1000_u64.pow(power(*letter)?)),
        [letter, b'i'] => Some(1024_u64.pow(power(*letter)?)),
        _ => None,
    }
}

fn parse(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?.replace('"', "");
    let (number, unit) = split(&text, "units.parse")?;
    let milli = unit == "m";
    let known = if milli { Some(1) } else { factor(unit) };
    let factor = known.ok_or_else(|| {
        let mut shown = unit.chars();
        let unit: String =
            shown.next().into_iter().chain(shown.flat_map(char::to_lowercase)).collect();
        BuiltinError::new(format!("units.parse: unit {unit} not recognized"))
    })?;
    let amount = Decimal::parse(number)
        .ok_or_else(|| BuiltinError::new("units.parse: could not parse amount to a number"))?;
    let (mut numerator, mut denominator) = amount.as_ratio();
    numerator *= factor;
    if milli {
        // A thousandth as the double has it: 1152921504606847 / 2^60.
        numerator *= 1_152_921_504_606_847_u64;
        denominator <<= 60_u32;
    }
    some(decimal(amount.negative, &numerator, &denominator))
}

/// An integer as it is, anything else to ten places, halves away from zero.
fn decimal(negative: bool, numerator: &BigUint, denominator: &BigUint) -> Number {
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    let quotient = numerator / denominator;
    if &quotient * denominator == *numerator {
        return Number::from_integer(&BigInt::from_biguint(sign, quotient));
    }
    let scaled =
        (numerator * BigUint::from(10_u32).pow(10) * 2_u32 + denominator) / (denominator * 2_u32);
    let digits = format!("{:0>11}", scaled.to_string());
    let (whole, places) = digits.split_at(digits.len() - 10);
    let minus = if negative { "-" } else { "" };
    let text = format!("{minus}{whole}.{places}");
    Number::parse(&text).unwrap_or_else(|| Number::from(0))
}

fn parse_bytes(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?.to_lowercase().replace('"', "");
    let (number, unit) = split(&text, "units.parse_bytes")?;
    let short = if unit.len() > 1 { unit.strip_suffix('b').unwrap_or(unit) } else { unit };
    let factor = factor(short).ok_or_else(|| {
        BuiltinError::new(format!("units.parse_bytes: byte unit {unit} not recognized"))
    })?;
    let amount = Decimal::parse(number).ok_or_else(|| {
        BuiltinError::new("units.parse_bytes: could not parse byte amount to a number")
    })?;
    let bytes = Float::from_decimal(&amount).mul(Float::from_u64(factor)).truncated();
    some(Number::from_integer(&bytes))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn amounts_have_units() {
        for (name, text, result) in [
            ("units.parse", "10K", "10000"),
            ("units.parse", "1Ki", "1024"),
            ("units.parse", "1M", "1000000"),
            ("units.parse", "100m", "0.1000000000"),
            ("units.parse", "1.5", "1.5000000000"),
            ("units.parse", "2e3", "2000"),
            ("units.parse", "1 K", "error: units.parse: spaces not allowed in resource strings"),
            ("units.parse", "K", "error: units.parse: no amount provided"),
            ("units.parse", "1x", "error: units.parse: unit x not recognized"),
            ("units.parse", "1.2.3", "error: units.parse: could not parse amount to a number"),
            ("units.parse_bytes", "1KiB", "1024"),
            ("units.parse_bytes", "1.5mb", "1500000"),
            ("units.parse_bytes", "0.5", "0"),
            ("units.parse_bytes", "1b", "error: units.parse_bytes: byte unit b not recognized"),
        ] {
            assert_eq!(eval(name, &[&format!("{text:?}")]), result, "{name} {text}");
        }
    }
}
