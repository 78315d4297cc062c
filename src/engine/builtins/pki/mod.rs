//! Public and private keys and certificates, in the forms that policies get them.

mod certificate;
mod chain;
mod der;
mod extensions;
mod functions;
mod key;
mod name;
pub(super) mod pem;
mod private;
mod signature;
mod url;

pub(super) use certificate::Certificate;
pub(super) use functions::BUILTINS;
pub(super) use key::{Curve, PublicKey, Rsa};
pub(super) use private::{PrivateKey, RsaPrivate};
pub(super) use signature::{Hash, Padding, sign_ec, sign_ed25519, sign_rsa};
