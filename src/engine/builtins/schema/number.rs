//! Numbers of schemas, exactly.

use num_bigint::BigInt;

use super::super::super::number::Number;

/// Powers of ten beyond which nothing is calculated.
const EXPONENT: i64 = 5_000;

/// Digits and a power of ten; no digit at the end is zero.
fn scientific(number: &Number) -> Option<(BigInt, i64)> {
    let text = number.to_string().to_ascii_lowercase();
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    exponent -= i64::try_from(fraction.len()).ok()?;
    let digits = format!("{whole}{fraction}");
    let trimmed = digits.trim_end_matches('0');
    exponent += i64::try_from(digits.len() - trimmed.len()).ok()?;
    let digits: BigInt =
        if matches!(trimmed, "" | "-") { BigInt::ZERO } else { trimmed.parse().ok()? };
    let exponent = if digits == BigInt::ZERO { 0 } else { exponent };
    (exponent.abs() <= EXPONENT).then_some((digits, exponent))
}

pub(super) fn is_integer(number: &Number) -> bool {
    scientific(number).is_some_and(|(_, exponent)| exponent >= 0)
}

pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    let (Some((a, shift_a)), Some((b, shift_b))) = (scientific(number), scientific(of)) else {
        return false;
    };
    if b == BigInt::ZERO {
        return false;
    }
    let shift = shift_a - shift_b;
    let power = BigInt::from(10).pow(u32::try_from(shift.abs()).unwrap_or_default());
    let (a, b) = if shift >= 0 { (a * power, b) } else { (a, b * power) };
    a % b == BigInt::ZERO
}

/// As Go writes big floats: short, with an exponent from a million on.
pub(super) fn text(number: &Number) -> String {
    let Some((digits, exponent)) = scientific(number) else { return number.to_string() };
    let text = digits.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let count = i64::try_from(digits.len()).unwrap_or_default();
    let point = count + exponent;
    let power = point - 1;
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    if digits == "0" {
        return "0".to_owned();
    }
    if !(-4..6).contains(&power) {
        let (first, rest) = digits.split_at(1);
        let rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        let mark = if power < 0 { '-' } else { '+' };
        return format!("{sign}{first}{rest}e{mark}{:02}", power.abs());
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    if exponent >= 0 {
        return format!("{sign}{digits}{}", zeros(exponent));
    }
    let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let number = |text: &str| Number::parse(text).expect(text);
        assert!(is_integer(&number("1.0")) && is_integer(&number("1e3")));
        assert!(!is_integer(&number("1e-3")));
        assert!(is_multiple(&number("0.3"), &number("0.1")));
        assert!(!is_multiple(&number("0.35"), &number("0.1")));
    }
}
