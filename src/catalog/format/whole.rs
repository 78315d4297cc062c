//! For people: all of one policy.

use std::io;

use chrono::NaiveDate;

use super::human::{level, tone};
use super::{Layout, examples};
use crate::agreement::notice;
use crate::agreement::waiver::Waiver;
use crate::catalog::{Entry, Form};
use crate::policy::{Level, Rollout, WaiverTerms};
use crate::report::{Paint, paragraph};

/// The margin of what is said of one policy.
const MARGIN: usize = 8;

pub(super) fn write(
    entries: &[&Entry],
    source: bool,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let writer = Writer { layout, paint: Paint { colour: layout.colour } };
    for (at, entry) in entries.iter().enumerate() {
        let text = match entries.first().filter(|first| at > 0 && says_the_same(first, entry)) {
            Some(first) => writer.level(entry, first),
            None => writer.whole(entry),
        };
        let gap = if at == 0 { "" } else { "\n" };
        out.write_all(writer.plain(&format!("{gap}{text}")).as_bytes())?;
    }
    examples::write(entries, layout, out)?;
    if source {
        let mut told = Vec::new();
        for code in entries.iter().flat_map(|entry| &entry.code) {
            if !told.contains(&(&code.file, code.line)) {
                told.push((&code.file, code.line));
                let place = format!("{}:{}", code.file, code.line);
                writeln!(out, "\n{}\n\n{}", writer.paint.dim(&place), code.text.trim_end())?;
            }
        }
    }
    Ok(())
}

struct Writer<'l> {
    layout: &'l Layout,
    paint: Paint,
}

impl Writer<'_> {
    fn whole(&self, entry: &Entry) -> String {
        let mut text = self.heading(entry);
        text.extend(self.when(entry));
        for (name, said) in
            [("what", &entry.description), ("why", &entry.why), ("fix", &entry.help)]
        {
            if let Some(said) = said {
                text.push_str(&self.paragraph(name, said));
            }
        }
        text.push_str(&self.paragraph("asked of", &asked_of(entry)));
        text.push_str(&self.list("reads", &entry.reads));
        if let Some(matches) = &entry.matches {
            text.push_str(&self.paragraph("match", &matches.to_string()));
        }
        if let Some(parameters) = &entry.parameters {
            text.push_str(&self.paragraph("given", &parameters.to_string()));
        }
        let who: Vec<_> = [&entry.owner, &entry.contact].into_iter().flatten().cloned().collect();
        if !who.is_empty() {
            text.push_str(&self.paragraph("who", &who.join(" · ")));
        }
        text.extend(granted(entry).map(|granted| self.paragraph("waivers", &granted)));
        text.push_str(&self.waivers(entry));
        text.push_str(&self.links(entry));
        text.push_str(
            &entry.since.iter().map(|since| self.paragraph("since", since)).collect::<String>(),
        );
        for (key, value) in &entry.custom {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.push_str(&self.paragraph("custom", &format!("{key}: {value}")));
        }
        let related = match entry.form {
            Form::Template => "judges by",
            _ => "template",
        };
        if !entry.related.is_empty() {
            text.push_str(&self.paragraph(related, &entry.related.join(", ")));
        }
        text + &self.rule(entry)
    }

    /// What is of its own about a further level of a policy.
    fn level(&self, entry: &Entry, first: &Entry) -> String {
        let when = self.when(entry).unwrap_or_default();
        let reads = if entry.reads == first.reads { &[][..] } else { &entry.reads };
        self.heading(entry) + &when + &self.list("reads", reads) + &self.rule(entry)
    }

    fn rule(&self, entry: &Entry) -> String {
        let (file, line) = entry.at();
        let rule = format!("{} · {file}:{line} · {}", entry.rule, entry.dialect.as_str());
        self.paragraph("rule", &rule)
    }

    fn heading(&self, entry: &Entry) -> String {
        heading(entry, self.layout) + "\n"
    }

    /// When it counts: what is to come, and all dates.
    fn when(&self, entry: &Entry) -> Option<String> {
        if entry.rollout.is_empty() {
            return None;
        }
        let dates: Vec<_> = steps(entry).iter().map(|(on, what)| format!("{what} {on}")).collect();
        let dates = dates.join(", ");
        let said = match self.layout.as_of.zip(entry.level) {
            None => dates,
            Some((day, level)) => match notice(&entry.rollout, level, day) {
                Some(notice) => format!("{notice} ({dates})"),
                None => format!("in force ({dates})"),
            },
        };
        Some(self.paragraph("when", &said))
    }

    /// The waivers that hold, and how many don't.
    fn waivers(&self, entry: &Entry) -> String {
        let holding = entry.waivers.iter().filter(|weighed| weighed.holds());
        let holding = holding.map(|weighed| self.paragraph("waived", &waived(&weighed.waiver)));
        let mut text: String = holding.collect();
        let others = entry.waivers.iter().filter(|weighed| !weighed.holds()).count();
        if others > 0 {
            let what = if others == 1 { "1 waiver does" } else { &format!("{others} waivers do") };
            let said = format!("{what} not hold: `manifestly waivers` tells why");
            text.push_str(&self.paragraph("", &said));
        }
        text
    }

    fn links(&self, entry: &Entry) -> String {
        let told = entry.links.iter().enumerate().map(|(at, link)| {
            let description = link.description.iter().map(|text| format!(" ({text})"));
            let said = format!("{}{}", link.url, description.collect::<String>());
            self.paragraph(if at == 0 { "docs" } else { "" }, &said)
        });
        told.collect()
    }

    fn list(&self, name: &str, items: &[String]) -> String {
        let lines = items.iter().enumerate();
        lines.map(|(at, item)| self.paragraph(if at == 0 { name } else { "" }, item)).collect()
    }

    fn paragraph(&self, name: &str, said: &str) -> String {
        paragraph_of(name, said, self.layout)
    }

    fn plain(&self, text: &str) -> String {
        if self.layout.unicode { text.to_owned() } else { text.replace('·', "-") }
    }
}

/// Whether two levels of a policy say of themselves the same.
fn says_the_same(one: &Entry, other: &Entry) -> bool {
    let said = |entry: &Entry| {
        let texts = [&entry.title, &entry.description, &entry.why, &entry.help, &entry.since];
        let people = [&entry.owner, &entry.contact];
        (texts.map(Clone::clone), people.map(Clone::clone), entry.kinds.clone())
    };
    let others = |entry: &Entry| {
        let Entry { links, custom, matches, parameters, waiver, related, .. } = entry;
        (
            links.clone(),
            custom.clone(),
            matches.clone(),
            parameters.clone(),
            waiver.clone(),
            related.clone(),
        )
    };
    said(one) == said(other) && others(one) == others(other)
}

/// The days of a rollout, and what happens on each.
pub(crate) fn steps(entry: &Entry) -> Vec<(NaiveDate, &'static str)> {
    let Rollout { announced, warn_from, enforce_from } = entry.rollout;
    let enforced = match entry.level {
        Some(Level::Deny) => "blocks from",
        Some(Level::Warn) => "warns from",
        Some(Level::Info) | None => "in force from",
    };
    let dates = [(announced, "announced"), (warn_from, "warns from"), (enforce_from, enforced)];
    dates.into_iter().filter_map(|(date, what)| Some((date?, what))).collect()
}

/// Which exceptions a policy grants, where it says so.
pub(crate) fn granted(entry: &Entry) -> Option<String> {
    let WaiverTerms { allowed, max_days, approvers } = &entry.waiver;
    if *allowed == Some(false) {
        return Some("none is granted".to_owned());
    }
    let days = max_days.map(|days| format!("for at most {}", counted_days(days)));
    let by = (!approvers.is_empty()).then(|| format!("granted by {}", approvers.join(", ")));
    let said: Vec<_> = days.into_iter().chain(by).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What a waiver lets pass, until when, and who agreed.
fn waived(waiver: &Waiver) -> String {
    let approved = waiver.approved_by.as_ref().map(|who| format!(", approved by {who}"));
    format!(
        "{} until {}{}: {} ({}:{})",
        waiver.selector.told(),
        waiver.expires,
        approved.unwrap_or_default(),
        waiver.reason.trim(),
        waiver.file(),
        waiver.line(),
    )
}

fn counted_days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The line that a policy is told under.
pub(crate) fn heading(entry: &Entry, layout: &Layout) -> String {
    let paint = Paint { colour: layout.colour };
    let level = paint.bold(tone(entry.level), level(entry));
    let title = paint.strong(entry.title.as_deref().unwrap_or(&entry.id));
    let id = entry.title.is_some().then_some(entry.id.as_str());
    let right = id.into_iter().chain(entry.severity.map(crate::policy::Severity::as_str));
    let dot = if layout.unicode { " · " } else { " - " };
    let right = right.collect::<Vec<_>>().join(dot);
    let gap = if right.is_empty() { "" } else { "  " };
    format!("{level}  {title}{gap}{}\n", paint.dim(&right))
}

/// What is said of a policy, beside its name.
pub(crate) fn paragraph_of(name: &str, said: &str, layout: &Layout) -> String {
    let name = Paint { colour: layout.colour }.dim(&format!("{name:<MARGIN$}"));
    let said = if layout.unicode { said.to_owned() } else { said.replace('·', "-") };
    paragraph(&name, MARGIN, &said, layout.width)
}

/// What a policy is asked about, in words.
pub(crate) fn asked_of(entry: &Entry) -> String {
    if entry.combine {
        return "all documents at once".to_owned();
    }
    let kinds = match entry.kinds.as_slice() {
        [] if entry.form == Form::Template => "what its constraints match".to_owned(),
        [] => "every kind".to_owned(),
        kinds => kinds.join(", "),
    };
    if entry.pod_templates {
        format!("{kinds}, and the pod templates of controllers")
    } else {
        kinds
    }
}
