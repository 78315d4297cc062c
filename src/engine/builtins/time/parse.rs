//! Reading times.

use super::civil::{self, Clock, MONTHS, WEEKDAYS};
use super::layout::{Offset, Part, next_part};

/// Reads a time in a layout: seconds since 1970 and the nanosecond. The error says what is wrong.
pub(in crate::engine::builtins) fn parse(layout: &str, text: &str) -> Result<(i64, i64), String> {
    let mut reader = Reader { value: text.as_bytes(), found: Found::default() };
    let problem = |reason: Problem| {
        let detail = match reason {
            Problem::Bad => String::new(),
            Problem::Range(what) => format!(": {what} out of range"),
            Problem::Other(what) => format!(": {what}"),
        };
        format!("parsing time {text:?} as {layout:?}: cannot parse{detail}")
    };
    let mut rest = layout;
    loop {
        let (before, part, after) = next_part(rest);
        reader.skip(before).map_err(problem)?;
        let Some(part) = part else {
            break;
        };
        rest = after;
        reader.part(part, rest).map_err(problem)?;
    }
    if !reader.value.is_empty() {
        return Err(problem(Problem::Other("extra text")));
    }
    reader.found.time().map_err(problem)
}

enum Problem {
    Bad,
    Range(&'static str),
    Other(&'static str),
}

type Read<T> = Result<T, Problem>;

/// What has been read.
#[derive(Default)]
struct Found {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    clock: Clock,
    nanosecond: i64,
    /// Whether it was said to be after noon, or before.
    after_noon: Option<bool>,
    /// Seconds east of Greenwich; a name gives them only if none were given.
    offset: Option<i64>,
    is_utc: bool,
    zone_offset: i64,
}

impl Found {
    fn time(mut self) -> Read<(i64, i64)> {
        match self.after_noon {
            Some(true) if self.clock.hour < 12 => self.clock.hour += 12,
            Some(false) if self.clock.hour == 12 => self.clock.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            self.from_year_day(year_day)?;
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if day < 1 || day > civil::days_in(month, self.year) {
            return Err(Problem::Range("day"));
        }
        let local = civil::seconds(self.year, month, day, self.clock);
        let offset = if self.is_utc { 0 } else { self.offset.unwrap_or(self.zone_offset) };
        Ok((local - offset, self.nanosecond))
    }

    fn from_year_day(&mut self, year_day: i64) -> Read<()> {
        let leap = civil::is_leap(self.year);
        if year_day < 1 || year_day > 365 + i64::from(leap) {
            return Err(Problem::Range("day-of-year"));
        }
        let start = civil::seconds(self.year, 1, year_day, Clock::default());
        let (date, _) = civil::split(start);
        if self.month.is_some_and(|month| month != date.month) {
            return Err(Problem::Other("day-of-year does not match month"));
        }
        if self.day.is_some_and(|day| day != date.day) {
            return Err(Problem::Other("day-of-year does not match day"));
        }
        (self.month, self.day) = (Some(date.month), Some(date.day));
        Ok(())
    }
}

struct Reader<'a> {
    value: &'a [u8],
    found: Found,
}

fn is_digit(value: &[u8], at: usize) -> bool {
    value.get(at).is_some_and(u8::is_ascii_digit)
}

fn integer(digits: &[u8]) -> Read<i64> {
    let text = std::str::from_utf8(digits).map_err(|_| Problem::Bad)?;
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Bad);
    }
    if unsigned.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| Problem::Bad)
}

impl<'a> Reader<'a> {
    /// Passes the text of the layout; runs of spaces fit any, also none at the end.
    fn skip(&mut self, before: &str) -> Read<()> {
        let mut before = before.as_bytes();
        while let Some(first) = before.first() {
            if *first == b' ' {
                if self.value.first().is_some_and(|byte| *byte != b' ') {
                    return Err(Problem::Bad);
                }
                before = before.trim_ascii_start_spaces();
                self.value = self.value.trim_ascii_start_spaces();
            } else if self.value.first() == Some(first) {
                (before, self.value) = (&before[1..], &self.value[1..]);
            } else {
                return Err(Problem::Bad);
            }
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.value.split_at_checked(count).ok_or(Problem::Bad)?;
        self.value = rest;
        Ok(taken)
    }

    /// One digit or two; exactly two if `fixed`.
    fn number(&mut self, fixed: bool) -> Read<i64> {
        if !is_digit(self.value, 0) || fixed && !is_digit(self.value, 1) {
            return Err(Problem::Bad);
        }
        let count = 1 + usize::from(is_digit(self.value, 1));
        integer(self.take(count)?)
    }

    fn within(&mut self, fixed: bool, most: i64, what: &'static str) -> Read<i64> {
        let number = self.number(fixed)?;
        if number > most { Err(Problem::Range(what)) } else { Ok(number) }
    }

    /// The position of the name that the text begins with.
    fn name(&mut self, names: &[&str], length: Option<usize>) -> Read<i64> {
        for (at, name) in names.iter().enumerate() {
            let name = &name.as_bytes()[..length.unwrap_or(name.len())];
            let found = self.value.get(..name.len());
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.value = &self.value[name.len()..];
                return Ok(i64::try_from(at).unwrap_or(0));
            }
        }
        Err(Problem::Bad)
    }

    fn part(&mut self, part: Part, rest: &str) -> Read<()> {
        match part {
            Part::Year => {
                let year = integer(self.take(2)?)?;
                self.found.year = if year >= 69 { year + 1900 } else { year + 2000 };
            }
            Part::LongYear => {
                if !is_digit(self.value, 0) {
                    return Err(Problem::Bad);
                }
                self.found.year = integer(self.take(4)?)?;
            }
            Part::Month => self.found.month = Some(self.name(&MONTHS, Some(3))? + 1),
            Part::LongMonth => self.found.month = Some(self.name(&MONTHS, None)? + 1),
            Part::NumericMonth | Part::ZeroMonth => {
                let month = self.within(part == Part::ZeroMonth, 12, "month")?;
                if month == 0 {
                    return Err(Problem::Range("month"));
                }
                self.found.month = Some(month);
            }
            Part::Weekday => drop(self.name(&WEEKDAYS, Some(3))?),
            Part::LongWeekday => drop(self.name(&WEEKDAYS, None)?),
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                if part == Part::UnderDay {
                    self.value = self.value.strip_prefix(b" ").unwrap_or(self.value);
                }
                self.found.day = Some(self.number(part == Part::ZeroDay)?);
            }
            Part::UnderYearDay | Part::ZeroYearDay => self.year_day(part == Part::ZeroYearDay)?,
            Part::Hour => self.found.clock.hour = self.within(false, 23, "hour")?,
            Part::Hour12 | Part::ZeroHour12 => {
                self.found.clock.hour = self.within(part == Part::ZeroHour12, 12, "hour")?;
            }
            Part::Minute | Part::ZeroMinute => {
                self.found.clock.minute = self.within(part == Part::ZeroMinute, 59, "minute")?;
            }
            Part::Second | Part::ZeroSecond => {
                self.found.clock.second = self.within(part == Part::ZeroSecond, 59, "second")?;
                let stated = matches!(next_part(rest).1, Some(Part::Fraction { .. }));
                if !stated && self.at_fraction() {
                    self.all_digits()?;
                }
            }
            Part::UpperHalf => self.half(b"AM", b"PM")?,
            Part::LowerHalf => self.half(b"am", b"pm")?,
            Part::Offset(style) => self.offset(style)?,
            Part::ZoneName => self.zone()?,
            Part::Fraction { trimmed: false, digits, .. } => {
                let text = self.take(digits + 1)?;
                self.found.nanosecond = nanosecond(text)?;
            }
            Part::Fraction { .. } => {
                if self.at_fraction() {
                    self.all_digits()?;
                }
            }
        }
        Ok(())
    }

    fn year_day(&mut self, fixed: bool) -> Read<()> {
        if !fixed {
            for _ in 0..2 {
                self.value = self.value.strip_prefix(b" ").unwrap_or(self.value);
            }
        }
        let count = (0..3).take_while(|at| is_digit(self.value, *at)).count();
        if count == 0 || fixed && count != 3 {
            return Err(Problem::Bad);
        }
        self.found.year_day = Some(integer(self.take(count)?)?);
        Ok(())
    }

    fn half(&mut self, before: &[u8], after: &[u8]) -> Read<()> {
        let text = self.take(2)?;
        if text != before && text != after {
            return Err(Problem::Bad);
        }
        self.found.after_noon = Some(text == after);
        Ok(())
    }

    fn at_fraction(&self) -> bool {
        matches!(self.value.first(), Some(b'.' | b',')) && is_digit(self.value, 1)
    }

    fn all_digits(&mut self) -> Read<()> {
        let digits = self.value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.take(digits + 1)?;
        self.found.nanosecond = nanosecond(text)?;
        Ok(())
    }

    fn offset(&mut self, style: Offset) -> Read<()> {
        if style.zulu
            && let Some(rest) = self.value.strip_prefix(b"Z")
        {
            self.value = rest;
            self.found.is_utc = true;
            return Ok(());
        }
        let width = match (style.minutes, style.seconds, style.colons) {
            (false, ..) => 3,
            (true, false, colons) => 5 + usize::from(colons),
            (true, true, colons) => 7 + 2 * usize::from(colons),
        };
        let text = self.take(width)?;
        let step = 2 + usize::from(style.colons);
        let colons = text.iter().skip(3).step_by(step);
        if style.colons && !colons.clone().all(|byte| *byte == b':') {
            return Err(Problem::Bad);
        }
        let field = |at: usize| {
            let digits = text.get(1 + at * step..3 + at * step).unwrap_or(b"00");
            let valid = digits.iter().all(u8::is_ascii_digit);
            if valid { integer(digits) } else { Err(Problem::Bad) }
        };
        let (hours, minutes, seconds) = (field(0)?, field(1)?, field(2)?);
        for (value, most, what) in [
            (hours, 24, "time zone offset hour"),
            (minutes, 60, "time zone offset minute"),
            (seconds, 60, "time zone offset second"),
        ] {
            if value > most {
                return Err(Problem::Range(what));
            }
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.found.offset = match text.first() {
            Some(b'+') => Some(offset),
            Some(b'-') => Some(-offset),
            _ => return Err(Problem::Bad),
        };
        // An offset of one second to the west is Go's mark for none.
        if self.found.offset == Some(-1) {
            self.found.offset = None;
        }
        Ok(())
    }

    /// A name says nothing about the offset here, unless it is `GMT` with one.
    fn zone(&mut self) -> Read<()> {
        if let Some(rest) = self.value.strip_prefix(b"UTC") {
            self.value = rest;
            self.found.is_utc = true;
            return Ok(());
        }
        let length = zone_name(self.value).ok_or(Problem::Bad)?;
        let name = self.take(length)?;
        self.found.zone_offset = match name.strip_prefix(b"GMT") {
            Some(hours) => integer(hours)? * 3600,
            None => 0,
        };
        Ok(())
    }
}

/// The nanosecond that a separator and digits stand for; digits past the ninth are cut.
fn nanosecond(text: &[u8]) -> Read<i64> {
    if !matches!(text.first(), Some(b'.' | b',')) {
        return Err(Problem::Bad);
    }
    let digits = &text[1..text.len().min(10)];
    let number = integer(digits)?;
    if number < 0 {
        return Err(Problem::Range("fractional second"));
    }
    let missing = u32::try_from(9 - digits.len()).unwrap_or(0);
    Ok(number * 10_i64.pow(missing))
}

/// How long the zone's abbreviation is that the text begins with.
fn zone_name(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_offset(rest));
    }
    if matches!(value[0], b'+' | b'-') {
        return Some(signed_offset(value)).filter(|length| *length > 0);
    }
    let letters = value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match letters {
        3 => Some(3),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        5 if value[4] == b'T' => Some(5),
        _ => None,
    }
}

/// How long the sign and the hours are, if there are any.
fn signed_offset(value: &[u8]) -> usize {
    if !matches!(value.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let digits = value[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = integer(&value[1..=digits]).unwrap_or(i64::MAX);
    if digits == 0 || hours > 23 { 0 } else { digits + 1 }
}

/// Spaces alone are trimmed, not tabs.
trait TrimSpaces {
    fn trim_ascii_start_spaces(self) -> Self;
}

impl TrimSpaces for &[u8] {
    fn trim_ascii_start_spaces(self) -> Self {
        let spaces = self.iter().take_while(|byte| **byte == b' ').count();
        &self[spaces..]
    }
}
