//! A number's text taken apart.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

/// The largest binary exponent that OPA reads.
const LARGEST_EXPONENT: u64 = 100_000;

/// The exact value `±digits × 10^exponent` of a text.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Decimal {
    pub(in crate::engine) negative: bool,
    pub(in crate::engine) digits: BigUint,
    pub(in crate::engine) exponent: i32,
}

impl Decimal {
    /// Reads `[+-]digits[.digits][e[+-]digits]`. The whole or the fraction may lack digits, not
    /// both. Nothing when it is no number or its exponent is out of bounds.
    pub(in crate::engine) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self { negative, digits: BigUint::ZERO, exponent: 0 });
        }
        let shift = i32::try_from(fraction.len()).ok()?;
        let exponent = power.checked_sub(shift)?;
        let magnitude = i64::from(exponent) + i64::try_from(digits.len()).ok()?;
        if magnitude.unsigned_abs().max(exponent.unsigned_abs().into()) > 4 * LARGEST_EXPONENT {
            return None;
        }
        // Without trailing zeros, what follows calculates with smaller integers.
        let short = digits.trim_end_matches('0');
        let zeros = i32::try_from(digits.len() - short.len()).ok()?;
        let digits = BigUint::parse_bytes(short.as_bytes(), 10)?;
        Some(Self { negative, digits, exponent: exponent + zeros })
    }

    /// Whether OPA would read a text of this value: its binary exponent is bounded.
    pub(in crate::engine) fn is_in_bounds(&self) -> bool {
        if self.digits == BigUint::ZERO {
            return true;
        }
        let (numerator, denominator) = self.as_ratio();
        let (top, bottom) = (numerator.bits(), denominator.bits());
        // The exponent that makes the mantissa a fraction between a half and one.
        let exponent = if top >= bottom {
            let shifted = denominator << (top - bottom);
            top - bottom + u64::from(numerator >= shifted)
        } else {
            let shifted = numerator << (bottom - top);
            return bottom - top - u64::from(shifted >= denominator) <= LARGEST_EXPONENT;
        };
        exponent <= LARGEST_EXPONENT
    }

    pub(in crate::engine) fn as_ratio(&self) -> (BigUint, BigUint) {
        let power = BigUint::from(10_u32).pow(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            (&self.digits * power, BigUint::from(1_u32))
        } else {
            (self.digits.clone(), power)
        }
    }

    /// The value, if it is an integer.
    pub(in crate::engine) fn to_integer(&self) -> Option<BigInt> {
        // There are no trailing zeros that a negative exponent could take away.
        let power = u32::try_from(self.exponent).ok()?;
        let magnitude = &self.digits * BigUint::from(10_u32).pow(power);
        Some(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    pub(in crate::engine) fn compare(&self, other: &Self) -> Ordering {
        let sign = |value: &Self| match (value.digits == BigUint::ZERO, value.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (mine, theirs) = (sign(self), sign(other));
        if mine != theirs || mine == 0 {
            return mine.cmp(&theirs);
        }
        let common = self.exponent.min(other.exponent);
        let scaled = |value: &Self| {
            &value.digits * BigUint::from(10_u32).pow(value.exponent.abs_diff(common))
        };
        let magnitudes = scaled(self).cmp(&scaled(other));
        if self.negative { magnitudes.reverse() } else { magnitudes }
    }
}

fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}
