//! How fast policies judge: resources are read once and reviewed many times, each review timed.

mod comparison;
mod format;
mod measure;
mod record;

use std::time::Duration;

pub use comparison::{Allowed, Comparison, Metric};
pub use format::{Format, write};
pub use measure::measure;
pub use record::{Latency, Record, RecordError, Setup};

/// How often resources are reviewed, and by how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How often each resource is reviewed.
    pub iterations: usize,
    /// How often before that, without being timed.
    pub warmup: usize,
    /// How many threads review at the same time.
    pub concurrency: usize,
    /// How much stack each has.
    pub stack: usize,
}

impl Default for Options {
    /// A thousand times on one thread, after ten times without a clock.
    fn default() -> Self {
        Self { iterations: 1000, warmup: 10, concurrency: 1, stack: 32 << 20 }
    }
}

/// What was spent before the first review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Reading and compiling policies.
    pub policies: Duration,
    /// Reading manifests.
    pub manifests: Duration,
}
