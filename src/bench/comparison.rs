//! What was measured, beside what was measured before.

use serde::Serialize;

use super::record::Record;

/// What may get worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowed {
    /// By so many of a hundred.
    pub percent: f64,
    /// Times that got longer by less are no worse.
    pub least_ns: u64,
}

/// One thing that is compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// `p95`
    pub name: &'static str,
    /// What it was.
    pub before: f64,
    /// What it is.
    pub now: f64,
    /// By how many of a hundred it changed.
    pub change_percent: f64,
    /// Whether it got worse by more than it may.
    pub is_worse: bool,
}

/// What was measured, beside what was measured before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What is compared with.
    pub with: String,
    /// How much worse things may get, of a hundred.
    pub allowed_percent: f64,
    /// Times in nanoseconds, then reviews in a second.
    pub metrics: Vec<Metric>,
    /// What is not the same, so that there is less to be told from the rest.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Compares with what was saved under a name.
    #[allow(clippy::cast_precision_loss)] // a day has 47 bits of nanoseconds
    pub fn of(before: &Record, now: &Record, with: impl Into<String>, allowed: Allowed) -> Self {
        let (old, new) = (&before.latency, &now.latency);
        let times = [
            ("mean", old.mean_ns, new.mean_ns),
            ("p50", old.p50_ns, new.p50_ns),
            ("p95", old.p95_ns, new.p95_ns),
            ("p99", old.p99_ns, new.p99_ns),
        ];
        let mut metrics: Vec<Metric> = times
            .into_iter()
            .map(|(name, before, now)| {
                let counts = now.saturating_sub(before) >= allowed.least_ns;
                let change_percent = change(before as f64, now as f64);
                let is_worse = counts && change_percent > allowed.percent;
                Metric { name, before: before as f64, now: now as f64, change_percent, is_worse }
            })
            .collect();
        let (slower, faster) = (before.reviews_per_second, now.reviews_per_second);
        let change_percent = change(slower, faster);
        // A review that takes longer by less than counts makes for fewer of them.
        let counts = new.mean_ns.saturating_sub(old.mean_ns) >= allowed.least_ns;
        let is_worse = counts && -change_percent > allowed.percent;
        let name = "throughput";
        metrics.push(Metric { name, before: slower, now: faster, change_percent, is_worse });
        Self {
            with: with.into(),
            allowed_percent: allowed.percent,
            metrics,
            differences: differences(before, now),
        }
    }

    /// Whether anything got worse by more than it may.
    pub fn is_worse(&self) -> bool {
        self.metrics.iter().any(|metric| metric.is_worse)
    }
}

fn change(before: f64, now: f64) -> f64 {
    match (before > 0.0, now > 0.0) {
        (true, _) => (now - before) / before * 100.0,
        (false, true) => 100.0,
        (false, false) => 0.0,
    }
}

fn differences(before: &Record, now: &Record) -> Vec<String> {
    let counts = [
        ("policies", before.policies, now.policies),
        ("resources", before.resources, now.resources),
        ("threads", before.concurrency, now.concurrency),
        ("violations", before.violations, now.violations),
    ];
    let different = counts.into_iter().filter(|(_, before, now)| before != now);
    different.map(|(what, before, now)| format!("{before} {what} then, {now} now")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Latency;

    fn record(time: u64, per_second: f64) -> Record {
        let latency = Latency {
            mean_ns: time,
            p50_ns: time,
            p95_ns: time * 2,
            p99_ns: time * 3,
            ..Latency::default()
        };
        Record { latency, reviews_per_second: per_second, ..Record::default() }
    }

    fn worse(before: &Record, now: &Record, percent: f64, least_ns: u64) -> Vec<&'static str> {
        let comparison = Comparison::of(before, now, "base.json", Allowed { percent, least_ns });
        let worse = comparison.metrics.iter().filter(|metric| metric.is_worse);
        worse.map(|metric| metric.name).collect()
    }

    #[test]
    fn longer_times_and_fewer_reviews_are_worse() {
        let before = record(1000, 100.0);
        assert!(worse(&before, &record(1100, 90.0), 10.0, 0).is_empty());
        assert_eq!(worse(&before, &record(1101, 89.9), 10.0, 0).len(), 5);
        assert!(worse(&before, &record(500, 200.0), 0.0, 0).is_empty());
        assert_eq!(worse(&before, &record(1000, 50.0), 10.0, 0), ["throughput"]);
    }

    #[test]
    fn what_is_less_than_counts_is_not_worse() {
        let before = record(1000, 100.0);
        assert_eq!(worse(&before, &record(1300, 70.0), 10.0, 500), ["p95", "p99"]);
        assert!(worse(&before, &record(1300, 70.0), 10.0, 1000).is_empty());
    }

    #[test]
    fn what_is_not_the_same_is_told() {
        let before = Record { policies: 3, violations: 2, ..record(1, 1.0) };
        let now = Record { policies: 4, violations: 2, ..record(1, 1.0) };
        let allowed = Allowed { percent: 10.0, least_ns: 0 };
        let comparison = Comparison::of(&before, &now, "base.json", allowed);
        assert_eq!(comparison.differences, ["3 policies then, 4 now"]);
        assert!(!comparison.is_worse());
    }

    #[test]
    fn from_nothing_is_a_change() {
        assert!((change(0.0, 5.0) - 100.0).abs() < f64::EPSILON);
        assert!(change(0.0, 0.0).abs() < f64::EPSILON);
    }
}
