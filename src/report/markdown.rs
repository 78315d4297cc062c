//! Markdown, fit for a comment on a pull request: what blocks first, each policy explained once.

use std::io;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::check::{Finding, Reported, Standing};
use crate::policy::{Level, Policy};

use super::comment::{Comment, Rows, count, place, problem_row, row};
use super::standing::{self, Volume};
use super::{explanation, prose};

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let mut told = Told::default();
    report.windows(&mut |window| {
        window.iter().for_each(|finding| told.add(finding, report.summary().as_of));
        Ok(())
    })?;
    // What blocks first, else in the order of the findings.
    told.groups.sort_by_key(|group| group.volume);
    let mut problems = Rows::default();
    report.errors().iter().for_each(|problem| problems.add(|| problem_row(problem)));

    let mut comment = Comment::new(head(report, told.notes));
    comment.table("#### Not judged", "| Where | What |\n|---|---|", &problems, "");
    let mut warnings = Rows::default();
    report.warnings().iter().for_each(|warning| warnings.add(|| problem_row(warning)));
    comment.table("#### Worth a look", "| Where | What |\n|---|---|", &warnings, "");
    for group in &told.groups {
        group.write(&mut comment);
    }
    let counted = count(told.let_pass.count, "finding", "findings");
    let heading = format!("<details>\n<summary>{counted} let pass</summary>");
    let header = "| Where | Policy | What | Reason |\n|---|---|---|---|";
    comment.table(&heading, header, &told.let_pass, "</details>");
    let basis = report.summary().basis.as_ref();
    let basis = basis.map(|basis| format!("\n<sub>{basis}</sub>\n")).unwrap_or_default();
    out.write_all((comment.finish() + &basis).as_bytes())
}

fn head(report: &dyn Reported, notes: usize) -> String {
    let summary = report.summary();
    let counts = [
        (summary.errors, "error", "errors"),
        (summary.deny, "denied", "denied"),
        (summary.warn, "warning", "warnings"),
        (notes, "note", "notes"),
        (summary.upcoming, "upcoming", "upcoming"),
        (summary.waived, "waived", "waived"),
        (summary.baselined, "baselined", "baselined"),
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
    finding.level == Level::Info && finding.standing == Standing::Warning
}

/// The findings that stand and are explained by the same words.
struct Group {
    volume: Volume,
    policy: Arc<Policy>,
    /// The word for what it asks for.
    asks: &'static str,
    /// What will change about it.
    notice: Option<String>,
    rows: Rows,
}

/// What there is to tell of the findings.
#[derive(Default)]
struct Told {
    groups: Vec<Group>,
    let_pass: Rows,
    notes: usize,
}

impl Told {
    fn add(&mut self, finding: &Finding, as_of: NaiveDate) {
        self.notes += usize::from(is_note(finding));
        if let Some(why) = standing::let_pass(finding) {
            self.let_pass.add(|| let_pass_row(finding, &why));
            return;
        }
        let (volume, asks) = (standing::volume(finding), standing::asks(finding));
        let policy = &finding.policy;
        let same = |group: &Group| {
            let is_one = Arc::ptr_eq(&group.policy, policy)
                || group.policy.id == policy.id && group.policy.metadata == policy.metadata;
            group.volume == volume && group.asks == asks && is_one
        };
        let at = self.groups.iter().position(same).unwrap_or_else(|| {
            let policy = Arc::clone(policy);
            let (notice, rows) = (finding.notice(as_of), Rows::default());
            self.groups.push(Group { volume, policy, asks, notice, rows });
            self.groups.len() - 1
        });
        self.groups[at].rows.add(|| {
            let resource = finding.resource.as_ref().map(ToString::to_string);
            let resource = prose::inline(&resource.unwrap_or_default());
            row(&[place(finding), resource, prose::inline(&finding.message)])
        });
    }
}

impl Group {
    fn write(&self, comment: &mut Comment) {
        let title = prose::inline(self.policy.title());
        let mut marks = vec![prose::code(&self.policy.id), self.asks.to_owned()];
        marks.extend(self.notice.as_ref().map(|notice| format!("**{notice}**")));
        marks.extend(self.policy.metadata.severity.map(|s| format!("{} severity", s.as_str())));
        let before = format!("#### {title}\n\n{}", marks.join(" · "));
        let header = "| Where | Resource | What |\n|---|---|---|";
        let behind = explanation::markdown(&self.policy.metadata);
        comment.table(&before, header, &self.rows, &behind);
    }
}

fn let_pass_row(finding: &Finding, why: &str) -> String {
    let what = prose::inline(&explanation::sentence(finding));
    row(&[place(finding), prose::code(&finding.policy.id), what, prose::inline(why)])
}
