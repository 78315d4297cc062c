//! What is to come, in words.

use chrono::NaiveDate;

use crate::policy::{Level, Rollout};

use super::{Phase, Standing, Step};

/// What a rollout still has before it on a day, for violations of a level: `blocks in 23 days, on
/// 2026-12-15`. None where nothing will change.
///
/// ```
/// use manifestly::agreement::notice;
/// use manifestly::policy::{Level, Rollout, date};
///
/// let rollout = Rollout { enforce_from: date("2026-12-15"), ..Rollout::default() };
/// let on = date("2026-11-22").unwrap();
/// assert_eq!(notice(&rollout, Level::Deny, on).unwrap(), "blocks in 23 days, on 2026-12-15");
/// ```
pub fn notice(rollout: &Rollout, level: Level, on: NaiveDate) -> Option<String> {
    let steps = Phase::steps(rollout, level, on).into_iter();
    let told = steps.map(|step| {
        let verb = verb(Standing::due(step.phase, level), level);
        format!("{verb} {}", in_days(on, step))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() && Phase::of(rollout, on) <= Phase::Upcoming {
        return Some("from when it counts is not decided yet".to_owned());
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// What a policy of a level does once its violations stand so.
pub fn verb(becomes: Standing, level: Level) -> &'static str {
    match (becomes, level) {
        (Standing::Blocking, _) => "blocks",
        (Standing::Upcoming, _) => "is announced",
        (_, Level::Info) => "is in force",
        _ => "warns",
    }
}

/// `in 23 days, on 2026-12-15`.
fn in_days(today: NaiveDate, Step { on, .. }: Step) -> String {
    match (on - today).num_days() {
        1 => format!("tomorrow, on {on}"),
        days => format!("in {days} days, on {on}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::date;

    #[test]
    fn each_step_is_told_that_changes_something() {
        let all = Rollout {
            announced: date("2026-11-01"),
            warn_from: date("2026-12-01"),
            enforce_from: date("2026-12-15"),
        };
        let told = |level, on| notice(&all, level, date(on).unwrap());
        insta::assert_snapshot!(
            told(Level::Deny, "2026-10-31").unwrap(),
            @"is announced tomorrow, on 2026-11-01; warns in 31 days, on 2026-12-01; blocks in 45 days, on 2026-12-15"
        );
        insta::assert_snapshot!(
            told(Level::Deny, "2026-12-01").unwrap(),
            @"blocks in 14 days, on 2026-12-15"
        );
        insta::assert_snapshot!(
            told(Level::Warn, "2026-11-30").unwrap(),
            @"warns tomorrow, on 2026-12-01"
        );
        assert_eq!(told(Level::Warn, "2026-12-01"), None);
        assert_eq!(told(Level::Deny, "2026-12-15"), None);
        let announced = Rollout { announced: date("2026-11-01"), ..Rollout::default() };
        insta::assert_snapshot!(
            notice(&announced, Level::Deny, date("2026-12-01").unwrap()).unwrap(),
            @"from when it counts is not decided yet"
        );
    }
}
