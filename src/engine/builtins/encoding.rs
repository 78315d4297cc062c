//! Base64, hexadecimal digits and query strings. What is decoded to bytes that are no UTF-8
//! becomes a string with replacement characters.

use std::collections::BTreeMap;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, bytes, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("base64.decode", 1, |_, args| {
        some(bytes::to_text(decode(&STANDARD, operand::string(args, 0)?)?))
    }),
    Builtin::supported("base64.encode", 1, |_, args| {
        some(STANDARD.encode(operand::string(args, 0)?))
    }),
    Builtin::supported("base64.is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().is_some_and(|text| decode(&STANDARD, text).is_ok()))
    }),
    Builtin::supported("base64url.decode", 1, |_, args| {
        some(bytes::to_text(decode_url(operand::string(args, 0)?)?))
    }),
    Builtin::supported("base64url.encode", 1, |_, args| {
        some(URL.encode(operand::string(args, 0)?))
    }),
    Builtin::supported("base64url.encode_no_pad", 1, |_, args| {
        some(URL.encode(operand::string(args, 0)?).trim_end_matches('='))
    }),
    Builtin::supported("hex.decode", 1, hex_decode),
    Builtin::supported("hex.encode", 1, |_, args| {
        some(to_hex(operand::string(args, 0)?.as_bytes()))
    }),
    Builtin::supported("urlquery.decode", 1, |_, args| {
        some(bytes::to_text(unescape_query(operand::string(args, 0)?)?))
    }),
    Builtin::supported("urlquery.decode_object", 1, decode_object),
    Builtin::supported("urlquery.encode", 1, |_, args| {
        some(escape_query(operand::string(args, 0)?))
    }),
    Builtin::supported("urlquery.encode_object", 1, encode_object),
];

/// Go checks the padding, but not that the bits before it are zero.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

pub(super) fn decode(engine: &GeneralPurpose, text: &str) -> Result<Vec<u8>, BuiltinError> {
    // Line breaks don't count.
    let text = text.replace(['\r', '\n'], "");
    let length = text.len();
    engine.decode(text).map_err(|error| {
        let at = match error {
            DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at,
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => length / 4 * 4,
        };
        BuiltinError::new(format!("illegal base64 data at input byte {at}"))
    })
}

/// Decodes what JSON Web Tokens are made of: padding may be missing.
pub(super) fn decode_url(text: &str) -> Result<Vec<u8>, BuiltinError> {
    let padding = match (text.ends_with('='), text.len() % 4) {
        (true, _) | (_, 0) => "",
        (_, 2) => "==",
        (_, 3) => "=",
        _ => return Err(BuiltinError::new(format!("illegal base64url string: {text}"))),
    };
    decode(&URL, &format!("{text}{padding}"))
}

/// Encodes as JSON Web Tokens have it: without padding.
#[cfg(feature = "crypto")]
pub(super) fn encode_url(bytes: &[u8]) -> String {
    URL.encode(bytes).trim_end_matches('=').to_owned()
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_decode(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks(2) {
        let digits = pair.iter().map(|byte| digit(*byte)).collect::<Option<Vec<u8>>>();
        match digits.as_deref() {
            Some([high, low]) => decoded.push(high << 4 | low),
            Some(_) => return Err(BuiltinError::new("encoding/hex: odd length hex string")),
            None => {
                let bad = pair.iter().copied().find(|byte| digit(*byte).is_none());
                let bad = bad.unwrap_or_default();
                return Err(BuiltinError::new(format!(
                    "encoding/hex: invalid byte: U+{bad:04X} {:?}",
                    char::from(bad)
                )));
            }
        }
    }
    some(bytes::to_text(decoded))
}

pub(super) fn escape_query(text: impl AsRef<[u8]>) -> String {
    let text = text.as_ref();
    let mut escaped = String::with_capacity(text.len());
    for byte in text.iter().copied() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn unescape_query(text: &str) -> Result<Vec<u8>, BuiltinError> {
    unescape(text, true)
}

/// Resolves `%xx`, and `+` to a space if that is wanted.
pub(super) fn unescape(text: &str, plus_is_space: bool) -> Result<Vec<u8>, BuiltinError> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                let hex = |digit: &u8| char::from(*digit).to_digit(16);
                let [Some(high), Some(low)] =
                    [digits.first(), digits.get(1)].map(|d| d.and_then(hex))
                else {
                    let end = bytes.len().min(at + 3);
                    let shown = String::from_utf8_lossy(&bytes[at..end]);
                    return Err(BuiltinError::new(format!("invalid URL escape \"{shown}\"")));
                };
                plain.extend(u8::try_from(high << 4 | low));
                at += 3;
                continue;
            }
            b'+' if plus_is_space => plain.push(b' '),
            byte => plain.push(*byte),
        }
        at += 1;
    }
    Ok(plain)
}

fn decode_object(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for pair in operand::string(args, 0)?.split('&') {
        if pair.contains(';') {
            return Err(BuiltinError::new("invalid semicolon separator in query"));
        }
        if pair.is_empty() {
            continue;
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = bytes::to_text(unescape_query(key)?);
        let value = bytes::to_text(unescape_query(value)?);
        found.entry(key).or_default().push(Value::from(value));
    }
    let entries = found.into_iter().map(|(key, values)| (Value::from(key), Value::array(values)));
    Ok(Some(Value::object_of_last(entries.collect())))
}

fn encode_object(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let wrong =
        || BuiltinError::new("operand 1 values must be string, array[string], or set[string]");
    let mut pairs = Vec::new();
    for (key, value) in operand::object(args, 0)? {
        let key = match key.as_str() {
            Some(text) => text.to_owned(),
            None => key.to_json_string(),
        };
        let values = match value {
            Value::String(..) => std::slice::from_ref(value),
            value => value.items().ok_or_else(wrong)?,
        };
        for value in values {
            let value = value.as_str().ok_or_else(wrong)?;
            pairs.push((key.clone(), format!("{}={}", escape_query(&key), escape_query(value))));
        }
    }
    // Keys sort as they were before they were escaped; values stay in order.
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    some(pairs.into_iter().map(|pair| pair.1).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn encodings() {
        for (name, argument, result) in [
            ("base64.encode", "\"hi?\"", "\"aGk/\""),
            ("base64url.encode", "\"hi??\"", "\"aGk_Pw==\""),
            ("base64url.encode_no_pad", "\"hi??\"", "\"aGk_Pw\""),
            ("base64.decode", "\"aGk/\"", "\"hi?\""),
            ("base64.decode", "\"aG\\nk=\"", "\"hi\""),
            ("base64.is_valid", "\"aGk\"", "false"),
            ("base64.is_valid", "\"aGl=\"", "true"),
            ("base64url.decode", "\"aGk_Pw\"", "\"hi??\""),
            ("hex.encode", "\"hi\"", "\"6869\""),
            ("hex.decode", "\"6869\"", "\"hi\""),
            ("urlquery.encode", "\"a b&c~é\"", "\"a+b%26c~%C3%A9\""),
            ("urlquery.decode", "\"a+b%26c\"", "\"a b&c\""),
            ("urlquery.decode", "\"%zz\"", "error: invalid URL escape \"%zz\""),
            (
                "urlquery.encode_object",
                "{\"b\": [\"2\", \"1\"], \"a\": \"x y\"}",
                "\"a=x+y&b=2&b=1\"",
            ),
            (
                "urlquery.decode_object",
                "\"a=1&b=2&a=3&c\"",
                "{\"a\": [\"1\", \"3\"], \"b\": [\"2\"], \"c\": [\"\"]}",
            ),
        ] {
            assert_eq!(eval(name, &[argument]), result, "{name}({argument})");
        }
        assert!(eval("hex.decode", &["\"6\""]).starts_with("error"));
        assert!(eval("urlquery.encode_object", &["{\"a\": 1}"]).starts_with("error"));
    }
}
