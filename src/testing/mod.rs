//! Tests of policies: found below paths, run in parallel, told in a format.
//!
//! A kind of test is a module that finds [`Test`]s in files; what runs, filters, counts and writes
//! them knows no kinds. There are Gatekeeper's suites, rules `test_*` in Rego, and good and bad
//! examples beside policies.

mod difference;
mod examples;
mod failure;
mod filter;
mod format;
mod outcome;
mod rego;
mod suite;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

pub use failure::{Failure, Seen};
pub use filter::{Filter, FilterError};
pub use format::{Format, Layout, write, write_lcov};
pub use outcome::{Outcome, Summary, TestReport, TestResult};

use crate::engine::{Coverage, EngineLimits};
use crate::policy::{self, PolicySet};
use crate::rego::{PolicyError, VersionChoice};
use crate::source::{SourceText, Span, Walk};

use examples::Examples;
pub(crate) use examples::Shown;

/// One test, ready to be run.
pub struct Test {
    /// What it tests, and what it is called there.
    pub id: TestId,
    /// Where it is written.
    pub place: (Arc<SourceText>, Span),
    run: Box<dyn Fn() -> Outcome + Send + Sync>,
}

/// The names of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestId {
    /// The file it is written in.
    pub file: String,
    /// What it belongs to: the test that a case is of.
    pub group: String,
    /// What it is called; empty where the group is the test.
    pub name: String,
}

impl Test {
    /// A test that `run` decides.
    pub fn new(
        id: TestId,
        place: (Arc<SourceText>, Span),
        run: impl Fn() -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self { id, place, run: Box::new(run) }
    }

    fn result(&self) -> TestResult {
        let started = Instant::now();
        let outcome = (self.run)();
        TestResult {
            id: self.id.clone(),
            line: self.place.0.position(self.place.1.start).line,
            outcome,
            duration: started.elapsed(),
        }
    }
}

/// What was found below paths.
#[derive(Default)]
pub struct Found {
    /// The tests, in the order of files.
    pub tests: Vec<Test>,
    /// Files that could not be read, and tests that make no sense.
    pub errors: Vec<PolicyError>,
    /// What tells, once tests were run, what they reached; where that is wanted.
    gauges: Vec<Gauge>,
}

/// Tells which lines of policies the tests have reached that were run so far.
type Gauge = Box<dyn Fn() -> Coverage + Send + Sync>;

impl Found {
    fn extend(&mut self, other: Self) {
        self.tests.extend(other.tests);
        self.errors.extend(other.errors);
        self.gauges.extend(other.gauges);
    }
}

/// How tests are read and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The Rego of files.
    pub version: VersionChoice,
    /// How long one rule may take in one test.
    pub time: Duration,
    /// Whether it is told which lines of policies were reached, which takes some more time.
    pub coverage: bool,
}

impl Default for Options {
    /// Each file decides; ten seconds.
    fn default() -> Self {
        let time = EngineLimits::default().rule_time;
        Self { version: VersionChoice::Auto, time, coverage: false }
    }
}

impl Options {
    fn limits(self) -> EngineLimits {
        EngineLimits { rule_time: self.time, explain: self.coverage, ..EngineLimits::default() }
    }
}

/// Judges the examples of policies that are wanted, for those who show them: those that stand beside
/// policies, and the cases of suites below the paths.
pub(crate) fn shown<P: AsRef<Path>>(
    policies: &PolicySet,
    paths: &[P],
    wants: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<Shown> {
    let groups = policy::examples::known(paths, &mut Vec::new());
    let mut shown = examples::shown(policies, groups, wants);
    if !policies.gatekeeper.is_empty() {
        shown.extend(suite::shown(paths, wants));
    }
    shown
}

/// Finds the tests in files, and in the files below folders.
pub fn find<P: AsRef<Path>>(paths: &[P], options: Options) -> Found {
    let mut found = Found::default();
    let (files, errors) = match Walk::new(&["yaml", "yml"], &[], Path::new("")) {
        Ok(walk) => walk.files(paths),
        Err(error) => (Vec::new(), vec![error]),
    };
    found.errors.extend(errors.into_iter().map(|error| PolicyError::new(error.to_string())));
    let suites = files.par_iter().map(|file| suite::find(file, options));
    suites.collect::<Vec<_>>().into_iter().for_each(|part| found.extend(part));
    let examples = Examples::below(paths);
    match rego::load(paths, options) {
        Err(errors) => found.errors.extend(errors.0),
        Ok(policies) => {
            let rego = policies.as_ref().map(|set| rego::tests(set, options));
            let compiles = rego.as_ref().is_none_or(|rego| rego.errors.is_empty());
            rego.into_iter().for_each(|part| found.extend(part));
            if !examples.are_none() && compiles {
                found.extend(examples.tests(policies.as_deref(), &files, options));
            }
        }
    }
    found
}

/// Runs the tests that the filter wants, in parallel, and tells them in their order.
pub fn run(found: Found, filter: &Filter) -> TestReport {
    let started = Instant::now();
    let mut tests = found.tests;
    tests.retain(|test| filter.wants(&test.id));
    let results = tests.par_iter().map(Test::result).collect();
    let mut report = TestReport::new(results, found.errors, started.elapsed());
    report.coverage = found.gauges.iter().map(|gauge| gauge()).reduce(|mut all, more| {
        all.add(&more);
        all
    });
    report
}
