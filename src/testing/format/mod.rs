//! How a run of tests is told.

mod coverage;
mod human;
mod json;
mod junit;
mod tap;
mod values;

use std::io;

use serde::Deserialize;

use crate::engine::Coverage;
use crate::rego::PolicyError;

use super::TestReport;
use super::failure::Failure;
use super::outcome::TestResult;

/// The formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: a versioned object
    Json,
    /// For the test pages of CI systems
    Junit,
    /// The Test Anything Protocol, version 14
    Tap,
}

/// How the format for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether there are boxes and marks beyond ASCII.
    pub unicode: bool,
    /// The width of lines.
    pub width: usize,
    /// Whether tests that passed are told one by one.
    pub verbose: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { colour: false, unicode: true, width: 100, verbose: false }
    }
}

/// Writes a report.
///
/// # Errors
///
/// If it can't be written.
pub fn write(
    report: &TestReport,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, layout, out),
        Format::Json => json::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Tap => tap::write(report, out),
    }
}

/// Writes which lines of policies were reached, as lcov has it.
///
/// # Errors
///
/// If it can't be written.
pub fn write_lcov(coverage: &Coverage, out: &mut dyn io::Write) -> io::Result<()> {
    coverage::lcov(coverage, out)
}

/// What a test is called where its file is told already.
fn name(test: &TestResult) -> String {
    match (test.id.group.as_str(), test.id.name.as_str()) {
        (group, "") => group.to_owned(),
        (group, name) => format!("{group} / {name}"),
    }
}

/// The place of a fault, as `file:line`.
fn place(fault: &PolicyError) -> Option<String> {
    let (text, span) = fault.text.as_ref().zip(fault.span)?;
    Some(format!("{}:{}", text.name(), text.position(span.start).line))
}

/// What there is to say of a test, as plain text.
fn told(faults: &[PolicyError], failure: Option<&Failure>) -> String {
    let mut lines = Vec::new();
    let all = faults.iter().flat_map(|fault| std::iter::once(fault).chain(&*fault.related));
    for (at, fault) in all.enumerate() {
        let place = place(fault).map(|place| format!("{place}: ")).unwrap_or_default();
        lines.push(format!("{place}{}", fault.message));
        if let (0, Some(failure)) = (at, failure) {
            lines.extend(values::lines(failure, usize::MAX));
        }
        lines.extend(fault.help.iter().map(|help| format!("help: {help}")));
    }
    lines.join("\n")
}
