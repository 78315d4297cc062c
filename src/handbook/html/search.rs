//! What the search knows: a script beside the pages, so that it works from a folder, too.

use serde::Serialize;

use crate::catalog::asked_of;
use crate::handbook::Handbook;

/// A policy as the search knows it.
#[derive(Serialize)]
struct Known<'h> {
    title: &'h str,
    id: &'h str,
    page: String,
    /// What counts less than its title and id.
    about: String,
    /// All else that is said of it.
    text: String,
}

pub(super) fn index(handbook: &Handbook<'_>) -> String {
    let known = handbook.chapters.iter().map(|chapter| {
        let entry = chapter.entry();
        let about = [entry.owner.as_deref(), entry.contact.as_deref()];
        let about = about.into_iter().flatten().map(str::to_owned);
        let about =
            about.chain([asked_of(entry)]).chain(entry.severity.map(|it| it.as_str().to_owned()));
        let about = about.chain(chapter.levels().into_iter().map(str::to_owned));
        let said = [&entry.description, &entry.why, &entry.help].into_iter().flatten();
        let found = entry.examples.iter().flat_map(|example| &example.findings);
        let found = found.map(|finding| &finding.message);
        let text = said.chain(found).chain(&entry.reads).chain(&entry.related);
        Known {
            title: chapter.title(),
            id: chapter.id,
            page: format!("policies/{}.html", chapter.slug),
            about: about.collect::<Vec<_>>().join(" "),
            text: text.map(String::as_str).collect::<Vec<_>>().join(" "),
        }
    });
    let known: Vec<_> = known.collect();
    // Of a value that has texts alone nothing can fail.
    let json = serde_json::to_string(&known).unwrap_or_else(|_| "[]".to_owned());
    format!("\"use strict\";\nglobalThis.HANDBOOK = {json};\n")
}
