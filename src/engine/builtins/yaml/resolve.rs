//! What plain texts are read as, by readers of either YAML.

use regex::Regex;

use super::super::time;

/// Whether the plain text would be read as a string again, by YAML 1.1 and 1.2.
pub(super) fn resolves_to_string(text: &str) -> bool {
    let word = matches!(
        text,
        "" | "~"
            | "null"
            | "Null"
            | "NULL"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "<<"
            | "y"
            | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    );
    !word && !is_number(text) && !is_timestamp(text) && !is_base_60(text)
}

fn is_number(text: &str) -> bool {
    let Some(first) = text.chars().next().filter(|first| "+-.0123456789".contains(*first)) else {
        return false;
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let infinite = matches!(unsigned, ".inf" | ".Inf" | ".INF");
    if infinite || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if first == '.' {
        return is_go_float(text);
    }
    let plain = text.replace('_', "");
    is_go_integer(&plain) || is_yaml_float(&plain) || is_yaml_octal(&plain)
}

/// Whether Go reads the text, which begins with a point, as a float.
fn is_go_float(text: &str) -> bool {
    is_yaml_float(text)
}

fn is_yaml_float(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let sound = digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && exponent;
    sound && plain.parse::<f64>().is_ok_and(f64::is_finite)
}

/// An integer of 64 bits as Go writes literals: the base by its prefix.
fn is_go_integer(plain: &str) -> bool {
    let negative = plain.starts_with('-');
    let signed = plain.starts_with(['+', '-']);
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let lower = unsigned.to_ascii_lowercase();
    let (base, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return false;
    }
    let limit = match (signed, negative) {
        (true, true) => 1 << 63,
        (true, false) => u64::MAX >> 1,
        (false, _) => u64::MAX,
    };
    u64::from_str_radix(digits, base).is_ok_and(|value| value <= limit)
}

fn is_yaml_octal(plain: &str) -> bool {
    let digits = plain.strip_prefix('-').unwrap_or(plain).strip_prefix("0o");
    digits.is_some_and(|digits| u64::from_str_radix(digits, 8).is_ok())
}

fn is_timestamp(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 4
        && text.as_bytes().get(4) == Some(&b'-')
        && [
            "2006-1-2T15:4:5.999999999Z07:00",
            "2006-1-2t15:4:5.999999999Z07:00",
            "2006-1-2 15:4:5.999999999",
            "2006-1-2",
        ]
        .iter()
        .any(|layout| time::parse(layout, text).is_ok())
}

fn is_base_60(text: &str) -> bool {
    static PATTERN: std::sync::LazyLock<Option<Regex>> = std::sync::LazyLock::new(|| {
        Regex::new(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$").ok()
    });
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}
