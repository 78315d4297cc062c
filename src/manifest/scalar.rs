//! What a plain scalar means to kubectl.
//!
//! kubectl and the API server turn YAML into JSON with the rules of go-yaml v2: mostly YAML 1.1
//! (`yes` is true, `0777` is octal) with Go's own number syntax. YAML 1.2 reads many of these as
//! other values, and a policy engine that does so can be walked around.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A scalar after resolution, before JSON's narrower numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// Above [`i64::MAX`]; JSON has it as a float, a mapping key can't be one.
    Unsigned(u64),
    Float(f64),
    String(Cow<'a, str>),
}

impl Scalar<'_> {
    pub(super) fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(value) => Scalar::Bool(value),
            Self::Integer(value) => Scalar::Integer(value),
            Self::Unsigned(value) => Scalar::Unsigned(value),
            Self::Float(value) => Scalar::Float(value),
            Self::String(text) => Scalar::String(text.into_owned().into()),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Unsigned(_) => "an integer",
            Self::Float(_) => "a float",
            Self::String(_) => "a string",
        }
    }
}

/// The tags that change how a scalar is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    String,
    Bool,
    Integer,
    Float,
    Null,
    Timestamp,
    Binary,
    /// Any other: the text stays a string.
    Other,
}

impl Tag {
    /// `tag` is the whole tag, prefix and all.
    pub(super) fn parse(tag: &str) -> Self {
        let short = tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!"));
        match short {
            Some("str") => Self::String,
            Some("bool") => Self::Bool,
            Some("int") => Self::Integer,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some("timestamp") => Self::Timestamp,
            Some("binary") => Self::Binary,
            _ => Self::Other,
        }
    }
}

/// Reads a tagged scalar. The error says what the text is instead of what the tag says.
pub(super) fn resolve_tagged(tag: Tag, text: &str) -> Result<Scalar<'_>, String> {
    let is_null = matches!(tag, Tag::Null) && matches!(text, "" | "~" | "null" | "Null" | "NULL");
    let resolved = match tag {
        Tag::String | Tag::Other => return Ok(Scalar::String(text.into())),
        Tag::Binary => return binary(text),
        Tag::Timestamp if is_timestamp(text) => return Ok(Scalar::String(text.into())),
        _ => resolve(text),
    };
    match (tag, resolved) {
        (Tag::Null, _) if is_null => Ok(Scalar::Null),
        #[allow(clippy::cast_precision_loss)] // as Go converts it
        (Tag::Float, Scalar::Integer(value)) => Ok(Scalar::Float(value as f64)),
        (Tag::Bool, value @ Scalar::Bool(_))
        | (Tag::Integer, value @ (Scalar::Integer(_) | Scalar::Unsigned(_)))
        | (Tag::Float, value @ Scalar::Float(_)) => Ok(value),
        (tag, value) => {
            let wanted = match tag {
                Tag::Bool => "!!bool",
                Tag::Integer => "!!int",
                Tag::Float => "!!float",
                Tag::Null => "!!null",
                _ => "!!timestamp",
            };
            Err(format!("`{text}` is {}, so it can't be read as {wanted}", value.name()))
        }
    }
}

/// Reads an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    let string = Scalar::String(text.into());
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or(string)
        }
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            _ => underscored(text).and_then(|plain| float(&plain)).map_or(string, Scalar::Float),
        },
        b'+' | b'-' | b'0'..=b'9' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ => number(text).unwrap_or(string),
        },
        _ => string,
    }
}

/// Whether a plain scalar is read as the text that it is.
pub(super) fn reads_as_text(text: &str) -> bool {
    resolve(text) == Scalar::String(text.into())
}

/// Whether YAML 1.1 alone takes the text for a truth value.
pub(super) fn is_old_truth(text: &str) -> bool {
    let is_newer = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    !is_newer && matches!(word(text), Some(Scalar::Bool(_)))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => return None,
    })
}

/// Integers in Go's bases, with underscores anywhere, then decimal floats.
fn number(text: &str) -> Option<Scalar<'static>> {
    let plain: Cow<'_, str> =
        if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(value) = integer(&plain) {
        return Some(value);
    }
    if let Some(value) = float(&plain) {
        return Some(Scalar::Float(value));
    }
    // `-0b-1` and the like: what follows the prefix is read as a signed number of its own.
    let (sign, digits) = match plain.strip_prefix("-0b") {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix("0b")?),
    };
    i64::from_str_radix(&format!("{sign}{digits}"), 2).ok().map(Scalar::Integer)
}

fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = unsigned.len() != text.len();
    let bytes = unsigned.as_bytes();
    let (radix, digits) = match (bytes.first()?, bytes.get(1)) {
        (b'0', Some(b'x' | b'X')) => (16, &unsigned[2..]),
        (b'0', Some(b'o' | b'O')) => (8, &unsigned[2..]),
        (b'0', Some(b'b' | b'B')) => (2, &unsigned[2..]),
        (b'0', Some(_)) => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Scalar::Integer);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Scalar::Integer(value)),
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Unsigned(magnitude)),
    }
}

/// A decimal float; one too large for 64 bits is none at all, and so stays a string.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let mantissa_fits = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !mantissa.is_empty();
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !(mantissa_fits && exponent_fits) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Go's underscores: each between two digits. (After a leading digit they may stand anywhere.)
fn underscored(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(text.into());
    }
    let digit = |c: Option<&u8>| c.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let mut underscores = (0..bytes.len()).filter(|at| bytes[*at] == b'_');
    underscores
        .all(|at| digit(at.checked_sub(1).and_then(|b| bytes.get(b))) && digit(bytes.get(at + 1)))
        .then(|| text.replace('_', "").into())
}

fn binary(text: &str) -> Result<Scalar<'_>, String> {
    const STRICT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
    );
    let unbroken: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = STRICT
        .decode(unbroken)
        .map_err(|error| format!("the text of !!binary is not base64: {error}"))?;
    Ok(Scalar::String(String::from_utf8_lossy(&bytes).into_owned().into()))
}

/// The timestamps that an explicit `!!timestamp` accepts; the value stays a string.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    let number = |text: &str, least: u32, most: u32| {
        matches!(text.len(), 1 | 2)
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|value| (least..=most).contains(&value))
    };
    let mut parts = date.splitn(3, '-');
    let year = parts.next().is_some_and(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()));
    let date_fits = year
        && parts.next().is_some_and(|month| number(month, 1, 12))
        && parts.next().is_some_and(|day| number(day, 1, 31));
    let time_fits = time.is_none_or(|(separator, time)| {
        let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let zoned = zone < time.len();
        let (clock, _fraction) = time[..zone].split_once('.').unwrap_or((&time[..zone], ""));
        let mut parts = clock.splitn(3, ':');
        zoned != (separator == " ")
            && parts.next().is_some_and(|hour| number(hour, 0, 23))
            && parts.next().is_some_and(|minute| number(minute, 0, 59))
            && parts.next().is_some_and(|second| number(second, 0, 59))
    });
    date_fits && time_fits
}

/// A float as a mapping key: the shortest text that gives the same 32-bit float, as C's `%g`.
pub(super) fn float_key(value: f64) -> String {
    #[allow(clippy::cast_possible_truncation)] // the key really has 32-bit precision
    let value = value as f32;
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) || mantissa.trim_start_matches('-') == "0" {
        format!("{value}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_keys_are_written_as_go_writes_them() {
        for (value, key) in [
            (1.5, "1.5"),
            (1e6, "1e+06"),
            (123_456.0, "123456"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e21, "1e+21"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (f64::INFINITY, ".inf"),
        ] {
            assert_eq!(float_key(value), key);
        }
    }

    #[test]
    fn numbers_follow_go() {
        use Scalar::{Float, Integer, Unsigned};
        for (text, value) in [
            ("0777", Integer(511)),
            ("08", Float(8.0)),
            ("0779", Float(779.0)),
            ("1_000", Integer(1000)),
            ("0b11", Integer(3)),
            ("-0b11", Integer(-3)),
            ("0o14", Integer(12)),
            ("0X1f", Integer(31)),
            ("+5", Integer(5)),
            ("-9223372036854775808", Integer(i64::MIN)),
            ("18446744073709551615", Unsigned(u64::MAX)),
            ("123456789012345678901", Float(123_456_789_012_345_678_901.0)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            (".6_1", Float(0.61)),
            ("1e3", Float(1000.0)),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
        for text in [
            "1e400",
            "12:30:45",
            "2020-01-01",
            "0x",
            "-",
            "+",
            ".",
            "1e",
            "0b12",
            "1.2.3",
            "0x1p-2",
            "--1",
            "+-1",
            "-_",
            "._5",
            ".5_",
        ] {
            assert_eq!(resolve(text), Scalar::String(text.into()), "{text}");
        }
    }

    #[test]
    fn a_tag_that_does_not_fit_says_what_the_text_is() {
        assert_eq!(
            resolve_tagged(Tag::Integer, "ten"),
            Err("`ten` is a string, so it can't be read as !!int".into())
        );
        assert_eq!(resolve_tagged(Tag::Float, "3"), Ok(Scalar::Float(3.0)));
        assert_eq!(resolve_tagged(Tag::Binary, "aGVs\n bG8=").ok(), None);
        assert_eq!(resolve_tagged(Tag::Binary, "aGVs\nbG8="), Ok(Scalar::String("hello".into())));
        assert!(resolve_tagged(Tag::Timestamp, "2001-12-14T21:59:43.10Z").is_ok());
        assert!(resolve_tagged(Tag::Timestamp, "yesterday").is_err());
    }
}
