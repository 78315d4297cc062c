//! A table, for a page or a message.

use std::io;

use super::super::Calendar;
use super::told::{Told, here, in_days};
use crate::report::prose;

pub(super) fn write(calendar: &Calendar, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "### What changes when, as of {}\n", calendar.as_of)?;
    if calendar.changes.is_empty() {
        writeln!(out, "Nothing changes.")?;
    } else {
        writeln!(out, "| Day | What | From then on | Here | Who |\n|---|---|---|---|---|")?;
    }
    for change in &calendar.changes {
        let Told { name, title, who } = Told::of(change);
        let title = title.map(|title| format!("<br>{}", prose::inline(title)));
        let who: Vec<_> = who.iter().map(|text| prose::inline(text)).collect();
        let cells = [
            format!("{}<br>{}", change.on, in_days(calendar.days_to(change))),
            format!("{}{}", prose::code(&name), title.unwrap_or_default()),
            change.verb().to_owned(),
            here(change),
            who.join(", "),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| prose::cell(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    if !calendar.undated.is_empty() {
        let ids: Vec<_> = calendar.undated.iter().map(|policy| prose::code(&policy.id)).collect();
        writeln!(out, "\nNot decided yet from when they count: {}.", ids.join(", "))?;
    }
    Ok(())
}
