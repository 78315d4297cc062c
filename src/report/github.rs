//! Workflow commands, which GitHub Actions shows as annotations beside the changed lines.

use std::io::{self, Write as _};

use chrono::NaiveDate;

use crate::check::{Finding, Problem, Reported};

use super::Rendered;
use super::anchor::Anchor;
use super::explanation;
use super::standing::{self, Volume};

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let as_of = report.summary().as_of;
    let mut rendered = Rendered::default();
    report.windows(&mut |window| {
        let render = |_, finding: &_, text: &mut Vec<u8>| {
            writeln!(text, "{}", command_of_finding(finding, as_of))
        };
        rendered.window(window, b"", render)?.iter().try_for_each(|piece| out.write_all(piece))
    })?;
    for problem in report.errors() {
        writeln!(out, "{}", command_of_problem(problem, "error"))?;
    }
    for warning in report.warnings() {
        writeln!(out, "{}", command_of_problem(warning, "warning"))?;
    }
    // No command: it annotates nothing, and stands in the log.
    report.summary().basis.as_ref().map_or(Ok(()), |basis| writeln!(out, "{basis}"))
}

fn command_of_finding(finding: &Finding, as_of: NaiveDate) -> String {
    let command = match standing::volume(finding) {
        Volume::Error => "error",
        Volume::Warning => "warning",
        Volume::Notice => "notice",
    };
    let mut lines = vec![explanation::sentence(finding)];
    lines.extend(explanation::further(finding));
    lines.extend(standing::let_pass(finding).map(|why| format!("({why})")));
    lines.extend(explanation::when(finding, as_of));
    let explanation = explanation::text(&finding.policy.metadata);
    lines.extend((!explanation.is_empty()).then_some(explanation));
    let title = explanation::name(&finding.policy);
    self::command(command, Anchor::of_finding(finding).as_ref(), &title, lines)
}

fn command_of_problem(problem: &Problem, command: &str) -> String {
    let mut lines = vec![problem.message.clone()];
    lines.extend(problem.help.iter().map(|help| format!("Fix: {help}")));
    let title = format!("manifestly: {} {command}", problem.kind.as_str());
    self::command(command, Anchor::of_problem(problem).as_ref(), &title, lines)
}

fn command(name: &str, anchor: Option<&Anchor>, title: &str, mut lines: Vec<String>) -> String {
    let mut properties = Vec::new();
    match anchor.map(|anchor| (anchor, anchor.path())) {
        Some((anchor, Some(path))) => {
            properties.push(("file", path.to_owned()));
            if let Some(region) = anchor.region {
                properties.push(("line", region.line.to_string()));
                properties.push(("endLine", region.end_line.to_string()));
                // Columns of two lines are refused.
                if region.line == region.end_line {
                    properties.push(("col", region.column.to_string()));
                    properties.push(("endColumn", region.end_column.to_string()));
                }
            }
        }
        // There is no file to show it beside.
        Some((anchor, None)) => lines.push(format!("At: {anchor}")),
        None => {}
    }
    properties.push(("title", title.to_owned()));
    let properties: Vec<_> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{name} {}::{}", properties.join(","), data(&lines.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_command() {
        let anchor = Anchor { file: "a,b:c%.yaml".to_owned(), region: None };
        let lines = vec!["50%\r".to_owned(), "::error::x".to_owned()];
        assert_eq!(
            command("notice", Some(&anchor), "t: 1\n", lines),
            "::notice file=a%2Cb%3Ac%25.yaml,title=t%3A 1%0A::50%25%0D%0A::error::x"
        );
    }
}
