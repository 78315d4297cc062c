//! For people: a line for each policy.

use std::collections::BTreeSet;
use std::io;

use super::Layout;
use crate::catalog::{Entry, Form};
use crate::policy::Level;
use crate::report::{Paint, Tone, one_line};

/// No column but the last is wider.
const WIDEST: usize = 28;

pub(super) fn list(entries: &[Entry], layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let paint = Paint { colour: layout.colour };
    let heads = ["level", "id", "severity", "kinds", "owner", "dialect", "where"];
    let rows: Vec<[String; 7]> = entries.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[String; 7], painted: &dyn Fn(usize, &str) -> String| {
        let mut text = String::new();
        for (column, cell) in cells.iter().enumerate() {
            // Colours are as wide as nothing.
            let gap = widths[column] - cell.chars().count();
            text.push_str(&painted(column, cell));
            if column + 1 < cells.len() {
                text.push_str(&" ".repeat(gap + 2));
            }
        }
        text + "\n"
    };
    let head = line(&heads.map(str::to_owned), &|_, cell| paint.dim(cell));
    out.write_all(head.as_bytes())?;
    for (entry, row) in entries.iter().zip(&rows) {
        let painted = |column: usize, cell: &str| match column {
            0 => paint.bold(tone(entry.level), cell),
            1 => paint.strong(cell),
            _ => cell.to_owned(),
        };
        out.write_all(line(row, &painted).as_bytes())?;
    }
    let count = |form: Form| {
        let ids = entries.iter().filter(|entry| entry.form == form).map(|entry| &entry.id);
        ids.collect::<BTreeSet<_>>().len()
    };
    let counts = [
        (count(Form::Policy), "policy", "policies"),
        (count(Form::Constraint), "constraint", "constraints"),
        (count(Form::Template), "template", "templates"),
    ];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    let counts = counts.map(|(count, one, many)| {
        let noun = if *count == 1 { one } else { many };
        format!("{count} {noun}")
    });
    let counts: Vec<_> = counts.collect();
    let told = if counts.is_empty() { "no policies".to_owned() } else { counts.join(", ") };
    writeln!(out, "\n{told}")
}

fn row(entry: &Entry) -> [String; 7] {
    let (file, line) = entry.at();
    let or_none = |text: Option<&str>| cut(text.unwrap_or("-"));
    [
        level(entry).to_owned(),
        entry.id.clone(),
        or_none(entry.severity.map(crate::policy::Severity::as_str)),
        or_none(Some(entry.kinds.join(", ").as_str()).filter(|kinds| !kinds.is_empty())),
        or_none(entry.owner.as_deref()),
        entry.dialect.as_str().to_owned(),
        format!("{file}:{line}"),
    ]
}

/// What stands for the level.
pub(super) fn level(entry: &Entry) -> &'static str {
    match (entry.form, entry.level) {
        (Form::Template, _) => "template",
        (_, Some(level)) => level.as_str(),
        (_, None) => "off",
    }
}

fn cut(text: &str) -> String {
    let one_line = one_line(text);
    if one_line.chars().count() <= WIDEST {
        return one_line;
    }
    let kept: String = one_line.chars().take(WIDEST - 3).collect();
    format!("{} ..", kept.trim_end_matches([',', ' ']))
}

pub(super) fn tone(level: Option<Level>) -> Tone {
    match level {
        Some(Level::Deny) => Tone::Deny,
        Some(Level::Warn) => Tone::Warn,
        Some(Level::Info) | None => Tone::Quiet,
    }
}
