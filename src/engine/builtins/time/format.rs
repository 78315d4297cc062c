//! Writing times.

use super::Moment;
use super::civil::{MONTHS, WEEKDAYS};
use super::layout::{Offset, Part, next_part};

/// The time in a layout.
pub(super) fn format(moment: &Moment, mut layout: &str) -> String {
    let zone = moment.zone.at(moment.seconds);
    let (date, clock) = moment.local();
    let hour12 = if clock.hour % 12 == 0 { 12 } else { clock.hour % 12 };
    let month = usize::try_from(date.month - 1).map_or("", |at| MONTHS[at % 12]);
    let weekday = WEEKDAYS[date.weekday()];
    let mut out = String::new();
    loop {
        let (before, part, after) = next_part(layout);
        out.push_str(before);
        let Some(part) = part else {
            return out;
        };
        layout = after;
        out.push_str(&match part {
            Part::LongMonth => month.to_owned(),
            Part::Month => month[..3].to_owned(),
            Part::NumericMonth => date.month.to_string(),
            Part::ZeroMonth => format!("{:02}", date.month),
            Part::LongWeekday => weekday.to_owned(),
            Part::Weekday => weekday[..3].to_owned(),
            Part::Day => date.day.to_string(),
            Part::UnderDay => format!("{:2}", date.day),
            Part::ZeroDay => format!("{:02}", date.day),
            Part::UnderYearDay => format!("{:3}", date.day_of_year()),
            Part::ZeroYearDay => format!("{:03}", date.day_of_year()),
            Part::Hour => format!("{:02}", clock.hour),
            Part::Hour12 => hour12.to_string(),
            Part::ZeroHour12 => format!("{hour12:02}"),
            Part::Minute => clock.minute.to_string(),
            Part::ZeroMinute => format!("{:02}", clock.minute),
            Part::Second => clock.second.to_string(),
            Part::ZeroSecond => format!("{:02}", clock.second),
            Part::LongYear => format!("{:04}", date.year),
            Part::Year => format!("{:02}", date.year % 100),
            Part::UpperHalf => if clock.hour >= 12 { "PM" } else { "AM" }.to_owned(),
            Part::LowerHalf => if clock.hour >= 12 { "pm" } else { "am" }.to_owned(),
            Part::ZoneName if zone.name.is_empty() => {
                let style = Offset { zulu: false, colons: false, minutes: true, seconds: false };
                offset(zone.offset, style)
            }
            Part::ZoneName => zone.name.clone(),
            Part::Offset(style) => offset(zone.offset, style),
            Part::Fraction { separator, digits, trimmed } => {
                fraction(moment.nanosecond, separator, digits, trimmed)
            }
        });
    }
}

fn offset(seconds: i64, style: Offset) -> String {
    if style.zulu && seconds == 0 {
        return "Z".to_owned();
    }
    let minutes = seconds / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let colon = if style.colons { ":" } else { "" };
    let mut text = format!("{sign}{:02}", minutes.abs() / 60);
    if style.minutes {
        text.push_str(&format!("{colon}{:02}", minutes.abs() % 60));
    }
    if style.seconds {
        text.push_str(&format!("{colon}{:02}", seconds.abs() % 60));
    }
    text
}

fn fraction(nanosecond: i64, separator: char, digits: usize, trimmed: bool) -> String {
    let text = format!("{nanosecond:09}");
    let text = &text[..digits.min(9)];
    if !trimmed {
        return format!("{separator}{text}");
    }
    match text.trim_end_matches('0') {
        "" => String::new(),
        text => format!("{separator}{text}"),
    }
}
