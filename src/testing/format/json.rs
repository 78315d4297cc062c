//! For programs.

use std::io;

use serde::Serialize;

use super::place;
use crate::rego::PolicyError;
use crate::testing::{TestReport, TestResult};

#[derive(Serialize)]
struct ReportRecord<'a> {
    version: u8,
    summary: SummaryRecord,
    tests: Vec<TestRecord<'a>>,
    /// What kept files of tests from being read.
    errors: Vec<FaultRecord<'a>>,
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

impl<'a> From<&'a TestResult> for TestRecord<'a> {
    fn from(test: &'a TestResult) -> Self {
        let faults = test.outcome.faults().iter();
        let faults = faults.flat_map(|fault| std::iter::once(fault).chain(&*fault.related));
        Self {
            file: &test.id.file,
            line: test.line,
            group: &test.id.group,
            name: &test.id.name,
            outcome: test.outcome.as_str(),
            duration_ms: millis(test.duration),
            messages: faults.map(FaultRecord::from).collect(),
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
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}
