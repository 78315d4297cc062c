//! A policy as Markdown.

use crate::catalog::{Entry, Example, ExampleKind, asked_of, granted};
use crate::handbook::example::lines;
use crate::handbook::{Chapter, Handbook};
use crate::report::{prose, uri};
use crate::source::SourceText;

use crate::report::one_line;

pub(super) fn page(handbook: &Handbook<'_>, chapter: &Chapter<'_>) -> String {
    let entry = chapter.entry();
    let mut text = format!("# {}\n\n", prose::inline(&one_line(chapter.title())));
    let severity = entry.severity.map(|severity| severity.as_str().to_owned());
    let facts = [prose::code(chapter.id), chapter.levels().join(", ")];
    let facts: Vec<_> = facts.into_iter().chain(severity).collect();
    text.push_str(&format!("{}\n", facts.join(" · ")));
    text.push_str(&rollout(handbook, chapter));
    let said = [
        (None, &entry.description),
        (Some("Why"), &entry.why),
        (Some("How to comply"), &entry.help),
    ];
    for (heading, said) in said {
        if let Some(said) = said {
            text.push_str(&heading.map(|it| format!("\n## {it}\n")).unwrap_or_default());
            text.push_str(&format!("\n{}\n", prose::prose(said.trim_end())));
        }
    }
    text.push_str(&examples(&entry.examples));
    let who: Vec<_> = [&entry.owner, &entry.contact].into_iter().flatten().collect();
    if !who.is_empty() {
        let who: Vec<_> = who.into_iter().map(|who| prose::inline(who)).collect();
        text.push_str(&format!("\n## Who decided it\n\n{}\n", who.join(", ")));
    }
    text.push_str(&waivers(entry));
    if !entry.links.is_empty() {
        text.push_str("\n## Read more\n\n");
        for link in &entry.links {
            let url = match uri::web(&link.url) {
                Some(url) => format!("<{url}>"),
                None => prose::code(&link.url),
            };
            let about = link.description.as_ref().map(|it| format!(": {}", prose::inline(it)));
            text.push_str(&format!("- {url}{}\n", about.unwrap_or_default()));
        }
    }
    text.push_str(&looks(chapter));
    text.push_str("\n## Where it stands\n\n");
    for entry in &chapter.entries {
        let (file, line) = entry.at();
        let place = prose::code(&format!("{file}:{line}"));
        text.push_str(&format!("- {}, {place}\n", prose::code(&entry.rule)));
    }
    text
}

/// Which waivers are granted, and those that hold.
fn waivers(entry: &Entry) -> String {
    let granted = granted(entry).map(|granted| format!("\n{}\n", prose::inline(&granted)));
    let holding = entry.waivers.iter().filter(|weighed| weighed.holds());
    let holding = holding.map(|weighed| {
        let waiver = &weighed.waiver;
        let approved = waiver.approved_by.as_ref();
        let approved = approved.map(|who| format!(", approved by {}", prose::inline(who)));
        let selects = prose::inline(&waiver.selector.told());
        let reason = prose::inline(&waiver.reason);
        format!("- {selects} until {}{}: {reason}\n", waiver.expires, approved.unwrap_or_default())
    });
    let holding: String = holding.collect();
    let gap = if holding.is_empty() { "" } else { "\n" };
    let text = format!("{}{gap}{holding}", granted.unwrap_or_default());
    if text.is_empty() { text } else { format!("\n## Waivers\n{text}") }
}

fn rollout(handbook: &Handbook<'_>, chapter: &Chapter<'_>) -> String {
    let steps = chapter.steps();
    if steps.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n");
    text.extend(steps.iter().map(|(date, what)| format!("- {date}: {what}\n")));
    text.push_str(&format!("\nAs of {}: {}.\n", handbook.as_of, chapter.phase(handbook.as_of)));
    text
}

fn looks(chapter: &Chapter<'_>) -> String {
    let asked = prose::inline(&asked_of(chapter.entry()));
    let mut text = format!("\n## What it looks at\n\n{asked}\n");
    let mut reads: Vec<&String> = chapter.entries.iter().flat_map(|it| &it.reads).collect();
    reads.sort_unstable();
    reads.dedup();
    if !reads.is_empty() {
        text.push('\n');
        text.extend(reads.iter().map(|path| format!("- {}\n", prose::code(path))));
    }
    text
}

fn examples(examples: &[Example]) -> String {
    let of = |kind| examples.iter().filter(move |example| example.kind == kind);
    let mut text = String::new();
    for example in of(ExampleKind::Bad).chain(of(ExampleKind::Good)) {
        if text.is_empty() {
            text.push_str("\n## Examples\n");
        }
        let verdict = match (example.holds(), example.judged, example.kind) {
            (true, _, ExampleKind::Bad) => "Caught",
            (true, _, ExampleKind::Good) => "Passes",
            (false, true, ExampleKind::Bad) => "Meant to be caught, and is not",
            (false, true, ExampleKind::Good) => "Meant to pass, and is caught",
            (false, false, _) => "Not judged",
        };
        text.push_str(&format!("\n### {verdict}: {}\n", prose::code(&example.path)));
        for fault in &example.faults {
            text.push_str(&format!("\n{}\n", prose::inline(&fault.message)));
        }
        for source in &example.texts {
            text.push_str(&format!("\n{}", fenced(source)));
            let lines = lines(example, source, None);
            let notes = lines.iter().enumerate().flat_map(|(at, line)| {
                let note =
                    move |note: &String| format!("- line {}: {}\n", at + 1, prose::inline(note));
                line.notes.iter().map(note)
            });
            let notes: String = notes.collect();
            if !notes.is_empty() {
                text.push_str(&format!("\n{notes}"));
            }
        }
    }
    text
}

/// A block of code with a fence that nothing in it can close.
fn fenced(source: &SourceText) -> String {
    let text = source.text();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let language = if source.name().ends_with(".json") { "json" } else { "yaml" };
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
