//! Numbers.

use super::super::ast::TermKind;
use super::super::lexer::Kind;
use super::{Fault, Parsed, Parser};

/// OPA's limit, in binary digits before or after the point.
const MAX_EXPONENT: f64 = 100_000.0;

impl Parser<'_> {
    /// A number with its sign: `-1.5e3`, and `.5`.
    pub(super) fn number(&mut self) -> Parsed<TermKind> {
        let start = self.here().span.start;
        let mut number = String::new();
        if self.take(Kind::Minus) {
            number.push('-');
            if !matches!(self.kind(), Kind::Number | Kind::Dot) {
                return Err(self.expected("a number or a name is expected after `-`"));
            }
        }
        let fraction = self.take(Kind::Dot);
        if fraction {
            number.push('.');
        }
        let token = self.expect(Kind::Number, "a number is expected here")?;
        let digits = self.slice(token.span);
        let fault = |message| Err(Fault::new(message, self.since(start)));
        if fraction && digits.contains('.') {
            return fault("a number has one decimal point only");
        }
        let mut leading = digits.bytes();
        if !fraction && leading.next() == Some(b'0') && matches!(leading.next(), Some(b'0'..=b'9'))
        {
            return fault("a number does not begin with zeros");
        }
        number.push_str(digits);
        let binary = binary_exponent(&number);
        if binary.abs() > MAX_EXPONENT {
            return fault("the number is too large or too close to zero");
        }
        Ok(TermKind::Number(number.into()))
    }
}

/// About the logarithm to the base of two, rounded up; 0 for zero.
fn binary_exponent(number: &str) -> f64 {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let Some(zeros) = digits().position(|digit| digit != b'0') else { return 0.0 };
    let first =
        digits().skip(zeros).take(17).fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit - b'0'));
    let taken = digits().skip(zeros).take(17).count();
    // Longer exponents than fit are beyond any limit.
    let exponent: f64 = exponent.parse().unwrap_or(f64::INFINITY);
    let length = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
    let shift = length(whole.len()) - length(zeros) - length(taken) + exponent;
    ((first.log10() + shift) * std::f64::consts::LOG2_10).floor() + 1.0
}

#[cfg(test)]
mod tests {
    use super::binary_exponent;

    #[test]
    fn the_size_of_a_number_is_estimated() {
        let size = |number| binary_exponent(number);
        assert!((size("1") - 1.0).abs() < 1e-9);
        assert!((size("-9.0") - 4.0).abs() < 1e-9);
        assert!((size("0.5") - 0.0).abs() < 1e-9);
        assert!(size("0e999999").abs() < 1e-9);
        assert!(size("1e30102") < 100_000.0 && size("1e30103") > 100_000.0);
        assert!(size("1e-30104") < -100_000.0);
        assert!(size("1e99999999999999999999") > 1e9);
    }
}
