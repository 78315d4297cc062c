//! Findings of one verdict against those of another.
//!
//! A violation is the same in both where its policy, its workload and its place are. Where a policy
//! says the same in other words, or points somewhere else, as many are the same as it found before.

use std::collections::{HashMap, HashSet};
use std::io;

use crate::agreement::{Fingerprint, ResourceNames, Standing};
use crate::check::{Finding, FixKind, Problem, Reported, Summary};
use crate::digest::{Digest, Parts};

use super::owners::Owners;
use super::turn::{Stands, Turn, Weight};

/// A violation of which something becomes.
#[derive(Clone, Debug)]
pub struct Change {
    /// What becomes of it.
    pub turn: Turn,
    /// As it is found; as it was found, where it is found no more.
    pub finding: Finding,
    /// How it stood, where it was found.
    pub before: Option<Standing>,
    /// How it stands, where it is found.
    pub after: Option<Standing>,
    /// Who owns the workload, where that is known.
    pub owner: Option<String>,
    /// What tells its workload from others.
    pub(super) workload: Digest,
}

/// A verdict, and what judged.
#[derive(Clone, Copy)]
pub struct Judged<'r> {
    /// What people call the policies.
    pub name: &'r str,
    /// What they found.
    pub report: &'r dyn Reported,
}

/// What judged, and what it judged.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What people call the policies.
    pub name: String,
    /// What they found, counted.
    pub summary: Summary,
}

/// What other policies would change.
#[derive(Clone, Debug, Default)]
pub struct Impact {
    /// The policies that are in force.
    pub before: Side,
    /// Those that take their place.
    pub after: Side,
    /// What could not be judged by either.
    pub errors: Vec<Problem>,
    /// The violations of which something becomes: by what that is, then by policy, then in the order
    /// of the manifests.
    pub changes: Vec<Change>,
    /// How many workloads are blocked that were not.
    pub stopped: usize,
    /// How many workloads were blocked and are not.
    pub released: usize,
    pub(super) newly_stopped: HashSet<Digest>,
}

/// What one policy says of one workload.
#[derive(Default)]
struct Pair {
    before: Vec<Told>,
    after: Vec<Told>,
}

#[derive(Clone, Copy)]
struct Told {
    fingerprint: Fingerprint,
    stands: Stands,
    /// Which finding of its report it is.
    number: usize,
}

/// What becomes of a finding, and how it stood or stands in the other verdict.
type Turns = HashMap<usize, (Turn, Option<Standing>)>;

impl Impact {
    /// Compares two verdicts about the same manifests.
    ///
    /// # Errors
    ///
    /// What reading findings gives that were set aside.
    pub fn between(judged: [Judged<'_>; 2], owners: &Owners) -> io::Result<Self> {
        let [before, after] = judged.map(|judged| judged.report);
        let mut pairs = HashMap::<Digest, Pair>::new();
        let mut blocked = HashMap::<Digest, [bool; 2]>::new();
        let sides: [(&dyn Reported, fn(&mut Pair) -> &mut Vec<Told>); 2] =
            [(before, |pair| &mut pair.before), (after, |pair| &mut pair.after)];
        for (side, (report, list)) in sides.into_iter().enumerate() {
            each(report, &mut |number, finding| {
                let workload = workload(finding);
                let stands = stands(finding);
                let blocks = &mut blocked.entry(workload).or_default()[side];
                *blocks |= stands.weight() == Weight::Blocks;
                let pair = pairs.entry(pair(finding, &workload)).or_default();
                let fingerprint = finding.fingerprint();
                list(pair).push(Told { fingerprint, stands, number });
            })?;
        }
        let (mut lost, mut found) = (Turns::new(), Turns::new());
        pairs.into_values().for_each(|pair| pair.turns(&mut lost, &mut found));
        let mut changes = Vec::new();
        for (report, turns, is_after) in [(after, &found, true), (before, &lost, false)] {
            each(report, &mut |number, finding| {
                let Some((turn, other)) = turns.get(&number) else { return };
                let own = Some(finding.standing);
                let (before, after) = if is_after { (*other, own) } else { (own, *other) };
                let finding = finding.clone();
                let owner = owners.of(&finding);
                let workload = workload(&finding);
                changes.push(Change { turn: *turn, finding, before, after, owner, workload });
            })?;
        }
        changes.sort_by(|a, b| order(a).cmp(&order(b)));
        let count = |of: [bool; 2]| blocked.values().filter(|blocked| **blocked == of).count();
        let (stopped, released) = (count([false, true]), count([true, false]));
        let newly_stopped = blocked.iter().filter(|(_, blocked)| **blocked == [false, true]);
        let newly_stopped = newly_stopped.map(|(workload, _)| *workload).collect();
        let mut errors = before.errors().to_vec();
        // A manifest that can't be read is the fault of neither.
        errors.extend(after.errors().iter().filter(|e| !before.errors().contains(e)).cloned());
        let [before, after] = judged.map(|Judged { name, report }| Side {
            name: name.to_owned(),
            summary: report.summary().clone(),
        });
        Ok(Self { before, after, errors, changes, stopped, released, newly_stopped })
    }

    /// How many violations newly block and are mended by `manifestly check --fix`.
    pub fn mended(&self) -> usize {
        let blocked = self.changes.iter().filter(|change| change.turn == Turn::NewlyBlocked);
        blocked.filter(|change| change.is_mended()).count()
    }

    /// Whether something blocks that did not.
    pub fn blocks_more(&self) -> bool {
        self.changes.iter().any(|change| change.turn == Turn::NewlyBlocked)
    }
}

impl Change {
    /// Whether `manifestly check --fix` mends it.
    pub fn is_mended(&self) -> bool {
        self.finding.fix.as_ref().is_some_and(|fix| fix.kind == FixKind::Safe)
    }
}

impl Pair {
    fn turns(mut self, lost: &mut Turns, found: &mut Turns) {
        let mut known = HashMap::<Fingerprint, Vec<Told>>::new();
        self.before.reverse();
        for told in self.before {
            known.entry(told.fingerprint).or_default().push(told);
        }
        let mut new = Vec::new();
        for told in self.after {
            match known.get_mut(&told.fingerprint).and_then(Vec::pop) {
                Some(same) => meet(Some(same), Some(told), lost, found),
                None => new.push(told),
            }
        }
        let mut gone: Vec<_> = known.into_values().flatten().collect();
        let by_weight = |told: &Told| (std::cmp::Reverse(told.stands.weight()), told.number);
        gone.sort_by_key(by_weight);
        new.sort_by_key(by_weight);
        let (mut gone, mut new) = (gone.into_iter(), new.into_iter());
        loop {
            match (gone.next(), new.next()) {
                (None, None) => return,
                (before, after) => meet(before, after, lost, found),
            }
        }
    }
}

fn meet(before: Option<Told>, after: Option<Told>, lost: &mut Turns, found: &mut Turns) {
    let stands = |told: Option<Told>| told.map(|told| told.stands);
    let standing = |told: Option<Told>| told.map(|told| told.stands.standing);
    let Some(turn) = Turn::between(stands(before), stands(after)) else { return };
    match (before, after) {
        (_, Some(told)) => found.insert(told.number, (turn, standing(before))),
        (Some(told), None) => lost.insert(told.number, (turn, None)),
        (None, None) => None,
    };
}

fn each(report: &dyn Reported, take: &mut dyn FnMut(usize, &Finding)) -> io::Result<()> {
    let mut number = 0;
    report.windows(&mut |window| {
        for finding in window {
            take(number, finding);
            number += 1;
        }
        Ok(())
    })
}

fn stands(finding: &Finding) -> Stands {
    Stands { standing: finding.standing, level: finding.level }
}

/// The same resource may stand in several files: in those of several clusters, say.
fn workload(finding: &Finding) -> Digest {
    let mut parts = Parts::new("workload");
    parts.add(finding.file().as_bytes());
    match finding.resource.as_ref().map(ResourceNames::from) {
        Some(names) if !names.name.is_empty() => parts.add(format!("{names:?}").as_bytes()),
        _ => {
            let document = finding.place.as_ref().map_or(0, |place| place.document);
            parts.add(&document.to_le_bytes());
        }
    }
    parts.digest()
}

fn pair(finding: &Finding, workload: &Digest) -> Digest {
    let mut parts = Parts::new("pair");
    parts.add(finding.policy.id.as_bytes());
    parts.add(workload.as_bytes());
    parts.digest()
}

/// What is found no more comes last in its turn, where it is alone anyway.
fn order(change: &Change) -> (Turn, &str, &str, usize, usize) {
    let place = change.finding.place.as_ref();
    (
        change.turn,
        &change.finding.policy.id,
        change.finding.file(),
        place.map_or(0, |place| place.document),
        place.map_or(0, |place| place.span.start),
    )
}
