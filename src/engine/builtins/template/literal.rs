//! Numbers, characters and strings as Go writes them.

/// A number of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
    Complex(f64, f64),
    /// An integer that only fits where it has no sign: it can't be used.
    TooBig,
}

/// How much of the text may belong to a number.
pub(super) fn length(text: &str) -> usize {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut base = 10;
    if let Some(after) = rest.strip_prefix('0') {
        rest = after;
        for (letters, radix) in [(['x', 'X'], 16), (['o', 'O'], 8), (['b', 'B'], 2)] {
            if let Some(after) = rest.strip_prefix(letters) {
                (rest, base) = (after, radix);
                break;
            }
        }
    }
    let digits = |rest: &str, base: u32| {
        rest.find(|c: char| c != '_' && !c.is_digit(base)).unwrap_or(rest.len())
    };
    rest = &rest[digits(rest, base)..];
    if let Some(after) = rest.strip_prefix('.') {
        rest = &after[digits(after, base)..];
    }
    let exponent = match base {
        10 => rest.strip_prefix(['e', 'E']),
        16 => rest.strip_prefix(['p', 'P']),
        _ => None,
    };
    if let Some(after) = exponent {
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        rest = &after[digits(after, 10)..];
    }
    text.len() - rest.strip_prefix('i').unwrap_or(rest).len()
}

pub(super) fn number(text: &str) -> Result<Number, String> {
    if let Some(number) = text.strip_suffix('i')
        && let Some(imaginary) = float(number)
    {
        return Ok(Number::Complex(0.0, imaginary));
    }
    let integer = integer(text);
    let is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let is_float = if is_hexadecimal && text.len() > 2 {
        text.contains(['p', 'P'])
    } else {
        text.contains(['.', 'e', 'E', 'p', 'P'])
    };
    match integer {
        Some(integer) => Ok(i64::try_from(integer).map_or(Number::TooBig, Number::Integer)),
        None => match float(text) {
            Some(_) if !is_float => Err(format!("integer overflow: {text:?}")),
            Some(float) => Ok(Number::Float(float)),
            None => Err(format!("illegal number syntax: {text:?}")),
        },
    }
}

/// `1+2i`
pub(super) fn complex(text: &str) -> Option<Number> {
    let (at, _) = text.char_indices().rev().find(|(at, c)| {
        matches!(c, '+' | '-') && *at > 0 && !text[..*at].ends_with(['e', 'E', 'p', 'P'])
    })?;
    let (real, imaginary) = text.split_at(at);
    Some(Number::Complex(float(real)?, float(imaginary.strip_suffix('i')?)?))
}

/// An integer in any base that fits in 64 bits, with a sign or without.
fn integer(text: &str) -> Option<i128> {
    let (negative, magnitude) = match text.strip_prefix(['+', '-']) {
        Some(magnitude) => (text.starts_with('-'), magnitude),
        None => (false, text),
    };
    let mut digits = magnitude;
    let mut base = 10;
    if let Some(after) = magnitude.strip_prefix('0').filter(|after| !after.is_empty()) {
        (digits, base) = match after.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b'x') => (&after[1..], 16),
            Some(b'o') => (&after[1..], 8),
            Some(b'b') => (&after[1..], 2),
            _ => (after, 8),
        };
    }
    if !underscores_fit(text) {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = i128::from_str_radix(&digits, base).ok()?;
    let fits = if negative {
        value <= i128::from(i64::MAX) + 1
    } else if text.starts_with('+') {
        value <= i128::from(i64::MAX)
    } else {
        value <= i128::from(u64::MAX)
    };
    fits.then_some(if negative { -value } else { value })
}

fn float(text: &str) -> Option<f64> {
    if !underscores_fit(text) {
        return None;
    }
    let text = text.replace('_', "");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let value = match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits)?,
        None => unsigned.parse().ok()?,
    };
    let value = if text.starts_with('-') { -value } else { value };
    f64::is_finite(value).then_some(value)
}

/// `1.8p3`, without its `0x`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let mantissa = u64::from_str_radix(&digits, 16).ok()?;
    let exponent = exponent.parse::<i32>().ok()? - 4 * i32::try_from(fraction.len()).ok()?;
    #[allow(clippy::cast_precision_loss)] // what does not fit is rounded
    let mantissa = mantissa as f64;
    Some(mantissa * 2_f64.powi(exponent))
}

/// Whether underscores only stand between digits, or behind what names the base.
fn underscores_fit(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut is_hexadecimal = false;
    let mut before = '^';
    if let [b'0', letter, ..] = rest.as_bytes()
        && matches!(letter.to_ascii_lowercase(), b'b' | b'o' | b'x')
    {
        before = '0';
        is_hexadecimal = letter.eq_ignore_ascii_case(&b'x');
        rest = &rest[2..];
    }
    for character in rest.chars() {
        let is_digit =
            character.is_ascii_digit() || is_hexadecimal && character.is_ascii_hexdigit();
        match character {
            _ if is_digit => before = '0',
            '_' if before == '0' => before = '_',
            '_' => return false,
            _ if before == '_' => return false,
            _ => before = '!',
        }
    }
    before != '_'
}

/// The bytes of a string between its quotes.
pub(super) fn string(quoted: &str) -> Option<Vec<u8>> {
    if let Some(raw) = quoted.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (piece, after) = piece(rest, '"')?;
        match piece {
            Piece::Byte(byte) => bytes.push(byte),
            Piece::Character(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        rest = after;
    }
    Some(bytes)
}

/// The code of a character between its quotes.
pub(super) fn character(quoted: &str) -> Option<i64> {
    let (piece, rest) = piece(quoted.strip_prefix('\'')?, '\'')?;
    let code = match piece {
        Piece::Byte(byte) => u32::from(byte),
        Piece::Character(character) => u32::from(character),
    };
    (rest == "'").then_some(i64::from(code))
}

enum Piece {
    Byte(u8),
    Character(char),
}

/// What comes next between quotes, and what is behind it.
fn piece(text: &str, quote: char) -> Option<(Piece, &str)> {
    let mut characters = text.chars();
    let first = characters.next().filter(|first| *first != quote)?;
    if first != '\\' {
        return Some((Piece::Character(first), characters.as_str()));
    }
    let escape = characters.next()?;
    let rest = characters.as_str();
    let character = |character| Some((Piece::Character(character), rest));
    let coded = |length: usize, base| {
        let digits = rest.get(..length).filter(|digits| digits.chars().all(|c| c.is_digit(base)));
        Some((u32::from_str_radix(digits?, base).ok()?, &rest[length..]))
    };
    match escape {
        'a' => character('\u{7}'),
        'b' => character('\u{8}'),
        'f' => character('\u{c}'),
        'n' => character('\n'),
        'r' => character('\r'),
        't' => character('\t'),
        'v' => character('\u{b}'),
        '\\' => character('\\'),
        '\'' | '"' if escape == quote => character(escape),
        'x' => {
            let (code, rest) = coded(2, 16)?;
            Some((Piece::Byte(u8::try_from(code).ok()?), rest))
        }
        'u' | 'U' => {
            let (code, rest) = coded(if escape == 'u' { 4 } else { 8 }, 16)?;
            Some((Piece::Character(char::from_u32(code)?), rest))
        }
        '0'..='7' => {
            let digits = text.get(1..4).filter(|d| d.chars().all(|c| c.is_digit(8)))?;
            let code = u8::try_from(u32::from_str_radix(digits, 8).ok()?).ok()?;
            Some((Piece::Byte(code), &text[4..]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, value) in [
            ("7", Number::Integer(7)),
            ("-7", Number::Integer(-7)),
            ("010", Number::Integer(8)),
            ("0b11", Number::Integer(3)),
            ("0o17", Number::Integer(15)),
            ("0x1e3", Number::Integer(0x1e3)),
            ("0x_1F", Number::Integer(31)),
            ("1e3", Number::Float(1000.0)),
            ("1_0.5", Number::Float(10.5)),
            (".5", Number::Float(0.5)),
            ("0x1.8p1", Number::Float(3.0)),
            ("2i", Number::Complex(0.0, 2.0)),
            ("18446744073709551615", Number::TooBig),
        ] {
            assert_eq!(length(text), text.len(), "{text}");
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in ["089", "1__0", "_1", "1_", "0x", "1e999", ".", "18446744073709551616"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert_eq!(complex("1e+2-3i"), Some(Number::Complex(100.0, -3.0)));
    }

    #[test]
    fn strings_may_have_any_bytes() {
        assert_eq!(string(r#""a\xff\377\u00e9""#), Some(vec![b'a', 0xff, 0xff, 0xc3, 0xa9]));
        assert_eq!(string(r#""\'""#), None);
        assert_eq!(string(r#""\ud800""#), None);
        assert_eq!(character(r"'\''"), Some(39));
        assert_eq!(character("''"), None);
        assert_eq!(character("'ab'"), None);
    }
}
