//! The Gregorian calendar.

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAY: i64 = 86_400;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
}

/// A time of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Date {
    /// From Sunday, 0.
    pub(super) fn weekday(self) -> usize {
        // The first day of 1970 was a Thursday.
        usize::try_from((days(self) + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// From 1.
    pub(super) fn day_of_year(self) -> i64 {
        days(self) - days(Self { year: self.year, month: 1, day: 1 }) + 1
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970. The year begins in March, so that the leap day is its last.
fn days(date: Date) -> i64 {
    let shifted = date.month - 3;
    let year = date.year + shifted.div_euclid(12);
    let month = shifted.rem_euclid(12);
    let day_of_year = (153 * month + 2) / 5 + date.day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// Seconds since 1970 of a date and a clock; months and days beyond their bounds carry over.
pub(super) fn seconds(year: i64, month: i64, day: i64, clock: Clock) -> i64 {
    let days = days(Date { year, month, day: 1 }) + day - 1;
    days * DAY + clock.hour * 3600 + clock.minute * 60 + clock.second
}

/// Date and clock of seconds since 1970.
pub(super) fn split(seconds: i64) -> (Date, Clock) {
    let (day, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let clock = Clock { hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60 };
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let date = Date {
        year: year_of_era + era * 400 + i64::from(month >= 10),
        month: if month < 10 { month + 3 } else { month - 9 },
        day: of_year - (153 * month + 2) / 5 + 1,
    };
    (date, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_back() {
        for seconds_since in
            [-9_000_000_000, -86_401, -1, 0, 951_782_400, 4_102_444_800, 9_000_000_000]
        {
            let (date, clock) = split(seconds_since);
            assert_eq!(seconds(date.year, date.month, date.day, clock), seconds_since);
        }
        assert_eq!(split(951_782_400).0, Date { year: 2000, month: 2, day: 29 });
        assert_eq!(Date { year: 2024, month: 12, day: 31 }.day_of_year(), 366);
    }
}
