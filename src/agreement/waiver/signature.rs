//! Signatures of waivers, in OpenSSH's format.

use chrono::NaiveDate;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};
use thiserror::Error;

use super::approval::NAMESPACE;

/// Why a signature does not count, what says least first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Unverified {
    /// It is no signature.
    #[error("the signature can't be read: {0}")]
    Malformed(String),
    /// Nobody can tell from its key alone.
    #[error("the waiver is signed with {0}, which can't be verified here")]
    Unsupported(String),
    /// It was made for something else.
    #[error("the signature is one for `{0}`, not for `{NAMESPACE}`")]
    Namespace(String),
    /// It does not fit what it should be over.
    #[error("the signature does not fit the waiver: one of them was changed since it was signed")]
    Broken,
    /// Its key is not known.
    #[error("the waiver is signed with the key {fingerprint}, which `{file}` does not list")]
    UnknownKey {
        /// The key.
        fingerprint: String,
        /// The file of those whose signatures count.
        file: String,
    },
    /// Its key is one for certificates.
    #[error(
        "the waiver is signed with the key {fingerprint}, which is a `cert-authority` ({place}): \
         certificates can't be verified here"
    )]
    Authority {
        /// The key.
        fingerprint: String,
        /// The line that lists it.
        place: String,
    },
    /// Its key is someone else's.
    #[error("the waiver is signed with the key {fingerprint} of {names}, not of `{identity}`")]
    NotTheirs {
        /// The key.
        fingerprint: String,
        /// Whose it should be.
        identity: String,
        /// Whose it is.
        names: String,
    },
    /// Its key is not for waivers.
    #[error(
        "the key {fingerprint} is not for waivers ({place}): its namespaces leave out `{NAMESPACE}`"
    )]
    NotForWaivers {
        /// The key.
        fingerprint: String,
        /// The line that lists it.
        place: String,
    },
    /// Its key counts on other days.
    #[error("the key {fingerprint} does not count on {day} ({place})")]
    OutOfTime {
        /// The key.
        fingerprint: String,
        /// The day.
        day: NaiveDate,
        /// The line that lists it.
        place: String,
    },
}

impl Unverified {
    /// What to do about it. `sign` is the command that signs.
    pub(super) fn help(&self, sign: &str) -> String {
        match self {
            Self::Malformed(_) | Self::Broken | Self::Namespace(_) => {
                format!("look at what it says now, and sign that: {sign}")
            }
            Self::Unsupported(_) | Self::Authority { .. } => {
                "sign it with a plain key, not with a certificate".to_owned()
            }
            Self::UnknownKey { .. } => {
                "those who decide who may approve add the key there, or another one signs"
                    .to_owned()
            }
            Self::NotTheirs { .. } => {
                "`approvedBy` should name the one who signed, and be signed with the rest"
                    .to_owned()
            }
            Self::NotForWaivers { .. } | Self::OutOfTime { .. } => {
                format!("sign it with a key that counts: {sign}")
            }
        }
    }
}

/// Why a waiver can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The key needs its passphrase.
    #[error("it is encrypted")]
    Encrypted,
    /// The key is no file that can sign by itself.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// The key can't sign.
    #[error("it can't sign: {0}")]
    Unable(String),
}

/// Signs a text with a private key in OpenSSH's format.
///
/// # Errors
///
/// Why the key can't sign.
pub fn sign(payload: &str, key: &str) -> Result<String, SignError> {
    let key =
        PrivateKey::from_openssh(key).map_err(|error| SignError::Unreadable(error.to_string()))?;
    if key.is_encrypted() {
        return Err(SignError::Encrypted);
    }
    let unable = |error: ssh_key::Error| SignError::Unable(error.to_string());
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, payload.as_bytes()).map_err(unable)?;
    signature.to_pem(LineEnding::LF).map_err(unable)
}

/// The fingerprint of the key that a signature was made with, if it fits the text.
///
/// # Errors
///
/// Why it does not count, whoever made it.
pub fn fits(payload: &str, armour: &str) -> Result<String, Unverified> {
    Ok(signed_by(payload, armour)?.fingerprint(HashAlg::Sha256).to_string())
}

/// The public key of a file with a key, private or public.
pub(super) fn public_key(text: &str) -> Option<PublicKey> {
    match PrivateKey::from_openssh(text) {
        Ok(key) => Some(key.public_key().clone()),
        Err(_) => PublicKey::from_openssh(text.trim()).ok(),
    }
}

/// The key that a signature was made with, if it fits the text.
pub(super) fn signed_by(payload: &str, armour: &str) -> Result<PublicKey, Unverified> {
    let signature = SshSig::from_pem(plain(armour))
        .map_err(|error| Unverified::Malformed(error.to_string()))?;
    if signature.namespace() != NAMESPACE {
        return Err(Unverified::Namespace(signature.namespace().to_owned()));
    }
    let algorithm = signature.public_key().algorithm();
    let is_plain = matches!(
        algorithm,
        Algorithm::Ed25519
            | Algorithm::Ecdsa { .. }
            | Algorithm::Rsa { .. }
            | Algorithm::SkEd25519
            | Algorithm::SkEcdsaSha2NistP256
    );
    let is_certificate = matches!(signature.public_key(), ssh_key::public::KeyData::Certificate(_));
    if is_certificate {
        return Err(Unverified::Unsupported(format!("a certificate ({algorithm})")));
    }
    if !is_plain {
        return Err(Unverified::Unsupported(format!("a key of the type {algorithm}")));
    }
    // RSA with SHA-1 is broken, and ssh-keygen refuses it too.
    if matches!(signature.algorithm(), Algorithm::Rsa { hash: None }) {
        return Err(Unverified::Unsupported("RSA and SHA-1".to_owned()));
    }
    let key = PublicKey::from(signature.public_key().clone());
    match key.verify(NAMESPACE, payload.as_bytes(), &signature) {
        Ok(()) => Ok(key),
        Err(ssh_key::Error::AlgorithmUnsupported { algorithm }) => {
            Err(Unverified::Unsupported(format!("a key of the type {algorithm}")))
        }
        Err(_) => Err(Unverified::Broken),
    }
}

/// An armour without what YAML and editors may have added: blanks at the ends of lines, breaks of
/// lines as Windows has them.
fn plain(armour: &str) -> String {
    armour.lines().map(|line| format!("{}\n", line.trim())).collect()
}
