//! manifestly

pub mod manifest;
pub mod source;
