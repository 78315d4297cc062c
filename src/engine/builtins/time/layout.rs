//! Layouts: a certain moment of 2006, written as times are to be.

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumericMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    Offset(Offset),
    /// Digits of a second after a separator, written all or without zeros at the end.
    Fraction {
        separator: char,
        digits: usize,
        trimmed: bool,
    },
}

/// How an offset from Greenwich is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Whether Greenwich itself is `Z`.
    pub(super) zulu: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

const fn offset(zulu: bool, colons: bool, minutes: bool, seconds: bool) -> Part {
    Part::Offset(Offset { zulu, colons, minutes, seconds })
}

/// What is written how; where one begins like another, the longer one comes first.
const PARTS: [(&str, Part); 35] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::Weekday),
    ("MST", Part::ZoneName),
    ("002", Part::ZeroYearDay),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::NumericMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::UnderYearDay),
    ("_2", Part::UnderDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperHalf),
    ("pm", Part::LowerHalf),
    ("-070000", offset(false, false, true, true)),
    ("-07:00:00", offset(false, true, true, true)),
    ("-0700", offset(false, false, true, false)),
    ("-07:00", offset(false, true, true, false)),
    ("-07", offset(false, false, false, false)),
    ("Z070000", offset(true, false, true, true)),
    ("Z07:00:00", offset(true, true, true, true)),
    ("Z0700", offset(true, false, true, false)),
    ("Z07:00", offset(true, true, true, false)),
    ("Z07", offset(true, false, false, false)),
    (".", Part::Fraction { separator: '.', digits: 0, trimmed: false }),
    (",", Part::Fraction { separator: ',', digits: 0, trimmed: false }),
];

/// Splits a layout at its first part: what is before it, the part, and what follows.
pub(super) fn next_part(layout: &str) -> (&str, Option<Part>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = &layout[at..];
        // An underscore before a whole year stands for itself.
        if rest.starts_with("_2006") {
            return (&layout[..=at], Some(Part::LongYear), &rest[5..]);
        }
        for (text, part) in PARTS {
            let Some(after) = rest.strip_prefix(text) else {
                continue;
            };
            match part {
                Part::Fraction { separator, .. } => {
                    if let Some((part, after)) = fraction(separator, after) {
                        return (&layout[..at], Some(part), after);
                    }
                }
                Part::Month | Part::Weekday if starts_with_lower_case(after) => {}
                part => return (&layout[..at], Some(part), after),
            }
        }
    }
    (layout, None, "")
}

fn starts_with_lower_case(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
}

/// A run of one digit, `0` or `9`, that no other digit follows.
fn fraction(separator: char, text: &str) -> Option<(Part, &str)> {
    let digit = text.chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let after = text.trim_start_matches(digit);
    if after.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let digits = text.len() - after.len();
    Some((Part::Fraction { separator, digits, trimmed: digit == '9' }, after))
}
