//! Reports: findings and problems, written for people and for programs.

mod human;
mod paint;

use std::io;

pub use human::HumanOptions;

use crate::check::Report;

/// A way to write a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// x
    Json,
    /// x
    Sarif,
    /// x
    Junit,
    /// x
    Github,
    /// x
    Gitlab,
    /// x
    Markdown,
}

/// Writes a report. `layout` matters to the human format alone.
///
/// # Errors
///
/// If `out` can't be written to.
pub fn write(
    report: &Report,
    format: Format,
    layout: &HumanOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, layout, out),
        _ => serde_json::to_writer_pretty(out, report).map_err(io::Error::from),
    }
}

/// x
pub fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
