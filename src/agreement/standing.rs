//! What a violation means for the one who wants to deploy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::Level;

use super::Phase;

/// What a finding means for the one who wants to deploy.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It stops the deployment.
    Blocking,
    /// It is said, and stops nothing.
    Warning,
    /// It will warn or block from a date on.
    Upcoming,
    /// An agreed exception lets it pass.
    Waived,
    /// It stood before its policy came.
    Baselined,
}

impl Standing {
    /// The standing's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Warning => "warning",
            Self::Upcoming => "upcoming",
            Self::Waived => "waived",
            Self::Baselined => "baselined",
        }
    }

    /// What a violation means that nothing lets pass.
    pub fn due(phase: Phase, level: Level) -> Self {
        match (phase, level) {
            (Phase::Unannounced | Phase::Upcoming, _) => Self::Upcoming,
            (Phase::Enforced, Level::Deny) => Self::Blocking,
            (Phase::Warning, _) | (Phase::Enforced, Level::Warn | Level::Info) => Self::Warning,
        }
    }

    /// Whether something lets it pass.
    pub fn is_let_pass(self) -> bool {
        matches!(self, Self::Waived | Self::Baselined)
    }
}
