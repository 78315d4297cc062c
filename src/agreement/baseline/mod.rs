//! The baseline: the violations that stood when their policies came. They don't block, new ones do.
//!
//! It holds how often each fingerprint stood, so that what stands in two files, or twice in one
//! place, may stand as often and no more.

mod read;
mod write;

use std::collections::{BTreeMap, HashMap};

use super::fingerprint::{Fingerprint, ResourceNames, Said};

pub use write::Syntax;

/// What stood at one place by one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stood {
    /// The policy's id.
    pub policy: String,
    /// The resource; none for what is said of several at once.
    pub resource: Option<ResourceNames>,
    /// The path in the resource, with members of lists by what they are known by.
    pub path: Option<String>,
    /// What the policy said, where nothing else tells it from others.
    pub message: Option<String>,
}

impl Stood {
    /// What a policy says.
    pub fn new(policy: &str, resource: Option<ResourceNames>, said: Said<'_>) -> Self {
        let (path, message) = match said {
            Said::At(path) => (Some(path.to_owned()), None),
            Said::Words(words) => (None, Some(words.to_owned())),
        };
        Self { policy: policy.to_owned(), resource, path, message }
    }

    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        let words = Said::Words(self.message.as_deref().unwrap_or_default());
        let said = self.path.as_deref().map_or(words, Said::At);
        Fingerprint::new(&self.policy, self.resource.as_ref(), said)
    }
}

/// What stood when policies came, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// In the order of policies and resources, as it is written.
    stood: BTreeMap<Stood, u64>,
}

/// What became of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What stood and still does, as often as it does.
    pub kept: Baseline,
    /// What stood and is gone.
    pub gone: Baseline,
    /// What is new.
    pub new: Baseline,
}

impl Baseline {
    /// Adds something that stands.
    pub fn add(&mut self, stood: Stood) {
        *self.stood.entry(stood).or_default() += 1;
    }

    /// All that stood, and how often, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Stood, u64)> {
        self.stood.iter().map(|(stood, count)| (stood, *count))
    }

    /// How many findings it holds.
    pub fn count(&self) -> u64 {
        self.stood.values().sum()
    }

    /// Whether nothing stood.
    pub fn is_empty(&self) -> bool {
        self.stood.is_empty()
    }

    /// What became of it, if this is what stands now.
    pub fn change(&self, now: &Self) -> Change {
        let mut change = Change::default();
        let put = |into: &mut Self, stood: &Stood, count: u64| {
            if count > 0 {
                into.stood.insert(stood.clone(), count);
            }
        };
        let count = |of: &Self, stood: &Stood| of.stood.get(stood).copied().unwrap_or_default();
        for (stood, before) in self.iter() {
            let now = count(now, stood);
            put(&mut change.kept, stood, before.min(now));
            put(&mut change.gone, stood, before.saturating_sub(now));
        }
        for (stood, now) in now.iter() {
            put(&mut change.new, stood, now.saturating_sub(count(self, stood)));
        }
        change
    }

    /// Adds all of another one.
    pub fn extend(&mut self, more: &Self) {
        for (stood, count) in more.iter() {
            *self.stood.entry(stood.clone()).or_default() += count;
        }
    }

    /// What may stand in a run.
    pub fn allowance(&self) -> Allowance {
        let left = self.iter().map(|(stood, count)| (stood.fingerprint(), count));
        Allowance { left: left.collect(), seen: HashMap::new() }
    }
}

/// What may still stand in a run. Findings must be told in one order, as of those that share a
/// fingerprint the first ones stand.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    left: HashMap<Fingerprint, u64>,
    seen: HashMap<Fingerprint, u64>,
}

impl Allowance {
    /// Whether a finding stood before; it is used up.
    pub fn takes(&mut self, fingerprint: &Fingerprint) -> bool {
        let left = self.left.get_mut(fingerprint).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    /// How often a finding with this fingerprint may still stand.
    pub fn of(&self, fingerprint: &Fingerprint) -> u64 {
        self.left.get(fingerprint).copied().unwrap_or_default()
    }

    /// Notes a finding that something else lets pass: it may be one that stood before, and is not
    /// mended.
    pub fn sees(&mut self, fingerprint: &Fingerprint) {
        if self.left.contains_key(fingerprint) {
            *self.seen.entry(*fingerprint).or_default() += 1;
        }
    }

    /// How many findings stood before and were not told.
    pub fn left(&self) -> u64 {
        let seen = |fingerprint| self.seen.get(fingerprint).copied().unwrap_or_default();
        self.left.iter().map(|(known, left)| left.saturating_sub(seen(known))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stood(path: &str) -> Stood {
        Stood::new("p", Some(ResourceNames::default()), Said::At(path))
    }

    fn baseline(paths: &[&str]) -> Baseline {
        let mut baseline = Baseline::default();
        paths.iter().for_each(|path| baseline.add(stood(path)));
        baseline
    }

    #[test]
    fn no_more_may_stand_than_stood() {
        let mut allowance = baseline(&["a", "a", "b"]).allowance();
        let mut takes = |path: &str| allowance.takes(&stood(path).fingerprint());
        assert_eq!([takes("a"), takes("a"), takes("a")], [true, true, false]);
        assert_eq!([takes("b"), takes("c")], [true, false]);
        assert_eq!(allowance.left(), 0);
        let mut allowance = baseline(&["a", "a"]).allowance();
        assert_eq!(allowance.left(), 2);
        // What is waived is still there, and takes the place of none that is not.
        ["a", "b"].iter().for_each(|path| allowance.sees(&stood(path).fingerprint()));
        assert_eq!(allowance.left(), 1);
        assert!(allowance.takes(&stood("a").fingerprint()));
    }

    #[test]
    fn a_change_parts_what_is_kept_gone_and_new() {
        let change = baseline(&["a", "a", "b"]).change(&baseline(&["a", "c", "c"]));
        assert_eq!(change.kept, baseline(&["a"]));
        assert_eq!(change.gone, baseline(&["a", "b"]));
        assert_eq!(change.new, baseline(&["c", "c"]));
        let mut all = change.kept;
        all.extend(&change.new);
        assert_eq!(all, baseline(&["a", "c", "c"]));
    }
}
