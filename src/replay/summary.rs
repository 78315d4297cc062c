//! What came of logs, counted.

use std::collections::BTreeMap;

use super::entry::{Came, Entry, LeftOut, Reason};
use super::turn::Turn;

/// So many sets of policies are told apart.
const MOST: usize = 100;

/// What came of logs, counted.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    turns: BTreeMap<Turn, usize>,
    unjudged: BTreeMap<Reason, usize>,
    left_out: BTreeMap<LeftOut, usize>,
    /// How many requests each set of policies decided about, by its digest.
    policies: BTreeMap<String, usize>,
    /// How many requests were judged that some policies could not judge.
    partly: usize,
}

impl Summary {
    /// Counts one thing more.
    pub(super) fn add(&mut self, entry: &Entry) {
        let then = match &entry.came {
            Came::Judged(verdict) => {
                *self.turns.entry(verdict.turn).or_default() += 1;
                self.partly += usize::from(!verdict.problems.is_empty());
                &verdict.then
            }
            Came::Unjudged(unjudged) => {
                *self.unjudged.entry(unjudged.reason).or_default() += 1;
                &unjudged.then
            }
            Came::LeftOut(why) => {
                *self.left_out.entry(*why).or_default() += 1;
                return;
            }
        };
        if let Some(policies) = &then.policies {
            self.note(policies, 1);
        }
    }

    fn note(&mut self, policies: &str, count: usize) {
        if self.policies.len() < MOST || self.policies.contains_key(policies) {
            *self.policies.entry(policies.to_owned()).or_default() += count;
        }
    }

    /// Adds what came of another log.
    pub fn join(&mut self, other: &Self) {
        let Self { turns, unjudged, left_out, policies, partly } = other;
        turns.iter().for_each(|(turn, count)| *self.turns.entry(*turn).or_default() += count);
        unjudged.iter().for_each(|(why, count)| *self.unjudged.entry(*why).or_default() += count);
        left_out.iter().for_each(|(why, count)| *self.left_out.entry(*why).or_default() += count);
        policies.iter().for_each(|(policies, count)| self.note(policies, *count));
        self.partly += partly;
    }

    /// How many requests turned so.
    pub fn of(&self, turn: Turn) -> usize {
        self.turns.get(&turn).copied().unwrap_or_default()
    }

    /// How many requests were judged.
    pub fn judged(&self) -> usize {
        self.turns.values().sum()
    }

    /// How many are decided otherwise.
    pub fn differ(&self) -> usize {
        self.turns.iter().filter(|(turn, _)| turn.differs()).map(|(_, count)| count).sum()
    }

    /// How many could not be judged, for a reason.
    pub fn unjudged_for(&self, reason: Reason) -> usize {
        self.unjudged.get(&reason).copied().unwrap_or_default()
    }

    /// How many could not be judged.
    pub fn unjudged(&self) -> usize {
        self.unjudged.values().sum()
    }

    /// How many were judged that some policies could not judge, as others deny them.
    pub fn partly(&self) -> usize {
        self.partly
    }

    /// How many were left out, for a reason.
    pub fn left_out_for(&self, why: LeftOut) -> usize {
        self.left_out.get(&why).copied().unwrap_or_default()
    }

    /// How many were left out.
    pub fn left_out(&self) -> usize {
        self.left_out.values().sum()
    }

    /// How many requests each set of policies decided about, by its digest. Of very many, the first.
    pub fn policies(&self) -> &BTreeMap<String, usize> {
        &self.policies
    }

    /// 2 if something could not be judged, or nothing was; 1 if something is decided otherwise; else
    /// 0.
    pub fn exit_code(&self) -> u8 {
        match self.differ() {
            _ if self.unjudged() + self.partly > 0 || self.judged() == 0 => 2,
            0 => 0,
            _ => 1,
        }
    }
}
