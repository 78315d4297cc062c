//! How an impact is told.

mod human;
mod json;
mod markdown;

use std::io;

use super::compare::Impact;

pub use crate::report::ComparisonFormat as Format;
pub use json::schema;

/// How the format for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether there are marks beyond ASCII.
    pub unicode: bool,
    /// The width of lines.
    pub width: usize,
    /// How many violations of each policy are told; the others are counted.
    pub most: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { colour: false, unicode: true, width: 100, most: 10 }
    }
}

/// Writes what other policies would change.
///
/// # Errors
///
/// If it can't be written.
pub fn write(
    impact: &Impact,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(impact, layout, out),
        Format::Json => json::write(impact, out),
        Format::Markdown => markdown::write(impact, out),
    }
}
