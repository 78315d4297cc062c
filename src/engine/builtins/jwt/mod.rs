//! JSON Web Tokens. What is here needs no keys but shared secrets.

#[cfg(feature = "crypto")]
mod constraints;
#[cfg(feature = "crypto")]
mod header;
#[cfg(feature = "crypto")]
mod jwk;
#[cfg(feature = "crypto")]
mod signing;

use super::super::value::Value;
use super::crypto::{Code, hmac_sha256, hmac_sha384, hmac_sha512};
use super::encoding::{decode_url, to_hex};
use super::{Builtin, BuiltinError, Outcome, bytes, json, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("io.jwt.decode", 1, |_, args| decode(operand::string(args, 0)?, 0)),
    Builtin::supported("io.jwt.verify_hs256", 2, |_, args| verify(args, hmac_sha256)),
    Builtin::supported("io.jwt.verify_hs384", 2, |_, args| verify(args, hmac_sha384)),
    Builtin::supported("io.jwt.verify_hs512", 2, |_, args| verify(args, hmac_sha512)),
];

/// What needs keys.
#[cfg(feature = "crypto")]
pub(super) const WITH_KEYS: &[Builtin] = signing::BUILTINS;
#[cfg(feature = "crypto")]
pub(super) use signing::Keys;

/// How many tokens may be within one another.
const NESTED: usize = 16;

/// Header, payload and signature.
fn parts(token: &str) -> Result<[&str; 3], BuiltinError> {
    let parts: Vec<&str> = token.split('.').collect();
    match parts.as_slice() {
        [header, payload, signature] => Ok([*header, *payload, *signature]),
        [_] => Err(BuiltinError::new("encoded JWT had no period separators")),
        parts => Err(BuiltinError::new(format!(
            "encoded JWT must have 3 sections, found {}",
            parts.len()
        ))),
    }
}

fn decoded(part: &str, what: &str) -> Result<Vec<u8>, BuiltinError> {
    decode_url(part)
        .map_err(|error| BuiltinError::new(format!("JWT {what} had invalid encoding: {error}")))
}

fn object(text: &str) -> Result<Value, BuiltinError> {
    let value = json::parse(text).map_err(BuiltinError::new)?;
    match value {
        Value::Object(..) => Ok(value),
        _ => Err(BuiltinError::new("decoded JSON type was not an Object")),
    }
}

fn header_object(header: &str) -> Result<Value, BuiltinError> {
    let header = object(&bytes::to_text(decoded(header, "header")?))
        .map_err(|error| BuiltinError::new(format!("bad JWT header: {error}")))?;
    if header.field("enc").is_some() {
        return Err(BuiltinError::new("JWT is a JWE object, which is not supported"));
    }
    Ok(header)
}

fn decode(token: &str, depth: usize) -> Outcome {
    if depth > NESTED {
        return Err(BuiltinError::new("JWT is nested too deep"));
    }
    let [header, payload, signature] = parts(token)?;
    let header = header_object(header)?;
    let payload = bytes::to_text(decoded(payload, "payload")?);
    if header.field("cty").and_then(Value::as_str) == Some("JWT") {
        return decode(payload.trim_matches(['"', '\'']), depth + 1);
    }
    let payload = object(&payload)?;
    let signature = to_hex(&decoded(signature, "signature")?);
    Ok(Some(Value::array(vec![header, payload, Value::from(signature)])))
}

fn verify(args: &[Value], code: Code) -> Outcome {
    let (token, secret) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let [header, payload, signature] = parts(token)?;
    let expected = code(format!("{header}.{payload}").as_bytes(), secret.as_bytes())?;
    some(verified(&expected, &decode_url(signature)?))
}

/// Takes the same time wherever the two differ.
fn verified(expected: &[u8], signature: &[u8]) -> bool {
    let differences = signature.iter().zip(expected).fold(0, |sum, (a, b)| sum | (a ^ b));
    signature.len() == expected.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    const TOKEN: &str = "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFt\
                         ZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36\
                         POk6yJV_adQssw5c\"";

    #[test]
    fn tokens_are_read_and_verified() {
        assert_eq!(
            eval("io.jwt.decode", &[TOKEN]),
            "[{\"alg\": \"HS256\", \"typ\": \"JWT\"}, {\"iat\": 1516239022, \"name\": \
             \"John Doe\", \"sub\": \"1234567890\"}, \
             \"49f94ac7044948c78a285d904f87f0a4c7897f7e8f3a4eb2255fda750b2cc397\"]"
        );
        assert_eq!(eval("io.jwt.verify_hs256", &[TOKEN, "\"your-256-bit-secret\""]), "true");
        assert_eq!(eval("io.jwt.verify_hs256", &[TOKEN, "\"other\""]), "false");
        assert_eq!(
            eval("io.jwt.decode", &["\"a.b\""]),
            "error: encoded JWT must have 3 sections, found 2"
        );
    }
}
