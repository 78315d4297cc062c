//! What can be asked of `bench`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::bench::Format as BenchFormat;

use super::{GatekeeperArgs, PolicyArgs, SourceArgs};

pub(super) const BENCH_EXAMPLES: &str = "\
Examples:
  manifestly bench -p policies/ deploy/
  manifestly bench -p policies/ --save base.json deploy/
                                             keep what was measured
  manifestly bench -p policies/ --compare base.json --threshold 20 deploy/
                                             and see later whether it got slower
  manifestly bench -p library/ --concurrency 8 -f markdown deploy/

Exit codes:
  0  measured
  1  slower than what it is compared with, by more than --threshold
  2  something could not be judged: an unreadable manifest, a broken policy";

#[derive(Args, Debug)]
pub(in crate::cli) struct BenchArgs {
    #[command(flatten)]
    pub(in crate::cli) sources: SourceArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) gatekeeper: GatekeeperArgs,

    /// How often each resource is reviewed
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = at_least_one)]
    pub(in crate::cli) iterations: usize,

    /// How often each is reviewed before the clock runs
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub(in crate::cli) warmup: usize,

    /// How many threads review at the same time
    #[arg(short, long, value_name = "COUNT", default_value_t = 1, value_parser = at_least_one)]
    pub(in crate::cli) concurrency: usize,

    /// How to tell what was measured
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: BenchFormat,

    /// Keep what was measured in a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) save: Option<PathBuf>,

    /// Compare with what is kept in a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) compare: Option<PathBuf>,

    /// By how much it may be slower than what it is compared with
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, value_parser = not_negative)]
    pub(in crate::cli) threshold: f64,

    /// A review that takes longer by fewer microseconds is no slower, whatever the percentage
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 0)]
    pub(in crate::cli) min_change: u64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a number from 1 on is expected".to_owned())
}

fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    let number = number.filter(|number: &f64| *number >= 0.0 && number.is_finite());
    number.ok_or_else(|| "a percentage from 0 on is expected".to_owned())
}
