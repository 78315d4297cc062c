//! Floats.

use super::super::super::number::format;
use super::Spec;

pub(super) fn print(out: &mut String, spec: &Spec, verb: char, value: f64) {
    let default = match verb {
        'f' | 'F' | 'e' | 'E' => Some(6),
        _ => None,
    };
    let precision = spec.precision.or(default);
    let mut text = match verb {
        'b' => binary(value),
        'x' | 'X' => hexadecimal(value, precision, verb),
        'v' => format::float(value, 'g', precision),
        _ => format::float(value, verb, precision),
    };
    if !text.starts_with('-') {
        text.insert(0, if spec.space && !spec.plus { ' ' } else { '+' });
    }
    if spec.sharp && verb != 'b' {
        text = with_point(&text, verb, precision);
    }
    let (sign, digits) = text.split_at(1);
    if !(spec.plus || sign != "+") {
        return spec.pad(out, digits);
    }
    match spec.width {
        Some(width) if spec.zero && !spec.minus && width > text.len() => {
            out.push_str(sign);
            out.push_str(&"0".repeat(width - text.len()));
            out.push_str(digits);
        }
        _ => spec.pad(out, &text),
    }
}

/// `#` keeps the point and the zeros that the precision asks for.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let mut wanted = match verb {
        'v' | 'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let marks: &[char] =
        if matches!(verb, 'x' | 'X') { &['p', 'P'] } else { &['e', 'E', 'p', 'P'] };
    let (number, tail) = match text.find(marks) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let digits = number[1..].chars().filter(|character| *character != '.');
    let significant = digits.skip_while(|character| *character == '0').count();
    wanted = wanted.saturating_sub(significant);
    let mut number = number.to_owned();
    if !number.contains('.') {
        // A lone zero counts for one digit.
        if number.len() == 2 && number.ends_with('0') {
            wanted = wanted.saturating_sub(1);
        }
        number.push('.');
    }
    format!("{number}{}{tail}", "0".repeat(wanted))
}

/// Mantissa, exponent of two and sign.
fn parts(value: f64) -> (u64, i64, &'static str) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    match exponent {
        0 => (fraction, -1074, sign),
        _ => (fraction | 1 << 52, exponent - 1075, sign),
    }
}

fn binary(value: f64) -> String {
    let (mantissa, exponent, sign) = parts(value);
    format!("{sign}{mantissa}p{exponent:+}")
}

fn hexadecimal(value: f64, precision: Option<usize>, verb: char) -> String {
    let (mut mantissa, mut exponent, sign) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The top bit goes to bit 60, so that 15 digits of four bits follow the point.
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent += 60 - i64::from(shift);
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let drop = u32::try_from((15 - precision) * 4).unwrap_or(0);
        let extra = mantissa & ((1 << drop) - 1);
        mantissa >>= drop;
        // To nearest, ties to even.
        if extra | (mantissa & 1) > 1 << (drop - 1) {
            mantissa += 1;
        }
        mantissa <<= drop;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let first = mantissa >> 60;
    let digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        None => digits.trim_end_matches('0').to_owned(),
        Some(precision) if precision <= 15 => digits[..precision].to_owned(),
        Some(precision) => format!("{digits}{}", "0".repeat(precision - 15)),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let mark = if exponent < 0 { '-' } else { '+' };
    let text = format!("{sign}0x{first}{point}{fraction}p{mark}{:02}", exponent.unsigned_abs());
    if verb == 'X' { text.to_uppercase() } else { text }
}
