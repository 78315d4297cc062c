//! Keys that sign: those in files by ourselves, all others by ssh-keygen.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use miette::Diagnostic;
use thiserror::Error;

use crate::agreement::waiver::{self, NAMESPACE, SignError};
use crate::source::display_name;

/// Why a key does not sign.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum KeyError {
    /// There is no such file.
    #[error("the key `{name}` can't be read: {reason}")]
    Unreadable { name: String, reason: String },
    /// It is a key that can't do it.
    #[error("the key `{name}` can't be used: {error}")]
    Unable { name: String, error: SignError },
    /// It takes a program that is not there.
    #[error("the key `{name}` needs `ssh-keygen`, which can't be run: {reason}")]
    #[diagnostic(help(
        "install OpenSSH, or sign elsewhere what `manifestly waiver payload` prints, and bring the \
         signature by `--signature`"
    ))]
    NoProgram { name: String, reason: String },
    /// The program would not.
    #[error("ssh-keygen did not sign with the key `{name}`")]
    #[diagnostic(help("what it said stands above"))]
    Refused { name: String },
}

/// Signs a text with the key of a file.
pub(super) fn sign(payload: &str, key: &Path) -> Result<String, KeyError> {
    let name = || display_name(key);
    let text = text(key)?;
    // Keys of older formats, public keys of an agent, keys in hardware.
    if !text.contains("BEGIN OPENSSH PRIVATE KEY") {
        return by_program(payload, key);
    }
    match waiver::sign(payload, &text) {
        Ok(armour) => Ok(armour),
        Err(SignError::Encrypted | SignError::Unable(_)) => by_program(payload, key),
        Err(error) => Err(KeyError::Unable { name: name(), error }),
    }
}

/// The text of a key's file.
pub(super) fn text(key: &Path) -> Result<String, KeyError> {
    match std::fs::read(key) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            Err(KeyError::Unreadable { name: display_name(key), reason: error.to_string() })
        }
    }
}

fn by_program(payload: &str, key: &Path) -> Result<String, KeyError> {
    let failed = |error: std::io::Error| KeyError::NoProgram {
        name: display_name(key),
        reason: error.to_string(),
    };
    // It asks for the passphrase in the terminal, and tells on standard error when to touch a key.
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-q", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read tells why by its exit code.
        let _ = input.write_all(payload.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    match String::from_utf8(output.stdout) {
        Ok(armour) if output.status.success() && armour.contains("SSH SIGNATURE") => Ok(armour),
        _ => Err(KeyError::Refused { name: display_name(key) }),
    }
}
