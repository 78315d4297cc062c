//! How expectations are written.

mod human;
mod json;

use std::io;

use super::Expectations;

pub use crate::catalog::{Format, Layout};

/// Writes which policies look at what.
///
/// # Errors
///
/// If it can't be written.
pub fn write(
    expectations: &Expectations<'_>,
    format: Format,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(expectations, layout, out),
        Format::Json => json::write(expectations, out),
    }
}
