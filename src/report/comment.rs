//! Markdown for a comment on a pull request: tables that take no more room than there is.

use crate::check::{Finding, Problem};

use super::anchor::{Anchor, Region};
use super::prose;

/// Comments on GitHub hold 65,536 characters; the rest is room for what others write around it.
const ROOM: usize = 60_000;

/// A comment that is being written.
pub(crate) struct Comment {
    text: String,
    left_out: usize,
}

impl Comment {
    /// One that begins with a text.
    pub(crate) fn new(text: String) -> Self {
        Self { text, left_out: 0 }
    }

    /// The whole text, which says how much it leaves out.
    pub(crate) fn finish(self) -> String {
        let mut text = self.text;
        if self.left_out > 0 {
            let more = count(self.left_out, "more line does", "more lines do");
            text.extend(["\n", &more, " not fit into a comment.\n"]);
        }
        text
    }

    /// A table with something before and something behind it, with as many rows as there is room.
    pub(crate) fn table(&mut self, before: &str, header: &str, rows: &Rows, behind: &str) {
        let mut text = format!("\n{before}\n\n{header}\n");
        let around = self.text.len() + behind.len();
        let mut fitting = 0;
        for row in &rows.kept {
            if around + text.len() + row.len() > ROOM {
                break;
            }
            text.push_str(row);
            text.push('\n');
            fitting += 1;
        }
        self.left_out += rows.count - fitting;
        if fitting == 0 {
            return;
        }
        self.text.push_str(&text);
        if !behind.is_empty() {
            self.text.extend(["\n", behind, "\n"]);
        }
    }
}

pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Rows of a table: those that may fit into a comment, and how many there are.
#[derive(Default)]
pub(crate) struct Rows {
    kept: Vec<String>,
    bytes: usize,
    pub(crate) count: usize,
}

impl Rows {
    pub(crate) fn add(&mut self, row: impl FnOnce() -> String) {
        self.count += 1;
        if self.bytes <= ROOM {
            let row = row();
            self.bytes += row.len();
            self.kept.push(row);
        }
    }
}

pub(crate) fn problem_row(problem: &Problem) -> String {
    let place = Anchor::of_problem(problem).map(|anchor| file_and_line(&anchor));
    let mut what = prose::inline(&problem.message);
    if let Some(help) = &problem.help {
        what.extend(["<br>", &prose::inline(help)]);
    }
    row(&[place.unwrap_or_default(), what])
}

pub(crate) fn place(finding: &Finding) -> String {
    let anchor = Anchor::of_finding(finding);
    let mut places =
        vec![anchor.map_or_else(|| "all documents".to_owned(), |anchor| file_and_line(&anchor))];
    places.extend(finding.also().map(|location| file_and_line(&Anchor::from(location))));
    places.join("<br>")
}

fn file_and_line(anchor: &Anchor) -> String {
    match anchor.region {
        Some(Region { line, .. }) => prose::code(&format!("{}:{line}", anchor.file)),
        None => prose::code(&anchor.file),
    }
}

pub(crate) fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| prose::cell(cell)).collect();
    format!("| {} |", cells.join(" | "))
}
