//! For people: lint by lint, so that what is said of all findings is said once.

use std::fmt::Write as _;
use std::io;

use miette::{Diagnostic, GraphicalReportHandler};

use super::Layout;
use crate::lint::{Finding, LINTS, Linted};
use crate::report::{Paint, Tone, snippets};

pub(super) fn write(linted: &Linted, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let paint = Paint { colour: layout.colour };
    let handler = handler(layout);
    let mut text = String::new();
    for lint in LINTS {
        let found: Vec<_> = linted.findings.iter().filter(|it| it.lint == *lint).collect();
        if found.is_empty() {
            continue;
        }
        let name = paint.bold(Tone::Warn, lint.name);
        let count = paint.dim(&format!("({})", found.len()));
        let _ = writeln!(text, "{name}  {} {count}", paint.strong(lint.summary));
        let most = if lint.is_about_gaps() { 1 } else { usize::MAX };
        let shown = layout.snippets.min(most);
        for finding in found.iter().take(shown) {
            text.push('\n');
            show(&handler, &Shown(finding), &mut text);
        }
        if found.len() > shown {
            text.push('\n');
        }
        for finding in found.iter().skip(shown) {
            text.push_str(&line(finding, layout, paint));
        }
        text.push('\n');
    }
    if !linted.errors.is_empty() {
        let heading = paint.strong("Some policies could not be looked over whole");
        let _ = writeln!(text, "{}  {heading}", paint.bold(Tone::Deny, "error"));
        for error in &linted.errors {
            text.push('\n');
            show(&handler, error, &mut text);
        }
        text.push('\n');
    }
    text.push_str(&summary(linted, paint));
    out.write_all(text.as_bytes())
}

fn summary(linted: &Linted, paint: Paint) -> String {
    let noun = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let policies = noun(linted.policies, "policy", "policies");
    let findings = linted.findings.len();
    let mut said = vec![match findings {
        0 => paint.bold(Tone::Good, "nothing to mend"),
        count => paint.bold(Tone::Warn, &noun(count, "finding", "findings")),
    }];
    if !linted.errors.is_empty() {
        said.push(paint.bold(Tone::Deny, &noun(linted.errors.len(), "error", "errors")));
    }
    let advice = if findings == 0 { "" } else { "; --allow NAME switches a lint off" };
    format!("{} in {policies}{advice}\n", said.join(", "))
}

/// A finding in one line.
fn line(finding: &Finding, layout: &Layout, paint: Paint) -> String {
    let mark = paint.tone(Tone::Warn, if layout.unicode { "⚠" } else { "!" });
    let at = finding.text.position(finding.span.start);
    let place = format!("{}:{}:{}", finding.text.name(), at.line, at.column);
    format!("  {mark} {place}  {}\n", finding.message)
}

fn show(handler: &GraphicalReportHandler, shown: &dyn Diagnostic, text: &mut String) {
    let before = text.len();
    if handler.render_report(text, shown).is_err() {
        text.truncate(before);
        text.push_str(&format!("  {shown}\n"));
    }
}

fn handler(layout: &Layout) -> GraphicalReportHandler {
    snippets(layout.unicode, layout.colour, layout.width).with_context_lines(1)
}

/// A finding without the name of its lint, which stands above.
#[derive(Debug)]
struct Shown<'f>(&'f Finding);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        self.0.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.0.help()
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        self.0.labels()
    }
}
