//! What every page has: a head that lets nothing in from elsewhere, the ways around, a search.

use maud::{DOCTYPE, Markup, html};

use crate::handbook::Handbook;
use crate::handbook::index::By;

/// Nothing is loaded but what stands beside the pages, whatever a policy says.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; \
                      form-action 'none'";

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    Index,
    By(By),
    Policy,
}

impl Here {
    /// The way from it to the top of the handbook.
    fn root(self) -> &'static str {
        if self == Self::Policy { "../" } else { "" }
    }
}

pub(super) fn page(handbook: &Handbook<'_>, here: Here, title: &str, body: &Markup) -> String {
    let root = here.root();
    let is_title = title == handbook.title;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="manifestly";
                title { @if is_title { (title) } @else { (title) " · " (handbook.title) } }
                link rel="stylesheet" href={ (root) "handbook.css" };
                script src={ (root) "search.js" } defer {}
                script src={ (root) "handbook.js" } defer {}
            }
            body data-root=(root) {
                a.skip href="#content" { "Skip to the text" }
                header {
                    a.home href={ (root) "index.html" } { (handbook.title) }
                    nav aria-label="Handbook" {
                        (way(root, "index.html", "All", here == Here::Index))
                        @for by in By::ALL {
                            (way(root, &format!("{}.html", by.slug()), by.title(), here == Here::By(by)))
                        }
                    }
                    // Scripts show it: without them there is nothing that could search.
                    form.search role="search" hidden {
                        input type="search" name="q" autocomplete="off" placeholder="Search"
                            aria-label="Search the policies" aria-controls="found";
                        ol #found aria-live="polite" hidden {}
                    }
                }
                main #content { (body) }
                footer {
                    (handbook.chapters.len())
                    @if handbook.chapters.len() == 1 { " policy" } @else { " policies" }
                    ", dates as of " time datetime=(handbook.as_of) { (handbook.as_of) } "."
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn way(root: &str, to: &str, text: &str, is_here: bool) -> Markup {
    html! { a href={ (root) (to) } aria-current=[is_here.then_some("page")] { (text) } }
}
