//! Times and counts in words.

use crate::bench::{Metric, Record};

/// A time with the unit that suits it.
#[allow(clippy::cast_precision_loss)] // a day has 47 bits of nanoseconds
pub(super) fn time(nanoseconds: u64) -> String {
    in_unit(nanoseconds as f64)
}

fn in_unit(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// A count with its thousands apart.
pub(super) fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn several(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// What was measured how, in one line.
pub(super) fn subject(record: &Record) -> String {
    format!(
        "{}, {}, {} on {}, after {} to warm up",
        several(record.policies, "policy", "policies"),
        several(record.resources, "resource", "resources"),
        several(record.iterations, "iteration", "iterations"),
        several(record.concurrency, "thread", "threads"),
        count(record.warmup),
    )
}

/// Reviews in a second, without what no clock can tell.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // neither large nor negative
pub(super) fn throughput(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { count(per_second.round() as usize) }
}

/// What a metric was or is.
pub(super) fn value(metric: &Metric, value: f64) -> String {
    if metric.name == "throughput" { format!("{}/s", throughput(value)) } else { in_unit(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let times = [999, 1_500, 2_345_678, 3_210_000_000].map(time);
        assert_eq!(times, ["999 ns", "1.5 µs", "2.3 ms", "3.21 s"]);
    }

    #[test]
    fn counts_are_easy_to_read() {
        assert_eq!([7, 999, 1_000, 1_234_567].map(count), ["7", "999", "1,000", "1,234,567"]);
        assert_eq!([9.94, 35_000.4].map(throughput), ["9.9", "35,000"]);
    }
}
