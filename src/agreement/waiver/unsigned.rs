//! What stands in for signatures in a build that knows none: refusals.

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use crate::rego::PolicyError;
use crate::source::SourceText;

use super::approval::Question;

/// Whose signatures count: in this build there is no such file.
#[derive(Clone, Debug)]
pub enum AllowedSigners {}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this build can't verify signatures: it was made without `signatures`")]
pub struct Unverified;

/// Why a waiver can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The key needs its passphrase.
    #[error("it is encrypted")]
    Encrypted,
    /// The key can't sign.
    #[error("{0}")]
    Unable(String),
    /// Nothing can.
    #[error("this build can't sign: it was made without `signatures`")]
    Missing,
}

/// Refuses.
///
/// # Errors
///
/// Always.
pub fn sign(_: &str, _: &str) -> Result<String, SignError> {
    Err(SignError::Missing)
}

/// Refuses.
///
/// # Errors
///
/// Always.
pub fn fits(_: &str, _: &str) -> Result<String, Unverified> {
    Err(Unverified)
}

impl AllowedSigners {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn read(_: &Path) -> Result<Self, PolicyError> {
        Err(PolicyError::new(Unverified.to_string()))
    }

    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn of_text(_: &Arc<SourceText>) -> Result<Self, PolicyError> {
        Err(PolicyError::new(Unverified.to_string()))
    }

    /// Nothing.
    pub fn name_of(&self, _: &str) -> Option<&str> {
        match *self {}
    }

    pub(super) fn verify(&self, _: &Question<'_>, _: &str) -> Result<(), Unverified> {
        match *self {}
    }
}

impl Unverified {
    #[allow(clippy::unused_self)] // the others have something to say
    pub(super) fn help(&self, _: &str) -> String {
        "take a build with signatures, or `approval: named`".to_owned()
    }
}
