//! The fingerprints of a report: no two findings share one, as what would be given twice is told
//! apart by counting.
//!
//! Which findings those are is found out for any number of them in little memory: first by the
//! fingerprint that they share, then sorted back into their order.

use std::collections::HashMap;
use std::io::{self, Read};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::check::{Finding, Problem, Reported};
use crate::spill::Spill;

/// How many bytes are held in memory.
const MEMORY: usize = 4 << 20;
/// What is noted of a finding: half of its hash, its window, its number in that.
const NOTE: usize = 16 + 8 + 8;

/// For each finding of a report, how many before it would have its fingerprint.
pub(super) struct Fingerprints {
    /// A lane for each window, of the numbers of findings and what they count.
    repeated: Spill,
    window: usize,
}

/// What the findings of one window count.
pub(super) struct Counts(HashMap<u64, u64>);

impl Counts {
    pub(super) fn of(&self, number: usize) -> u64 {
        self.0.get(&(number as u64)).copied().unwrap_or_default()
    }
}

impl Fingerprints {
    pub(super) fn of(report: &dyn Reported) -> io::Result<Self> {
        let mut notes = Spill::new(MEMORY);
        let mut window = 0_u64;
        report.windows(&mut |findings| {
            let prints: Vec<_> = findings.par_iter().map(Finding::fingerprint).collect();
            for (number, print) in (0_u64..).zip(prints) {
                let hash = print.as_bytes();
                notes.append(hash[0].into(), &hash[..16])?;
                notes.append(hash[0].into(), &window.to_le_bytes())?;
                notes.append(hash[0].into(), &number.to_le_bytes())?;
            }
            window += 1;
            Ok(())
        })?;
        let mut repeated = Spill::new(MEMORY);
        for lane in 0..256 {
            let mut given = HashMap::<[u8; 16], u64>::new();
            let mut lane = notes.read(lane);
            while let Some(note) = next::<NOTE>(&mut lane)? {
                let (hash, at) = note.split_at(16);
                let count = given.entry(hash.try_into().unwrap_or_default()).or_default();
                *count += 1;
                if *count > 1 {
                    let (window, number) = at.split_at(8);
                    let window = usize::try_from(number_of(window)).map_err(io::Error::other)?;
                    repeated.append(window, number)?;
                    repeated.append(window, &count.to_le_bytes())?;
                }
            }
        }
        Ok(Self { repeated, window: 0 })
    }

    /// What the findings of the next window count.
    pub(super) fn next(&mut self) -> io::Result<Counts> {
        let mut lane = self.repeated.read(self.window);
        let mut counts = HashMap::new();
        while let Some(note) = next::<16>(&mut lane)? {
            let (number, count) = note.split_at(8);
            counts.insert(number_of(number), number_of(count));
        }
        drop(lane);
        self.window += 1;
        Ok(Counts(counts))
    }
}

fn next<const N: usize>(lane: &mut impl Read) -> io::Result<Option<[u8; N]>> {
    let mut note = [0; N];
    match lane.read_exact(&mut note) {
        Ok(()) => Ok(Some(note)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn number_of(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

/// The fingerprint of a finding; `count` is what it counts, where others before it have the same.
pub(super) fn of_finding(finding: &Finding, count: u64) -> String {
    finding.fingerprint().repeated(count).to_string()
}

/// Of the problems of a report, in their order: errors, then warnings.
pub(super) fn of_problems(report: &dyn Reported) -> Vec<String> {
    let mut given = HashMap::<[u8; 32], u64>::new();
    let mut of_problem = |problem: &Problem| {
        let file = problem.file.clone().unwrap_or_default();
        let parts = ["problem".into(), problem.kind.as_str().into(), file, problem.message.clone()];
        let first = hash(&parts, 0);
        let count = given.entry(first).or_default();
        *count += 1;
        text(&if *count == 1 { first } else { hash(&parts, *count) })
    };
    report.errors().iter().chain(report.warnings()).map(&mut of_problem).collect()
}

fn hash(parts: &[String], count: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        // Keeps `ab`, `c` apart from `a`, `bc`.
        hash.update([0]);
    }
    hash.update(count.to_string());
    hash.finalize().into()
}

fn text(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
