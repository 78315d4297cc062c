//! How a run of tests is told.

mod human;
mod json;
mod junit;
mod tap;

use std::io;

use serde::Deserialize;

use super::TestReport;
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

/// What a test is called where its file is told already.
fn name(test: &TestResult) -> String {
    match (test.id.group.as_str(), test.id.name.as_str()) {
        (group, "") => group.to_owned(),
        (group, name) => format!("{group} / {name}"),
    }
}

/// The place of a fault, as `file:line`.
fn place(fault: &crate::rego::PolicyError) -> Option<String> {
    let (text, span) = fault.text.as_ref().zip(fault.span)?;
    Some(format!("{}:{}", text.name(), text.position(span.start).line))
}

/// What there is to say of a test, as plain text.
fn told(faults: &[crate::rego::PolicyError]) -> String {
    let mut lines = Vec::new();
    for fault in faults.iter().flat_map(|fault| std::iter::once(fault).chain(&*fault.related)) {
        let place = place(fault).map(|place| format!("{place}: ")).unwrap_or_default();
        lines.push(format!("{place}{}", fault.message));
        lines.extend(fault.help.iter().map(|help| format!("help: {help}")));
    }
    lines.join("\n")
}
