//! `JUnit` XML: a suite for each file, a case for each test.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{name, told};
use crate::testing::{Outcome, TestReport, TestResult};

pub(super) fn write(report: &TestReport, out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = Report::new("manifestly test");
    for tests in report.tests.chunk_by(|a, b| a.id.file == b.id.file) {
        let mut suite = TestSuite::new(&tests[0].id.file);
        suite.add_test_cases(tests.iter().map(case));
        xml.add_test_suite(suite);
    }
    if !report.errors.is_empty() {
        let mut suite = TestSuite::new("manifestly");
        for error in &report.errors {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status
                .set_message(&error.message)
                .set_description(told(std::slice::from_ref(error), None));
            suite.add_test_case(TestCase::new("tests that could not be read", status));
        }
        xml.add_test_suite(suite);
    }
    let text = xml.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn case(test: &TestResult) -> TestCase {
    let non_success = |kind| {
        let faults = test.outcome.faults();
        let mut status = TestCaseStatus::non_success(kind);
        let message = faults.first().map_or("", |fault| fault.message.as_str());
        status.set_message(message).set_description(told(faults, test.outcome.failure()));
        status
    };
    let status = match &test.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped => TestCaseStatus::skipped(),
        Outcome::Failed(_) => non_success(NonSuccessKind::Failure),
        Outcome::Error(_) => non_success(NonSuccessKind::Error),
    };
    let mut case = TestCase::new(name(test), status);
    case.set_classname(&test.id.file).set_time(test.duration);
    case.extra.insert("file".into(), test.id.file.as_str().into());
    case.extra.insert("line".into(), test.line.to_string().into());
    case
}
