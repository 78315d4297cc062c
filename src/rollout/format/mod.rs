//! How what is ahead is written.

mod calendar;
mod human;
mod json;
mod markdown;
mod told;

use std::io;

use super::Calendar;

/// The formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: a versioned object
    Json,
    /// For a page or a message: a table
    Markdown,
    /// For calendars: a day's event for each change, as RFC 5545 has it
    Ics,
}

/// How the format for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether ornament may be more than ASCII.
    pub unicode: bool,
}

/// Writes it.
///
/// # Errors
///
/// What writing to `out` gives.
pub fn write(
    calendar: &Calendar,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(calendar, layout, out),
        Format::Json => json::write(calendar, out),
        Format::Markdown => markdown::write(calendar, out),
        Format::Ics => calendar::write(calendar, out),
    }
}
