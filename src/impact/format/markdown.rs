//! For a comment on a pull request.

use std::io;

use chrono::NaiveDate;

use crate::impact::compare::{Change, Impact};
use crate::impact::tally::{Group, Tally};
use crate::impact::turn::Turn;
use crate::report::comment::{Comment, Rows, count, place, problem_row, row};
use crate::report::otherwise::command;
use crate::report::{markdown_advice, prose};

pub(super) fn write(impact: &Impact, out: &mut dyn io::Write) -> io::Result<()> {
    let mut comment = Comment::new(head(impact));
    let mut problems = Rows::default();
    impact.errors.iter().for_each(|problem| problems.add(|| problem_row(problem)));
    comment.table("#### Not judged", "| Where | What |\n|---|---|", &problems, "");
    let groups = [
        ("Policy", impact.by_policy(), true),
        ("Owner", impact.by_owner(), false),
        ("Namespace", impact.by_namespace(), false),
    ];
    for (what, groups, is_code) in groups {
        tallies(&mut comment, what, &groups, is_code);
    }
    for changes in impact.changes.chunk_by(|a, b| group(a) == group(b)) {
        table(&mut comment, changes, impact.after.summary.as_of);
    }
    out.write_all(comment.finish().as_bytes())
}

fn group(change: &Change) -> (Turn, Option<&str>) {
    // What newly blocks is explained policy by policy, the rest is only listed.
    let policy = Some(change.finding.policy.id.as_str());
    (change.turn, policy.filter(|_| change.turn == Turn::NewlyBlocked))
}

fn head(impact: &Impact) -> String {
    let tally = impact.tally();
    let said = match impact.stopped {
        _ if impact.changes.is_empty() => "nothing changes".to_owned(),
        0 => "no workload is stopped that passes today".to_owned(),
        1 => "1 workload is stopped that passes today".to_owned(),
        many => format!("{many} workloads are stopped that pass today"),
    };
    let summary = &impact.after.summary;
    let mut text = format!(
        "### manifestly impact: {said}\n\n{} in place of {}, on {} in {}.\n",
        prose::code(&impact.after.name),
        prose::code(&impact.before.name),
        count(summary.resources, "resource", "resources"),
        count(summary.files, "file", "files"),
    );
    if tally.newly_blocked > 0 {
        let mended = match impact.mended() {
            0 => "None of them can be mended by `manifestly check --fix`".to_owned(),
            mended if mended == tally.newly_blocked => {
                "`manifestly check --fix` mends all of them".to_owned()
            }
            mended => format!("`manifestly check --fix` mends {mended} of them"),
        };
        let waivers: usize = impact.by_policy().iter().map(|group| group.tally.workloads).sum();
        text.push_str(&format!(
            "\n{} newly block. {mended}; without any fix, {} would be needed.\n",
            count(tally.newly_blocked, "violation", "violations"),
            count(waivers, "waiver", "waivers"),
        ));
    }
    text
}

fn tallies(comment: &mut Comment, what: &str, groups: &[Group], is_code: bool) {
    let mut rows = Rows::default();
    for Group { name, tally } in groups {
        rows.add(|| {
            let name = match name.as_str() {
                "" => "(none)".to_owned(),
                name if is_code => prose::code(name),
                name => prose::inline(name),
            };
            row(&[&[name][..], &cells(tally)].concat())
        });
    }
    let header = format!(
        "| {what} | Newly blocked | Newly warned | Newly upcoming | No longer blocked | \
         Newly passing | Workloads |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    comment.table(&format!("#### By {}", what.to_lowercase()), &header, &rows, "");
}

fn cells(tally: &Tally) -> Vec<String> {
    let counts = Turn::ALL.map(|turn| tally.of(turn)).into_iter().chain([tally.workloads]);
    counts.map(|count| if count == 0 { String::new() } else { count.to_string() }).collect()
}

fn table(comment: &mut Comment, changes: &[Change], as_of: NaiveDate) {
    let Some(first) = changes.first() else { return };
    let policy = &first.finding.policy;
    let explains = first.turn == Turn::NewlyBlocked;
    let mut rows = Rows::default();
    for change in changes {
        rows.add(|| {
            let finding = &change.finding;
            let resource = finding.resource.as_ref().map(ToString::to_string);
            let what = prose::inline(&finding.message);
            let policy = prose::code(&finding.policy.id);
            let last = match explains {
                true if change.is_mended() => "by itself".to_owned(),
                true => String::new(),
                false => policy,
            };
            let owner = prose::inline(change.owner.as_deref().unwrap_or_default());
            let resource = prose::inline(&resource.unwrap_or_default());
            row(&[place(finding), resource, owner, what, last])
        });
    }
    if explains {
        let title = prose::inline(policy.title());
        let before = format!("#### Newly blocked: {title}\n\n{}", prose::code(&policy.id));
        let header = "| Where | Resource | Owner | What | Fix |\n|---|---|---|---|---|";
        let waive = command(&first.finding, as_of);
        let waive = waive.map(|command| format!("Else: {}", prose::code(&command)));
        let advice = [markdown_advice(&policy.metadata), waive.unwrap_or_default()];
        let advice: Vec<_> = advice.into_iter().filter(|part| !part.is_empty()).collect();
        comment.table(&before, header, &rows, &advice.join("\n\n"));
    } else {
        let counted = count(changes.len(), "violation", "violations");
        let turn = first.turn.as_str();
        let before = format!("<details>\n<summary>{counted} {turn}</summary>");
        let header = "| Where | Resource | Owner | What | Policy |\n|---|---|---|---|---|";
        comment.table(&before, header, &rows, "</details>");
    }
}
