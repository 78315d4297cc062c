//! Where output meets its reader: colours, width, closed pipes. Everything printed goes through
//! here.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anstream::ColorChoice;
use miette::Diagnostic;

use crate::engine::Printed;
use crate::report::{HumanOptions, snippets};

use super::args::ColorWhen;

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    pub(super) colour: bool,
    unicode: bool,
    width: usize,
}

impl Terminal {
    pub(super) fn detect(when: ColorWhen) -> Self {
        let colour = match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        Self { colour, unicode: speaks_unicode(), width: width() }
    }

    /// The layout for text that goes to standard output.
    pub(super) fn layout(&self, snippets: usize) -> HumanOptions {
        HumanOptions {
            colour: self.colour,
            unicode: self.unicode,
            width: self.width,
            snippets,
            ..HumanOptions::default()
        }
    }

    /// The same for what came of tests.
    pub(super) fn test_layout(&self, verbose: bool) -> crate::testing::Layout {
        crate::testing::Layout {
            colour: self.colour,
            unicode: self.unicode,
            width: self.width,
            verbose,
        }
    }

    /// The same for what policies there are.
    pub(super) fn catalog_layout(&self) -> crate::catalog::Layout {
        crate::catalog::Layout {
            colour: self.colour,
            unicode: self.unicode,
            width: self.width,
            ..crate::catalog::Layout::default()
        }
    }

    /// The same for what other policies would change.
    pub(super) fn impact_layout(&self, most: usize) -> crate::impact::Layout {
        crate::impact::Layout {
            colour: self.colour,
            unicode: self.unicode,
            width: self.width,
            most,
        }
    }

    /// The same for what recorded requests turn out to be.
    pub(super) fn replay_layout(&self, all: bool) -> crate::replay::Layout {
        crate::replay::Layout { colour: self.colour, unicode: self.unicode, all }
    }

    /// The same for what changes when.
    pub(super) fn rollout_layout(&self) -> crate::rollout::Layout {
        crate::rollout::Layout { colour: self.colour, unicode: self.unicode }
    }

    /// The same for what lints found.
    pub(super) fn lint_layout(&self, snippets: usize) -> crate::lint::Layout {
        crate::lint::Layout {
            colour: self.colour,
            unicode: self.unicode,
            width: self.width,
            snippets,
        }
    }

    /// Prints to standard output. A reader that has gone away is no error: `check | head` is fine.
    pub(super) fn print(&self, text: &[u8]) -> io::Result<()> {
        self.print_with(|out| out.write_all(text))
    }

    /// The same for what is printed piece by piece, and may be more than memory should hold.
    #[allow(clippy::unused_self)] // what is printed goes through the terminal
    pub(super) fn print_with(
        &self,
        print: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        match print(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Tells on standard error what policies printed, each line with its place.
    #[allow(clippy::unused_self)] // what is printed goes through the terminal
    pub(super) fn policies_print(&self, lines: &[Printed], more: usize) {
        let mut out = io::BufWriter::new(io::stderr().lock());
        // Nobody is left to tell if this fails.
        for line in lines {
            let number = line.source.position(line.span.start).line;
            let _ = writeln!(out, "{}:{number}: {}", line.source.name(), line.text);
        }
        if more > 0 {
            let _ = writeln!(out, "policies printed {more} more lines");
        }
    }

    /// Says on standard error what is going on.
    #[allow(clippy::unused_self)] // what is said goes through the terminal
    pub(super) fn say(&self, text: &str) {
        // Nobody is left to tell if this fails.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Leaves room for what is printed next: a terminal is cleared.
    pub(super) fn begin_anew(&self) {
        const CLEAR: &[u8] = b"\x1b[2J\x1b[3J\x1b[H";
        if io::stdout().is_terminal() {
            let _ = self.print(CLEAR);
        }
    }

    /// The value; where there is none, it is told why.
    pub(super) fn hear<T, E: Diagnostic>(&self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.complain(&error)).ok()
    }

    /// Tells on standard error what went wrong.
    pub(super) fn complain(&self, diagnostic: &dyn Diagnostic) {
        let colour = self.colour && io::stderr().is_terminal();
        let mut text = String::new();
        let handler = snippets(self.unicode, colour, self.width);
        if handler.render_report(&mut text, diagnostic).is_err() {
            text = diagnostic.to_string();
        }
        // Nobody is left to tell if this fails.
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }

    /// Tells of an error of the system, and gives the exit code for "could not judge everything".
    pub(super) fn fail(&self, what: &str, error: &io::Error) -> ExitCode {
        self.complain(&miette::MietteDiagnostic::new(format!("{what}: {error}")));
        ExitCode::from(2)
    }
}

/// Writes a file, piece by piece, and the folders above it.
pub(super) fn to_file(
    file: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out = io::BufWriter::with_capacity(1 << 16, File::create(file)?);
    write(&mut out)?;
    out.flush()
}

/// Only a locale that says otherwise keeps reports to ASCII: CI systems rarely set one.
fn speaks_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let dumb = set("TERM").is_some_and(|term| matches!(term.as_str(), "dumb" | "linux"));
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    !dumb && locale.is_none_or(|locale| !matches!(locale.as_str(), "C" | "POSIX"))
}

fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(terminal).unwrap_or(100).clamp(40, 120)
}
