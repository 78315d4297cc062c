//! What is worked out beside a verdict, for somebody to read, and how much time it may take.

use std::fmt;
use std::time::{Duration, Instant};

/// What is worked out beside a verdict.
#[derive(Clone, Copy)]
pub struct Telling<'t> {
    /// Of how many findings, the worst first.
    pub shown: usize,
    /// Whether others wait for their verdicts, now.
    pub others_wait: &'t dyn Fn() -> bool,
}

impl fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// How long requests count as many after some had to wait.
const BUSY: Duration = Duration::from_secs(1);
/// Which part of the time goes into telling while they are many.
const PART: u32 = 5;
/// How much of that may be saved up.
const MOST: Duration = Duration::from_millis(50);

/// The time that one thread has for telling. There is no limit while requests come one by one. When
/// they are so many that some wait, time for telling grows with the time that passes, a fifth of it,
/// and is used up by telling. What took longer than was left has to be made up for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Credit {
    left: Duration,
    owed: Duration,
    /// When it was last added to.
    added: Option<Instant>,
    /// When somebody was last seen to wait.
    waited: Option<Instant>,
    is_busy: bool,
}

impl Credit {
    /// A verdict is known, and something may be told of it.
    pub(super) fn begin(&mut self, now: Instant, others_wait: bool) {
        if others_wait {
            self.waited = Some(now);
        }
        let since = |then: Instant| now.saturating_duration_since(then);
        self.is_busy = self.waited.is_some_and(|waited| since(waited) < BUSY);
        let added = self.added.map_or(MOST, |added| since(added) / PART);
        self.left = (self.left + added.saturating_sub(self.owed)).min(MOST);
        self.owed = self.owed.saturating_sub(added);
        self.added = Some(now);
    }

    /// Whether anything may be told.
    pub(super) fn is_left(self) -> bool {
        !self.is_busy || !self.left.is_zero()
    }

    /// Whether more may be told to somebody who was told of so much, which has taken so long. When
    /// others come in between, what was begun is enough.
    pub(super) fn lasts(self, told: usize, taken: Duration, others_wait: bool) -> bool {
        !(others_wait && told > 0) && (!self.is_busy || taken < self.left)
    }

    /// Something was told.
    pub(super) fn spend(&mut self, taken: Duration) {
        if self.is_busy {
            self.owed += taken.saturating_sub(self.left);
            self.left = self.left.saturating_sub(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_by_one_there_is_no_limit() {
        let mut credit = Credit::default();
        let start = Instant::now();
        for number in 0..10 {
            credit.begin(start + number * MS, false);
            assert!(credit.is_left() && credit.lasts(5, 1_000 * MS, false));
            credit.spend(1_000 * MS);
        }
        // Somebody comes while something is told.
        assert!(credit.lasts(0, MS, true) && !credit.lasts(1, MS, true));
    }

    #[test]
    fn of_many_each_fifth_of_the_time_goes_into_telling() {
        let mut credit = Credit::default();
        let start = Instant::now();
        let mut told = Duration::ZERO;
        for number in 0..1_000 {
            credit.begin(start + number * MS, true);
            if credit.is_left() && credit.lasts(0, Duration::ZERO, true) {
                credit.spend(2 * MS);
                told += 2 * MS;
            }
        }
        assert!(told >= 200 * MS && told <= 200 * MS + MOST + 2 * MS, "{told:?}");
    }

    #[test]
    fn what_is_saved_up_has_an_end_and_so_has_being_busy() {
        let mut credit = Credit::default();
        let start = Instant::now();
        credit.begin(start, true);
        credit.spend(MOST);
        credit.begin(start, true);
        assert!(!credit.is_left());
        credit.begin(start + BUSY / 2, false);
        assert!(credit.lasts(3, MOST / 2, false) && !credit.lasts(3, 2 * MOST, false));
        credit.begin(start + 2 * BUSY, false);
        assert!(credit.lasts(3, 2 * MOST, false));
    }
}
