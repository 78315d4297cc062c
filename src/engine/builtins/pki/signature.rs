//! Signatures: verified, and made.

use ed25519_dalek::Signer as _;
use num_bigint::BigInt;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::super::{BuiltinError, Context};
use super::key::{Curve, PublicKey, Rsa};
use super::private::RsaPrivate;

/// What is signed is a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(in crate::engine::builtins) fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }
}

/// How RSA fills up what it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) enum Padding {
    Pkcs1,
    /// With as much salt as there is.
    Pss,
    /// With as much salt as the digest is long.
    PssOfHash,
}

/// Go's limits: it takes no key that is too small to be safe.
const SIZES: std::ops::RangeInclusive<usize> = 1024..=16384;

pub(super) fn uint(number: &BigInt) -> BoxedUint {
    let (_, bytes) = number.to_bytes_be();
    BoxedUint::from_be_slice_vartime(&bytes)
}

impl PublicKey {
    /// Whether `signature` is an RSA key's for a digest.
    pub(in crate::engine::builtins) fn verify_rsa(
        &self,
        padding: Padding,
        hash: Hash,
        digest: &[u8],
        signature: &[u8],
    ) -> bool {
        let Self::Rsa(Rsa { modulus, exponent }) = self else { return false };
        let Ok(key) = rsa::PublicKey::new_with_size_limits(uint(modulus), uint(exponent), SIZES)
        else {
            return false;
        };
        fn pss<D: Digest>(padding: Padding) -> Pss<D> {
            let mut pss = Pss::<D>::new();
            if padding == Padding::Pss {
                pss.salt_len = None;
            }
            pss
        }
        let verified = match (padding, hash) {
            (Padding::Pkcs1, _) => key.verify(pkcs1(hash), digest, signature),
            (_, Hash::Sha256) => key.verify(pss::<Sha256>(padding), digest, signature),
            (_, Hash::Sha384) => key.verify(pss::<Sha384>(padding), digest, signature),
            (_, Hash::Sha512) => key.verify(pss::<Sha512>(padding), digest, signature),
        };
        verified.is_ok()
    }

    /// Whether the two numbers are an elliptic curve's signature of a digest.
    pub(in crate::engine::builtins) fn verify_ec(&self, digest: &[u8], r: &[u8], s: &[u8]) -> bool {
        let Self::Ec(curve, point) = self else { return false };
        let size = curve.size();
        let (Some(mut joined), Some(s)) = (fixed(r, size), fixed(s, size)) else { return false };
        joined.extend(s);
        let digest = filled(digest, size);
        match curve {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok_and(|key| {
                p256::ecdsa::Signature::from_slice(&joined)
                    .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
            }),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok_and(|key| {
                p384::ecdsa::Signature::from_slice(&joined)
                    .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
            }),
            Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok_and(|key| {
                p521::ecdsa::Signature::from_slice(&joined)
                    .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
            }),
        }
    }

    /// Whether `signature` is an Ed25519 key's for a message.
    pub(in crate::engine::builtins) fn verify_ed25519(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
        let Self::Ed25519(bytes) = self else { return false };
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_bytes(bytes), Signature::from_slice(signature))
        else {
            return false;
        };
        key.verify(message, &signature).is_ok()
    }
}

fn pkcs1(hash: Hash) -> Pkcs1v15Sign {
    match hash {
        Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    }
}

/// A number in `size` bytes, if it fits.
pub(super) fn fixed(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..)?;
    (digits.len() <= size).then(|| filled(digits, size))
}

/// Zeros before what is shorter than `size`: it stays the same number.
fn filled(number: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size.saturating_sub(number.len())];
    bytes.extend(number);
    bytes
}

pub(in crate::engine::builtins) fn sign_rsa(
    context: &mut Context<'_>,
    key: &RsaPrivate,
    padding: Padding,
    hash: Hash,
    message: &[u8],
) -> Result<Vec<u8>, BuiltinError> {
    let failed = |error: rsa::Error| BuiltinError::new(format!("rsa: {error}"));
    let bits = key.public.modulus.bits();
    if bits < 1024 {
        return Err(BuiltinError::new(format!(
            "crypto/rsa: {bits}-bit keys are insecure (see \
             https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
        )));
    }
    let digest = hash.of(message);
    // A digest, as much salt, and two bytes around them.
    let needed = u64::try_from(2 * digest.len() + 2).unwrap_or(u64::MAX);
    if padding != Padding::Pkcs1 && (bits - 1).div_ceil(8) < needed {
        return Err(BuiltinError::new("crypto/rsa: message too long for RSA key size"));
    }
    let primes = key.primes.iter().map(uint).collect();
    let private = rsa::PrivateKey::from_components(
        uint(&key.public.modulus),
        uint(&key.public.exponent),
        uint(&key.exponent),
        primes,
    )
    .map_err(failed)?;
    let mut salt = Salt(context);
    match (padding, hash) {
        (Padding::Pkcs1, _) => private.sign(pkcs1(hash), &digest),
        (_, Hash::Sha256) => private.sign_with_rng(&mut salt, Pss::<Sha256>::new(), &digest),
        (_, Hash::Sha384) => private.sign_with_rng(&mut salt, Pss::<Sha384>::new(), &digest),
        (_, Hash::Sha512) => private.sign_with_rng(&mut salt, Pss::<Sha512>::new(), &digest),
    }
    .map_err(failed)
}

/// Signs with the number that makes an elliptic curve's key. The same message is given the same
/// signature (RFC 6979), so that runs can be repeated.
pub(in crate::engine::builtins) fn sign_ec(
    curve: Curve,
    secret: &[u8],
    hash: Hash,
    message: &[u8],
) -> Result<Vec<u8>, BuiltinError> {
    let failed = || BuiltinError::new("ecdsa: the key can't sign");
    let secret = fixed(secret, curve.size()).ok_or_else(failed)?;
    let digest = filled(&hash.of(message), curve.size());
    let signature = match curve {
        Curve::P256 => p256::ecdsa::SigningKey::from_slice(&secret).ok().and_then(|key| {
            let signed: Result<p256::ecdsa::Signature, _> = key.sign_prehash(&digest);
            signed.ok().map(|signature| signature.to_bytes().to_vec())
        }),
        Curve::P384 => p384::ecdsa::SigningKey::from_slice(&secret).ok().and_then(|key| {
            let signed: Result<p384::ecdsa::Signature, _> = key.sign_prehash(&digest);
            signed.ok().map(|signature| signature.to_bytes().to_vec())
        }),
        Curve::P521 => p521::ecdsa::SigningKey::from_slice(&secret).ok().and_then(|key| {
            let signed: Result<p521::ecdsa::Signature, _> = key.sign_prehash(&digest);
            signed.ok().map(|signature| signature.to_bytes().to_vec())
        }),
    };
    signature.ok_or_else(failed)
}

/// The point that belongs to the number of a key.
pub(super) fn point(curve: Curve, secret: &[u8]) -> Option<Vec<u8>> {
    let secret = fixed(secret, curve.size())?;
    Some(match curve {
        Curve::P256 => {
            let key = p256::ecdsa::SigningKey::from_slice(&secret).ok()?;
            key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P384 => {
            let key = p384::ecdsa::SigningKey::from_slice(&secret).ok()?;
            key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P521 => {
            let key = p521::ecdsa::SigningKey::from_slice(&secret).ok()?;
            key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        }
    })
}

pub(in crate::engine::builtins) fn sign_ed25519(seed: &[u8; 32], message: &[u8]) -> Vec<u8> {
    ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec()
}

/// The public half of an Ed25519 key.
pub(super) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// The evaluation's own random numbers, for salt: it need not be secret, and runs can be repeated.
struct Salt<'c, 'a>(&'c mut Context<'a>);

impl TryRng for Salt<'_, '_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let [a, b, c, d, ..] = self.0.next_random().to_be_bytes();
        Ok(u32::from_be_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_random())
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in target.chunks_mut(8) {
            let random = self.0.next_random().to_be_bytes();
            chunk.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        }
        Ok(())
    }
}

impl TryCryptoRng for Salt<'_, '_> {}
