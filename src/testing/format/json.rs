//! For programs.

use std::io;

use serde::Serialize;

use super::place;
use crate::engine::Coverage;
use crate::engine::value::Value;
use crate::rego::PolicyError;
use crate::testing::{Seen, TestReport, TestResult};

#[derive(Serialize)]
struct ReportRecord<'a> {
    version: u8,
    summary: SummaryRecord,
    tests: Vec<TestRecord<'a>>,
    /// What kept files of tests from being read.
    errors: Vec<FaultRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'a Coverage>,
}

#[derive(Serialize)]
struct SummaryRecord {
    passed: usize,
    failed: usize,
    skipped: usize,
    errors: usize,
    duration_ms: u64,
}

#[derive(Serialize)]
struct TestRecord<'a> {
    file: &'a str,
    line: usize,
    group: &'a str,
    name: &'a str,
    outcome: &'static str,
    duration_ms: u64,
    messages: Vec<FaultRecord<'a>>,
    /// The terms of the expression that did not hold.
    values: Vec<SeenRecord<'a>>,
    /// Where the two sides of a comparison differ.
    differences: &'a [String],
}

#[derive(Serialize)]
struct SeenRecord<'a> {
    expression: &'a str,
    place: String,
    /// None where it is undefined, several where it goes through something.
    values: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct FaultRecord<'a> {
    message: &'a str,
    place: Option<String>,
    help: Option<&'a str>,
}

impl<'a> From<&'a PolicyError> for FaultRecord<'a> {
    fn from(fault: &'a PolicyError) -> Self {
        Self { message: &fault.message, place: place(fault), help: fault.help.as_deref() }
    }
}

impl<'a> From<&'a Seen> for SeenRecord<'a> {
    fn from(seen: &'a Seen) -> Self {
        let values = seen.values.iter().map(Value::to_serde).collect();
        Self { expression: &seen.text, place: seen.place(), values }
    }
}

impl<'a> From<&'a TestResult> for TestRecord<'a> {
    fn from(test: &'a TestResult) -> Self {
        let faults = test.outcome.faults().iter();
        let faults = faults.flat_map(|fault| std::iter::once(fault).chain(&*fault.related));
        let failure = test.outcome.failure();
        let seen = failure.map(|failure| failure.seen.as_slice()).unwrap_or_default();
        let differences = failure.map(|failure| failure.differences.as_slice());
        Self {
            file: &test.id.file,
            line: test.line,
            group: &test.id.group,
            name: &test.id.name,
            outcome: test.outcome.as_str(),
            duration_ms: millis(test.duration),
            messages: faults.map(FaultRecord::from).collect(),
            values: seen.iter().map(SeenRecord::from).collect(),
            differences: differences.unwrap_or_default(),
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn write(report: &TestReport, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = report.summary;
    let record = ReportRecord {
        version: 1,
        summary: SummaryRecord {
            passed: summary.passed,
            failed: summary.failed,
            skipped: summary.skipped,
            errors: summary.errors,
            duration_ms: millis(report.duration),
        },
        tests: report.tests.iter().map(TestRecord::from).collect(),
        errors: report.errors.iter().map(FaultRecord::from).collect(),
        coverage: report.coverage.as_ref(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}
