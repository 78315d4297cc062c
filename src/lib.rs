//! manifestly

pub mod check;
pub mod engine;
pub mod locate;
pub mod manifest;
pub mod policy;
pub mod rego;
pub mod report;
pub mod source;

#[cfg(feature = "cli")]
pub mod cli;
