//! How findings are written.

mod human;
mod json;

use std::io;

use super::Linted;

pub use crate::report::ListFormat as Format;

/// How the format for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether there are boxes and marks beyond ASCII.
    pub unicode: bool,
    /// The width of lines.
    pub width: usize,
    /// For how many findings of each lint the text is shown; the others take a line each.
    pub snippets: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { colour: false, unicode: true, width: 100, snippets: 5 }
    }
}

/// Writes what was found.
///
/// # Errors
///
/// If it can't be written.
pub fn write(
    linted: &Linted,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(linted, layout, out),
        Format::Json => json::write(linted, out),
    }
}
