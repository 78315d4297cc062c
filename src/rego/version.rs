//! The versions of the language.

use serde::Deserialize;

/// The two languages that are called Rego.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegoVersion {
    /// Before OPA 1.0: `deny[msg] { .. }`.
    V0,
    /// OPA 1.0 and later: `deny contains msg if { .. }`.
    V1,
}

impl RegoVersion {
    /// The version's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V0 => "v0",
            Self::V1 => "v1",
        }
    }
}

/// Which language a file is to be read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum VersionChoice {
    /// v1 where it parses as v1, else v0
    #[default]
    Auto,
    /// Before OPA 1.0: `deny[msg] { .. }`
    V0,
    /// OPA 1.0 and later: `deny contains msg if { .. }`
    V1,
}

impl VersionChoice {
    /// The choice's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::V0 => "v0",
            Self::V1 => "v1",
        }
    }
}
