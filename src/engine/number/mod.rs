//! Numbers as OPA has them: integers of any size, and decimals that keep the text they came with.
//!
//! ```
//! use manifestly::engine::number::Number;
//!
//! let sum = Number::parse("0.1").unwrap().add(&Number::parse("0.2").unwrap());
//! assert_eq!(sum.to_string(), "0.3");
//! assert_eq!(Number::parse("1.0"), Some(Number::from(1)));
//! ```

mod arithmetic;
mod decimal;
mod float;
pub(in crate::engine) mod format;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, BigUint};

pub(in crate::engine) use decimal::Decimal;
pub(in crate::engine) use float::Float;

/// A number. Comparison is by value; the text is kept, since policies can see it.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// An integer, written without sign, point or exponent other than a minus.
    Small(i64),
    Wide(Arc<Wide>),
}

struct Wide {
    text: Box<str>,
    /// The value, where OPA takes the text for an integer of 64 bits.
    integer: Option<i64>,
    /// The nearest double, infinite if there is none.
    double: f64,
}

/// Why a calculation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// Division by zero.
    #[error("divide by zero")]
    DivideByZero,
    /// Remainder of a division by zero.
    #[error("modulo by zero")]
    ModuloByZero,
    /// Remainder of what is not an integer.
    #[error("modulo on floating-point number")]
    ModuloOfFraction,
}

impl Number {
    /// Reads a number as JSON and Rego write it. Nothing when it is none, or one so large or
    /// small that OPA refuses it.
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let plain = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        if plain && (unsigned.len() == 1 || !unsigned.starts_with('0')) && text != "-0" {
            if let Ok(integer) = text.parse() {
                return Some(Self(Repr::Small(integer)));
            }
        } else if plain && unsigned != "0" {
            // Zeros before the digits, which the grammar doesn't have.
            return None;
        }
        Self::parse_loose(text)
    }

    /// Reads a number with Go's wider grammar: a plus sign, zeros first, nothing before or after
    /// the point.
    pub(in crate::engine) fn parse_loose(text: &str) -> Option<Self> {
        let decimal = Decimal::parse(text)?;
        if text.contains(['e', 'E']) && !decimal.is_in_bounds() {
            return None;
        }
        let double = text.parse().ok()?;
        Some(Self::wide(text, double))
    }

    fn wide(text: &str, double: f64) -> Self {
        Self(Repr::Wide(Arc::new(Wide { text: text.into(), integer: integer(text), double })))
    }

    /// A number from text that was just written.
    fn from_text(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(value) if text != "-0" => Self(Repr::Small(value)),
            _ => Self::wide(text, text.parse().unwrap_or(f64::INFINITY)),
        }
    }

    /// A float, as JSON would carry it.
    pub fn from_double(value: f64) -> Self {
        Self::from_text(&format::json_float(value))
    }

    pub(in crate::engine) fn from_integer(value: &BigInt) -> Self {
        match i64::try_from(value) {
            Ok(value) => Self(Repr::Small(value)),
            Err(_) => Self::from_text(&value.to_string()),
        }
    }

    pub(in crate::engine) fn from_float(value: Float) -> Self {
        Self::from_text(&value.text())
    }

    /// The integer, if it is held as one: numbers that are written in another way are another.
    pub(in crate::engine) fn small(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::Wide(_) => None,
        }
    }

    /// The number as an integer that indexes and counts: of at most 19 digits, and zeros at most
    /// after its point.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::Wide(wide) => wide.integer,
        }
    }

    /// The nearest double, infinite if the number is beyond them.
    #[allow(clippy::cast_precision_loss)] // what rounding to a double means
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            Repr::Wide(wide) => wide.double,
        }
    }

    /// The exact value, if it is an integer.
    pub(in crate::engine) fn to_integer(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small(value) => Some(BigInt::from(*value)),
            Repr::Wide(wide) => Decimal::parse(&wide.text)?.to_integer(),
        }
    }

    pub(in crate::engine) fn to_float(&self) -> Float {
        match &self.0 {
            Repr::Small(value) if *value >= 0 => Float::from_u64(value.unsigned_abs()),
            Repr::Small(value) => Float::ZERO.sub(Float::from_u64(value.unsigned_abs())),
            Repr::Wide(_) => Float::from_decimal(&self.decimal()),
        }
    }

    fn decimal(&self) -> Decimal {
        let zero = || Decimal { negative: false, digits: BigUint::ZERO, exponent: 0 };
        match &self.0 {
            Repr::Small(value) => Decimal {
                negative: *value < 0,
                digits: BigUint::from(value.unsigned_abs()),
                exponent: 0,
            },
            Repr::Wide(wide) => Decimal::parse(&wide.text).unwrap_or_else(zero),
        }
    }

    /// Whether the text has a point or an exponent.
    pub(in crate::engine) fn is_written_as_float(&self) -> bool {
        matches!(&self.0, Repr::Wide(wide) if wide.text.contains(['.', 'e', 'E']))
    }

    /// Whether OPA compares the text as a fraction: it has a point, ends in zeros, and a point
    /// is left without them.
    fn is_padded_fraction(text: &str) -> bool {
        let trimmed = text.trim_end_matches(['.', '0']);
        text.contains('.') && trimmed != text && trimmed.contains('.')
    }

    fn compare_wide(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.as_f64(), other.as_f64());
        // Rounding keeps the order, so unequal doubles decide.
        if let Some(order @ (Ordering::Less | Ordering::Greater)) = mine.partial_cmp(&theirs) {
            return order;
        }
        if let (Repr::Wide(a), Repr::Wide(b)) = (&self.0, &other.0) {
            if a.text == b.text {
                return Ordering::Equal;
            }
            let fractions = Self::is_padded_fraction(&a.text) && Self::is_padded_fraction(&b.text);
            if fractions && mine.is_finite() {
                return Ordering::Equal;
            }
        }
        self.decimal().compare(&other.decimal())
    }
}

/// The integer that OPA sees in a text: at most 19 characters, nothing but zeros past a point.
fn integer(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.len() > 19 {
        return None;
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !fraction.bytes().all(|byte| byte == b'0') || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    if whole.is_empty() { Some(0) } else { format!("{sign}{whole}").parse().ok() }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from_integer(&BigInt::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from_integer(&BigInt::from(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self(Repr::Small(value.into()))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => write!(f, "{value}"),
            Repr::Wide(wide) => f.write_str(&wide.text),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.compare_wide(other),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal numbers have equal doubles; the two zeros are made one.
        (self.as_f64() + 0.0).to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn fits_two_words() {
        assert_eq!(size_of::<Number>(), 16);
    }

    #[test]
    fn calculates_as_opa() {
        for (result, text) in [
            (number("0.1").add(&number("0.2")), "0.3"),
            (number("3").mul(&number("0.1")), "0.3"),
            (number("1.0").add(&number("0")), "1"),
            (number("9223372036854775807").add(&number("1")), "9223372036854775808"),
            (
                number("123456789012345678901234567890").sub(&number("1")),
                "123456789012345678901234567889",
            ),
            (number("1e30").add(&number("1")), "1000000000000000000000000000001"),
            (number("0.0000001").mul(&number("3")), "3e-07"),
            (number("0.0001").mul(&number("1")), "0.0001"),
            (number("123456789.123456789").mul(&number("1000000000")), "123456789123456789"),
            (number("2.5").round(), "3"),
            (number("-2.5").round(), "-3"),
            (number("1.2").ceil(), "2"),
            (number("-0.5").ceil(), "1"),
            (number("-1.5").floor(), "-2"),
            (number("-0.5").floor(), "0"),
            (number("-7.25").abs(), "7.25"),
        ] {
            assert_eq!(result.to_string(), text);
        }
        for (a, b, text) in [
            ("1", "3", "0.33333333333333333334"),
            ("10", "4", "2.5"),
            ("0", "-5", "-0"),
            ("1e30", "7", "142857142857142857140000000000"),
            ("123456789", "0.001", "1.2345678900000000001e+11"),
            ("1234567.5", "1", "1.2345675e+06"),
        ] {
            assert_eq!(number(a).div(&number(b)).unwrap().to_string(), text);
        }
        assert_eq!(number("1").div(&number("0.0")), Err(ArithmeticError::DivideByZero));
        assert_eq!(number("-5").rem(&number("3")), Ok(number("-2")));
        assert_eq!(number("5.0").rem(&number("2")), Ok(number("1")));
        assert_eq!(number("5.5").rem(&number("2")), Err(ArithmeticError::ModuloOfFraction));
    }

    #[test]
    fn compares_by_value_and_keeps_the_text() {
        assert_eq!(number("1.0"), number("1"));
        assert_eq!(number("1e2"), number("100"));
        assert!(number("9007199254740993") > number("9007199254740992.5"));
        assert!(number("0.1") < number("0.10000000000000000001"));
        assert_eq!(number("1.50").to_string(), "1.50");
        assert_eq!(number("-0.0").as_i64(), Some(0));
    }

    #[test]
    fn refuses_what_opa_refuses() {
        for text in ["", "-", "01", "1e1000000000", "1e31000", "0x1", "NaN", "1e"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
        assert!(Number::parse("1e30000").is_some());
    }
}
