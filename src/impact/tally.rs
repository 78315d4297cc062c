//! Changes, counted.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::digest::Digest;

use super::compare::{Change, Impact};
use super::turn::Turn;

/// How many violations take each turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// They block, and did not.
    pub newly_blocked: usize,
    /// They warn, and were let pass.
    pub newly_warned: usize,
    /// They will warn or block from a date on, and were not found.
    pub newly_upcoming: usize,
    /// They blocked, and only warn.
    pub no_longer_blocked: usize,
    /// They blocked or warned, and are let pass.
    pub newly_passing: usize,
    /// Workloads of which something newly blocks.
    pub workloads: usize,
    /// Those among them that nothing blocked before.
    pub stopped: usize,
}

impl Tally {
    /// How many take a turn.
    pub fn of(&self, turn: Turn) -> usize {
        match turn {
            Turn::NewlyBlocked => self.newly_blocked,
            Turn::NewlyWarned => self.newly_warned,
            Turn::NewlyUpcoming => self.newly_upcoming,
            Turn::NoLongerBlocked => self.no_longer_blocked,
            Turn::NewlyPassing => self.newly_passing,
        }
    }

    fn count(&mut self, turn: Turn) {
        *match turn {
            Turn::NewlyBlocked => &mut self.newly_blocked,
            Turn::NewlyWarned => &mut self.newly_warned,
            Turn::NewlyUpcoming => &mut self.newly_upcoming,
            Turn::NoLongerBlocked => &mut self.no_longer_blocked,
            Turn::NewlyPassing => &mut self.newly_passing,
        } += 1;
    }
}

/// Changes that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// What that is: the id of a policy, an owner, a namespace. Empty where there is none.
    pub name: String,
    /// How many there are.
    #[serde(flatten)]
    pub tally: Tally,
}

impl Impact {
    /// All changes, counted.
    pub fn tally(&self) -> Tally {
        self.grouped(|_| "").pop().map(|group| group.tally).unwrap_or_default()
    }

    /// By policy.
    pub fn by_policy(&self) -> Vec<Group> {
        self.grouped(|change| &change.finding.policy.id)
    }

    /// By the owner of the workload.
    pub fn by_owner(&self) -> Vec<Group> {
        self.grouped(|change| change.owner.as_deref().unwrap_or_default())
    }

    /// By the namespace that the manifest names.
    pub fn by_namespace(&self) -> Vec<Group> {
        self.grouped(|change| {
            change.finding.resource.as_ref().map_or("", |resource| &resource.namespace)
        })
    }

    /// In groups: those with the most that newly blocks first, then by name.
    fn grouped<'i>(&'i self, name: impl Fn(&'i Change) -> &'i str) -> Vec<Group> {
        let mut groups = BTreeMap::<&str, (Tally, HashSet<Digest>)>::new();
        for change in &self.changes {
            let (tally, workloads) = groups.entry(name(change)).or_default();
            tally.count(change.turn);
            if change.turn == Turn::NewlyBlocked && workloads.insert(change.workload) {
                tally.workloads += 1;
                tally.stopped += usize::from(self.newly_stopped.contains(&change.workload));
            }
        }
        let group = |(name, (tally, _)): (&str, (Tally, _))| Group { name: name.to_owned(), tally };
        let mut groups: Vec<_> = groups.into_iter().map(group).collect();
        let weight = |group: &Group| Turn::ALL.map(|turn| std::cmp::Reverse(group.tally.of(turn)));
        groups.sort_by_key(weight);
        groups
    }
}
