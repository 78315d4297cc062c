//! Times: nanoseconds since 1970, alone or with the name of a zone and a layout.

mod civil;
mod duration;
mod format;
mod layout;
mod parse;
mod zone;

use num_bigint::BigInt;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

use civil::{Clock, Date};
pub(super) use parse::parse;
use zone::Zone;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("time.add_date", 4, add_date),
    Builtin::supported("time.clock", 1, |_, args| {
        let (_, clock) = Moment::of(args, 0)?.local();
        Ok(Some(integers(&[clock.hour, clock.minute, clock.second])))
    }),
    Builtin::supported("time.date", 1, |_, args| {
        let (date, _) = Moment::of(args, 0)?.local();
        Ok(Some(integers(&[date.year, date.month, date.day])))
    }),
    Builtin::supported("time.diff", 2, diff),
    Builtin::supported("time.format", 1, |_, args| {
        let moment = Moment::of(args, 0)?;
        let layout = moment.layout.as_deref().filter(|layout| !layout.is_empty());
        some(format::format(&moment, named_layout(layout.unwrap_or("RFC3339Nano"))))
    }),
    Builtin::supported("time.now_ns", 0, |context, _| some(context.now_ns)),
    Builtin::supported("time.parse_duration_ns", 1, |_, args| {
        some(duration::parse(operand::string(args, 0)?)?)
    }),
    Builtin::supported("time.parse_ns", 2, |_, args| {
        let (layout, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
        parsed(named_layout(layout), text)
    }),
    Builtin::supported("time.parse_rfc3339_ns", 1, |_, args| {
        parsed(named_layout("RFC3339"), operand::string(args, 0)?)
    }),
    Builtin::supported("time.weekday", 1, |_, args| {
        let (date, _) = Moment::of(args, 0)?.local();
        some(civil::WEEKDAYS[date.weekday()])
    }),
];

const SECOND: i64 = 1_000_000_000;

/// The layout that a name stands for, or the text itself.
fn named_layout(name: &str) -> &str {
    match name {
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" => "2006-01-02T15:04:05Z07:00",
        "RFC3339Nano" => "2006-01-02T15:04:05.999999999Z07:00",
        other => other,
    }
}

fn integers(values: &[i64]) -> Value {
    Value::array(values.iter().map(|value| Value::from(*value)).collect())
}

fn parsed(layout: &str, text: &str) -> Outcome {
    let (seconds, nanosecond) = parse(layout, text).map_err(BuiltinError::new)?;
    some(nanoseconds(seconds, nanosecond)?)
}

/// Both as one number, if it has 64 bits.
fn nanoseconds(seconds: i64, nanosecond: i64) -> Result<i64, BuiltinError> {
    let total = i128::from(seconds) * i128::from(SECOND) + i128::from(nanosecond);
    i64::try_from(total).map_err(|_| BuiltinError::new("time outside of valid range"))
}

/// A time as a policy gives it.
struct Moment {
    seconds: i64,
    nanosecond: i64,
    zone: Zone,
    layout: Option<String>,
}

impl Moment {
    fn of(args: &[Value], at: usize) -> Result<Self, BuiltinError> {
        let value = operand::any(args, at)?;
        let wrong =
            || operand::wrong_type(0, value, &["either number (ns) or [number (ns), string (tz)]"]);
        let (number, rest) = match value {
            Value::Number(..) => (value, &[][..]),
            Value::Array(_, items) => items.split_first().ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let number =
            number.as_number().ok_or_else(|| operand::wrong_type(0, number, &["number"]))?;
        let text = |at: usize| {
            rest.get(at)
                .map(|value| {
                    value.as_str().ok_or_else(|| operand::wrong_type(0, value, &["string"]))
                })
                .transpose()
        };
        let zone = Zone::named(text(0)?.unwrap_or_default())?;
        let layout = text(1)?.map(str::to_owned);
        let float = number.to_float();
        let whole: BigInt = float.truncated();
        let nanoseconds = i64::try_from(&whole).ok().filter(|_| float.is_integer());
        let nanoseconds = nanoseconds.ok_or_else(|| BuiltinError::new("timestamp too big"))?;
        let (seconds, nanosecond) =
            (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
        Ok(Self { seconds, nanosecond, zone, layout })
    }

    /// Date and clock in the zone.
    fn local(&self) -> (Date, Clock) {
        self.local_in(&self.zone)
    }

    fn local_in(&self, zone: &Zone) -> (Date, Clock) {
        civil::split(self.seconds + zone.at(self.seconds).offset)
    }
}

fn add_date(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let moment = Moment::of(args, 0)?;
    let (date, clock) = moment.local();
    let beyond = || BuiltinError::new("time outside of valid range");
    let added = |base: i64, at: usize| {
        let added = base.checked_add(operand::integer(args, at)?).ok_or_else(beyond)?;
        // Far more than there are in the range of 64 bits.
        if added.unsigned_abs() > 1 << 40 { Err(beyond()) } else { Ok(added) }
    };
    let (year, month, day) = (added(date.year, 1)?, added(date.month, 2)?, added(date.day, 3)?);
    let local = civil::seconds(year, month, day, clock);
    some(nanoseconds(moment.zone.to_utc(local), moment.nanosecond)?)
}

/// Years, months, days, hours, minutes and seconds between two times, in the zone of the first.
fn diff(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (first, second) = (Moment::of(args, 0)?, Moment::of(args, 1)?);
    let (mut a, mut b) = (first.local(), second.local_in(&first.zone));
    if (first.seconds, first.nanosecond) > (second.seconds, second.nanosecond) {
        std::mem::swap(&mut a, &mut b);
    }
    let mut fields = [
        b.0.year - a.0.year,
        b.0.month - a.0.month,
        b.0.day - a.0.day,
        b.1.hour - a.1.hour,
        b.1.minute - a.1.minute,
        b.1.second - a.1.second,
    ];
    let days = civil::days_in(a.0.month, a.0.year);
    for (at, size) in [(5, 60), (4, 60), (3, 24), (2, days), (1, 12)] {
        if fields[at] < 0 {
            fields[at] += size;
            fields[at - 1] -= 1;
        }
    }
    Ok(Some(integers(&fields)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn times_are_taken_apart() {
        let time = "1700000000123456789";
        let zoned = "[1700000000123456789, \"America/New_York\"]";
        for (name, argument, result) in [
            ("time.date", time, "[2023, 11, 14]"),
            ("time.clock", zoned, "[17, 13, 20]"),
            ("time.weekday", time, "\"Tuesday\""),
            ("time.format", time, "\"2023-11-14T22:13:20.123456789Z\""),
            ("time.format", zoned, "\"2023-11-14T17:13:20.123456789-05:00\""),
            (
                "time.format",
                "[1700000000123456789, \"Asia/Kolkata\", \"Mon Jan _2 03:04:05.000 PM MST 2006\"]",
                "\"Wed Nov 15 03:43:20.123 AM IST 2023\"",
            ),
            ("time.date", "1e30", "error: timestamp too big"),
            ("time.date", "[1, \"Nowhere/Land\"]", "error: unknown time zone Nowhere/Land"),
        ] {
            assert_eq!(eval(name, &[argument]), result, "{name}({argument})");
        }
        assert_eq!(eval("time.now_ns", &[]), "1700000000123456789");
    }

    #[test]
    fn times_are_calculated_with() {
        assert_eq!(
            eval("time.add_date", &["1675209600000000000", "0", "1", "-2"]),
            "1677456000000000000"
        );
        assert_eq!(
            eval("time.diff", &["1700000000000000000", "1600000000000000000"]),
            "[3, 2, 1, 9, 46, 40]"
        );
        assert!(eval("time.add_date", &["0", "9999", "0", "0"]).starts_with("error"));
    }

    #[test]
    fn times_are_read() {
        for (layout, text, result) in [
            ("RFC3339", "2023-11-14T22:13:20.5+01:00", "1699996400500000000"),
            ("2006-01-02", "2023-02-29", "error"),
            ("2006-01-02", "2024-02-29", "1709164800000000000"),
            ("Jan _2 2006 3:04PM", "Feb  3 2024 1:05PM", "1706965500000000000"),
            ("2006-002", "2024-060", "1709164800000000000"),
            ("RFC1123", "Tue, 14 Nov 2023 22:13:20 GMT", "1700000000000000000"),
            ("02/01/06", "31/12/69", "-86400000000000"),
            ("2006", "1500", "error"),
        ] {
            let found = eval("time.parse_ns", &[&format!("{layout:?}"), &format!("{text:?}")]);
            if result == "error" {
                assert!(found.starts_with("error"), "{layout} {text} {found}");
            } else {
                assert_eq!(found, result, "{layout} {text}");
            }
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, result) in [
            ("1h30m", "5400000000000"),
            ("-1.5s", "-1500000000"),
            ("1d2h", "93600000000000"),
            ("1w", "604800000000000"),
            ("0", "0"),
            ("1µs", "1000"),
        ] {
            assert_eq!(eval("time.parse_duration_ns", &[&format!("{text:?}")]), result, "{text}");
        }
        for text in ["", "1", "h", "1x", "1 h", "1d1"] {
            let found = eval("time.parse_duration_ns", &[&format!("{text:?}")]);
            assert!(found.starts_with("error"), "{text} {found}");
        }
    }
}
