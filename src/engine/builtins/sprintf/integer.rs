//! Integers.

use num_bigint::{BigInt, BigUint, Sign};

use super::super::super::number::format;
use super::super::super::value::{escape, is_printable};
use super::Spec;

pub(super) fn print(out: &mut String, spec: &Spec, verb: char, value: i64) {
    match verb {
        'c' => spec.pad(out, &character(value).to_string()),
        'q' => {
            let mut quoted = String::from("'");
            escape(&mut quoted, character(value), '\'', spec.plus);
            quoted.push('\'');
            spec.pad(out, &quoted);
        }
        'U' => unicode(out, spec, value),
        _ => number(out, spec, verb, value),
    }
}

fn character(value: i64) -> char {
    u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The digits in the verb's base.
fn digits(verb: char, magnitude: &BigUint) -> String {
    let text = format::radix(magnitude, base(verb));
    if verb == 'X' { text.to_uppercase() } else { text }
}

fn base(verb: char) -> u32 {
    match verb {
        'b' => 2,
        'o' | 'O' => 8,
        'x' | 'X' => 16,
        _ => 10,
    }
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    if negative {
        "-"
    } else if spec.plus {
        "+"
    } else if spec.space {
        " "
    } else {
        ""
    }
}

fn number(out: &mut String, spec: &Spec, verb: char, value: i64) {
    if spec.precision == Some(0) && value == 0 {
        return spec.pad_with_spaces(out, "");
    }
    let sign = sign(spec, value < 0);
    let mut text = digits(verb, &BigUint::from(value.unsigned_abs()));
    let least = match (spec.precision, spec.width) {
        (Some(precision), _) => precision,
        (None, Some(width)) if spec.zero && !spec.minus => width.saturating_sub(sign.len()),
        _ => 0,
    };
    text.insert_str(0, &"0".repeat(least.saturating_sub(text.len())));
    if spec.sharp {
        match verb {
            'b' => text.insert_str(0, "0b"),
            'o' | 'O' if !text.starts_with('0') => text.insert(0, '0'),
            'x' => text.insert_str(0, "0x"),
            'X' => text.insert_str(0, "0X"),
            _ => {}
        }
    }
    if verb == 'O' {
        text.insert_str(0, "0o");
    }
    spec.pad_with_spaces(out, &format!("{sign}{text}"));
}

fn unicode(out: &mut String, spec: &Spec, value: i64) {
    let precision = spec.precision.unwrap_or(4).max(4);
    let mut text = format!("U+{value:0precision$X}");
    let known = u32::try_from(value).ok().and_then(char::from_u32);
    if spec.sharp
        && let Some(character) = known.filter(|character| is_printable(*character))
    {
        text.push_str(&format!(" '{character}'"));
    }
    spec.pad_with_spaces(out, &text);
}

/// Integers of more than 64 bits format themselves, a little differently.
pub(super) fn print_big(out: &mut String, spec: &Spec, verb: char, value: &BigInt) {
    if !matches!(verb, 'b' | 'o' | 'O' | 'd' | 'v' | 's' | 'x' | 'X') {
        return out.push_str(&format!("%!{verb}(big.Int={value})"));
    }
    let spec = Spec {
        sharp: spec.sharp || spec.sharp_v,
        plus: spec.plus || spec.plus_v,
        zero: spec.zero && !spec.minus,
        ..*spec
    };
    let sign = sign(&spec, value.sign() == Sign::Minus);
    let prefix = match verb {
        'b' if spec.sharp => "0b",
        'o' if spec.sharp => "0",
        'O' => "0o",
        'x' if spec.sharp => "0x",
        'X' if spec.sharp => "0X",
        _ => "",
    };
    let text = digits(verb, value.magnitude());
    let zeros = spec.precision.unwrap_or(0).saturating_sub(text.len());
    let length = sign.len() + prefix.len() + zeros + text.len();
    let missing = spec.width.unwrap_or(0).saturating_sub(length);
    let (left, inner, right) = match (spec.minus, spec.zero && spec.precision.is_none()) {
        (true, _) => (0, zeros, missing),
        (false, true) => (0, missing, 0),
        (false, false) => (missing, zeros, 0),
    };
    out.push_str(&" ".repeat(left));
    out.push_str(sign);
    out.push_str(prefix);
    out.push_str(&"0".repeat(inner));
    out.push_str(&text);
    out.push_str(&" ".repeat(right));
}
