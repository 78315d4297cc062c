//! The Test Anything Protocol.

use std::io;

use super::{name, told};
use crate::testing::{Outcome, TestReport};

pub(super) fn write(report: &TestReport, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "TAP version 14\n1..{}", report.tests.len() + report.errors.len())?;
    for (at, test) in report.tests.iter().enumerate() {
        let what = escaped(&format!("{}: {}", test.id.file, name(test)));
        let number = at + 1;
        match &test.outcome {
            Outcome::Passed => writeln!(out, "ok {number} - {what}")?,
            Outcome::Skipped => writeln!(out, "ok {number} - {what} # SKIP")?,
            Outcome::Failed(_) | Outcome::Error(_) => {
                writeln!(out, "not ok {number} - {what}")?;
                block(&told(test.outcome.faults(), test.outcome.failure()), out)?;
            }
        }
    }
    for (at, error) in report.errors.iter().enumerate() {
        let number = report.tests.len() + at + 1;
        writeln!(out, "not ok {number} - tests that could not be read")?;
        block(&told(std::slice::from_ref(error), None), out)?;
    }
    Ok(())
}

/// The diagnosis of a test: YAML, indented.
fn block(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "  ---\n  message: |")?;
    for line in text.lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "  ...")
}

/// A description, in which a hash would begin a directive.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#").replace('\n', " ")
}
