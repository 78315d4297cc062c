//! Digests and message authentication codes, of the UTF-8 of strings.

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};

use super::super::value::Value;
use super::encoding::to_hex;
use super::{Builtin, BuiltinError, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("crypto.md5", 1, |_, args| digest::<Md5>(args)),
    Builtin::supported("crypto.sha1", 1, |_, args| digest::<Sha1>(args)),
    Builtin::supported("crypto.sha256", 1, |_, args| digest::<Sha256>(args)),
    Builtin::supported("crypto.hmac.md5", 2, |_, args| code(args, mac::<Hmac<Md5>>)),
    Builtin::supported("crypto.hmac.sha1", 2, |_, args| code(args, mac::<Hmac<Sha1>>)),
    Builtin::supported("crypto.hmac.sha256", 2, |_, args| code(args, hmac_sha256)),
    Builtin::supported("crypto.hmac.sha512", 2, |_, args| code(args, hmac_sha512)),
    Builtin::supported("crypto.hmac.equal", 2, |_, args| {
        some(operand::string(args, 0)? == operand::string(args, 1)?)
    }),
];

/// Calculates the code of a message under a key.
pub(super) type Code = fn(&[u8], &[u8]) -> Result<Vec<u8>, BuiltinError>;

fn digest<D: Digest>(args: &[Value]) -> Outcome {
    some(to_hex(&D::digest(operand::string(args, 0)?.as_bytes())))
}

fn code(args: &[Value], calculate: Code) -> Outcome {
    let (message, key) = (operand::string(args, 0)?, operand::string(args, 1)?);
    some(to_hex(&calculate(message.as_bytes(), key.as_bytes())?))
}

fn mac<M: Mac + hmac::digest::KeyInit>(
    message: &[u8],
    key: &[u8],
) -> Result<Vec<u8>, BuiltinError> {
    let mut mac = <M as hmac::digest::KeyInit>::new_from_slice(key)
        .map_err(|error| BuiltinError::new(format!("bad key: {error}")))?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

pub(super) fn hmac_sha256(message: &[u8], key: &[u8]) -> Result<Vec<u8>, BuiltinError> {
    mac::<Hmac<Sha256>>(message, key)
}

pub(super) fn hmac_sha384(message: &[u8], key: &[u8]) -> Result<Vec<u8>, BuiltinError> {
    mac::<Hmac<Sha384>>(message, key)
}

pub(super) fn hmac_sha512(message: &[u8], key: &[u8]) -> Result<Vec<u8>, BuiltinError> {
    mac::<Hmac<Sha512>>(message, key)
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn digests() {
        assert_eq!(eval("crypto.md5", &["\"a\""]), "\"0cc175b9c0f1b6a831c399e269772661\"");
        assert_eq!(eval("crypto.sha1", &["\"a\""]), "\"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\"");
        assert_eq!(
            eval("crypto.hmac.md5", &["\"what do ya want for nothing?\"", "\"Jefe\""]),
            "\"750c783e6ab0b503eaa86e310a5db738\""
        );
    }
}
