//! What came of tests.

use std::time::Duration;

use crate::engine::Coverage;
use crate::rego::PolicyError;

use super::TestId;
use super::failure::Failure;

/// What came of a test.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// What was expected came true.
    Passed,
    /// It did not.
    Failed(Box<Failure>),
    /// Its file says not to run it.
    Skipped,
    /// It could not be run, for these reasons.
    Error(Vec<PolicyError>),
}

impl Outcome {
    /// The outcome's name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped => "skipped",
            Self::Error(_) => "error",
        }
    }

    /// What there is to say of it.
    pub fn faults(&self) -> &[PolicyError] {
        match self {
            Self::Passed | Self::Skipped => &[],
            Self::Failed(failure) => std::slice::from_ref(&failure.fault),
            Self::Error(faults) => faults,
        }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// A test that failed for this reason.
    pub(super) fn failed(fault: PolicyError) -> Self {
        Self::Failed(Box::new(fault.into()))
    }
}

/// A test that was run.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Its names.
    pub id: TestId,
    /// The line it is written on, from 1.
    pub line: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
}

/// How many tests came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that were not to be run.
    pub skipped: usize,
    /// Tests, and files of tests, that could not be run.
    pub errors: usize,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// The counts.
    pub summary: Summary,
    /// The tests, in the order of files.
    pub tests: Vec<TestResult>,
    /// Files that could not be read.
    pub errors: Vec<PolicyError>,
    /// How long it took.
    pub duration: Duration,
    /// Which lines of policies the tests reached, if that was asked for.
    pub coverage: Option<Coverage>,
}

impl TestReport {
    /// Counts. A run without a test is an error: it would pass whatever was tested.
    pub(super) fn new(
        tests: Vec<TestResult>,
        mut errors: Vec<PolicyError>,
        duration: Duration,
    ) -> Self {
        if tests.is_empty() && errors.is_empty() {
            errors.push(PolicyError::new("no test was found").with_help(
                "tests are rules `test_*` in Rego, Gatekeeper suites (documents of the kind `Suite` \
                 of `test.gatekeeper.sh/v1alpha1`), and manifests in `examples/good` and \
                 `examples/bad` beside policies",
            ));
        }
        let mut summary = Summary { errors: errors.len(), ..Summary::default() };
        for test in &tests {
            *match test.outcome {
                Outcome::Passed => &mut summary.passed,
                Outcome::Failed(_) => &mut summary.failed,
                Outcome::Skipped => &mut summary.skipped,
                Outcome::Error(_) => &mut summary.errors,
            } += 1;
        }
        Self { summary, tests, errors, duration, coverage: None }
    }

    /// 2 if anything could not be run, else 1 if a test failed, else 0.
    pub fn exit_code(&self) -> u8 {
        match self.summary {
            Summary { errors: 1.., .. } => 2,
            Summary { failed: 1.., .. } => 1,
            _ => 0,
        }
    }
}
