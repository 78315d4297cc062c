//! For people: how many, whose, and what each has to do.

use std::fmt::Write as _;
use std::io;

use crate::check::{Finding, Problem};
use crate::impact::compare::{Change, Impact};
use crate::impact::tally::{Group, Tally};
use crate::impact::turn::Turn;
use crate::policy::Policy;
use crate::report::otherwise::command;
use crate::report::{Paint, Tone, counted, one_line, paragraph, snippets};

use super::Layout;

/// The margin beside what a policy says.
const MARGIN: usize = 5;
/// What stands above the columns of numbers; of the last one, how many workloads newly block.
const COLUMNS: [&str; 6] = ["blocked", "warned", "upcoming", "eased", "passing", "workloads"];

/// How many policies, owners and namespaces the table has; those with the most come first.
const ROWS: usize = 30;

pub(super) fn write(impact: &Impact, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let writer = Writer { layout, paint: Paint { colour: layout.colour } };
    let mut text = writer.head(impact);
    if !impact.changes.is_empty() {
        text.push_str(&writer.table(impact));
    }
    for changes in impact.changes.chunk_by(|a, b| group(a) == group(b)) {
        text.push_str(&writer.group(impact, changes));
    }
    text.push_str(&writer.problems(&impact.errors));
    text.push_str(&tail(impact));
    out.write_all(text.as_bytes())
}

fn group(change: &Change) -> (Turn, &str) {
    (change.turn, &change.finding.policy.id)
}

struct Writer<'l> {
    layout: &'l Layout,
    paint: Paint,
}

impl Writer<'_> {
    fn head(&self, impact: &Impact) -> String {
        let sides = format!("{} in place of {}", impact.after.name, impact.before.name);
        let said = match impact.stopped {
            _ if impact.changes.is_empty() => {
                self.paint.bold(Tone::Good, "nothing that is checked here changes")
            }
            0 => self.paint.bold(Tone::Good, "no workload is stopped that passes today"),
            1 => self.paint.bold(Tone::Deny, "1 workload is stopped that passes today"),
            many => {
                let text = format!("{many} workloads are stopped that pass today");
                self.paint.bold(Tone::Deny, &text)
            }
        };
        format!("{said}\n{}\n\n", self.paint.dim(&sides))
    }

    fn table(&self, impact: &Impact) -> String {
        let parts = [
            ("policy", impact.by_policy()),
            ("owner", impact.by_owner()),
            ("namespace", impact.by_namespace()),
        ];
        let rows = parts.iter().flat_map(|(_, groups)| groups.iter().take(ROWS));
        let names = rows.map(|group| width(name(group)));
        let widest = names.max().unwrap_or(0).max("namespace".len()) + 2;
        let mut text = String::new();
        for (at, (what, groups)) in parts.iter().enumerate() {
            let head = if at == 0 { COLUMNS.map(str::to_owned) } else { COLUMNS.map(blank) };
            let line = row(&self.paint.strong(what), what.len(), widest, &head);
            text.push_str(&line);
            for group in groups.iter().take(ROWS) {
                let cells = self.cells(&group.tally);
                let named = format!("  {}", name(group));
                text.push_str(&row(&named, width(&named), widest, &cells));
            }
            if let Some(more) = groups.len().checked_sub(ROWS).filter(|more| *more > 0) {
                let _ = writeln!(text, "  and {more} more");
            }
        }
        text.push('\n');
        text
    }

    fn cells(&self, tally: &Tally) -> [String; 6] {
        let mut counts = Turn::ALL.map(|turn| tally.of(turn)).to_vec();
        counts.push(tally.workloads);
        let none = if self.layout.unicode { "·" } else { "-" };
        let cell = |at: usize| match counts.get(at).copied().unwrap_or_default() {
            0 => none.to_owned(),
            count => count.to_string(),
        };
        std::array::from_fn(cell)
    }

    /// The changes that are one turn by one policy.
    fn group(&self, impact: &Impact, changes: &[Change]) -> String {
        let Some(first) = changes.first() else { return String::new() };
        let policy = &first.finding.policy;
        let (mark, tone) = self.mark(first.turn);
        let turn = self.paint.bold(tone, first.turn.as_str());
        let id = if policy.metadata.title.is_some() { policy.id.as_str() } else { "" };
        let gap = if id.is_empty() { "" } else { "  " };
        let title = self.paint.strong(policy.title());
        let mut text = format!("{turn}  {title}{gap}{}\n", self.paint.dim(id));
        let mark = self.paint.tone(tone, mark);
        for change in changes.iter().take(self.layout.most) {
            let owner = change.owner.as_ref().map(|owner| format!("  ({owner})"));
            let owner = self.paint.dim(&owner.unwrap_or_default());
            let _ = writeln!(text, "  {mark} {}{owner}", told(&change.finding));
        }
        if let Some(more) = changes.len().checked_sub(self.layout.most).filter(|more| *more > 0) {
            let _ = writeln!(text, "    and {more} more");
        }
        if first.turn == Turn::NewlyBlocked {
            text.push_str(&self.advice(impact, policy, changes));
        }
        text.push('\n');
        text
    }

    fn mark(&self, turn: Turn) -> (&'static str, Tone) {
        let (plain, mark, tone) = match turn {
            Turn::NewlyBlocked => ("x", "×", Tone::Deny),
            Turn::NewlyWarned => ("!", "⚠", Tone::Warn),
            Turn::NewlyUpcoming => (">", "→", Tone::Warn),
            Turn::NoLongerBlocked => ("-", "↓", Tone::Good),
            Turn::NewlyPassing => ("+", "✔", Tone::Good),
        };
        (if self.layout.unicode { mark } else { plain }, tone)
    }

    /// What there is to do about what newly blocks.
    fn advice(&self, impact: &Impact, policy: &Policy, changes: &[Change]) -> String {
        let metadata = &policy.metadata;
        let mut text = String::new();
        let mut say = |name: &str, said: Option<String>| {
            if let Some(said) = said {
                text.push_str(&self.paragraph(name, &said));
            }
        };
        say("why", metadata.why.clone());
        say("fix", metadata.help.clone());
        let mended = changes.iter().filter(|change| change.is_mended()).count();
        let by_itself = format!("manifestly check --fix mends {mended} of {}", changes.len());
        say(if metadata.help.is_some() { "" } else { "fix" }, (mended > 0).then_some(by_itself));
        let who = [&metadata.owner, &metadata.contact].into_iter().flatten().cloned();
        let who = who.collect::<Vec<_>>().join(" · ");
        say("who", (!who.is_empty()).then(|| self.plain(&who)));
        let groups = impact.by_policy();
        let tally = groups.iter().find(|group| group.name == policy.id).map(|group| group.tally);
        let workloads = tally.map_or(0, |tally| tally.workloads);
        let as_of = impact.after.summary.as_of;
        let example = changes.first().and_then(|change| command(&change.finding, as_of));
        if let Some(example) = example {
            let mut name = "else";
            if workloads > 1 {
                say(name, Some(format!("{} would do, as in", counted(workloads, "waiver"))));
                name = "";
            }
            // A line to copy is not to be wrapped.
            let name = self.paint.dim(&format!("{name:<MARGIN$}"));
            let _ = writeln!(text, "  {name} {example}");
        }
        text
    }

    fn paragraph(&self, name: &str, said: &str) -> String {
        let name = self.paint.dim(&format!("{name:<MARGIN$}"));
        paragraph(&name, MARGIN, &self.plain(said), self.layout.width)
    }

    fn problems(&self, problems: &[Problem]) -> String {
        if problems.is_empty() {
            return String::new();
        }
        let heading = self.paint.strong("Some things could not be judged");
        let mut text = format!("{}  {heading}\n", self.paint.bold(Tone::Deny, "error"));
        let Layout { unicode, colour, width, .. } = *self.layout;
        let handler = snippets(unicode, colour, width).with_context_lines(1);
        for problem in problems {
            text.push('\n');
            if handler.render_report(&mut text, problem).is_err() {
                let _ = writeln!(text, "  {problem}");
            }
        }
        text.push('\n');
        text
    }

    fn plain(&self, text: &str) -> String {
        if self.layout.unicode { text.to_owned() } else { text.replace('·', "-") }
    }
}

/// A line of the table.
fn row(name: &str, length: usize, widest: usize, cells: &[String; 6]) -> String {
    let mut line = name.to_owned() + &" ".repeat(widest.saturating_sub(length));
    for (cell, column) in cells.iter().zip(COLUMNS) {
        let gap = (column.len() + 2).saturating_sub(width(cell));
        line.extend([" ".repeat(gap).as_str(), cell]);
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// What came of it, counted.
fn tail(impact: &Impact) -> String {
    let tally = impact.tally();
    let told = Turn::ALL.map(|turn| (tally.of(turn), turn.as_str()));
    let mut said: Vec<_> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, turn)| format!("{count} {turn}"))
        .collect();
    if !impact.errors.is_empty() {
        said.push(counted(impact.errors.len(), "error"));
    }
    if said.is_empty() {
        said.push("no changes".to_owned());
    }
    let summary = &impact.after.summary;
    format!(
        "{} in {} of {}\n",
        said.join(", "),
        counted(summary.resources, "resource"),
        counted(summary.files, "file"),
    )
}

/// A finding in one line.
fn told(finding: &Finding) -> String {
    let place = finding.location().map(|at| format!("{}:{}:{}  ", at.file, at.line, at.column));
    let resource = finding.resource.as_ref().filter(|resource| !resource.kind.is_empty());
    let resource = resource.map(|resource| format!("{resource}: ")).unwrap_or_default();
    let words = one_line(&finding.message);
    format!("{}{resource}{words}", place.unwrap_or_default())
}

fn name(group: &Group) -> &str {
    if group.name.is_empty() { "(none)" } else { &group.name }
}

fn width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

fn blank(_: &str) -> String {
    String::new()
}
