//! Floats as Go's `strconv` writes them.

use num_bigint::BigUint;

/// Writes `value` in Go's format `verb` (one of `e`, `E`, `f`, `F`, `g`, `G`), with `precision`
/// or as many digits as tell it from other floats.
pub(in crate::engine) fn float(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    match verb {
        'e' | 'E' => exponential(value, verb, precision),
        'g' | 'G' => general(value, verb, precision),
        _ => match precision {
            Some(precision) => format!("{value:.precision$}"),
            None => format!("{value}"),
        },
    }
}

fn exponential(value: f64, letter: char, precision: Option<usize>) -> String {
    let text = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{letter}{sign}{:02}", exponent.unsigned_abs())
}

fn general(value: f64, verb: char, precision: Option<usize>) -> String {
    let letter = if verb == 'G' { 'E' } else { 'e' };
    let precision = precision.map(|precision| precision.max(1));
    let text = match precision {
        Some(precision) => format!("{value:.*e}", precision - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let mut digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if precision.is_some() {
        // Digits that are only zeros don't count.
        let significant = mantissa.replace(['-', '.'], "");
        digits = significant.trim_end_matches('0').len().max(1);
        if value == 0.0 {
            digits = 0;
        }
    }
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let limit = match precision {
        None => 6,
        Some(precision) if precision > digits && length(digits) > exponent => length(digits),
        Some(precision) => length(precision),
    };
    if value != 0.0 && (exponent < -4 || exponent >= limit) {
        return exponential(value, letter, Some(digits.max(1) - 1));
    }
    let places = usize::try_from(length(digits) - exponent - 1).unwrap_or(0);
    format!("{value:.places$}")
}

/// A float as Go's JSON encoder writes it.
pub(in crate::engine) fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = float(value, 'e', None);
        // One digit of a negative exponent is enough.
        return match text.strip_suffix(|last: char| last.is_ascii_digit()) {
            Some(start) if start.ends_with("e-0") => {
                format!("{}{}", &start[..start.len() - 1], &text[start.len()..])
            }
            _ => text,
        };
    }
    float(value, 'f', None)
}

/// An integer in another base.
pub(in crate::engine) fn radix(value: &BigUint, base: u32) -> String {
    value.to_str_radix(base)
}
