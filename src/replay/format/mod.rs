//! How it is told what would be decided otherwise.

mod human;
mod json;

use std::io;

use super::{Entry, Replay, Summary};

pub use crate::report::ListFormat as Format;
pub use json::schema;

/// How much is told, and how the format for people looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether there are marks beyond ASCII.
    pub unicode: bool,
    /// Whether what stays the same is told too.
    pub all: bool,
}

/// Tells what came of logs as they are gone through, and holds nothing of it but counts.
pub struct Writer<'o> {
    form: Form<'o>,
}

enum Form<'o> {
    Human(human::Writer<'o>),
    Json(json::Writer<'o>),
}

impl<'o> Writer<'o> {
    /// Begins.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn begin(
        format: Format,
        layout: Layout,
        replay: &'o Replay<'o>,
        out: &'o mut dyn io::Write,
    ) -> io::Result<Self> {
        let form = match format {
            Format::Human => Form::Human(human::Writer::new(layout, replay, out)),
            Format::Json => Form::Json(json::Writer::begin(layout, replay, out)?),
        };
        Ok(Self { form })
    }

    /// Tells what came of one thing more.
    ///
    /// # Errors
    ///
    /// What writing gives.
    pub fn take(&mut self, entry: &Entry) -> io::Result<()> {
        match &mut self.form {
            Form::Human(writer) => writer.take(entry),
            Form::Json(writer) => writer.take(entry),
        }
    }

    /// Ends with what came of all of them.
    ///
    /// # Errors
    ///
    /// What writing gives.
    pub fn end(self, summary: &Summary) -> io::Result<()> {
        match self.form {
            Form::Human(writer) => writer.end(summary),
            Form::Json(writer) => writer.end(summary),
        }
    }
}
