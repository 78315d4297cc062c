//! How far the rollout of a policy has come.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Level, Rollout};

use super::Standing;

/// How far it has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nobody has been told of it.
    Unannounced,
    /// It is announced, and asks for nothing yet.
    Upcoming,
    /// It warns.
    Warning,
    /// It is in force.
    Enforced,
}

/// A phase that begins on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The day.
    pub on: NaiveDate,
    /// What begins.
    pub phase: Phase,
}

impl Phase {
    /// The phase's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unannounced => "unannounced",
            Self::Upcoming => "upcoming",
            Self::Warning => "warning",
            Self::Enforced => "enforced",
        }
    }

    /// How far a rollout has come on a day. A date counts from its first second on.
    ///
    /// A policy that is announced without further dates is upcoming; one without any is in force.
    pub fn of(rollout: &Rollout, on: NaiveDate) -> Self {
        let Rollout { announced, warn_from, enforce_from } = *rollout;
        let reached = |date: Option<NaiveDate>| date.is_some_and(|date| date <= on);
        if rollout.is_empty() || reached(enforce_from) {
            Self::Enforced
        } else if reached(warn_from) {
            Self::Warning
        } else if announced.is_some_and(|date| date > on) {
            Self::Unannounced
        } else {
            Self::Upcoming
        }
    }

    /// The steps of a rollout that are still to come on a day, in their order.
    pub fn ahead(rollout: &Rollout, on: NaiveDate) -> Vec<Step> {
        let Rollout { announced, warn_from, enforce_from } = *rollout;
        let dates = [
            (announced, Self::Upcoming),
            (warn_from, Self::Warning),
            (enforce_from, Self::Enforced),
        ];
        let steps = dates.into_iter().filter_map(|(date, phase)| Some(Step { on: date?, phase }));
        let mut steps: Vec<_> = steps.filter(|step| step.on > on).collect();
        // What would begin and end on the same day never begins.
        let later: Vec<_> = steps.iter().skip(1).map(|step| Some(step.on)).collect();
        let mut next = later.into_iter().chain([None]);
        steps.retain(|step| next.next().flatten() != Some(step.on));
        steps
    }

    /// The steps ahead that change what violations of a level mean: a policy that only warns asks
    /// for no more once it warns.
    pub fn steps(rollout: &Rollout, level: Level, on: NaiveDate) -> Vec<Step> {
        let mut now = Self::of(rollout, on);
        let mut ahead = Self::ahead(rollout, on);
        let means = |phase: Self| (phase == Self::Unannounced, Standing::due(phase, level));
        ahead.retain(|step| means(std::mem::replace(&mut now, step.phase)) != means(step.phase));
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::date;

    fn rollout(announced: &str, warn_from: &str, enforce_from: &str) -> Rollout {
        Rollout {
            announced: date(announced),
            warn_from: date(warn_from),
            enforce_from: date(enforce_from),
        }
    }

    fn phase(rollout: &Rollout, on: &str) -> Phase {
        Phase::of(rollout, date(on).unwrap())
    }

    #[test]
    fn a_date_counts_from_its_first_second_on() {
        let all = rollout("2026-11-01", "2026-12-01", "2026-12-15");
        assert_eq!(phase(&all, "2026-10-31"), Phase::Unannounced);
        assert_eq!(phase(&all, "2026-11-01"), Phase::Upcoming);
        assert_eq!(phase(&all, "2026-11-30"), Phase::Upcoming);
        assert_eq!(phase(&all, "2026-12-01"), Phase::Warning);
        assert_eq!(phase(&all, "2026-12-14"), Phase::Warning);
        assert_eq!(phase(&all, "2026-12-15"), Phase::Enforced);
    }

    #[test]
    fn dates_may_be_left_out() {
        assert_eq!(phase(&Rollout::default(), "2026-01-01"), Phase::Enforced);
        let late = rollout("", "", "2026-12-15");
        assert_eq!(phase(&late, "2026-01-01"), Phase::Upcoming);
        let warns = rollout("", "2026-12-01", "");
        assert_eq!(phase(&warns, "2026-11-30"), Phase::Upcoming);
        assert_eq!(phase(&warns, "2030-01-01"), Phase::Warning);
        let announced = rollout("2026-11-01", "", "");
        assert_eq!(phase(&announced, "2026-10-31"), Phase::Unannounced);
        assert_eq!(phase(&announced, "2030-01-01"), Phase::Upcoming);
    }

    #[test]
    fn what_begins_and_ends_on_one_day_is_no_step() {
        let day = |text: &str| date(text).unwrap();
        let all = rollout("2026-11-01", "2026-12-15", "2026-12-15");
        let ahead = Phase::ahead(&all, day("2026-11-01"));
        assert_eq!(ahead, [Step { on: day("2026-12-15"), phase: Phase::Enforced }]);
        let all = rollout("2026-11-01", "2026-12-01", "2026-12-15");
        let steps = |level, on| {
            let steps = Phase::steps(&all, level, day(on)).into_iter();
            steps.map(|step| step.phase).collect::<Vec<_>>()
        };
        assert_eq!(
            steps(Level::Deny, "2026-10-01"),
            [Phase::Upcoming, Phase::Warning, Phase::Enforced]
        );
        assert_eq!(steps(Level::Deny, "2026-11-01"), [Phase::Warning, Phase::Enforced]);
        assert_eq!(steps(Level::Warn, "2026-10-01"), [Phase::Upcoming, Phase::Warning]);
        assert_eq!(steps(Level::Warn, "2026-12-01"), []);
        assert_eq!(steps(Level::Deny, "2026-12-15"), []);
    }
}
