//! What was measured, as it is kept to be compared with.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::source::display_name;

use super::{Options, Prepared};

/// What was measured. Times are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this form.
    pub version: u8,
    /// How many policies and constraints judge.
    pub policies: usize,
    /// How many resources are reviewed.
    pub resources: usize,
    /// How often each is.
    pub iterations: usize,
    /// How often each was before it was timed.
    pub warmup: usize,
    /// How many threads review.
    pub concurrency: usize,
    /// What it takes before the first review.
    pub setup: Setup,
    /// How long reviews take.
    pub latency: Latency,
    /// How many reviews there were.
    pub reviews: usize,
    /// How long they took together.
    pub total_ns: u64,
    /// How many there were in a second.
    pub reviews_per_second: f64,
    /// How many violations each iteration finds.
    pub violations: usize,
}

/// What it takes before the first review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Reading and compiling policies.
    pub policies_ns: u64,
    /// Reading manifests.
    pub manifests_ns: u64,
}

/// How long single reviews take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// On average.
    pub mean_ns: u64,
    /// Half of them take no longer.
    pub p50_ns: u64,
    /// 95 of a hundred take no longer.
    pub p95_ns: u64,
    /// 99 of a hundred take no longer.
    pub p99_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// Why a record can't be used.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum RecordError {
    /// The file can't be read.
    #[error("`{name}` can't be read: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system says.
        reason: io::Error,
    },
    /// It holds something else.
    #[error("`{name}` holds no record of a bench: {reason}")]
    #[diagnostic(help("write one with `manifestly bench --save`"))]
    Malformed {
        /// The file.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Latency {
    /// What single times come to, in whatever order.
    pub fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let (Some(min), Some(max)) = (times.first(), times.last()) else { return Self::default() };
        let sum: u128 = times.iter().map(|time| u128::from(*time)).sum();
        let mean = sum / times.len() as u128;
        Self {
            mean_ns: u64::try_from(mean).unwrap_or(u64::MAX),
            p50_ns: percentile(&times, 50),
            p95_ns: percentile(&times, 95),
            p99_ns: percentile(&times, 99),
            min_ns: *min,
            max_ns: *max,
        }
    }
}

/// What so many of a hundred are not above, between the two nearest of sorted times.
fn percentile(times: &[u64], percent: usize) -> u64 {
    let Some(last) = times.len().checked_sub(1) else { return 0 };
    let rank = last * percent;
    let (below, rest) = (rank / 100, (rank % 100) as u64);
    let above = times[(below + 1).min(last)];
    let step = u128::from(above - times[below]) * u128::from(rest) / 100;
    times[below] + u64::try_from(step).unwrap_or_default()
}

impl Record {
    /// What single times come to; `total` is how long they took together, and `violations` are
    /// those of one iteration.
    pub fn new(
        counts: (usize, usize),
        options: Options,
        prepared: Prepared,
        times: Vec<u64>,
        total: Duration,
        violations: usize,
    ) -> Self {
        let reviews = times.len();
        #[allow(clippy::cast_precision_loss)] // nobody waits for so many
        let per_second = if total.is_zero() { 0.0 } else { reviews as f64 / total.as_secs_f64() };
        Self {
            version: 1,
            policies: counts.0,
            resources: counts.1,
            iterations: options.iterations,
            warmup: options.warmup,
            concurrency: options.concurrency,
            setup: Setup {
                policies_ns: nanoseconds(prepared.policies),
                manifests_ns: nanoseconds(prepared.manifests),
            },
            latency: Latency::of(times),
            reviews,
            total_ns: nanoseconds(total),
            reviews_per_second: per_second,
            violations,
        }
    }

    /// Reads what was saved.
    ///
    /// # Errors
    ///
    /// If there is nothing, or something else.
    pub fn read(file: &Path) -> Result<Self, RecordError> {
        let name = || display_name(file);
        let text = std::fs::read_to_string(file)
            .map_err(|reason| RecordError::Unreadable { name: name(), reason })?;
        let malformed = |reason: String| RecordError::Malformed { name: name(), reason };
        let record: Self =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        match record.version {
            1 => Ok(record),
            version => Err(malformed(format!("its version is {version}, and 1 is known"))),
        }
    }
}

pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_the_nearest_times() {
        let latency = Latency::of((1..=101).rev().map(|time| time * 10).collect());
        let expected = Latency {
            mean_ns: 510,
            p50_ns: 510,
            p95_ns: 960,
            p99_ns: 1000,
            min_ns: 10,
            max_ns: 1010,
        };
        assert_eq!(latency, expected);
        assert_eq!(Latency::of(vec![100, 200]).p50_ns, 150);
        assert_eq!(Latency::of(vec![100, 200]).p95_ns, 195);
        assert_eq!(Latency::of(vec![7]).p99_ns, 7);
        assert_eq!(Latency::of(Vec::new()), Latency::default());
        assert_eq!(Latency::of(vec![u64::MAX; 3]).mean_ns, u64::MAX);
    }

    #[test]
    fn throughput_is_of_all_threads_together() {
        let options = Options { concurrency: 2, ..Options::default() };
        let of = |total| {
            let times = vec![1_000_000; 500];
            Record::new((3, 5), options, Prepared::default(), times, total, 2).reviews_per_second
        };
        assert!((of(Duration::from_millis(250)) - 2000.0).abs() < f64::EPSILON);
        assert!(of(Duration::ZERO).abs() < f64::EPSILON);
    }
}
