//! Markdown, fit for a comment on a pull request: what blocks first, each policy explained once.

use std::io;

use crate::check::{Finding, Problem, Report};
use crate::policy::{Level, Policy};

use super::anchor::{Anchor, Region};
use super::standing::{self, Volume};
use super::{explanation, prose};

/// Comments on GitHub hold 65,536 characters; the rest is room for what others write around it.
const ROOM: usize = 60_000;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut comment = Comment { text: head(report), left_out: 0 };
    let problems: Vec<_> = report.errors.iter().map(problem_row).collect();
    comment.table("#### Not judged", "| Where | What |\n|---|---|", &problems, "");
    for group in groups(&report.findings) {
        group.write(&mut comment);
    }
    let let_pass: Vec<_> = report.findings.iter().filter_map(let_pass_row).collect();
    let counted = count(let_pass.len(), "finding", "findings");
    let heading = format!("<details>\n<summary>{counted} let pass</summary>");
    let header = "| Where | Policy | What | Reason |\n|---|---|---|---|";
    comment.table(&heading, header, &let_pass, "</details>");
    if comment.left_out > 0 {
        let more = count(comment.left_out, "more line does", "more lines do");
        comment.text.extend(["\n", &more, " not fit into a comment.\n"]);
    }
    out.write_all(comment.text.as_bytes())
}

struct Comment {
    text: String,
    left_out: usize,
}

impl Comment {
    /// A table with something before and something behind it, with as many rows as there is room.
    fn table(&mut self, before: &str, header: &str, rows: &[String], behind: &str) {
        let mut text = format!("\n{before}\n\n{header}\n");
        let around = self.text.len() + behind.len();
        let mut fitting = 0;
        for row in rows {
            if around + text.len() + row.len() > ROOM {
                break;
            }
            text.push_str(row);
            text.push('\n');
            fitting += 1;
        }
        self.left_out += rows.len() - fitting;
        if fitting == 0 {
            return;
        }
        self.text.push_str(&text);
        if !behind.is_empty() {
            self.text.extend(["\n", behind, "\n"]);
        }
    }
}

fn head(report: &Report) -> String {
    let summary = &report.summary;
    let notes = report.findings.iter().filter(|finding| is_note(finding)).count();
    let counts = [
        (summary.errors, "error", "errors"),
        (summary.deny, "denied", "denied"),
        (summary.warn, "warning", "warnings"),
        (notes, "note", "notes"),
        (summary.waived, "waived", "waived"),
    ];
    let counts: Vec<_> = counts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
    let counts = if counts.is_empty() { "no violations".to_owned() } else { counts.join(", ") };
    format!(
        "### manifestly: {counts}\n\n{} in {}, judged by {}.\n",
        count(summary.resources, "resource", "resources"),
        count(summary.files, "file", "files"),
        count(summary.policies, "policy", "policies"),
    )
}

fn is_note(finding: &Finding) -> bool {
    finding.level == Level::Info && standing::let_pass(finding.standing).is_none()
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The findings that stand and are explained by the same words.
struct Group<'f> {
    volume: Volume,
    policy: &'f Policy,
    findings: Vec<&'f Finding>,
}

/// What blocks first, else in the order of the findings.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    let standing = findings.iter().filter(|f| standing::let_pass(f.standing).is_none());
    for finding in standing {
        let volume = standing::volume(finding);
        let policy = &*finding.policy;
        let same = |group: &&mut Group| {
            group.volume == volume
                && group.policy.id == policy.id
                && group.policy.metadata == policy.metadata
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { volume, policy, findings: vec![finding] }),
        }
    }
    groups.sort_by_key(|group| group.volume);
    groups
}

impl Group<'_> {
    fn write(&self, comment: &mut Comment) {
        let title = prose::inline(self.policy.title());
        let mut marks = vec![prose::code(&self.policy.id), self.policy.level.as_str().to_owned()];
        marks.extend(self.policy.metadata.severity.map(|s| format!("{} severity", s.as_str())));
        let before = format!("#### {title}\n\n{}", marks.join(" · "));
        let rows: Vec<_> = self
            .findings
            .iter()
            .map(|finding| {
                let resource = finding.resource.as_ref().map(ToString::to_string);
                let resource = prose::inline(&resource.unwrap_or_default());
                row(&[place(finding), resource, prose::inline(&finding.message)])
            })
            .collect();
        let header = "| Where | Resource | What |\n|---|---|---|";
        let behind = explanation::markdown(&self.policy.metadata);
        comment.table(&before, header, &rows, &behind);
    }
}

fn let_pass_row(finding: &Finding) -> Option<String> {
    let why = standing::let_pass(finding.standing)?;
    let what = prose::inline(&explanation::sentence(finding));
    Some(row(&[place(finding), prose::code(&finding.policy.id), what, why.to_owned()]))
}

fn problem_row(problem: &Problem) -> String {
    let place = Anchor::of_problem(problem).map(|anchor| file_and_line(&anchor));
    let mut what = prose::inline(&problem.message);
    if let Some(help) = &problem.help {
        what.extend(["<br>", &prose::inline(help)]);
    }
    row(&[place.unwrap_or_default(), what])
}

fn place(finding: &Finding) -> String {
    let anchor = Anchor::of_finding(finding);
    anchor.map_or_else(|| "all documents".to_owned(), |anchor| file_and_line(&anchor))
}

fn file_and_line(anchor: &Anchor) -> String {
    match anchor.region {
        Some(Region { line, .. }) => prose::code(&format!("{}:{line}", anchor.file)),
        None => prose::code(&anchor.file),
    }
}

fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| prose::cell(cell)).collect();
    format!("| {} |", cells.join(" | "))
}
