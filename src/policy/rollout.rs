//! When a policy counts, and which exceptions it grants: what its authors agreed with those who are
//! judged by it.

use std::fmt;

use chrono::NaiveDate;

/// The days on which a policy is announced, begins to warn, and begins to block.
///
/// A policy without any of them counts at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// From then on it is spoken of. Without it, it always was.
    pub announced: Option<NaiveDate>,
    /// From then on its violations are warnings.
    pub warn_from: Option<NaiveDate>,
    /// From then on its violations are what its level says.
    pub enforce_from: Option<NaiveDate>,
}

impl Rollout {
    /// Whether there is any date.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These dates, and those of `base` where there are none.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        Self {
            announced: self.announced.or(base.announced),
            warn_from: self.warn_from.or(base.warn_from),
            enforce_from: self.enforce_from.or(base.enforce_from),
        }
    }

    /// The first two dates that stand in the wrong order, by name.
    pub fn disorder(&self) -> Option<Disorder> {
        let dates = [
            ("announced", self.announced),
            ("warn_from", self.warn_from),
            ("enforce_from", self.enforce_from),
        ];
        let dates: Vec<_> =
            dates.into_iter().filter_map(|(name, date)| Some((name, date?))).collect();
        let wrong = dates.windows(2).find(|pair| pair[0].1 > pair[1].1)?;
        Some(Disorder { first: wrong[0], second: wrong[1] })
    }
}

/// Two dates of which the second should not come before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disorder {
    /// The one that should come first.
    pub first: (&'static str, NaiveDate),
    /// The other one.
    pub second: (&'static str, NaiveDate),
}

impl fmt::Display for Disorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first: (name, date), second: (other, before) } = self;
        write!(f, "`{other}` ({before}) comes before `{name}` ({date})")
    }
}

/// Which exceptions a policy grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaiverTerms {
    /// `false`: none at all.
    pub allowed: Option<bool>,
    /// The most days that one may last.
    pub max_days: Option<u32>,
    /// Who may grant one; anybody, where the list is empty.
    pub approvers: Vec<String>,
}

/// Reads a date as people write it: `2026-12-31`.
///
/// ```
/// use manifestly::policy::date;
///
/// assert!(date("2026-12-31").is_some());
/// assert!(date("2026-02-30").is_none());
/// assert!(date("31.12.2026").is_none());
/// assert!(date("2026-1-1").is_none());
/// ```
pub fn date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    // Chrono takes `2026-1-1` too, and years of any length.
    (date.to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(announced: &str, warn_from: &str, enforce_from: &str) -> Rollout {
        Rollout {
            announced: date(announced),
            warn_from: date(warn_from),
            enforce_from: date(enforce_from),
        }
    }

    #[test]
    fn dates_stand_in_their_order() {
        assert_eq!(rollout("2026-01-01", "2026-01-01", "2026-02-01").disorder(), None);
        assert_eq!(rollout("", "", "2026-02-01").disorder(), None);
        let wrong = rollout("2026-03-01", "", "2026-02-01").disorder().unwrap();
        assert_eq!(
            wrong.to_string(),
            "`enforce_from` (2026-02-01) comes before `announced` (2026-03-01)"
        );
    }

    #[test]
    fn one_date_may_be_set_anew() {
        let base = rollout("2026-01-01", "2026-02-01", "2026-03-01");
        let later = rollout("", "", "2026-06-01").over(base);
        assert_eq!(later, rollout("2026-01-01", "2026-02-01", "2026-06-01"));
    }
}
