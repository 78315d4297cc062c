//! What those who decide and those who build have agreed on.

mod fingerprint;

pub use fingerprint::Fingerprint;
