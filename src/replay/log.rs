//! Logs: texts with one record a line, or with documents. Of the former, only a window is held.

use std::fmt;
use std::io::{self, BufRead, Read as _};
use std::path::Path;
use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::manifest::{self, Format, Manifest, ReadError, ReadLimits, review_limits};
use crate::source::SourceText;

/// How many lines are judged before what came of them is handed over; more with many threads.
const LINES: usize = 256;
/// How many bytes of lines are held at a time.
const BYTES: usize = 32 << 20;

/// Endings of files that hold a record a line.
const OF_LINES: [&str; 2] = ["jsonl", "ndjson"];

/// What is to be replayed: a text under its name.
pub struct Log<'r> {
    name: String,
    input: Box<dyn BufRead + Send + 'r>,
    limits: ReadLimits,
    /// Lines that were read to see what this is.
    ahead: std::collections::VecDeque<Line>,
    /// The lines so far.
    line: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Lines,
    Text,
    Over,
}

/// Something that may hold records.
#[derive(Debug)]
pub(super) enum Piece {
    /// A line.
    Line(usize, Vec<u8>),
    /// A document.
    Document(Arc<Manifest>),
    /// What can't be read, and on which line; 0 for all of it.
    Unread(usize, String),
}

/// A line, and whether all of it is there.
#[derive(Debug)]
struct Line {
    number: usize,
    bytes: Vec<u8>,
    is_whole: bool,
}

/// What gives nothing but an error.
struct Unread(String);

impl io::Read for Unread {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0.clone()))
    }
}

impl fmt::Debug for Log<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, line, state, .. } = self;
        f.debug_struct("Log").field("name", name).field("line", line).field("state", state).finish()
    }
}

impl<'r> Log<'r> {
    /// A log under the name that is told for it.
    pub fn new(name: impl Into<String>, input: impl BufRead + Send + 'r) -> Self {
        let name = name.into();
        let limits = review_limits(ReadLimits::default().bytes);
        let (ahead, line, state) = (std::collections::VecDeque::new(), 0, State::New);
        Self { name, input: Box::new(input), limits, ahead, line, state }
    }

    /// A log that can't be read, and why: what comes of it is that it could not be judged.
    pub fn unread(name: impl Into<String>, error: &io::Error) -> Self {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        Self::new(name, io::BufReader::new(Unread(message)))
    }

    /// The longest line, and the longest text that is no lines.
    #[must_use]
    pub fn with_most_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next pieces; none when it is over.
    pub(super) fn window(&mut self) -> Option<Vec<Piece>> {
        if self.state == State::New {
            self.state = if self.holds_lines() { State::Lines } else { State::Text };
        }
        match self.state {
            State::Lines => Some(self.lines()),
            State::Text => {
                self.state = State::Over;
                Some(self.documents())
            }
            State::New | State::Over => None,
        }
    }

    fn lines(&mut self) -> Vec<Piece> {
        let (mut window, mut bytes) = (Vec::new(), 0);
        while window.len() < LINES.max(32 * rayon::current_num_threads()) && bytes < BYTES {
            match self.line() {
                Ok(None) => {
                    self.state = State::Over;
                    break;
                }
                Ok(Some(line)) if !line.is_whole => {
                    window.push(Piece::Unread(line.number, self.too_long("line")));
                }
                // Documents that stand in a line each have this between them.
                Ok(Some(line)) if matches!(line.bytes.trim_ascii(), b"" | b"---") => {}
                Ok(Some(line)) => {
                    bytes += line.bytes.len();
                    window.push(Piece::Line(line.number, line.bytes));
                }
                Err(error) => {
                    self.state = State::Over;
                    window.push(Piece::Unread(self.line + 1, error.to_string()));
                    break;
                }
            }
        }
        window
    }

    /// Whether each line is a record of its own, as far as the first two tell: one of them is whole,
    /// or both begin as one. No text that is laid out in lines has such a second one.
    fn holds_lines(&mut self) -> bool {
        let ending = Path::new(&self.name).extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| OF_LINES.iter().any(|it| ending.eq_ignore_ascii_case(it))) {
            return true;
        }
        let mut first = Vec::new();
        while first.len() < 2 {
            match self.read_line() {
                Ok(Some(line)) => {
                    if !line.bytes.trim_ascii().is_empty() {
                        first.push(self.ahead.len());
                    }
                    self.ahead.push_back(line);
                }
                // The end, or an error that comes again.
                Ok(None) | Err(_) => break,
            }
        }
        let lines: Vec<_> = first.iter().filter_map(|at| self.ahead.get(*at)).collect();
        let begins = |line: &&Line| line.bytes.starts_with(b"{\"");
        let is_object = |line: &&Line| {
            let text = line.bytes.trim_ascii();
            text.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok()
        };
        match lines.as_slice() {
            [first, ..] if is_object(first) => true,
            [first, second] if !first.bytes.trim_ascii_start().starts_with(b"[") => {
                begins(second) && (is_object(second) || begins(first))
            }
            _ => false,
        }
    }

    /// The documents of a text that is read whole.
    fn documents(&mut self) -> Vec<Piece> {
        let mut bytes: Vec<u8> = Vec::new();
        let ahead: Vec<_> = self.ahead.drain(..).collect();
        let mut is_whole = true;
        for line in ahead {
            is_whole &= line.is_whole;
            bytes.extend(line.bytes);
        }
        let room = (self.limits.bytes + 1).saturating_sub(bytes.len());
        let mut rest = (&mut self.input).take(room.try_into().unwrap_or(u64::MAX));
        if let Err(error) = rest.read_to_end(&mut bytes) {
            return vec![Piece::Unread(0, error.to_string())];
        }
        if bytes.len() > self.limits.bytes || !is_whole {
            return vec![Piece::Unread(0, self.too_long("text"))];
        }
        if bytes.trim_ascii().is_empty() {
            return vec![Piece::Unread(0, "it is empty".to_owned())];
        }
        match String::from_utf8(bytes) {
            // What is said of files is about manifests, not about logs of requests: no name.
            Ok(text) => documents_of(&Arc::new(SourceText::new("", text)), &self.limits),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..at).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                vec![Piece::Unread(line, "it is not UTF-8 text".to_owned())]
            }
        }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.read_line(),
        }
    }

    /// Reads a line, and no more of it than may be held.
    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let most = u64::try_from(self.limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut self.input).take(most).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let is_whole = bytes.ends_with(b"\n") || bytes.len() <= self.limits.bytes;
        if !is_whole {
            bytes.clear();
            self.skip_line()?;
        }
        if self.line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.line, bytes, is_whole }))
    }

    /// Goes behind the end of a line.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let held = self.input.fill_buf()?;
            let (taken, is_over) = match held.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (held.len(), held.is_empty()),
            };
            self.input.consume(taken);
            if is_over {
                return Ok(());
            }
        }
    }

    fn too_long(&self, what: &str) -> String {
        format!("the {what} is longer than {} bytes", self.limits.bytes)
    }
}

fn documents_of(text: &Arc<SourceText>, limits: &ReadLimits) -> Vec<Piece> {
    let reading = manifest::read(text, Format::Manifest, limits);
    let unread = |error: ReadError| {
        Piece::Unread(text.position(error.span.start).line, located(&error, text))
    };
    let documents =
        reading.manifests.into_iter().map(|manifest| Piece::Document(Arc::new(manifest)));
    let mut pieces: Vec<_> = documents.chain(reading.errors.into_iter().map(unread)).collect();
    // Sorting keeps the order of those on a line.
    pieces.sort_by_key(Piece::line);
    pieces
}

/// What is wrong with a text, and in which column of its line.
pub(super) fn located(error: &ReadError, text: &SourceText) -> String {
    format!("{} (column {})", error.message, text.position(error.span.start).column)
}

impl Piece {
    fn line(&self) -> usize {
        match self {
            Self::Line(line, _) | Self::Unread(line, _) => *line,
            Self::Document(manifest) => manifest.line(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str, text: &[u8], most: usize) -> Vec<String> {
        let mut log = Log::new(name, text).with_most_bytes(most);
        let windows = std::iter::from_fn(|| log.window()).flatten();
        let told = windows.map(|piece| match piece {
            Piece::Line(line, text) => format!("{line} line {}", text.trim_ascii().escape_ascii()),
            Piece::Document(manifest) => format!("{} document", manifest.line()),
            Piece::Unread(line, why) => format!("{line} unread {why}"),
        });
        told.collect()
    }

    #[test]
    fn what_has_a_record_on_each_line_is_read_by_lines() {
        let by_lines = |name: &str, text: &str| {
            let found = lines(name, text.as_bytes(), 1000);
            found.iter().any(|line| line.contains(" line "))
        };
        assert!(by_lines("x", "{\"a\": 1}\n{\"b\": 2}\n"));
        assert!(by_lines("x", "\n\n  {\"a\": 1}"));
        assert!(by_lines("x", "{\"a\": 1\n{\"b\": 2}\n"), "the first line is broken");
        assert!(by_lines("x", "cut off\"}\n{\"b\": 2}\n"), "the first line is cut off");
        assert!(by_lines("x.jsonl", "x\ny\n"));
        assert!(!by_lines("x.log", "x: 1\ny: 2\n"));
        assert!(!by_lines("x", "{\n  \"a\": {\"b\": 1}\n}\n"));
        assert!(!by_lines("x", "[\n{\"a\": 1}\n]\n"));
        assert!(!by_lines("x", "- {\"a\": 1}\n- {\"b\": 1}\n"));
        assert!(!by_lines("x.yaml", "kind: A\n---\nkind: B\n"));
    }

    #[test]
    fn lines_are_counted_whatever_they_hold() {
        let text =
            b"\xef\xbb\xbf{\"a\": 1}\r\n\n{\"b\": 2}\n---\n{\"c\": \"xxxxxxxxxxxx\"}\n\xff\n{}";
        assert_eq!(
            lines("x", text, 16),
            [
                "1 line {\\\"a\\\": 1}",
                "3 line {\\\"b\\\": 2}",
                "5 unread the line is longer than 16 bytes",
                "6 line \\xff",
                "7 line {}",
            ]
        );
    }

    #[test]
    fn documents_are_read_whole() {
        assert_eq!(lines("x", b"a: 1\n---\nb: [\n---\nc: 3\n", 99).len(), 3);
        assert_eq!(lines("x", b"\n \n", 99), ["0 unread it is empty"]);
        assert_eq!(lines("x", b"a: 1\nb: \xff\n", 99), ["2 unread it is not UTF-8 text"]);
        assert_eq!(
            lines("x", b"a: 1\nb: 2\nc: 3", 12),
            ["0 unread the text is longer than 12 bytes"]
        );
    }

    #[test]
    fn many_lines_come_in_windows() {
        let text = "{\"a\": 1}\n".repeat(3 * LINES.max(32 * rayon::current_num_threads()) + 1);
        let mut log = Log::new("x", text.as_bytes());
        let windows: Vec<_> = std::iter::from_fn(|| log.window()).collect();
        assert_eq!(windows.len(), 4);
        assert_eq!(windows[3].len(), 1);
    }
}
