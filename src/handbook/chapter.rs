//! One policy of the handbook.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::agreement::Phase;
use crate::catalog::{self, Catalog, Entry, Form};

use super::slug::Slugs;

/// A policy with all its levels.
#[derive(Clone, Debug)]
pub struct Chapter<'c> {
    /// The policy's id.
    pub id: &'c str,
    /// The name of its pages.
    pub slug: String,
    /// What is known of it, for each of its levels.
    pub entries: Vec<&'c Entry>,
}

pub(super) fn chapters(catalog: &Catalog) -> Vec<Chapter<'_>> {
    let mut slugs = Slugs::default();
    let mut found = Vec::new();
    for entries in catalog.entries.chunk_by(|a, b| a.id == b.id) {
        let id = entries[0].id.as_str();
        found.push(Chapter { id, slug: slugs.next(id), entries: entries.iter().collect() });
    }
    found
}

impl<'c> Chapter<'c> {
    /// The strictest of its levels, which speaks for all.
    pub fn entry(&self) -> &'c Entry {
        let strictest = self.entries.iter().rev().max_by_key(|entry| entry.level);
        strictest.unwrap_or(&self.entries[0])
    }

    /// The title, or what stands in for one.
    pub fn title(&self) -> &'c str {
        self.entry().title.as_deref().unwrap_or(self.id)
    }

    /// Its levels, the strictest first.
    pub fn levels(&self) -> Vec<&'static str> {
        let levels: BTreeSet<_> =
            self.entries.iter().filter_map(|entry| entry.level).map(std::cmp::Reverse).collect();
        if levels.is_empty() {
            let is_template = self.entry().form == Form::Template;
            return vec![if is_template { "template" } else { "off" }];
        }
        levels.into_iter().map(|level| level.0.as_str()).collect()
    }

    /// The kinds that it is asked about; empty for all.
    pub fn kinds(&self) -> Vec<&'c str> {
        let mut kinds: Vec<_> =
            self.entries.iter().flat_map(|entry| &entry.kinds).map(String::as_str).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let is_open = |entry: &&&Entry| entry.kinds.is_empty();
        if self.entries.iter().any(|entry| is_open(&entry)) { Vec::new() } else { kinds }
    }

    /// The days of its rollout with what begins on each, as words.
    pub(super) fn steps(&self) -> Vec<(NaiveDate, &'static str)> {
        let steps = catalog::steps(self.entry()).into_iter();
        steps.map(|(date, what)| (date, what.trim_end_matches(" from"))).collect()
    }

    /// How far its rollout has come, in words.
    pub(super) fn phase(&self, as_of: NaiveDate) -> &'static str {
        match Phase::of(&self.entry().rollout, as_of) {
            Phase::Unannounced => "not announced yet",
            Phase::Upcoming => "announced, asks for nothing yet",
            Phase::Warning => "warns",
            Phase::Enforced => "in force",
        }
    }
}
