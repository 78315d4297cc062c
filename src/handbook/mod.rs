//! The policies as a handbook: static pages that need no server, and Markdown.
//!
//! ```
//! use manifestly::agreement::Agreement;
//! use manifestly::catalog::Catalog;
//! use manifestly::handbook::{Format, Handbook};
//! use manifestly::policy::{Loader, date};
//!
//! let catalog = Catalog::of(&Loader::new().load().unwrap());
//! let agreement = Agreement::of(date("2026-12-01").unwrap());
//! let handbook = Handbook::new("Policies", &catalog, &agreement);
//! let files = handbook.files(&[Format::Html]);
//! assert!(files["index.html"].contains("Containers must not be privileged"));
//! assert!(files.contains_key("policies/kubernetes-privileged.html"));
//! ```

mod chapter;
mod example;
mod folder;
mod html;
mod index;
mod markdown;
mod slug;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::agreement::{Agreement, Phase};
use crate::catalog::Catalog;

pub use chapter::Chapter;
pub use folder::{FolderError, Written, write};

/// What a handbook is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// Pages for a browser, at the top of the folder
    Html,
    /// Markdown, in its folder `markdown`
    Markdown,
}

/// All policies of a catalogue, each a chapter.
#[derive(Clone, Debug)]
pub struct Handbook<'c> {
    /// What it is called.
    pub title: String,
    /// The day that dates are held against.
    pub as_of: NaiveDate,
    /// The policies, in the order of their ids.
    pub chapters: Vec<Chapter<'c>>,
    /// Whether the Rego is shown, too.
    pub source: bool,
}

impl<'c> Handbook<'c> {
    /// A handbook of all that is in a catalogue, with its Rego. Of policies that are not announced
    /// yet it tells only where the agreement wants that.
    pub fn new(title: impl Into<String>, catalog: &'c Catalog, agreement: &Agreement) -> Self {
        let as_of = agreement.as_of;
        let mut chapters = chapter::chapters(catalog);
        let is_told = |chapter: &Chapter<'_>| {
            Phase::of(&chapter.entry().rollout, as_of) != Phase::Unannounced
        };
        chapters.retain(|chapter| agreement.upcoming || is_told(chapter));
        Self { title: title.into(), as_of, chapters, source: true }
    }

    /// Its files by their names below the folder it is written to. The same policies and the same
    /// day give the same bytes.
    pub fn files(&self, formats: &[Format]) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        if formats.contains(&Format::Html) {
            files.extend(html::files(self));
        }
        if formats.contains(&Format::Markdown) {
            files.extend(markdown::files(self));
        }
        files
    }
}
