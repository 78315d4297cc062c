//! The examples of a policy for people: where the bad one is caught, and what the good one does
//! otherwise.

use std::fmt;
use std::io;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use similar::{ChangeTag, TextDiff};

use super::Layout;
use crate::catalog::{Entry, Example, ExampleKind};
use crate::check::Finding;
use crate::report::{Paint, Tone, counted, snippets};
use crate::source::SourceText;

/// So many of each kind are shown.
const MOST: usize = 3;

/// Lines that differ are shown with so many others around them.
const AROUND: usize = 2;

/// How alike texts must be for their difference to tell more than they do.
const ALIKE: f32 = 0.6;

pub(super) fn write(
    entries: &[&Entry],
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // The levels of one policy share their examples.
    let Some(examples) = entries.first().map(|entry| &entry.examples) else { return Ok(()) };
    let writer = Writer { layout, paint: Paint { colour: layout.colour } };
    let bad = || examples.iter().filter(|example| example.kind == ExampleKind::Bad);
    let good = || examples.iter().filter(|example| example.kind == ExampleKind::Good);
    let most = if layout.examples { examples.len() } else { MOST };
    for example in bad().take(most) {
        out.write_all(writer.bad(example).as_bytes())?;
    }
    for example in good().take(most) {
        out.write_all(writer.good(example, bad().next()).as_bytes())?;
    }
    match bad().skip(most).count() + good().skip(most).count() {
        0 => Ok(()),
        more => writeln!(out, "\n  {}, which --examples shows", counted(more, "further example")),
    }
}

struct Writer<'l> {
    layout: &'l Layout,
    paint: Paint,
}

impl Writer<'_> {
    fn bad(&self, example: &Example) -> String {
        if !example.holds() {
            return self.unlike(example, "it is not caught");
        }
        let mut text = String::from("\n");
        for source in &example.texts {
            let is_here = |finding: &&Finding| {
                finding.place.as_ref().is_some_and(|place| place.text == *source)
            };
            let found: Vec<&Finding> = example.findings.iter().filter(is_here).collect();
            if !found.is_empty() {
                text.push_str(&self.caught(source, &found));
            } else if self.layout.examples {
                text.push_str(&self.whole(source));
            }
        }
        text
    }

    fn caught(&self, source: &Arc<SourceText>, found: &[&Finding]) -> String {
        let lines = source.text().lines().count();
        let around = if self.layout.examples { lines } else { 1 };
        let Layout { unicode, colour, width, .. } = *self.layout;
        let handler = snippets(unicode, colour, width).with_context_lines(around);
        let snippet = Caught { source: Arc::clone(source), labels: labels(found) };
        let mut text = String::new();
        match handler.render_report(&mut text, &snippet) {
            Ok(()) => text,
            Err(_) => format!("{snippet}\n"),
        }
    }

    fn good(&self, example: &Example, bad: Option<&Example>) -> String {
        if !example.holds() {
            return self.unlike(example, "it is caught");
        }
        let mark = if self.layout.unicode { "✓" } else { "v" };
        let mark = self.paint.tone(Tone::Good, mark);
        let mut text = format!("\n  {mark} this passes: {}\n", self.paint.dim(&example.path));
        let change = match (bad.map(|bad| bad.texts.as_slice()), example.texts.as_slice()) {
            (Some([bad]), [good]) if !self.layout.examples => self.change(bad, good),
            _ => None,
        };
        match change {
            Some(change) => text.push_str(&change),
            None => text.extend(example.texts.iter().map(|source| self.whole(source))),
        }
        text
    }

    /// What the good example does otherwise, where the two are of one stuff.
    fn change(&self, bad: &SourceText, good: &SourceText) -> Option<String> {
        let diff = TextDiff::from_lines(bad.text(), good.text());
        if diff.ratio() < ALIKE {
            return None;
        }
        let width = good.text().lines().count().max(bad.text().lines().count()).to_string().len();
        let mut text = String::new();
        for (at, group) in diff.grouped_ops(AROUND).iter().enumerate() {
            if at > 0 {
                text.push_str("    ..\n");
            }
            for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
                let (mark, tone) = match change.tag() {
                    ChangeTag::Equal => (" ", None),
                    ChangeTag::Delete => ("-", Some(Tone::Deny)),
                    ChangeTag::Insert => ("+", Some(Tone::Good)),
                };
                let number = change.new_index().or(change.old_index()).map_or(0, |at| at + 1);
                let number = self.paint.dim(&format!("{number:>width$}"));
                let line = format!("{mark} {}", change.value().trim_end());
                let line = tone.map_or(line.clone(), |tone| self.paint.tone(tone, &line));
                text.push_str(format!("    {number} {line}").trim_end());
                text.push('\n');
            }
        }
        Some(text)
    }

    fn whole(&self, source: &SourceText) -> String {
        let width = source.text().lines().count().to_string().len();
        let lines = source.text().lines().enumerate().map(|(at, line)| {
            let number = self.paint.dim(&format!("{:>width$}", at + 1));
            format!("{}\n", format!("    {number}   {line}").trim_end())
        });
        lines.collect()
    }

    /// An example that is not what it says, or that could not be judged.
    fn unlike(&self, example: &Example, what: &str) -> String {
        let path = self.paint.dim(&example.path);
        let said = match example.faults.first() {
            None => self.paint.tone(Tone::Deny, what),
            Some(fault) => format!("not judged: {}", fault.message),
        };
        let kind = example.kind.as_str();
        format!("\n  {} {kind} example {path}: {said}\n", self.paint.tone(Tone::Warn, "!"))
    }
}

/// Messages at their places, each once.
fn labels(found: &[&Finding]) -> Vec<LabeledSpan> {
    let mut labels: Vec<LabeledSpan> = Vec::new();
    for finding in found {
        let Some(place) = &finding.place else { continue };
        let unsaid = |missing: &&String| !finding.message.contains(missing.as_str());
        let message = match place.missing.as_ref().filter(unsaid) {
            Some(missing) => format!("{}: `{missing}` is missing", finding.message),
            None => finding.message.clone(),
        };
        let label = LabeledSpan::new_with_span(Some(message), place.span);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// A bad example with all that was found in it.
#[derive(Debug)]
struct Caught {
    source: Arc<SourceText>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is caught")
    }
}

impl std::error::Error for Caught {}

impl Diagnostic for Caught {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
