//! For people: day by day.

use std::io;

use crate::report::{Paint, Tone, counted};

use super::super::{Calendar, Change};
use super::Layout;
use super::told::{Told, here, in_days};
use crate::agreement::Standing;

pub(super) fn write(
    calendar: &Calendar,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let paint = Paint { colour: layout.colour };
    let dot = if layout.unicode { "·" } else { "-" };
    let verbs = calendar.changes.iter().map(|change| change.verb().len()).max().unwrap_or(0);
    for day in calendar.changes.chunk_by(|a, b| a.on == b.on) {
        let days = in_days(calendar.days_to(&day[0]));
        writeln!(out, "{}  {days}", paint.strong(&day[0].on.to_string()))?;
        for change in day {
            let verb = format!("{:<verbs$}", change.verb());
            let verb = paint.tone(tone(change), &verb);
            let Told { name, title, who } = Told::of(change);
            let title = title.map(|title| format!("  {title}")).unwrap_or_default();
            writeln!(out, "  {verb}  {}{title}", paint.strong(&name))?;
            let about: Vec<_> = [here(change)].into_iter().chain(who).collect();
            let about = about.join(&format!(" {dot} "));
            writeln!(out, "  {:verbs$}  {}", "", paint.dim(&about))?;
        }
        writeln!(out)?;
    }
    for policy in &calendar.undated {
        let id = paint.strong(&policy.id);
        writeln!(out, "undated     {id}  from when it counts is not decided yet")?;
    }
    if !calendar.undated.is_empty() {
        writeln!(out)?;
    }
    let Some(next) = calendar.changes.first() else {
        return writeln!(out, "nothing changes after {}", calendar.as_of);
    };
    let changes = counted(calendar.changes.len(), "change");
    let next = in_days(calendar.days_to(next));
    let blocking = match calendar.turn_blocking {
        0 => "nothing here turns blocking".to_owned(),
        1 => "1 finding turns blocking".to_owned(),
        count => format!("{count} findings turn blocking"),
    };
    let resources = counted(calendar.resources, "resource");
    writeln!(out, "{changes} ahead, the next {next}; {blocking} in {resources}")
}

fn tone(change: &Change) -> Tone {
    match change.becomes() {
        Standing::Blocking => Tone::Deny,
        Standing::Warning => Tone::Warn,
        _ => Tone::Quiet,
    }
}
