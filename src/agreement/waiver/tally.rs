//! What waivers did in a run, and what is to be said of them.

use chrono::NaiveDate;

use crate::rego::PolicyError;

use super::collection::{Found, Waivers, Weighed};
use super::fault::FaultKind;
use super::record::WeighedRecord;

/// How often each waiver of a run was asked for, by its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<Uses>);

/// How often a waiver was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Violations that it lets pass.
    pub waived: usize,
    /// Violations that it would let pass, if it held.
    pub in_vain: usize,
}

impl Tally {
    /// Counts what waivers made of a violation.
    pub fn add(&mut self, found: &Found) {
        if let Some(number) = found.by {
            self.of_mut(number).waived += 1;
            return;
        }
        for number in &found.in_vain {
            self.of_mut(*number).in_vain += 1;
        }
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        for (number, uses) in other.0.iter().enumerate() {
            let own = self.of_mut(number);
            own.waived += uses.waived;
            own.in_vain += uses.in_vain;
        }
    }

    /// The uses of a waiver.
    pub fn of(&self, number: usize) -> Uses {
        self.0.get(number).copied().unwrap_or_default()
    }

    fn of_mut(&mut self, number: usize) -> &mut Uses {
        let length = self.0.len().max(number + 1);
        self.0.resize(length, Uses::default());
        &mut self.0[number]
    }
}

impl Waivers {
    /// What is to be said of the waivers of a run, in the order of their files. What is wrong with
    /// one by itself is said always; that it is not its day, where violations are that it is for.
    pub fn notices(&self, tally: &Tally, as_of: NaiveDate) -> Vec<PolicyError> {
        let each = self.each().iter().enumerate();
        each.flat_map(|(number, weighed)| {
            let uses = tally.of(number);
            faults(weighed, uses).into_iter().chain(self.ending(weighed, uses, as_of))
        })
        .collect()
    }

    /// All of them, with what they did.
    pub fn records(&self, tally: &Tally, as_of: NaiveDate) -> Vec<WeighedRecord> {
        let each = self.each().iter().enumerate();
        each.map(|(number, weighed)| WeighedRecord::of(weighed, tally.of(number), as_of)).collect()
    }

    /// That a waiver ends soon, where something is waived that will stand then.
    fn ending(&self, weighed: &Weighed, uses: Uses, as_of: NaiveDate) -> Option<PolicyError> {
        let waiver = &weighed.waiver;
        let days = waiver.days_left(as_of);
        if !weighed.holds() || uses.waived == 0 || days > i64::from(self.rules().expiring_within) {
            return None;
        }
        let when = match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days => format!("in {days} days"),
        };
        let then = violations(uses.waived, "stands then", "stand then");
        let message = format!("the waiver ends {when}, on {}: {then}", waiver.expires);
        let error = PolicyError::at(message, waiver.source(), waiver.span(&["spec", "expires"]));
        Some(error.with_help("mend what it waives, or ask for a later day in time"))
    }
}

fn faults(weighed: &Weighed, uses: Uses) -> Vec<PolicyError> {
    let faults = weighed.faults.iter().filter_map(|fault| {
        let violations = match fault.kind {
            // That is an error.
            FaultKind::UnknownPolicy => return None,
            FaultKind::Ahead | FaultKind::Expired if uses.in_vain == 0 => return None,
            FaultKind::Ahead => violations(uses.in_vain, "waits for it", "wait for it"),
            FaultKind::Expired => violations(uses.in_vain, "stands again", "stand again"),
            _ => return Some(fault.located(&weighed.waiver)),
        };
        let error = fault.located(&weighed.waiver);
        Some(PolicyError { message: format!("{}: {violations}", error.message), ..error })
    });
    faults.collect()
}

fn violations(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 violation {one}") } else { format!("{count} violations {many}") }
}
