//! Public keys.

use num_bigint::{BigInt, Sign};

use super::super::super::number::Number;
use super::super::super::value::Value;
use super::super::BuiltinError;
use super::der::{self, Reader, malformed};

type Result<T> = std::result::Result<T, BuiltinError>;

/// The curves that keys can be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// How many bytes a coordinate takes.
    pub(in crate::engine::builtins) fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    pub(super) fn of(oid: &[u64]) -> Option<Self> {
        match oid {
            [1, 2, 840, 10045, 3, 1, 7] => Some(Self::P256),
            [1, 3, 132, 0, 34] => Some(Self::P384),
            [1, 3, 132, 0, 35] => Some(Self::P521),
            _ => None,
        }
    }

    /// Whether bytes stand for a point of the curve.
    pub(in crate::engine::builtins) fn has(self, point: &[u8]) -> bool {
        // Go reads points that are written out in full only.
        point.first() == Some(&4)
            && match self {
                Self::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
                Self::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
                Self::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
            }
    }
}

/// The public half of an RSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) struct Rsa {
    pub(in crate::engine::builtins) modulus: BigInt,
    pub(in crate::engine::builtins) exponent: BigInt,
}

/// A key to verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) enum PublicKey {
    Rsa(Rsa),
    /// A point of a curve, as its bytes in full.
    Ec(Curve, Vec<u8>),
    Ed25519([u8; 32]),
    /// Bytes of a key that nothing is verified with.
    X25519(Vec<u8>),
    /// Of an algorithm that is not known.
    Other,
}

impl PublicKey {
    /// What Go numbers its algorithm as.
    pub(super) fn algorithm(&self) -> i64 {
        match self {
            Self::Rsa(_) => 1,
            Self::Ec(..) => 3,
            Self::Ed25519(_) => 4,
            Self::X25519(_) | Self::Other => 0,
        }
    }

    /// Reads the form that certificates have keys in.
    pub(in crate::engine::builtins) fn from_spki(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut info = reader.sequence("public key")?;
        let mut algorithm = info.sequence("public key algorithm identifier")?;
        let oid = algorithm.oid("public key algorithm")?;
        let bits = info.expect(der::BIT_STRING, "subjectPublicKey")?;
        let (key, unused) = bits.bits().ok_or_else(|| malformed("subjectPublicKey"))?;
        if !reader.is_empty() {
            return Err(BuiltinError::new("x509: trailing data after ASN.1 of public-key"));
        }
        match oid.as_slice() {
            [1, 2, 840, 113_549, 1, 1, 1] => {
                algorithm.expect(der::NULL, "RSA parameters")?;
                Self::from_pkcs1(key)
            }
            [1, 2, 840, 10045, 2, 1] => {
                let curve = algorithm.oid("ECDSA parameters")?;
                let curve = Curve::of(&curve)
                    .ok_or_else(|| BuiltinError::new("x509: unsupported elliptic curve"))?;
                if !curve.has(key) {
                    return Err(BuiltinError::new(
                        "x509: failed to unmarshal elliptic curve point",
                    ));
                }
                Ok(Self::Ec(curve, key.to_vec()))
            }
            [1, 3, 101, 112] => {
                if !algorithm.is_empty() {
                    return Err(BuiltinError::new(
                        "x509: Ed25519 key encoded with illegal parameters",
                    ));
                }
                key.try_into()
                    .map(Self::Ed25519)
                    .map_err(|_| BuiltinError::new("x509: wrong Ed25519 public key size"))
            }
            // Go writes these, but nothing here reads them.
            [1, 2, 840, 10040, 4, 1] => Err(BuiltinError::new("x509: DSA keys are not read")),
            [1, 3, 101, 110] => Ok(Self::X25519(key.to_vec())),
            _ if unused == 0 => Ok(Self::Other),
            _ => Err(malformed("subjectPublicKey")),
        }
    }

    fn from_pkcs1(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut key = reader.sequence("RSA public key")?;
        let modulus = key.integer("RSA modulus")?;
        let exponent = key.integer("RSA public exponent")?;
        for (number, what) in [(&modulus, "modulus"), (&exponent, "public exponent")] {
            if number.sign() != Sign::Plus {
                return Err(BuiltinError::new(format!(
                    "x509: RSA {what} is not a positive number"
                )));
            }
        }
        Ok(Self::Rsa(Rsa { modulus, exponent }))
    }

    /// As Go writes it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Rsa(Rsa { modulus, exponent }) => {
                Value::record([("N", big(modulus.clone())), ("E", big(exponent.clone()))])
            }
            Self::Ec(curve, point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(curve.size());
                let coordinate = |bytes| big(BigInt::from_bytes_be(Sign::Plus, bytes));
                Value::record([
                    ("Curve", Value::record([])),
                    ("X", coordinate(x)),
                    ("Y", coordinate(y)),
                ])
            }
            Self::Ed25519(bytes) => super::certificate::base64(bytes),
            Self::X25519(_) | Self::Other => Value::NULL,
        }
    }
}

pub(super) fn big(number: BigInt) -> Value {
    Value::from(Number::from_integer(&number))
}
