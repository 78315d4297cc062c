//! An iCalendar file: the same event keeps its name from run to run, so that calendars move it when
//! its date moves.

use std::io;

use chrono::{NaiveTime, TimeZone as _, Utc};
use icalendar::{Calendar as Ics, Component as _, Event, EventLike as _};

use super::super::{Calendar, Change, What};
use super::told::{Told, here};

pub(super) fn write(calendar: &Calendar, out: &mut dyn io::Write) -> io::Result<()> {
    let mut ics = Ics::empty();
    ics.append_property(("VERSION", "2.0"));
    ics.append_property(("PRODID", "-//manifestly//rollout//EN"));
    ics.append_property(("CALSCALE", "GREGORIAN"));
    ics.name("Policies ahead");
    for change in &calendar.changes {
        ics.push(event(calendar, change));
    }
    out.write_all(ics.to_string().as_bytes())
}

fn event(calendar: &Calendar, change: &Change) -> Event {
    let Told { name, title, who } = Told::of(change);
    let mut told: Vec<_> = title.iter().map(|title| (*title).to_owned()).collect();
    let (uid, link) = match &change.what {
        What::Policy { policy, becomes } => {
            let metadata = &policy.metadata;
            told.extend(metadata.why.iter().map(|why| format!("Why: {why}")));
            told.extend(metadata.help.iter().map(|help| format!("Fix: {help}")));
            let uid = format!("{name}-{}-{}", policy.level.as_str(), becomes.as_str());
            (uid, metadata.links.first())
        }
        What::Waiver(waiver) => {
            told.push(format!("Reason: {}", waiver.reason));
            (format!("{name}-{}", waiver.policy), None)
        }
    };
    told.extend((!who.is_empty()).then(|| format!("Who: {}", who.join(", "))));
    told.push(format!("As of {}: {}", calendar.as_of, here(change)));
    let mut event = Event::new();
    event
        .uid(&format!("{uid}@manifestly"))
        .timestamp(Utc.from_utc_datetime(&calendar.as_of.and_time(NaiveTime::MIN)))
        .starts(change.on)
        .summary(&format!("{name} {}", change.verb()))
        .description(&told.join("\n"));
    if let Some(link) = link {
        event.url(&link.url);
    }
    event.done()
}
