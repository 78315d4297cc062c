//! Which lines of policies were reached: a table for people, and lcov for programs.

use std::io;

use crate::engine::{Coverage, Line, percent};

/// A line for each file, and one for all.
pub(super) fn table(coverage: &Coverage) -> String {
    let widest = coverage.files.keys().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut table = String::new();
    for (name, file) in &coverage.files {
        let line = format!("{}  {name:<widest$}  {}", share(file.count()), file.gaps());
        table.push_str(&format!("{}\n", line.trim_end()));
    }
    let (covered, lines) = coverage.count();
    table.push_str(&format!(
        "{}  {covered} of {lines} lines are covered\n",
        share((covered, lines))
    ));
    table
}

fn share(count: (usize, usize)) -> String {
    percent(count).map_or("        -".into(), |percent| format!("{percent:>7.1} %"))
}

/// The tracefile of lcov. A line of which a part was not reached counts as not reached.
pub(super) fn lcov(coverage: &Coverage, out: &mut dyn io::Write) -> io::Result<()> {
    for (name, file) in &coverage.files {
        writeln!(out, "TN:\nSF:{name}")?;
        for (number, line) in file.lines() {
            let times = match line {
                Line::Covered(times) => times,
                Line::Partly | Line::Missed => 0,
            };
            writeln!(out, "DA:{number},{times}")?;
        }
        let (covered, lines) = file.count();
        writeln!(out, "LF:{lines}\nLH:{covered}\nend_of_record")?;
    }
    Ok(())
}
