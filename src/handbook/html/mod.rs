//! Pages for a browser. They ask nothing of a server, and little of the browser: without scripts
//! everything can be read, and only the search is not there.

mod example;
mod index;
mod page;
mod policy;
mod prose;
mod search;

use std::collections::BTreeMap;

use super::Handbook;
use super::index::By;

const STYLE: &str = include_str!("handbook.css");
const SCRIPT: &str = include_str!("handbook.js");

pub(super) fn files(handbook: &Handbook<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([
        ("handbook.css".to_owned(), STYLE.to_owned()),
        ("handbook.js".to_owned(), SCRIPT.to_owned()),
        ("search.js".to_owned(), search::index(handbook)),
        ("index.html".to_owned(), index::all(handbook)),
    ]);
    for by in By::ALL {
        files.insert(format!("{}.html", by.slug()), index::by(handbook, by));
    }
    for chapter in &handbook.chapters {
        let name = format!("policies/{}.html", chapter.slug);
        files.insert(name, policy::page(handbook, chapter));
    }
    files
}
