//! JSON Web Keys.

use num_bigint::{BigInt, Sign};

use super::super::super::value::Value;
use super::super::encoding::decode_url;
use super::super::pki::{Curve, PrivateKey, PublicKey, Rsa, RsaPrivate};
use super::super::{BuiltinError, json};
use super::signing::ALGORITHMS;

type Result<T> = std::result::Result<T, BuiltinError>;

/// What a key is good for.
#[derive(Clone, Debug)]
pub(super) enum Material {
    /// A secret that both sides know.
    Secret(Vec<u8>),
    Public(PublicKey),
    Private(PrivateKey),
}

/// A key, and what it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    /// The algorithm, or nothing.
    pub(super) algorithm: String,
    pub(super) id: String,
    pub(super) material: Material,
}

/// Algorithms that encrypt, and others that keys may name though nothing here does them.
const OTHERS: [&str; 26] = [
    "A128GCMKW",
    "A128KW",
    "A192GCMKW",
    "A192KW",
    "A256GCMKW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "ES256K",
    "none",
    "Ed25519",
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
];

/// Reads a key or a set of keys.
pub(super) fn parse(text: &str) -> Result<Vec<Jwk>> {
    let failed = |what: &str, reason: &str| {
        BuiltinError::new(format!("jwk.Parse: failed to {what}: {reason}"))
    };
    let value =
        json::parse(text).map_err(|reason| failed("parse sole key: jwk.ParseKey", &reason))?;
    match value.field("keys") {
        None => {
            let jwk = key(&value)
                .map_err(|error| failed("parse sole key: jwk.ParseKey", &error.message))?;
            Ok(vec![jwk])
        }
        Some(keys) => {
            let wrong = "failed to decode \"keys\": expected '['";
            let keys = keys.as_array().ok_or_else(|| failed("unmarshal JWK set", wrong))?;
            let read = |(at, value)| {
                key(value).map_err(|error| {
                    let reason =
                        format!("failed to decode key #{at} in \"keys\": jwk.ParseKey: {error}");
                    failed("unmarshal JWK set", &reason)
                })
            };
            keys.iter().enumerate().map(read).collect()
        }
    }
}

fn key(value: &Value) -> Result<Jwk> {
    let fields = Fields(value);
    if value.as_object().is_none() {
        return Err(BuiltinError::new("jwk.Parse: failed to probe data: it is not an object"));
    }
    let kind = fields.text("kty")?.unwrap_or_default();
    let material = match kind {
        "RSA" => rsa(&fields)?,
        "EC" => elliptic(&fields)?,
        "OKP" => edwards(&fields)?,
        "oct" => match fields.bytes("k")? {
            Some(secret) if !secret.is_empty() => Material::Secret(secret),
            _ => return Err(invalid("jwk.SymmetricKey: missing \"k\" field")),
        },
        kind => {
            return Err(BuiltinError::new(format!("invalid key type from JSON ({kind})")));
        }
    };
    let algorithm = fields.text("alg")?.unwrap_or_default();
    if !algorithm.is_empty() && !ALGORITHMS.contains(&algorithm) && !OTHERS.contains(&algorithm) {
        return Err(BuiltinError::new(format!(
            "failed to decode value for key alg: invalid key value: {algorithm:?}: invalid key \
             algorithm"
        )));
    }
    let id = fields.text("kid")?.unwrap_or_default();
    Ok(Jwk { algorithm: algorithm.to_owned(), id: id.to_owned(), material })
}

fn invalid(reason: &str) -> BuiltinError {
    BuiltinError::new(format!("jwk.Parse: key validation failed: {reason}"))
}

struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Result<Option<&'a str>> {
        match self.0.field(name) {
            None | Some(Value::Null(_)) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| {
                let kind = value.type_name();
                BuiltinError::new(format!(
                    "failed to decode value for key {name}: it is a {kind}, not a string"
                ))
            }),
        }
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.text(name)?.map(decode_url).transpose().map_err(|error| {
            BuiltinError::new(format!("failed to decode value for key {name}: {error}"))
        })
    }

    fn required(&self, name: &str) -> Result<Vec<u8>> {
        self.bytes(name)?
            .ok_or_else(|| BuiltinError::new(format!("required field {name} is missing")))
    }

    fn number(&self, name: &str) -> Result<BigInt> {
        Ok(BigInt::from_bytes_be(Sign::Plus, &self.required(name)?))
    }
}

fn rsa(fields: &Fields<'_>) -> Result<Material> {
    let public = Rsa { modulus: fields.number("n")?, exponent: fields.number("e")? };
    if public.modulus.sign() != Sign::Plus {
        return Err(invalid("missing \"n\" value"));
    }
    if !public.exponent.bit(0) {
        return Err(invalid("invalid rsa public exponent: must be a positive odd integer"));
    }
    if fields.text("d")?.is_none() {
        return Ok(Material::Public(PublicKey::Rsa(public)));
    }
    let primes = vec![fields.number("p")?, fields.number("q")?];
    let exponent = fields.number("d")?;
    Ok(Material::Private(PrivateKey::Rsa(RsaPrivate { public, exponent, primes })))
}

fn elliptic(fields: &Fields<'_>) -> Result<Material> {
    let name = fields.text("crv")?.unwrap_or_default();
    let curve = match name {
        "P-256" => Curve::P256,
        "P-384" => Curve::P384,
        "P-521" => Curve::P521,
        other => {
            return Err(BuiltinError::new(format!(
                "failed to decode value for key crv: unknown EllipticCurveAlgorithm: {other:?}"
            )));
        }
    };
    let mut point = vec![4];
    for axis in ["x", "y"] {
        let coordinate = fields.required(axis)?;
        if coordinate.len() != curve.size() {
            return Err(invalid(&format!(
                "key validation failed: jwk.ECDSAPublicKey: invalid {axis:?} length ({}) for \
                 curve {name:?}",
                coordinate.len()
            )));
        }
        point.extend(coordinate);
    }
    if !curve.has(&point) {
        return Err(invalid("the point is not on the curve"));
    }
    match fields.bytes("d")? {
        None => Ok(Material::Public(PublicKey::Ec(curve, point))),
        Some(secret) => Ok(Material::Private(PrivateKey::Ec(curve, secret, point))),
    }
}

fn edwards(fields: &Fields<'_>) -> Result<Material> {
    let name = fields.text("crv")?.unwrap_or_default();
    let bytes = fields.required("x")?;
    let size = |kind: &str| {
        invalid(&format!("key validation failed: jwk.OKPPublicKey: {kind}: wrong public key size"))
    };
    match name {
        "Ed25519" => {
            let public = bytes.try_into().map_err(|_| size("ed25519"))?;
            match fields.bytes("d")? {
                None => Ok(Material::Public(PublicKey::Ed25519(public))),
                Some(seed) => {
                    let seed = seed.try_into().map_err(|_| invalid("wrong private key size"))?;
                    Ok(Material::Private(PrivateKey::Ed25519(seed)))
                }
            }
        }
        "X25519" if bytes.len() != 32 => Err(size("x25519")),
        "X25519" => Ok(Material::Public(PublicKey::Other)),
        other => Err(BuiltinError::new(format!("invalid curve algorithm {other:?}"))),
    }
}
