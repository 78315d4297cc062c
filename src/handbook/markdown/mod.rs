//! The handbook as Markdown, for wikis and repositories.

mod policy;

use std::collections::BTreeMap;

use crate::report::{one_line, prose};

use super::index::{By, Group};
use super::{Chapter, Handbook};

pub(super) fn files(handbook: &Handbook<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("markdown/README.md".to_owned(), index(handbook))]);
    for chapter in &handbook.chapters {
        let name = format!("markdown/policies/{}.md", chapter.slug);
        files.insert(name, policy::page(handbook, chapter));
    }
    files
}

fn index(handbook: &Handbook<'_>) -> String {
    let mut text = format!("# {}\n\n", prose::inline(&handbook.title));
    if handbook.chapters.is_empty() {
        text.push_str("There are no policies.\n");
        return text;
    }
    text.push_str("| Policy | Asks | Severity | Of | Owner | From |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    text.extend(handbook.chapters.iter().map(|chapter| row(chapter, handbook)));
    for by in By::ALL {
        text.push_str(&format!("\n## {}\n", by.title()));
        for group in by.groups(&handbook.chapters, handbook.as_of) {
            text.push_str(&listed(&group));
        }
    }
    text.push_str(&format!("\nDates as of {}.\n", handbook.as_of));
    text
}

fn row(chapter: &Chapter<'_>, handbook: &Handbook<'_>) -> String {
    let entry = chapter.entry();
    let kinds = match chapter.kinds().as_slice() {
        [] => "every kind".to_owned(),
        kinds => kinds.join(", "),
    };
    let next = chapter.steps().into_iter().find(|(date, _)| *date > handbook.as_of);
    let from = match next {
        Some((date, what)) => format!("{date}: {what}"),
        None => chapter.phase(handbook.as_of).to_owned(),
    };
    let cells = [
        link(chapter),
        chapter.levels().join(", "),
        entry.severity.map_or("", crate::policy::Severity::as_str).to_owned(),
        prose::inline(&kinds),
        prose::inline(entry.owner.as_deref().unwrap_or_default()),
        from,
    ];
    format!("| {} |\n", cells.map(|cell| prose::cell(&cell)).join(" | "))
}

fn listed(group: &Group<'_, '_>) -> String {
    let note = group.note.map(|note| format!(": {note}")).unwrap_or_default();
    let mut text = format!("\n### {}{note}\n\n", prose::inline(&group.heading));
    text.extend(group.chapters.iter().map(|chapter| format!("- {}\n", link(chapter))));
    text
}

fn link(chapter: &Chapter<'_>) -> String {
    format!("[{}](policies/{}.md)", prose::inline(&one_line(chapter.title())), chapter.slug)
}
