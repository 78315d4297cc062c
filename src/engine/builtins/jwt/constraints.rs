//! Tokens that must be as the policy says.

use super::super::super::number::Number;
use super::super::super::value::Value;
use super::super::encoding::decode_url;
use super::super::pki::PublicKey;
use super::super::{BuiltinError, Context, Outcome, bytes, operand};
use super::header::Header;
use super::signing::{Keys, any_key, keys, verify_with};
use super::{NESTED, decoded, header_object, object, parts};

type Result<T> = std::result::Result<T, BuiltinError>;

/// What the second operand of `io.jwt.decode_verify` asks for.
#[derive(Debug, Default)]
struct Constraints {
    keys: Option<Keys>,
    secret: String,
    algorithm: String,
    issuer: String,
    audience: String,
    /// In nanoseconds.
    time: Option<f64>,
}

impl Constraints {
    fn read(context: &mut Context<'_>, fields: &[(Value, Value)]) -> Result<Self> {
        let mut read = Self::default();
        for (key, value) in fields {
            let name = key.as_str().unwrap_or_default();
            let text = || {
                let text = value.as_str().map(str::to_owned);
                text.ok_or_else(|| {
                    BuiltinError::new(format!("{name} constraint: must be a string"))
                })
            };
            match name {
                "cert" => read.keys = Some(keys(context, &text()?)?),
                "secret" => read.secret = text()?,
                "alg" => read.algorithm = text()?,
                "iss" => read.issuer = text()?,
                "aud" => read.audience = text()?,
                "time" => {
                    let time = value.as_number().ok_or_else(|| {
                        BuiltinError::new("token time constraint: must be a number")
                    })?;
                    let time = time.as_f64();
                    if time < 0.0 {
                        return Err(BuiltinError::new(
                            "token time constraint: must not be negative",
                        ));
                    }
                    read.time = Some(time);
                }
                name => {
                    return Err(BuiltinError::new(format!(
                        "unknown token validation constraint: {name}"
                    )));
                }
            }
        }
        match (read.keys.is_some(), !read.secret.is_empty()) {
            (true, true) => Err(BuiltinError::new("duplicate key constraints")),
            (false, false) => Err(BuiltinError::new("no key constraint")),
            _ => Ok(read),
        }
    }

    fn verify(
        &self,
        context: &mut Context<'_>,
        header: &Header,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        let algorithm = header.algorithm.as_str();
        let Some(keys) = &self.keys else {
            let secret = Some(self.secret.as_bytes());
            return verify_with(algorithm, &PublicKey::Other, secret, message, signature);
        };
        any_key(keys, header, |key| {
            context.tick(super::signing::STEPS)?;
            verify_with(algorithm, &key.public, key.secret.as_deref(), message, signature)
        })
    }

    fn has_audience(&self, audience: &Value) -> bool {
        let is = |value: &Value| value.as_str() == Some(&self.audience);
        is(audience) || audience.as_array().is_some_and(|items| items.iter().any(is))
    }

    /// Whether the claims are as they must be.
    fn hold(&self, payload: &Value, now: i64) -> Result<bool> {
        if !self.issuer.is_empty() {
            match payload.field("iss") {
                Some(issuer) if issuer.as_str() == Some(&self.issuer) => {}
                _ => return Ok(false),
            }
        }
        match payload.field("aud") {
            Some(audience) if !self.has_audience(audience) => return Ok(false),
            None if !self.audience.is_empty() => return Ok(false),
            _ => {}
        }
        #[allow(clippy::cast_precision_loss)] // OPA calculates with doubles, too.
        let seconds = self.time.unwrap_or(now as f64) / 1e9;
        let now = Number::from_double(seconds);
        let time = |name: &str| match payload.field(name) {
            None => Ok(None),
            Some(value) => value
                .as_number()
                .map(Some)
                .ok_or_else(|| BuiltinError::new(format!("{name} value must be a number"))),
        };
        if time("exp")?.is_some_and(|end| now >= *end) {
            return Ok(false);
        }
        Ok(time("nbf")?.is_none_or(|begin| now >= *begin))
    }
}

pub(super) fn decode_verify(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let rejected = || {
        let nothing = Value::record([]);
        Ok(Some(Value::array(vec![Value::bool(false), nothing.clone(), nothing])))
    };
    let constraints = operand::object(args, 1)?;
    let mut token = operand::string(args, 0)?.to_owned();
    let constraints = Constraints::read(context, constraints)?;
    // A token may hold a token.
    for _ in 0..=NESTED {
        let [head, body, signature] = parts(&token)?;
        let object_of_header = header_object(head)?;
        let header = Header::read(&object_of_header)?;
        let other = !constraints.algorithm.is_empty() && constraints.algorithm != header.algorithm;
        if !header.is_valid() || other {
            return rejected();
        }
        let signature = decode_url(signature)?;
        let message = format!("{head}.{body}");
        if !constraints.verify(context, &header, message.as_bytes(), &signature)? {
            return rejected();
        }
        let payload = bytes::to_text(decoded(body, "payload")?);
        if header.content.eq_ignore_ascii_case("JWT") {
            token = payload;
            continue;
        }
        let payload = object(&payload)?;
        if !constraints.hold(&payload, context.now_ns)? {
            return rejected();
        }
        return Ok(Some(Value::array(vec![Value::bool(true), object_of_header, payload])));
    }
    Err(BuiltinError::new("JWT is nested too deep"))
}
