//! What can be asked of `test`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::testing::Format as TestFormat;

use super::{RegoArgs, ThreadArgs};

pub(super) const TEST_EXAMPLES: &str = "\
Examples:
  manifestly test policies/                       all tests below a folder
  manifestly test --run 'labels//missing' policies/
                                                  cases named missing of tests named labels
  manifestly test --run '//^bad' policies/        the bad examples of all policies
  manifestly test --watch policies/               again whenever something changes
  manifestly test -f junit policies/ > junit.xml
  manifestly test --coverage-threshold 90 --lcov lcov.info policies/
                                                  for CI: all lines that matter are tested

Exit codes:
  0  all passed
  1  a test failed, or less is covered than is wanted
  2  a test could not be run, or there was none";

#[derive(Args, Debug)]
pub(in crate::cli) struct TestArgs {
    /// Files and folders with tests [default: .]
    ///
    /// Tests are rules `test_*` in Rego, Gatekeeper suites, and the manifests in `examples/good` and
    /// `examples/bad` beside policies: the good ones must pass, the bad ones must be caught.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// Run only tests whose name, or whose case's name, matches a regular expression; with `//`
    /// between two, tests that match the one and cases that match the other
    #[arg(long, value_name = "REGEX")]
    pub(in crate::cli) run: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) rego: RegoArgs,

    /// The most seconds that one rule may take in one test
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(in crate::cli) timeout: u64,

    /// How to tell what came of it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: TestFormat,

    /// Tell which lines of the policies the tests reached
    #[arg(long)]
    pub(in crate::cli) coverage: bool,

    /// Write the lines that were reached into a file, as lcov has them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) lcov: Option<PathBuf>,

    /// How much of the lines must be reached, or the exit code is 1
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    pub(in crate::cli) coverage_threshold: Option<f64>,

    /// Run again whenever a policy, a test or data changes, until Ctrl-C
    ///
    /// Watched are the folders, and those of files, with all that is below them.
    #[arg(short, long)]
    pub(in crate::cli) watch: bool,

    /// Tell of tests that passed too
    #[arg(short, long)]
    pub(in crate::cli) verbose: bool,

    #[command(flatten)]
    pub(in crate::cli) threads: ThreadArgs,
}

impl TestArgs {
    /// Whether it is asked for in some way what tests reach.
    pub(in crate::cli) fn wants_coverage(&self) -> bool {
        self.coverage || self.lcov.is_some() || self.coverage_threshold.is_some()
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    let number = number.filter(|number: &f64| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a percentage is a number from 0 to 100".to_owned())
}
