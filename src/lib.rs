//! manifestly

pub mod manifest;
pub mod source;
pub mod rego;
pub mod policy;
pub mod engine;
pub mod locate;
pub mod check;
