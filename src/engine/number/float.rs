//! Binary floating point with a mantissa of up to 64 bits: what numbers that are no integers are
//! calculated with, rounding to nearest, ties to even.

use num_bigint::{BigInt, BigUint, Sign};

use super::decimal::Decimal;

/// The mantissa's bits, unless a value says otherwise.
pub(super) const PRECISION: u64 = 64;

/// `±mantissa × 2^exponent`; the mantissa's top bit is set, or it is zero.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Float {
    negative: bool,
    mantissa: u64,
    exponent: i64,
    precision: u64,
}

impl Float {
    pub(in crate::engine) const ZERO: Self =
        Self { negative: false, mantissa: 0, exponent: 0, precision: PRECISION };
    /// One with the precision of a double: products accumulate in it.
    pub(in crate::engine) const ONE_DOUBLE: Self =
        Self { negative: false, mantissa: 1 << 63, exponent: -63, precision: 53 };
    pub(in crate::engine) const HALF: Self =
        Self { negative: false, mantissa: 1 << 63, exponent: -64, precision: PRECISION };

    pub(in crate::engine) fn from_decimal(decimal: &Decimal) -> Self {
        let (numerator, denominator) = decimal.as_ratio();
        Self::from_ratio(decimal.negative, &numerator, &denominator)
    }

    pub(in crate::engine) fn from_u64(value: u64) -> Self {
        Self::rounded(false, &BigUint::from(value), 0, false, PRECISION)
    }

    pub(in crate::engine) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub(in crate::engine) fn is_negative(self) -> bool {
        self.negative
    }

    #[must_use]
    pub(in crate::engine) fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    fn negated(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    fn from_ratio(negative: bool, numerator: &BigUint, denominator: &BigUint) -> Self {
        // Enough bits in the quotient that what the division leaves only breaks ties.
        let wanted = PRECISION + 2 + denominator.bits();
        let shift = wanted.saturating_sub(numerator.bits());
        let scaled = numerator << shift;
        let quotient = &scaled / denominator;
        let exact = &quotient * denominator == scaled;
        let exponent = -i64::try_from(shift).unwrap_or(i64::MAX);
        Self::rounded(negative, &quotient, exponent, !exact, PRECISION)
    }

    /// `value × 2^exponent`, and a little more if `sticky`.
    fn rounded(
        negative: bool,
        value: &BigUint,
        exponent: i64,
        sticky: bool,
        precision: u64,
    ) -> Self {
        let bits = value.bits();
        if bits == 0 {
            return Self { negative, mantissa: 0, exponent: 0, precision };
        }
        let low = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        if bits <= precision {
            let mantissa = low_word(value) << (64 - bits);
            return Self { negative, mantissa, exponent: exponent - low(64 - bits), precision };
        }
        let drop = bits - precision;
        let mut kept = low_word(&(value >> drop));
        let half = value.bit(drop - 1);
        let rest = sticky || value.trailing_zeros().unwrap_or(0) < drop - 1;
        let mut exponent = exponent + low(drop);
        if half && (rest || kept & 1 == 1) {
            let carried = u128::from(kept) + 1;
            if carried >> precision != 0 {
                kept = 1 << (precision - 1);
                exponent += 1;
            } else {
                kept += 1;
            }
        }
        let unused = 64 - precision;
        Self { negative, mantissa: kept << unused, exponent: exponent - low(unused), precision }
    }

    #[must_use]
    pub(in crate::engine) fn add(self, other: Self) -> Self {
        let precision = self.precision.max(other.precision);
        if self.is_zero() && other.is_zero() {
            return Self { negative: self.negative && other.negative, ..self };
        }
        if self.is_zero() {
            return Self { precision, ..other };
        }
        if other.is_zero() {
            return Self { precision, ..self };
        }
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // Further apart than this, the smaller one only decides which way to round.
        let apart = high.exponent.saturating_sub(low.exponent);
        let reach = 192;
        let (shift, small) = if apart > reach { (reach, 1_u64) } else { (apart, low.mantissa) };
        let signed = |negative: bool, value: BigUint| {
            BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, value)
        };
        let high_value = BigUint::from(high.mantissa) << u64::try_from(shift).unwrap_or(0);
        let sum = signed(high.negative, high_value) + signed(low.negative, BigUint::from(small));
        let exponent = high.exponent - shift;
        let negative = sum.sign() == Sign::Minus;
        Self::rounded(negative, sum.magnitude(), exponent, false, precision)
    }

    #[must_use]
    pub(in crate::engine) fn sub(self, other: Self) -> Self {
        self.add(other.negated())
    }

    /// The product in the precision of `self`.
    #[must_use]
    pub(in crate::engine) fn mul(self, other: Self) -> Self {
        let negative = self.negative != other.negative;
        let product = BigUint::from(u128::from(self.mantissa) * u128::from(other.mantissa));
        let exponent = self.exponent.saturating_add(other.exponent);
        Self::rounded(negative, &product, exponent, false, self.precision)
    }

    /// The quotient; nothing when `other` is zero.
    pub(in crate::engine) fn div(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let negative = self.negative != other.negative;
        let scaled = BigUint::from(self.mantissa) << 70_u32;
        let divisor = BigUint::from(other.mantissa);
        let quotient = &scaled / &divisor;
        let exact = &quotient * &divisor == scaled;
        let exponent = self.exponent.saturating_sub(other.exponent) - 70;
        Some(Self::rounded(negative, &quotient, exponent, !exact, PRECISION))
    }

    pub(in crate::engine) fn is_integer(self) -> bool {
        self.is_zero()
            || self.exponent >= 0
            || i64::from(self.mantissa.trailing_zeros()) >= -self.exponent
    }

    /// The value without its fraction.
    pub(in crate::engine) fn truncated(self) -> BigInt {
        let mantissa = BigUint::from(self.mantissa);
        let magnitude = match u64::try_from(self.exponent) {
            Ok(shift) => mantissa << shift,
            Err(_) => mantissa >> self.exponent.unsigned_abs(),
        };
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude)
    }

    /// The shortest decimal that rounds to this value, as integers are written if it is one and
    /// else with an exponent where it is far from the point.
    pub(in crate::engine) fn text(self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.is_zero() {
            return format!("{sign}0");
        }
        let (digits, point) = self.shortest();
        let integer = self.is_integer();
        let exponent = point - 1;
        if !integer && !(-4..6).contains(&exponent) {
            return format!("{sign}{}", scientific(&digits, exponent));
        }
        format!("{sign}{}", positional(&digits, point))
    }

    /// Digits and the place of the decimal point among them.
    fn shortest(self) -> (Vec<u8>, i64) {
        let unused = 64 - self.precision;
        // The lowest bit of this is half of the last place that the precision has.
        let doubled = BigUint::from(self.mantissa >> unused) << 1_u32;
        let exponent = self.exponent + i64::try_from(unused).unwrap_or(0) - 1;
        let exact = expand(&doubled, exponent);
        let lower = expand(&(&doubled - 1_u32), exponent);
        let upper = expand(&(&doubled + 1_u32), exponent);
        // Rounding to even would bring the bounds themselves back to an even mantissa.
        let inclusive = (self.mantissa >> unused) & 1 == 0;
        pick_shortest(exact, &lower, &upper, inclusive)
    }
}

fn low_word(value: &BigUint) -> u64 {
    value.iter_u64_digits().next().unwrap_or(0)
}

/// The decimal digits of `value × 2^exponent` without leading or trailing zeros, and the place
/// of the point.
fn expand(value: &BigUint, exponent: i64) -> (Vec<u8>, i64) {
    let (scaled, fraction) = match u32::try_from(-exponent) {
        Ok(places) if exponent < 0 => (value * BigUint::from(5_u32).pow(places), places),
        _ => (value << u64::try_from(exponent).unwrap_or(0), 0),
    };
    let mut digits = scaled.to_str_radix(10).into_bytes();
    let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - i64::from(fraction);
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, point)
}

/// Walks along the digits until they are apart from both bounds.
fn pick_shortest(
    exact: (Vec<u8>, i64),
    lower: &(Vec<u8>, i64),
    upper: &(Vec<u8>, i64),
    inclusive: bool,
) -> (Vec<u8>, i64) {
    let (digits, point) = exact;
    // A bound of fewer digits before the point has a zero in the first place.
    let at = |bound: &(Vec<u8>, i64), place: usize| {
        let place = i64::try_from(place).unwrap_or(i64::MAX) - (point - bound.1);
        usize::try_from(place).ok().and_then(|place| bound.0.get(place).copied()).unwrap_or(b'0')
    };
    let length = |bound: &(Vec<u8>, i64)| {
        usize::try_from(i64::try_from(bound.0.len()).unwrap_or(i64::MAX) + (point - bound.1))
            .unwrap_or(0)
    };
    for (place, digit) in digits.iter().copied().enumerate() {
        let (low, high) = (at(lower, place), at(upper, place));
        let down = low != digit || inclusive && place + 1 == length(lower);
        let up = digit != high && (inclusive || digit + 1 < high || place + 1 < length(upper));
        if down && up {
            return round_at(digits, point, place + 1);
        }
        if down {
            return cut_at(digits, point, place + 1);
        }
        if up {
            return raise_at(digits, point, place + 1);
        }
    }
    (digits, point)
}

fn cut_at(mut digits: Vec<u8>, point: i64, count: usize) -> (Vec<u8>, i64) {
    digits.truncate(count);
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, point)
}

fn raise_at(mut digits: Vec<u8>, point: i64, count: usize) -> (Vec<u8>, i64) {
    digits.truncate(count);
    while digits.last() == Some(&b'9') {
        digits.pop();
    }
    match digits.last_mut() {
        Some(digit) => {
            *digit += 1;
            (digits, point)
        }
        None => (vec![b'1'], point + 1),
    }
}

fn round_at(digits: Vec<u8>, point: i64, count: usize) -> (Vec<u8>, i64) {
    let up = match digits.get(count) {
        None => return (digits, point),
        // Exactly half: to the even digit.
        Some(b'5') if count + 1 == digits.len() => {
            count > 0 && digits.get(count - 1).is_some_and(|digit| (digit - b'0') % 2 == 1)
        }
        Some(digit) => *digit >= b'5',
    };
    if up { raise_at(digits, point, count) } else { cut_at(digits, point, count) }
}

/// `digits` with the point after the first, and the exponent as Go writes it.
fn scientific(digits: &[u8], exponent: i64) -> String {
    let text = String::from_utf8_lossy(digits);
    let (first, rest) = text.split_at(1.min(text.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

fn positional(digits: &[u8], point: i64) -> String {
    let text = String::from_utf8_lossy(digits);
    match usize::try_from(point) {
        Ok(point) if point > 0 => {
            if point >= text.len() {
                format!("{text}{}", "0".repeat(point - text.len()))
            } else {
                let (whole, fraction) = text.split_at(point);
                format!("{whole}.{fraction}")
            }
        }
        _ => {
            let zeros = usize::try_from(point.unsigned_abs()).unwrap_or(0);
            format!("0.{}{text}", "0".repeat(zeros))
        }
    }
}
