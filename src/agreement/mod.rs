//! What those who decide and those who build have agreed on.

mod baseline;
mod fingerprint;
mod since;

pub use crate::digest::Digest;
pub use baseline::{Allowance, Baseline, Change, Stood, Syntax};
pub use fingerprint::{Fingerprint, ResourceNames, Said};
pub use since::{Reading, Since};
