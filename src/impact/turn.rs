//! What becomes of a violation when other policies judge.

use schemars::JsonSchema;
use serde::Serialize;

use crate::agreement::Standing;
use crate::policy::Level;

/// What becomes of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It blocks, and did not.
    NewlyBlocked,
    /// It warns, and was let pass.
    NewlyWarned,
    /// It will warn or block from a date on, and was not found.
    NewlyUpcoming,
    /// It blocked, and only warns.
    NoLongerBlocked,
    /// It blocked or warned, and is let pass.
    NewlyPassing,
}

impl Turn {
    /// Every turn, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::NewlyBlocked,
        Self::NewlyWarned,
        Self::NewlyUpcoming,
        Self::NoLongerBlocked,
        Self::NewlyPassing,
    ];

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyBlocked => "newly blocked",
            Self::NewlyWarned => "newly warned",
            Self::NewlyUpcoming => "newly upcoming",
            Self::NoLongerBlocked => "no longer blocked",
            Self::NewlyPassing => "newly passing",
        }
    }

    /// From how a violation stood to how it stands; none where that is all the same.
    pub(super) fn between(before: Option<Stands>, after: Option<Stands>) -> Option<Self> {
        let weight = |stands: Option<Stands>| stands.map_or(Weight::Passes, Stands::weight);
        let will =
            |stands: Option<Stands>| stands.is_some_and(|s| s.standing == Standing::Upcoming);
        match (weight(before), weight(after)) {
            (Weight::Passes | Weight::Warns, Weight::Blocks) => Some(Self::NewlyBlocked),
            (Weight::Passes, Weight::Warns) => Some(Self::NewlyWarned),
            (Weight::Blocks, Weight::Warns) => Some(Self::NoLongerBlocked),
            (Weight::Blocks | Weight::Warns, Weight::Passes) => Some(Self::NewlyPassing),
            (Weight::Passes, Weight::Passes) if before.is_none() && will(after) => {
                Some(Self::NewlyUpcoming)
            }
            _ => None,
        }
    }
}

/// How a violation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stands {
    pub(super) standing: Standing,
    pub(super) level: Level,
}

/// What that asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Passes,
    Warns,
    Blocks,
}

impl Stands {
    pub(super) fn weight(self) -> Weight {
        match self.standing {
            Standing::Blocking => Weight::Blocks,
            // Notes ask for nothing.
            Standing::Warning if self.level > Level::Info => Weight::Warns,
            _ => Weight::Passes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_the_same_is_no_turn() {
        use Standing::{Baselined, Blocking, Upcoming, Waived, Warning};
        let deny = |standing| Some(Stands { standing, level: Level::Deny });
        let note = Some(Stands { standing: Warning, level: Level::Info });
        for (before, after, turn) in [
            (None, deny(Blocking), Some(Turn::NewlyBlocked)),
            (deny(Warning), deny(Blocking), Some(Turn::NewlyBlocked)),
            (deny(Baselined), deny(Blocking), Some(Turn::NewlyBlocked)),
            (deny(Upcoming), deny(Blocking), Some(Turn::NewlyBlocked)),
            (None, deny(Warning), Some(Turn::NewlyWarned)),
            (note, deny(Warning), Some(Turn::NewlyWarned)),
            (None, deny(Upcoming), Some(Turn::NewlyUpcoming)),
            (deny(Waived), deny(Upcoming), None),
            (deny(Blocking), deny(Warning), Some(Turn::NoLongerBlocked)),
            (deny(Blocking), deny(Upcoming), Some(Turn::NewlyPassing)),
            (deny(Blocking), None, Some(Turn::NewlyPassing)),
            (deny(Warning), deny(Waived), Some(Turn::NewlyPassing)),
            (deny(Blocking), deny(Blocking), None),
            (note, None, None),
            (None, None, None),
        ] {
            assert_eq!(Turn::between(before, after), turn, "{before:?} {after:?}");
        }
    }
}
