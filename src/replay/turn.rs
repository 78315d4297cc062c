//! What becomes of a decision.

use schemars::JsonSchema;
use serde::Serialize;

use super::then::{Outcome, Then};

/// What becomes of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It was let through, and would be denied.
    NewlyDenied,
    /// It was denied, and would be let through.
    NoLongerDenied,
    /// What was decided is not recorded; it would be denied.
    WouldDeny,
    /// It was denied, and would be by other policies.
    DeniedOtherwise,
    /// What was decided is not recorded; it would be let through.
    WouldAllow,
    /// It would be decided the same.
    Same,
}

impl Turn {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NewlyDenied,
        Self::NoLongerDenied,
        Self::WouldDeny,
        Self::DeniedOtherwise,
        Self::WouldAllow,
        Self::Same,
    ];

    /// What becomes of a decision that is now another or not. `by_others`: whether other policies
    /// deny it than did.
    pub(super) fn of(then: &Then, allowed: bool, by_others: bool) -> Self {
        match (then.outcome, allowed) {
            (Some(Outcome::Allowed), false) => Self::NewlyDenied,
            (Some(Outcome::Denied), true) => Self::NoLongerDenied,
            (Some(Outcome::Denied), false) if by_others => Self::DeniedOtherwise,
            (Some(_), _) => Self::Same,
            (None, false) => Self::WouldDeny,
            (None, true) => Self::WouldAllow,
        }
    }

    /// Whether something is decided otherwise, or would be stopped that nothing is known to have
    /// stopped.
    pub fn differs(self) -> bool {
        matches!(self, Self::NewlyDenied | Self::NoLongerDenied | Self::WouldDeny)
    }

    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyDenied => "newly denied",
            Self::NoLongerDenied => "no longer denied",
            Self::WouldDeny => "would be denied",
            Self::DeniedOtherwise => "denied otherwise",
            Self::WouldAllow => "would be allowed",
            Self::Same => "the same",
        }
    }
}
