//! How the catalogue is written.

mod examples;
mod human;
mod json;
mod whole;

use std::io;

use chrono::NaiveDate;

pub(crate) use json::EntryRecord;
#[cfg(feature = "handbook")]
pub(crate) use whole::{asked_of, granted, steps};
pub(crate) use whole::{heading, paragraph_of};

use super::{Catalog, Entry};

pub use crate::report::ListFormat as Format;

/// How the format for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether ornament may be more than ASCII.
    pub unicode: bool,
    /// The width of lines.
    pub width: usize,
    /// Whether the texts of examples are shown whole.
    pub examples: bool,
    /// The day that dates are held against, where it is told what they mean.
    pub as_of: Option<NaiveDate>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { colour: false, unicode: true, width: 100, examples: false, as_of: None }
    }
}

/// Writes all entries, one a line for people.
///
/// # Errors
///
/// If they can't be written.
pub fn write_list(
    catalog: &Catalog,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::list(&catalog.entries, layout, out),
        Format::Json => {
            let entries: Vec<_> = catalog.entries.iter().collect();
            json::write(&entries, false, layout.as_of, out)
        }
    }
}

/// Writes the entries of one policy whole; `source` says whether its Rego, too.
///
/// # Errors
///
/// If they can't be written.
pub fn write_one(
    entries: &[&Entry],
    format: Format,
    source: bool,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => whole::write(entries, source, layout, out),
        Format::Json => json::write(entries, source, layout.as_of, out),
    }
}
