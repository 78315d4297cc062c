//! For people: what failed, where, and the counts.

use std::io;

use miette::{Diagnostic, GraphicalReportHandler};

use super::{Layout, coverage, name, values};
use crate::rego::PolicyError;
use crate::report::snippets;
use crate::testing::{Failure, Outcome, TestReport};

pub(super) fn write(
    report: &TestReport,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let handler = handler(layout);
    let mut shown = String::new();
    for error in &report.errors {
        show(&handler, error, &mut shown);
    }
    let mut file = "";
    for test in &report.tests {
        let is_quiet = matches!(test.outcome, Outcome::Passed | Outcome::Skipped);
        if is_quiet && !layout.verbose {
            continue;
        }
        if file != test.id.file {
            file = &test.id.file;
            shown.push_str(&format!("{file}\n"));
        }
        let mark = match (&test.outcome, layout.unicode) {
            (Outcome::Passed, true) => "✔",
            (Outcome::Failed(_) | Outcome::Error(_), true) => "✘",
            (Outcome::Skipped, _) => "-",
            (Outcome::Passed, false) => "ok",
            (_, false) => "x",
        };
        shown.push_str(&format!("  {mark} {}: {}\n", test.outcome.as_str(), name(test)));
        match test.outcome.failure() {
            Some(failure) => show_failure(&handler, failure, layout, &mut shown),
            None => test.outcome.faults().iter().for_each(|f| show(&handler, f, &mut shown)),
        }
    }
    if let Some(coverage) = &report.coverage {
        shown.push_str(&format!("{}\n", coverage::table(coverage)));
    }
    let summary = report.summary;
    let mut counts = vec![format!("{} passed", summary.passed)];
    for (count, what) in
        [(summary.failed, "failed"), (summary.skipped, "skipped"), (summary.errors, "errors")]
    {
        if count > 0 {
            let what = if count == 1 && what == "errors" { "error" } else { what };
            counts.push(format!("{count} {what}"));
        }
    }
    let took = report.duration.as_millis();
    shown.push_str(&format!("{} in {took} ms\n", counts.join(", ")));
    out.write_all(shown.as_bytes())
}

/// What was expected, with the values behind it; then what help there is.
fn show_failure(
    handler: &GraphicalReportHandler,
    failure: &Failure,
    layout: &Layout,
    shown: &mut String,
) {
    let lines = values::lines(failure, layout.width.saturating_sub(2));
    if lines.is_empty() {
        return show(handler, &failure.fault, shown);
    }
    show(handler, &PolicyError { help: None, ..failure.fault.clone() }, shown);
    shown.truncate(shown.trim_end().len());
    shown.push('\n');
    let help = failure.fault.help.iter().flat_map(|help| help.lines().enumerate());
    let help =
        help.map(|(at, line)| format!("{}{line}", if at == 0 { "help: " } else { "      " }));
    lines.into_iter().chain(help).for_each(|line| shown.push_str(&format!("  {line}\n")));
    shown.push('\n');
}

fn show(handler: &GraphicalReportHandler, fault: &dyn Diagnostic, shown: &mut String) {
    let before = shown.len();
    if handler.render_report(shown, fault).is_err() {
        shown.truncate(before);
        shown.push_str(&format!("{fault}\n"));
    }
    shown.push('\n');
}

fn handler(layout: &Layout) -> GraphicalReportHandler {
    snippets(layout.unicode, layout.colour, layout.width).with_context_lines(1)
}
