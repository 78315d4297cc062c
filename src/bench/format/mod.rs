//! How what was measured is told.

mod human;
mod markdown;
mod words;

use std::io;

use serde::Serialize;

use super::{Comparison, Record};

pub use crate::report::ComparisonFormat as Format;

/// Writes what was measured, and what it is compared with.
///
/// # Errors
///
/// If it can't be written.
pub fn write(
    record: &Record,
    comparison: Option<&Comparison>,
    format: Format,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(record, comparison, out),
        Format::Markdown => markdown::write(record, comparison, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &Told { record, comparison })?;
            writeln!(out)
        }
    }
}

#[derive(Serialize)]
struct Told<'t> {
    #[serde(flatten)]
    record: &'t Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'t Comparison>,
}
