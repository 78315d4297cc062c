//! Certificates and keys for policies.

use super::super::super::value::Value;
use super::super::encoding::{STANDARD, decode};
use super::super::{Builtin, BuiltinError, Context, Outcome, operand, some};
use super::certificate::{self, Certificate, base64};
use super::chain::{self, Options};
use super::pem;
use super::private::PrivateKey;

type Result<T> = std::result::Result<T, BuiltinError>;

const CHAINS: &str =
    "as OPA, but a chain with constraints on names or policies ends the evaluation with an error";

pub(in crate::engine::builtins) const BUILTINS: &[Builtin] = &[
    Builtin::supported("crypto.parse_private_keys", 1, parse_private_keys),
    Builtin::supported("crypto.x509.parse_and_verify_certificates", 1, |context, args| {
        verify_chain(context, operand::string(args, 0)?, &Options::default(), true)
    })
    .noting(CHAINS),
    Builtin::supported(
        "crypto.x509.parse_and_verify_certificates_with_options",
        2,
        |context, args| {
            let text = operand::string(args, 0)?;
            let options = operand::object(args, 1)?;
            // What is none is told before the options are looked at.
            if certificates(text).is_err() {
                return unverified();
            }
            verify_chain(context, text, &Options::read(options)?, false)
        },
    )
    .noting(CHAINS),
    Builtin::supported("crypto.x509.parse_certificate_request", 1, parse_request),
    Builtin::supported("crypto.x509.parse_certificates", 1, |context, args| {
        let text = operand::string(args, 0)?;
        context.tick(text.len() / 16)?;
        some(Value::array(certificates(text)?.iter().map(Certificate::extended).collect()))
    }),
    Builtin::supported("crypto.x509.parse_keypair", 2, parse_keypair),
    Builtin::supported("crypto.x509.parse_rsa_private_key", 1, parse_private_key),
];

const BEGIN: &str = "-----BEGIN";

/// Bytes in Base64.
fn decoded(text: &str) -> Result<Vec<u8>> {
    decode(&STANDARD, text)
}

/// Bytes of certificates, in PEM or Base64 or both.
fn certificates(text: &str) -> Result<Vec<Certificate>> {
    if text.starts_with(BEGIN) {
        return in_pem(text);
    }
    let bytes = decoded(text)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.starts_with(BEGIN) => in_pem(text),
        _ => Certificate::parse_all(&bytes),
    }
}

fn in_pem(mut text: &str) -> Result<Vec<Certificate>> {
    let mut bytes = Vec::new();
    while let Some((block, rest)) = pem::block(text) {
        if block.kind != "CERTIFICATE" {
            let kind = block.kind;
            return Err(BuiltinError::new(format!(
                "PEM block type is '{kind}', expected CERTIFICATE"
            )));
        }
        bytes.extend(block.bytes);
        text = rest;
    }
    Certificate::parse_all(&bytes)
}

fn unverified() -> Outcome {
    some(Value::array(vec![Value::bool(false), Value::array(Vec::new())]))
}

fn verify_chain(
    context: &mut Context<'_>,
    text: &str,
    options: &Options,
    extended: bool,
) -> Outcome {
    context.tick(text.len() / 16)?;
    let Ok(certificates) = certificates(text) else { return unverified() };
    let Some(chain) = chain::verify(context, &certificates, options)? else {
        return unverified();
    };
    let value = |one: &&Certificate| if extended { one.extended() } else { one.value.clone() };
    let chain = chain.iter().map(value).collect();
    some(Value::array(vec![Value::bool(true), Value::array(chain)]))
}

fn parse_request(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    let bytes = if text.starts_with("-----BEGIN CERTIFICATE REQUEST-----") {
        text.as_bytes().to_vec()
    } else {
        decoded(text)?
    };
    let block = std::str::from_utf8(&bytes).ok().and_then(pem::block);
    match block {
        Some((block, _)) if block.kind != "CERTIFICATE REQUEST" => {
            Err(BuiltinError::new("invalid PEM-encoded certificate signing request"))
        }
        Some((block, _)) => certificate::request(&block.bytes).map(Some),
        None => certificate::request(&bytes).map(Some),
    }
}

/// All private keys in PEM, which may be in Base64 as a whole.
fn private_keys(text: &str) -> Result<Vec<PrivateKey>> {
    let decoded = decoded(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let mut text = decoded.as_deref().unwrap_or(text);
    let mut keys = Vec::new();
    while let Some((block, rest)) = pem::block(text) {
        match block.kind.as_str() {
            "RSA PRIVATE KEY" => keys.push(PrivateKey::from_pkcs1(&block.bytes)?),
            "PRIVATE KEY" => keys.push(PrivateKey::from_pkcs8(&block.bytes)?),
            "EC PRIVATE KEY" => keys.push(PrivateKey::from_sec1(&block.bytes)?),
            _ => {}
        }
        text = rest;
    }
    Ok(keys)
}

fn parse_private_keys(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    if text.is_empty() {
        return some(Value::NULL);
    }
    some(Value::array(private_keys(text)?.iter().map(PrivateKey::to_value).collect()))
}

fn parse_private_key(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    if text.is_empty() {
        return Err(BuiltinError::new("input PEM data was empty"));
    }
    let keys = if text.starts_with(BEGIN) {
        private_keys(text)?
    } else {
        private_keys(&super::super::bytes::to_text(decoded(text)?))?
    };
    some(keys.first().map_or(Value::NULL, PrivateKey::to_jwk))
}

/// The blocks of an operand, which may be in Base64; bare bytes are taken for `kind`.
fn blocks(text: &str, kind: &str) -> Result<Vec<pem::Block>> {
    let bytes =
        if text.starts_with("-----BEGIN ") { text.as_bytes().to_vec() } else { decoded(text)? };
    if !bytes.starts_with(b"-----BEGIN ") {
        return Ok(vec![pem::Block { kind: kind.to_owned(), bytes }]);
    }
    let text = super::super::bytes::to_text(bytes);
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while let Some((block, after)) = pem::block(rest) {
        blocks.push(block);
        rest = after;
    }
    Ok(blocks)
}

fn parse_keypair(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let chain = blocks(operand::string(args, 0)?, "CERTIFICATE")?;
    let key = blocks(operand::string(args, 1)?, "PRIVATE KEY")?;
    let chain: Vec<_> =
        chain.into_iter().filter(|block| block.kind == "CERTIFICATE").map(|b| b.bytes).collect();
    let Some(first) = chain.first() else {
        return Err(BuiltinError::new("tls: failed to find any PEM data in certificate input"));
    };
    let chain_of_key = key.len() == 1 && key.iter().all(|block| block.kind == "CERTIFICATE");
    let is_key = |kind: &str| kind == "PRIVATE KEY" || kind.ends_with(" PRIVATE KEY");
    let Some(key) = key.into_iter().find(|block| is_key(&block.kind)) else {
        return Err(BuiltinError::new(if chain_of_key {
            "tls: found a certificate rather than a key in the PEM for the private key"
        } else {
            "tls: failed to find any PEM data in key input"
        }));
    };
    let leaf = Certificate::parse(first)?;
    let key = PrivateKey::from_pkcs1(&key.bytes)
        .or_else(|_| PrivateKey::from_pkcs8(&key.bytes))
        .or_else(|_| PrivateKey::from_sec1(&key.bytes))
        .map_err(|_| BuiltinError::new("tls: failed to parse private key"))?;
    let public = key.public();
    if std::mem::discriminant(&public) != std::mem::discriminant(&leaf.key) {
        return Err(BuiltinError::new("tls: private key type does not match public key type"));
    }
    if public != leaf.key {
        return Err(BuiltinError::new("tls: private key does not match public key"));
    }
    some(Value::record([
        ("Certificate", Value::array(chain.iter().map(|bytes| base64(bytes)).collect())),
        ("PrivateKey", key.to_value()),
        ("SupportedSignatureAlgorithms", Value::NULL),
        ("OCSPStaple", Value::NULL),
        ("SignedCertificateTimestamps", Value::NULL),
        ("Leaf", leaf.value),
    ]))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::eval;

    #[test]
    fn keys_are_read() {
        // Made with openssl; what it is read as is from OPA.
        let key = "\"-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEILHxEjVBrY3DiImt3pE8Lgvku\
                   lXE7cS5EGxM6mi1uFBc\\n-----END PRIVATE KEY-----\\n\"";
        assert_eq!(
            eval("crypto.parse_private_keys", &[key]),
            "[\"sfESNUGtjcOIia3ekTwuC+S6VcTtxLkQbEzqaLW4UFyIXYhG40M5EWnKE2vHrJn3RyxGKG1v2ycheOuvXK\
             YLqg==\"]"
        );
        assert_eq!(
            eval("crypto.x509.parse_rsa_private_key", &[key]),
            "{\"crv\": \"Ed25519\", \"d\": \"sfESNUGtjcOIia3ekTwuC-S6VcTtxLkQbEzqaLW4UFw\", \
             \"kty\": \"OKP\", \"x\": \"iF2IRuNDORFpyhNrx6yZ90csRihtb9snIXjrr1ymC6o\"}"
        );
        assert_eq!(eval("crypto.parse_private_keys", &["\"\""]), "null");
        assert_eq!(eval("crypto.parse_private_keys", &["\"no key\""]), "[]");
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        assert_eq!(
            eval("crypto.x509.parse_certificates", &["\"?\""]),
            "error: illegal base64 data at input byte 0"
        );
        assert_eq!(
            eval("crypto.x509.parse_certificates", &["\"YWJj\""]),
            "error: x509: malformed certificate"
        );
    }
}
