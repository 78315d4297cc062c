//! What a fix changes, for people: the command that does it, and the lines that differ.

use std::fmt::Write as _;

use crate::check::{Finding, Fix, FixKind};
use crate::fix::{Edit, Operation, edited};
use crate::manifest::Node;
use crate::source::{SourceText, Span};

use super::anchor::is_path;
use super::paint::{Paint, Tone};

/// The most lines that are shown of one fix.
const MOST: usize = 12;

/// What would mend a finding, where that was tried; else nothing.
pub(super) fn of(finding: &Finding, paint: Paint) -> String {
    let (Some(fix), Some(place)) = (&finding.fix, &finding.place) else { return String::new() };
    let command = |flag: &str| {
        if is_path(place.text.name()) {
            format!("manifestly check {flag} {}", quoted(place.text.name()))
        } else {
            "in what this was rendered from".to_owned()
        }
    };
    let mut text = String::new();
    let what = match fix.kind {
        FixKind::Safe => command("--fix"),
        FixKind::Suggested => format!("{}   (a suggestion)", command("--fix=all")),
        FixKind::Advice => match &fix.reason {
            Some(reason) => format!("offered, but {reason}"),
            None => return text,
        },
    };
    let _ = writeln!(text, "   {}  {what}", paint.dim("fix"));
    let lines = match fix.kind {
        FixKind::Advice => operations(fix),
        // Of a text that was set aside nothing is left to show.
        _ if place.text.text().is_empty() => Vec::new(),
        _ => lines(fix, &place.text, paint),
    };
    for line in lines.iter().take(MOST) {
        let _ = writeln!(text, "       {}", line.trim_end());
    }
    if lines.len() > MOST {
        let _ = writeln!(text, "       and {} more lines", lines.len() - MOST);
    }
    text
}

fn operations(fix: &Fix) -> Vec<String> {
    let json = |value: &Node| serde_json::to_string(value).unwrap_or_default();
    let operation = |operation: &Operation| match operation {
        Operation::Add { path, value } => format!("add {path} {}", json(value)),
        Operation::Replace { path, value } => format!("replace {path} {}", json(value)),
        Operation::Remove { path } => format!("remove {path}"),
        Operation::Test { path, value } => format!("where {path} is {}", json(value)),
    };
    fix.patch.0.iter().map(operation).collect()
}

/// Lines that change next to each other: from the first to the last, and what they become.
struct Change {
    first: usize,
    last: usize,
    edits: Vec<Edit>,
}

/// The lines that go and come, each stretch behind the line above it.
fn lines(fix: &Fix, text: &SourceText, paint: Paint) -> Vec<String> {
    let mut changes: Vec<Change> = Vec::new();
    for edit in &fix.edits {
        let (first, last) = (edit.lines.0.line, edit.lines.1.line);
        let edit = Edit::from(edit);
        match changes.last_mut().filter(|change| first <= change.last + 1) {
            Some(change) => {
                change.last = last;
                change.edits.push(edit);
            }
            None => changes.push(Change { first, last, edits: vec![edit] }),
        }
    }
    let width = changes.iter().map(|change| change.last + 1).max().unwrap_or(1).to_string().len();
    let mut shown = Vec::new();
    let mut moved = 0;
    for change in changes {
        let start = text.line_span(change.first).start;
        let end = text.line_span(change.last).end;
        let edits: Vec<_> = change.edits.into_iter().map(|edit| within(edit, start)).collect();
        let old = text.slice(Span::new(start, end.max(start)));
        let new = edited(old, &edits);
        let (old, new): (Vec<_>, Vec<_>) = (split(old), split(&new));
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
        let below = rest.take_while(|(a, b)| a == b).count();
        let mut line = |mark: &str, tone: Option<Tone>, number: usize, line: &str| {
            let number = paint.dim(&format!("{number:>width$}"));
            let line = format!("{mark} {line}");
            let line = tone.map_or(line.clone(), |tone| paint.tone(tone, &line));
            shown.push(format!("{number} {line}"));
        };
        if let Some(above) = (change.first + same).checked_sub(1).filter(|above| *above > 0) {
            line(" ", None, above, text.slice(text.line_span(above)));
        }
        for (at, gone) in old[same..old.len() - below].iter().enumerate() {
            line("-", Some(Tone::Deny), change.first + same + at, gone);
        }
        for (at, come) in new[same..new.len() - below].iter().enumerate() {
            let number = (change.first + same + at).saturating_add_signed(moved);
            line("+", Some(Tone::Good), number, come);
        }
        let (old, new) = (isize::try_from(old.len()), isize::try_from(new.len()));
        moved += new.unwrap_or_default() - old.unwrap_or_default();
    }
    shown
}

fn within(edit: Edit, start: usize) -> Edit {
    let span = Span::new(edit.span.start - start, edit.span.end - start);
    Edit { span, ..edit }
}

fn split(text: &str) -> Vec<&str> {
    text.split('\n').map(|line| line.trim_end_matches('\r')).collect()
}

/// A word as a shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-/+=:@,".contains(c);
    if name.chars().all(is_plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}
