//! Pages that lead to policies.

use maud::{Markup, html};

use super::page::{Here, page};
use crate::handbook::index::{By, Group};
use crate::handbook::{Chapter, Handbook};
use crate::policy::Severity;

/// All policies.
pub(super) fn all(handbook: &Handbook<'_>) -> String {
    let chapters: Vec<_> = handbook.chapters.iter().collect();
    let body = html! {
        h1 { (handbook.title) }
        @if chapters.is_empty() { p { "There are no policies." } } @else { (table(&chapters, handbook)) }
    };
    page(handbook, Here::Index, &handbook.title, &body)
}

/// Policies in groups.
pub(super) fn by(handbook: &Handbook<'_>, by: By) -> String {
    let groups = by.groups(&handbook.chapters, handbook.as_of);
    let body = html! {
        h1 { "Policies " (by.title().to_lowercase()) }
        @if groups.len() > 1 { (contents(&groups)) }
        @for (at, group) in groups.iter().enumerate() {
            section aria-labelledby={ "group-" (at) } {
                h2 id={ "group-" (at) } {
                    (group.heading)
                    @if let Some(note) = group.note { " " span.note { (note) } }
                }
                (table(&group.chapters, handbook))
            }
        }
    };
    page(handbook, Here::By(by), by.title(), &body)
}

fn contents(groups: &[Group<'_, '_>]) -> Markup {
    html! {
        ul.contents {
            @for (at, group) in groups.iter().enumerate() {
                li {
                    a href={ "#group-" (at) } { (group.heading) }
                    " " span.count { (group.chapters.len()) }
                }
            }
        }
    }
}

fn table(chapters: &[&Chapter<'_>], handbook: &Handbook<'_>) -> Markup {
    html! {
        table {
            thead {
                tr { th { "Policy" } th { "Asks" } th { "Severity" } th { "Of" } th { "Owner" } th { "From" } }
            }
            tbody {
                @for chapter in chapters { (row(chapter, handbook)) }
            }
        }
    }
}

fn row(chapter: &Chapter<'_>, handbook: &Handbook<'_>) -> Markup {
    let entry = chapter.entry();
    let kinds = chapter.kinds();
    let next = chapter.steps().into_iter().find(|(date, _)| *date > handbook.as_of);
    html! {
        tr {
            td {
                a href={ "policies/" (chapter.slug) ".html" } { (chapter.title()) }
                @if entry.title.is_some() { code.id { (chapter.id) } }
            }
            td { (levels(chapter)) }
            td { @if let Some(severity) = entry.severity { (badge(severity)) } }
            td { @if kinds.is_empty() { "every kind" } @else { (kinds.join(", ")) } }
            td { (entry.owner.as_deref().unwrap_or_default()) }
            td {
                @if let Some((date, what)) = next {
                    time datetime=(date) { (date) } " " span.note { (what) }
                } @else { (chapter.phase(handbook.as_of)) }
            }
        }
    }
}

pub(super) fn levels(chapter: &Chapter<'_>) -> Markup {
    html! {
        @for level in chapter.levels() { span.level data-level=(level) { (level) } " " }
    }
}

pub(super) fn badge(severity: Severity) -> Markup {
    let name = severity.as_str();
    html! { span.severity data-severity=(name) { (name) } }
}
