//! What policies there are, and what each says of itself: `manifestly policy list` and `show`.
//!
//! ```
//! use manifestly::catalog::Catalog;
//! use manifestly::policy::Loader;
//!
//! let catalog = Catalog::of(&Loader::new().load().unwrap());
//! let [entry] = catalog.find("kubernetes/privileged")[..] else { panic!() };
//! assert_eq!(entry.kinds, ["Pod"]);
//! assert_eq!(entry.reads[1], "spec.containers[].securityContext.privileged");
//! ```

mod entry;
mod example;
mod format;
mod gatekeeper;
mod reads;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;

pub use entry::{Code, Entry, Form};
pub use example::{Example, ExampleKind};
pub(crate) use format::{EntryRecord, heading, paragraph_of};
pub use format::{Format, Layout, write_list, write_one};
#[cfg(feature = "handbook")]
pub(crate) use format::{asked_of, granted, steps};

use crate::agreement::waiver::Waivers;
use crate::policy::PolicySet;
use crate::policy::examples;
use crate::rego::PolicyError;
use crate::testing;

/// The policies of a set, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The policies, constraints and templates.
    pub entries: Vec<Entry>,
    /// What is wrong with constraints and templates that are not among them, each in its place.
    pub errors: Vec<PolicyError>,
}

impl Catalog {
    /// Looks through a set.
    pub fn of(policies: &PolicySet) -> Self {
        let mut entries = entry::of_rego(policies);
        let (of_gatekeeper, errors) = gatekeeper::entries(policies);
        entries.extend(of_gatekeeper);
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        Self { entries, errors }
    }

    /// Notes the examples that stand below some paths beside each policy. What is wrong with them is
    /// for `manifestly test` to tell.
    #[must_use]
    pub fn with_examples(mut self, policies: &PolicySet, paths: &[PathBuf]) -> Self {
        for group in examples::known(paths, &mut Vec::new()) {
            let Ok(subject) = examples::subject(&group, Some(policies), &policies.gatekeeper)
            else {
                continue;
            };
            let ids = subject.ids();
            for example in &group.examples {
                self.note(&ids, &Example::noted(example));
            }
        }
        self
    }

    /// The same, with their texts and what the policies that are wanted find in them.
    #[must_use]
    pub fn with_judged_examples(
        mut self,
        policies: &PolicySet,
        paths: &[PathBuf],
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> Self {
        for shown in testing::shown(policies, paths, wants) {
            self.note(&shown.ids, &Example::judged(&shown));
        }
        self
    }

    /// Notes the waivers of each policy, weighed as on a day. Gives what is wrong with them.
    pub fn note_waivers(
        &mut self,
        policies: &PolicySet,
        mut waivers: Waivers,
        as_of: NaiveDate,
    ) -> Vec<PolicyError> {
        let of_gatekeeper = gatekeeper::policies(policies);
        let all = policies.policies().map(|policy| &**policy).chain(&of_gatekeeper);
        waivers.weigh(all, as_of);
        for weighed in waivers.each() {
            let own = self.entries.iter_mut().filter(|entry| entry.id == weighed.waiver.policy);
            own.for_each(|entry| entry.waivers.push(weighed.clone()));
        }
        waivers.errors().collect()
    }

    fn note(&mut self, ids: &[String], example: &Example) {
        for entry in self.entries.iter_mut().filter(|entry| ids.contains(&entry.id)) {
            entry.examples.extend(example.of(entry));
        }
    }

    /// The entries of this id: one policy may have rules of several levels.
    pub fn find(&self, id: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.id == id).collect()
    }

    /// The ids that are most like one that there is not, the nearest first.
    pub fn nearest(&self, id: &str) -> Vec<&str> {
        let last = |id: &str| id.rsplit('/').next().unwrap_or(id).to_lowercase();
        let likeness = |known: &str| strsim::jaro_winkler(&last(known), &last(id));
        let ids: BTreeSet<&str> = self.entries.iter().map(|entry| entry.id.as_str()).collect();
        let mut near: Vec<_> = ids.into_iter().map(|known| (likeness(known), known)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let best = near.first().map_or(1.0, |(likeness, _)| *likeness);
        near.retain(|(likeness, _)| *likeness > 0.8 && *likeness > best - 0.1);
        near.into_iter().take(3).map(|(_, known)| known).collect()
    }
}
