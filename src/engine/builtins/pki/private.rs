//! Private keys.

use num_bigint::{BigInt, Sign};

use super::super::super::value::Value;
use super::super::BuiltinError;
use super::certificate::base64;
use super::der::{self, Reader, context, malformed};
use super::key::{Curve, PublicKey, Rsa, big};
use super::signature::{ed25519_public, fixed, point};

type Result<T> = std::result::Result<T, BuiltinError>;

/// An RSA key with all that makes it.
#[derive(Clone, Debug)]
pub(in crate::engine::builtins) struct RsaPrivate {
    pub(in crate::engine::builtins) public: Rsa,
    pub(in crate::engine::builtins) exponent: BigInt,
    pub(in crate::engine::builtins) primes: Vec<BigInt>,
}

/// A key to sign with.
#[derive(Clone, Debug)]
pub(in crate::engine::builtins) enum PrivateKey {
    Rsa(RsaPrivate),
    /// The number, in as many bytes as the curve's coordinates have, and the point.
    Ec(Curve, Vec<u8>, Vec<u8>),
    Ed25519([u8; 32]),
}

impl PrivateKey {
    /// Reads RSA's own form.
    pub(super) fn from_pkcs1(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut key = reader.sequence("RSA private key")?;
        let version = key.integer("RSA version")?;
        let mut number = || {
            let number = key.integer("RSA private key")?;
            if number.sign() == Sign::Plus {
                Ok(number)
            } else {
                Err(BuiltinError::new("x509: private key contains zero or negative value"))
            }
        };
        let (modulus, exponent, private) = (number()?, number()?, number()?);
        let primes = vec![number()?, number()?];
        if !reader.is_empty() || version > BigInt::from(1) {
            return Err(BuiltinError::new("x509: unsupported private key version"));
        }
        let [p, q] = primes.as_slice() else { return Err(malformed("RSA private key")) };
        if p * q != modulus {
            return Err(BuiltinError::new("crypto/rsa: invalid modulus"));
        }
        Ok(Self::Rsa(RsaPrivate { public: Rsa { modulus, exponent }, exponent: private, primes }))
    }

    /// Reads the form that all kinds of keys have.
    pub(super) fn from_pkcs8(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut info = reader.sequence("private key")?;
        info.integer("private key version")?;
        let mut algorithm = info.sequence("private key algorithm")?;
        let oid = algorithm.oid("private key algorithm")?;
        let key = info.expect(der::OCTET_STRING, "private key")?.body;
        match oid.as_slice() {
            [1, 2, 840, 113_549, 1, 1, 1] => Self::from_pkcs1(key),
            [1, 2, 840, 10045, 2, 1] => {
                let curve = algorithm.oid("ECDSA parameters").ok();
                Self::of_curve(key, curve.as_deref().and_then(Curve::of))
            }
            [1, 3, 101, 112] => {
                let seed = Reader::new(key).expect(der::OCTET_STRING, "Ed25519 private key")?.body;
                seed.try_into()
                    .map(Self::Ed25519)
                    .map_err(|_| BuiltinError::new("x509: invalid Ed25519 private key length"))
            }
            oid => Err(BuiltinError::new(format!(
                "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
                super::name::dotted(oid)
            ))),
        }
    }

    /// Reads the form that keys of elliptic curves have.
    pub(super) fn from_sec1(bytes: &[u8]) -> Result<Self> {
        Self::of_curve(bytes, None)
    }

    fn of_curve(bytes: &[u8], curve: Option<Curve>) -> Result<Self> {
        let mut key = Reader::new(bytes).sequence("EC private key")?;
        key.integer("EC private key version")?;
        let secret = key.expect(der::OCTET_STRING, "EC private key")?.body;
        let named = key.optional(context(0, true), "EC parameters")?;
        let named = named.and_then(|named| named.reader().oid("curve").ok());
        let curve = curve
            .or_else(|| Curve::of(&named?))
            .ok_or_else(|| BuiltinError::new("x509: unknown elliptic curve"))?;
        let invalid = || BuiltinError::new("x509: invalid elliptic curve private key value");
        let secret = fixed(secret, curve.size()).ok_or_else(invalid)?;
        let point = point(curve, &secret).ok_or_else(invalid)?;
        Ok(Self::Ec(curve, secret, point))
    }

    pub(in crate::engine::builtins) fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.public.clone()),
            Self::Ec(curve, _, point) => PublicKey::Ec(*curve, point.clone()),
            Self::Ed25519(seed) => PublicKey::Ed25519(ed25519_public(seed)),
        }
    }

    /// As Go writes it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Rsa(key) => {
                let mut fields = fields_of(&self.public().to_value());
                let [dp, dq, qi] = precomputed(key);
                let primes = key.primes.iter().cloned().map(big).collect();
                let precomputed = Value::record([
                    ("Dp", big(dp)),
                    ("Dq", big(dq)),
                    ("Qinv", big(qi)),
                    ("CRTValues", Value::array(Vec::new())),
                ]);
                fields.push((Value::string("D"), big(key.exponent.clone())));
                fields.push((Value::string("Primes"), Value::array(primes)));
                fields.push((Value::string("Precomputed"), precomputed));
                Value::object_of_last(fields)
            }
            Self::Ec(_, secret, _) => {
                let mut fields = fields_of(&self.public().to_value());
                let secret = BigInt::from_bytes_be(Sign::Plus, secret);
                fields.push((Value::string("D"), big(secret)));
                Value::object_of_last(fields)
            }
            Self::Ed25519(seed) => base64(&[&seed[..], &ed25519_public(seed)[..]].concat()),
        }
    }

    /// As a JSON Web Key.
    pub(super) fn to_jwk(&self) -> Value {
        let number = |number: &BigInt| text(&number.to_bytes_be().1);
        match self {
            Self::Rsa(key) => {
                let [dp, dq, qi] = precomputed(key);
                let [p, q] = [key.primes.first(), key.primes.get(1)]
                    .map(|prime| prime.map_or(Value::NULL, number));
                Value::record([
                    ("kty", Value::string("RSA")),
                    ("n", number(&key.public.modulus)),
                    ("e", number(&key.public.exponent)),
                    ("d", number(&key.exponent)),
                    ("p", p),
                    ("q", q),
                    ("dp", number(&dp)),
                    ("dq", number(&dq)),
                    ("qi", number(&qi)),
                ])
            }
            Self::Ec(curve, secret, point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(curve.size());
                let name = match curve {
                    Curve::P256 => "P-256",
                    Curve::P384 => "P-384",
                    Curve::P521 => "P-521",
                };
                Value::record([
                    ("kty", Value::string("EC")),
                    ("crv", Value::string(name)),
                    ("x", text(x)),
                    ("y", text(y)),
                    ("d", text(secret)),
                ])
            }
            Self::Ed25519(seed) => Value::record([
                ("kty", Value::string("OKP")),
                ("crv", Value::string("Ed25519")),
                ("x", text(&ed25519_public(seed))),
                ("d", text(seed)),
            ]),
        }
    }
}

fn text(bytes: &[u8]) -> Value {
    Value::from(super::super::encoding::encode_url(bytes))
}

fn fields_of(value: &Value) -> Vec<(Value, Value)> {
    value.as_object().map(<[_]>::to_vec).unwrap_or_default()
}

/// What makes calculating with the primes quick.
fn precomputed(key: &RsaPrivate) -> [BigInt; 3] {
    let one = BigInt::from(1);
    let [p, q] = [0, 1].map(|at| key.primes.get(at).cloned().unwrap_or_else(|| one.clone()));
    let rest = |prime: &BigInt| {
        let modulus = prime - &one;
        if modulus.sign() == Sign::Plus { &key.exponent % modulus } else { BigInt::ZERO }
    };
    let inverse = q.modinv(&p).unwrap_or_default();
    [rest(&p), rest(&q), inverse]
}
