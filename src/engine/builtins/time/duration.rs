//! Durations.

use super::super::super::number::format;
use super::super::super::value::quote;
use super::super::BuiltinError;

/// Reads a duration: Go's units, and days, weeks and years of 365 days.
pub(super) fn parse(text: &str) -> Result<i64, BuiltinError> {
    let invalid = || BuiltinError::new(format!("time: invalid duration {}", quote(text)));
    if text.is_empty() {
        return Err(invalid());
    }
    if !text.contains(['d', 'w', 'y']) {
        return standard(text).ok_or_else(invalid);
    }
    standard(&in_hours(text).ok_or_else(invalid)?).ok_or_else(invalid)
}

/// The same duration without units longer than an hour.
fn in_hours(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut rewritten = text[..text.len() - unsigned.len()].to_owned();
    let mut rest = unsigned;
    while !rest.is_empty() {
        let end = rest.find(|next: char| !(next.is_ascii_digit() || next == '.'))?;
        let (digits, after) = rest.split_at(end);
        if digits.is_empty() {
            return None;
        }
        let known = ["ms", "us", "µs", "ns"].iter().find(|unit| after.starts_with(**unit));
        let length = known.map_or(1, |unit| unit.len());
        let unit = after.get(..length)?;
        if known.is_none() && !unit.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let hours = match unit {
            "d" => 24.0,
            "w" => 7.0 * 24.0,
            "y" => 365.0 * 24.0,
            _ => 0.0,
        };
        if hours > 0.0 {
            let value = digits.parse::<f64>().ok().filter(|value| value.is_finite())? * hours;
            rewritten.push_str(&format::float(value, 'f', None));
            rewritten.push('h');
        } else {
            rewritten.push_str(&rest[..end + length]);
        }
        rest = &after[length..];
    }
    Some(rewritten)
}

const LIMIT: u64 = 1 << 63;

/// Reads a duration as Go does.
fn standard(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|next: char| next.is_ascii_digit() || next == '.');
        let (name, after) = after.split_at(end.unwrap_or(after.len()));
        rest = after;
        let unit = unit(name)?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        if whole > LIMIT / unit {
            return None;
        }
        let value = whole * unit + part_of(unit, fraction);
        total = total.checked_add(value).filter(|total| *total <= LIMIT && value <= LIMIT)?;
    }
    if negative {
        return Some(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).ok()
}

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        // The two characters that stand for a millionth.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The nanoseconds of a fraction of a unit, in doubles as Go calculates them.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn part_of(unit: u64, digits: &str) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        // What 63 bits don't hold is left out.
        if value > (LIMIT - 1) / 10 || value * 10 + digit > LIMIT {
            break;
        }
        value = value * 10 + digit;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}
