//! The algorithms of JSON Web Signatures: tokens are verified with keys, and signed.

use std::sync::Arc;

use super::super::super::value::Value;
use super::super::crypto::{hmac_sha256, hmac_sha384, hmac_sha512};
use super::super::encoding::{decode_url, encode_url};
use super::super::pki::{
    Certificate, Hash, Padding, PrivateKey, PublicKey, pem, sign_ec, sign_ed25519, sign_rsa,
};
use super::super::{Builtin, BuiltinError, Context, Outcome, json, operand, some};
use super::header::Header;
use super::jwk::{self, Jwk, Material};
use super::{parts, verified};

type Result<T> = std::result::Result<T, BuiltinError>;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("io.jwt.decode_verify", 2, super::constraints::decode_verify),
    Builtin::supported("io.jwt.encode_sign", 3, encode_sign),
    Builtin::supported("io.jwt.encode_sign_raw", 3, encode_sign_raw),
    Builtin::supported("io.jwt.verify_eddsa", 2, |context, args| {
        verify(context, args, PublicKey::verify_ed25519)
    }),
    Builtin::supported("io.jwt.verify_es256", 2, |c, args| verify_es(c, args, Hash::Sha256)),
    Builtin::supported("io.jwt.verify_es384", 2, |c, args| verify_es(c, args, Hash::Sha384)),
    Builtin::supported("io.jwt.verify_es512", 2, |c, args| verify_es(c, args, Hash::Sha512)),
    Builtin::supported("io.jwt.verify_ps256", 2, |c, args| {
        verify_rsa(c, args, Padding::Pss, Hash::Sha256)
    }),
    Builtin::supported("io.jwt.verify_ps384", 2, |c, args| {
        verify_rsa(c, args, Padding::Pss, Hash::Sha384)
    }),
    Builtin::supported("io.jwt.verify_ps512", 2, |c, args| {
        verify_rsa(c, args, Padding::Pss, Hash::Sha512)
    }),
    Builtin::supported("io.jwt.verify_rs256", 2, |c, args| {
        verify_rsa(c, args, Padding::Pkcs1, Hash::Sha256)
    }),
    Builtin::supported("io.jwt.verify_rs384", 2, |c, args| {
        verify_rsa(c, args, Padding::Pkcs1, Hash::Sha384)
    }),
    Builtin::supported("io.jwt.verify_rs512", 2, |c, args| {
        verify_rsa(c, args, Padding::Pkcs1, Hash::Sha512)
    }),
];

/// All that tokens can be signed with.
pub(super) const ALGORITHMS: [&str; 13] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256",
    "HS384", "HS512", "EdDSA",
];

/// What the calculation of one signature counts for.
pub(super) const STEPS: usize = 20_000;

/// A key of a certificate or of a set, prepared.
#[derive(Clone, Debug)]
pub(in crate::engine::builtins) struct VerificationKey {
    pub(super) algorithm: String,
    pub(super) id: String,
    /// Nothing that an asymmetric signature can be verified with, where it is a secret.
    pub(super) public: PublicKey,
    /// The key where it is not public.
    pub(super) secret: Option<Vec<u8>>,
}

pub(in crate::engine::builtins) type Keys = Arc<Vec<VerificationKey>>;

/// The keys in a certificate, a public key or JSON, read once.
pub(super) fn keys(context: &mut Context<'_>, text: &str) -> Result<Keys> {
    context.caches.keys.get_or(text, || read_keys(text).map(Arc::new))
}

fn read_keys(text: &str) -> Result<Vec<VerificationKey>> {
    if let Some((block, rest)) = pem::block(text) {
        if !rest.is_empty() {
            return Err(BuiltinError::new("extra data after a PEM certificate block"));
        }
        let failed = |what: &str, error: BuiltinError| {
            BuiltinError::new(format!("failed to parse a PEM {what}: {error}"))
        };
        let public = match block.kind.as_str() {
            "CERTIFICATE" => {
                let certificate = Certificate::parse(&block.bytes);
                certificate.map_err(|error| failed("certificate", error))?.key
            }
            "PUBLIC KEY" => {
                PublicKey::from_spki(&block.bytes).map_err(|error| failed("public key", error))?
            }
            _ => {
                return Err(BuiltinError::new("failed to extract a Key from the PEM certificate"));
            }
        };
        return Ok(vec![VerificationKey {
            algorithm: String::new(),
            id: String::new(),
            public,
            secret: None,
        }]);
    }
    let set = jwk::parse(text).map_err(|error| {
        BuiltinError::new(format!(
            "failed to parse a JWK key (set): jwk.ParseString: failed to parse string: {error}"
        ))
    })?;
    let known =
        |key: &Jwk| key.algorithm.is_empty() || ALGORITHMS.contains(&key.algorithm.as_str());
    let prepared = set.into_iter().filter(known).map(|key| {
        let (public, secret) = match key.material {
            Material::Public(public) => (public, None),
            // A private key is none to verify with.
            Material::Private(_) => (PublicKey::Other, None),
            Material::Secret(secret) => (PublicKey::Other, Some(secret)),
        };
        VerificationKey { algorithm: key.algorithm, id: key.id, public, secret }
    });
    Ok(prepared.collect())
}

/// Whether one of the keys that may be asked says yes: the one that the token names, else all
/// that are for its algorithm.
pub(super) fn any_key(
    keys: &[VerificationKey],
    header: &Header,
    mut verify: impl FnMut(&VerificationKey) -> Result<bool>,
) -> Result<bool> {
    if !header.key.is_empty()
        && let Some(key) = keys.iter().find(|key| key.id == header.key)
    {
        return verify(key);
    }
    for key in keys {
        if (key.algorithm.is_empty() || key.algorithm == header.algorithm) && verify(key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn verify(
    context: &mut Context<'_>,
    args: &[Value],
    check: impl Fn(&PublicKey, &[u8], &[u8]) -> bool,
) -> Outcome {
    let token = operand::string(args, 0)?;
    let [header, payload, signature] = parts(token)?;
    let keys = keys(context, operand::string(args, 1)?)?;
    let signature = decode_url(signature)?;
    let message = format!("{header}.{payload}");
    let header = Header::read(&super::header_object(header)?)?;
    some(any_key(&keys, &header, |key| {
        context.tick(STEPS)?;
        Ok(check(&key.public, message.as_bytes(), &signature))
    })?)
}

fn verify_es(context: &mut Context<'_>, args: &[Value], hash: Hash) -> Outcome {
    verify(context, args, |key, message, signature| {
        let (r, s) = signature.split_at(signature.len() / 2);
        key.verify_ec(&hash.of(message), r, s)
    })
}

fn verify_rsa(context: &mut Context<'_>, args: &[Value], padding: Padding, hash: Hash) -> Outcome {
    verify(context, args, |key, message, signature| {
        key.verify_rsa(padding, hash, &hash.of(message), signature)
    })
}

fn hash_of(algorithm: &str) -> Hash {
    match algorithm.get(2..) {
        Some("256") => Hash::Sha256,
        Some("384") => Hash::Sha384,
        _ => Hash::Sha512,
    }
}

fn code(algorithm: &str, message: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
    match hash_of(algorithm) {
        Hash::Sha256 => hmac_sha256(message, secret),
        Hash::Sha384 => hmac_sha384(message, secret),
        Hash::Sha512 => hmac_sha512(message, secret),
    }
}

/// Whether a signature is what the algorithm of the token's header makes with the key.
pub(super) fn verify_with(
    algorithm: &str,
    public: &PublicKey,
    secret: Option<&[u8]>,
    message: &[u8],
    signature: &[u8],
) -> Result<bool> {
    if !ALGORITHMS.contains(&algorithm) {
        return Ok(false);
    }
    let hash = hash_of(algorithm);
    Ok(match (algorithm.get(..2), secret) {
        (Some("HS"), Some(secret)) => verified(&code(algorithm, message, secret)?, signature),
        (Some("RS"), None) => public.verify_rsa(Padding::Pkcs1, hash, &hash.of(message), signature),
        (Some("PS"), None) => {
            public.verify_rsa(Padding::PssOfHash, hash, &hash.of(message), signature)
        }
        (Some("ES"), None) => match public {
            PublicKey::Ec(curve, _) if signature.len() == 2 * curve.size() => {
                let (r, s) = signature.split_at(curve.size());
                public.verify_ec(&hash.of(message), r, s)
            }
            _ => false,
        },
        (Some("Ed"), None) => public.verify_ed25519(message, signature),
        _ => false,
    })
}

fn encode_sign(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let part = |at| operand::any(args, at).map(Value::to_json_string);
    sign(context, &part(0)?, &part(1)?, &part(2)?)
}

fn encode_sign_raw(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let key = operand::string(args, 2)?;
    sign(context, operand::string(args, 0)?, operand::string(args, 1)?, key)
}

fn sign(context: &mut Context<'_>, header: &str, payload: &str, key: &str) -> Outcome {
    context.tick(STEPS + payload.len() / 16)?;
    let keys = jwk::parse(key)?;
    let Some(key) = keys.into_iter().next() else {
        return Err(BuiltinError::new("no keys found in JWK set"));
    };
    let headers = json::parse(header);
    let field = |name: &str| {
        headers.as_ref().ok().and_then(|headers| headers.field(name)).and_then(Value::as_str)
    };
    let Some(algorithm) = field("alg") else {
        return Err(BuiltinError::new(match &headers {
            // OPA's parser takes what begins as a number for one.
            _ if !header.is_empty() && header.bytes().all(|b| b"0123456789+-.eE".contains(&b)) => {
                "missing or invalid 'alg' header: jwsbb: header \"alg\" not found".to_owned()
            }
            Ok(headers) if headers.field("alg").is_some() => {
                let kind = headers.field("alg").map_or("null", Value::type_name);
                format!(
                    "missing or invalid 'alg' header: value doesn't contain string; it contains \
                     {kind}"
                )
            }
            Ok(_) => "missing or invalid 'alg' header: jwsbb: header \"alg\" not found".to_owned(),
            Err(_) if header.is_empty() => {
                "missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string"
                    .to_owned()
            }
            Err(reason) => format!("missing or invalid 'alg' header: cannot parse JSON: {reason}"),
        }));
    };
    if !ALGORITHMS.contains(&algorithm) {
        return Err(BuiltinError::new(format!("unknown JWS algorithm: {algorithm}")));
    }
    if field("typ").is_none_or(|kind| kind == "JWT") && !json::is_valid(payload) {
        return Err(BuiltinError::new("type is JWT but payload is not JSON"));
    }
    let signed = format!("{}.{}", encode_url(header.as_bytes()), encode_url(payload.as_bytes()));
    let message = signed.as_bytes();
    let hash = hash_of(algorithm);
    let signature = match (algorithm.get(..2), &key.material) {
        (Some("HS"), Material::Secret(secret)) => code(algorithm, message, secret)?,
        (Some("RS"), Material::Private(PrivateKey::Rsa(key))) => {
            sign_rsa(context, key, Padding::Pkcs1, hash, message)?
        }
        (Some("PS"), Material::Private(PrivateKey::Rsa(key))) => {
            sign_rsa(context, key, Padding::PssOfHash, hash, message)?
        }
        (Some("ES"), Material::Private(PrivateKey::Ec(curve, secret, _))) => {
            sign_ec(*curve, secret, hash, message)?
        }
        (Some("Ed"), Material::Private(PrivateKey::Ed25519(seed))) => sign_ed25519(seed, message),
        _ => {
            return Err(BuiltinError::new(format!(
                "jwsbb.Sign: invalid key type: the key can't sign with {algorithm}"
            )));
        }
    };
    some(format!("{signed}.{}", encode_url(&signature)))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::eval;

    // The keys and the answers are from RFC 7515 and RFC 8037, and from OPA.
    const EC: &str = r#"{"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    const OKP: &str = r#"{"kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn public(key: &str) -> String {
        let mut key: serde_json::Value = serde_json::from_str(key).unwrap();
        key.as_object_mut().unwrap().remove("d");
        format!("{:?}", key.to_string())
    }

    #[test]
    fn tokens_are_signed_and_verified() {
        for (algorithm, key, verify) in
            [("ES256", EC, "io.jwt.verify_es256"), ("EdDSA", OKP, "io.jwt.verify_eddsa")]
        {
            let header = format!("{{\"alg\": {algorithm:?}}}");
            let token = eval("io.jwt.encode_sign", &[&header, "{\"iss\": \"a\"}", key]);
            assert_eq!(eval(verify, &[&token, &public(key)]), "true", "{token}");
            let other = token.replacen(".e", ".f", 1);
            assert_eq!(eval(verify, &[&other, &public(key)]), "false", "{other}");
            let constraints = format!("{{\"cert\": {}, \"iss\": \"a\"}}", public(key));
            let decoded = eval("io.jwt.decode_verify", &[&token, &constraints]);
            assert_eq!(decoded, format!("[true, {header}, {{\"iss\": \"a\"}}]"));
            let constraints = format!("{{\"cert\": {}, \"iss\": \"b\"}}", public(key));
            let decoded = eval("io.jwt.decode_verify", &[&token, &constraints]);
            assert_eq!(decoded, "[false, {}, {}]");
        }
    }

    #[test]
    fn bad_keys_are_told() {
        let token = "\"eyJhbGciOiJSUzI1NiJ9.e30.AAAA\"";
        assert_eq!(
            eval("io.jwt.verify_rs256", &[token, "\"{}\""]),
            "error: failed to parse a JWK key (set): jwk.ParseString: failed to parse string: \
             jwk.Parse: failed to parse sole key: jwk.ParseKey: invalid key type from JSON ()"
        );
        assert_eq!(
            eval("io.jwt.encode_sign", &["{\"alg\": \"HS256\"}", "{}", EC]),
            "error: jwsbb.Sign: invalid key type: the key can't sign with HS256"
        );
    }
}
