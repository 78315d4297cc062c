//! The page of a policy: all that `manifestly explain` tells, and its examples whole.

use maud::{Markup, html};

use super::index::{badge, levels};
use super::page::{Here, page as framed};
use super::{example, prose};
use crate::catalog::{Entry, ExampleKind, Form, asked_of, granted};
use crate::handbook::{Chapter, Handbook};
use crate::report::uri;

fn body(handbook: &Handbook<'_>, chapter: &Chapter<'_>) -> Markup {
    let entry = chapter.entry();
    html! {
        p.badges {
            (levels(chapter))
            @if let Some(severity) = entry.severity { (badge(severity)) }
            " " code.id { (chapter.id) }
        }
        h1 { (chapter.title()) }
        (rollout(handbook, chapter))
        (said(None, entry.description.as_deref()))
        (said(Some("Why"), entry.why.as_deref()))
        (said(Some("How to comply"), entry.help.as_deref()))
        (examples(entry))
        section {
            h2 { "Who decided it" }
            (who(entry))
        }
        (links(entry))
        section {
            h2 { "What it looks at" }
            (looks(chapter))
        }
        section {
            h2 { "Where it stands" }
            (stands(chapter))
        }
        @if handbook.source { (source(chapter)) }
    }
}

pub(super) fn page(handbook: &Handbook<'_>, chapter: &Chapter<'_>) -> String {
    let body = body(handbook, chapter);
    framed(handbook, Here::Policy, chapter.title(), &body)
}

fn said(heading: Option<&str>, text: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = text {
            section {
                @if let Some(heading) = heading { h2 { (heading) } }
                (prose::prose(text))
            }
        }
    }
}

/// The days of its rollout, those that are past among them.
fn rollout(handbook: &Handbook<'_>, chapter: &Chapter<'_>) -> Markup {
    let steps = chapter.steps();
    html! {
        @if !steps.is_empty() {
            ol.rollout aria-label="Rollout" {
                @for (date, what) in &steps {
                    li data-past=[(*date <= handbook.as_of).then_some("")] {
                        time datetime=(date) { (date) } " " span { (what) }
                    }
                }
            }
            p.phase { "As of " time datetime=(handbook.as_of) { (handbook.as_of) } ": " (chapter.phase(handbook.as_of)) "." }
        }
    }
}

fn examples(entry: &Entry) -> Markup {
    let of = |kind| entry.examples.iter().filter(move |example| example.kind == kind);
    let first_bad = of(ExampleKind::Bad).next();
    let against = first_bad
        .and_then(|bad| bad.texts.first())
        .filter(|_| first_bad.is_some_and(|bad| bad.texts.len() == 1));
    html! {
        @if !entry.examples.is_empty() {
            section {
                h2 { "Examples" }
                @for bad in of(ExampleKind::Bad) { (example::article(bad, None)) }
                @for good in of(ExampleKind::Good) {
                    (example::article(good, against.map(|text| &**text)))
                }
            }
        }
    }
}

fn who(entry: &Entry) -> Markup {
    html! {
        @match (&entry.owner, &entry.contact) {
            (None, None) => p { "It does not say." },
            (owner, contact) => dl {
                @if let Some(owner) = owner { dt { "Owner" } dd { (owner) } }
                @if let Some(contact) = contact { dt { "Contact" } dd { (linked(contact)) } }
            }
        }
        @if let Some(granted) = granted(entry) { p { "Waivers: " (granted) "." } }
        (waivers(entry))
    }
}

/// The waivers that hold.
fn waivers(entry: &Entry) -> Markup {
    let holding: Vec<_> = entry.waivers.iter().filter(|weighed| weighed.holds()).collect();
    html! {
        @if !holding.is_empty() {
            table {
                thead { tr { th { "Waived" } th { "Reason" } th { "Approved by" } th { "Until" } } }
                tbody {
                    @for waiver in holding.iter().map(|weighed| &weighed.waiver) {
                        tr {
                            td { (waiver.selector.told()) code.id { (waiver.file()) ":" (waiver.line()) } }
                            td { (waiver.reason) }
                            td { (waiver.approved_by.as_deref().unwrap_or_default()) }
                            td { time datetime=(waiver.expires) { (waiver.expires) } }
                        }
                    }
                }
            }
        }
    }
}

/// An address is a link, anything else is text.
fn linked(text: &str) -> Markup {
    html! {
        @if let Some(url) = uri::web(text) { a href=(url) rel="noreferrer" { (text) } }
        @else { (text) }
    }
}

fn links(entry: &Entry) -> Markup {
    html! {
        @if !entry.links.is_empty() {
            section {
                h2 { "Read more" }
                ul {
                    @for link in &entry.links {
                        li {
                            (linked(&link.url))
                            @if let Some(description) = &link.description { ": " (description) }
                        }
                    }
                }
            }
        }
    }
}

fn looks(chapter: &Chapter<'_>) -> Markup {
    let entry = chapter.entry();
    let mut reads: Vec<&str> =
        chapter.entries.iter().flat_map(|it| &it.reads).map(String::as_str).collect();
    reads.sort_unstable();
    reads.dedup();
    html! {
        dl {
            dt { "Asked of" } dd { (asked_of(entry)) }
            @if !reads.is_empty() {
                dt { "Reads" }
                dd { ul.paths { @for path in reads { li { code { (path) } } } } }
            }
            @if let Some(matches) = &entry.matches { dt { "Match" } dd { pre { code { (pretty(matches)) } } } }
            @if let Some(parameters) = &entry.parameters {
                dt { "Parameters" } dd { pre { code { (pretty(parameters)) } } }
            }
        }
    }
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}")
}

fn stands(chapter: &Chapter<'_>) -> Markup {
    let entry = chapter.entry();
    let related = if entry.form == Form::Template { "Judges by" } else { "Template" };
    html! {
        dl {
            @for entry in &chapter.entries {
                dt { "Rule" }
                dd { code { (entry.rule) } ", " code { (entry.at().0) ":" (entry.at().1) } }
            }
            dt { "Dialect" } dd { (entry.dialect.as_str()) }
            @if !entry.related.is_empty() { dt { (related) } dd { (entry.related.join(", ")) } }
            @if let Some(since) = &entry.since { dt { "Since" } dd { (since) } }
            @for (key, value) in &entry.custom {
                dt { (key) }
                dd { @if let Some(text) = value.as_str() { (text) } @else { code { (value.to_string()) } } }
            }
        }
    }
}

fn source(chapter: &Chapter<'_>) -> Markup {
    let mut told = Vec::new();
    let code = chapter.entries.iter().flat_map(|entry| &entry.code);
    let code: Vec<_> = code
        .filter(|code| {
            let place = (&code.file, code.line);
            let is_new = !told.contains(&place);
            told.push(place);
            is_new
        })
        .collect();
    html! {
        @for code in code {
            details.source {
                summary { "Rego: " code { (code.file) } }
                pre tabindex="0" { code { (code.text) } }
            }
        }
    }
}
