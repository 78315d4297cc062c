//! The waivers of a run.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::agreement::Subject;
use crate::policy::Policy;
use crate::rego::PolicyError;
use crate::source::{SourceText, Walk, display_name, whole_path};

use super::approval::{self, Approval};
use super::fault::{Fault, FaultKind};
use super::signers::AllowedSigners;
use super::{Waiver, read, weigh};

/// What makes a waiver count, beside what its policy says.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What makes one approved.
    pub approval: Approval,
    /// Whose signatures count.
    pub signers: Option<AllowedSigners>,
    /// Who may approve those of policies that name nobody; anybody, where it is empty.
    pub approvers: Vec<String>,
    /// How many days those may last whose policies don't say.
    pub max_days: Option<u32>,
    /// What `files` of waivers are relative to; the working folder, where it is empty.
    pub root: PathBuf,
    /// How many days before its end a waiver is spoken of.
    pub expiring_within: u32,
    /// Whether there may be policies that are not asked, so that a waiver may name one of those.
    pub some_policies: bool,
}

impl Rules {
    /// Those who may approve waivers of a policy; anybody, where there are none.
    pub fn approvers_of<'r>(&'r self, policy: &'r Policy) -> &'r [String] {
        approval::approvers(&policy.metadata.waiver, self)
    }
}

/// Waivers as they stand in their files.
#[derive(Clone, Debug, Default)]
pub struct WaiverFiles {
    waivers: Vec<Arc<Waiver>>,
    errors: Vec<PolicyError>,
}

impl WaiverFiles {
    /// Reads files, and the YAML and JSON files below folders. What can't be read is told beside
    /// the waivers that can.
    pub fn read<P: AsRef<Path>>(paths: &[P]) -> Self {
        let mut all = Self::default();
        let walk = match Walk::new(&["yaml", "yml", "json"], &[], Path::new("")) {
            Ok(walk) => walk,
            Err(error) => return all.with_error(PolicyError::new(error.to_string())),
        };
        let (files, errors) = walk.files(paths);
        all.errors.extend(errors.iter().map(|error| PolicyError::new(error.to_string())));
        for file in &files {
            match file.read() {
                Ok(text) => all.add(&text),
                Err(error) => all.errors.push(PolicyError::new(error.to_string())),
            }
        }
        all
    }

    /// The waivers of a text.
    pub fn of_text(source: &Arc<SourceText>) -> Self {
        let mut all = Self::default();
        all.add(source);
        all
    }

    fn add(&mut self, source: &Arc<SourceText>) {
        let (waivers, errors) = read::read(source);
        self.waivers.extend(waivers.into_iter().map(Arc::new));
        self.errors.extend(errors);
    }

    /// The same with something else that is wrong.
    #[must_use]
    pub fn with_error(mut self, error: PolicyError) -> Self {
        self.errors.push(error);
        self
    }

    /// What could not be read.
    pub fn errors(&self) -> &[PolicyError] {
        &self.errors
    }

    /// The waivers, in the order of their files.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Waiver>> {
        self.waivers.iter()
    }
}

/// A waiver, and what keeps it from waiving.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The waiver.
    pub waiver: Arc<Waiver>,
    /// What keeps it from waiving; nothing, if it holds.
    pub faults: Vec<Fault>,
}

impl Weighed {
    /// Whether it waives.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether nothing is wrong with it but the day, if anything is.
    pub(super) fn is_well(&self) -> bool {
        self.faults.iter().all(|fault| matches!(fault.kind, FaultKind::Ahead | FaultKind::Expired))
    }
}

/// The waivers of a run.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    files: WaiverFiles,
    rules: Rules,
    each: Vec<Weighed>,
    /// Which of them are of a policy, those that hold longest first.
    of_policy: BTreeMap<String, Vec<usize>>,
}

/// What the waivers of a run make of a violation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The waiver that lets it pass, by its number.
    pub by: Option<usize>,
    /// Those that would, and don't hold.
    pub in_vain: Vec<usize>,
}

impl Waivers {
    /// Waivers that let nothing pass before they are [weighed](Self::weigh).
    pub fn new(files: WaiverFiles, rules: Rules) -> Self {
        Self { files, rules, ..Self::default() }
    }

    /// Whether there is none to weigh.
    pub fn is_empty(&self) -> bool {
        self.files.waivers.is_empty()
    }

    /// Weighs them by the policies that they name, on a day.
    pub fn weigh<'p>(&mut self, policies: impl Iterator<Item = &'p Policy>, as_of: NaiveDate) {
        let rules = &self.rules;
        let mut by_id: BTreeMap<&str, Vec<&Policy>> = BTreeMap::new();
        policies.for_each(|policy| by_id.entry(&policy.id).or_default().push(policy));
        let weigh = |waiver: &Arc<Waiver>| {
            let faults = match by_id.get(waiver.policy.as_str()) {
                Some(policies) => weigh::faults_by_all(waiver, policies, rules, as_of),
                None if rules.some_policies => Vec::new(),
                None => vec![weigh::unknown_policy(waiver, &nearest(&waiver.policy, by_id.keys()))],
            };
            Weighed { waiver: Arc::clone(waiver), faults }
        };
        let each: Vec<_> = self.files.iter().map(weigh).collect();
        let mut of_policy: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, weighed) in each.iter().enumerate() {
            of_policy.entry(weighed.waiver.policy.clone()).or_default().push(number);
        }
        for numbers in of_policy.values_mut() {
            numbers
                .sort_by_key(|number| (std::cmp::Reverse(each[*number].waiver.expires), *number));
        }
        (self.each, self.of_policy) = (each, of_policy);
    }

    /// All of them, in the order of their files.
    pub fn each(&self) -> &[Weighed] {
        &self.each
    }

    /// What is wrong with them so that a run can't be whole: those that can't be read, and those of
    /// policies that are not there.
    pub fn errors(&self) -> impl Iterator<Item = PolicyError> + '_ {
        let unknown = self.each.iter().flat_map(|weighed| {
            let faults = weighed.faults.iter();
            let unknown = faults.filter(|fault| fault.kind == FaultKind::UnknownPolicy);
            unknown.map(|fault| fault.located(&weighed.waiver))
        });
        self.files.errors.iter().cloned().chain(unknown)
    }

    /// What makes them count.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// One of them, by its number.
    pub fn get(&self, number: usize) -> Option<&Weighed> {
        self.each.get(number)
    }

    /// Whether there are any of a policy.
    pub fn concern(&self, policy: &Policy) -> bool {
        self.of_policy.contains_key(&policy.id)
    }

    /// The waivers that are for a violation: of several, the one that holds longest lets it pass.
    pub fn find(&self, subject: &Subject<'_>) -> Found {
        let mut found = Found::default();
        let Some(numbers) = self.of_policy.get(&subject.policy.id) else { return found };
        let file = OnceCell::new();
        let file = || file.get_or_init(|| self.relative(subject.file)).as_str();
        for number in numbers {
            let weighed = &self.each[*number];
            // One that is for everything is told of anyway.
            if weighed.waiver.selector.is_open() || !weighed.waiver.selector.selects(subject, &file)
            {
                continue;
            }
            if weighed.holds() {
                found.by = found.by.or(Some(*number));
            } else if weighed.is_well() {
                found.in_vain.push(*number);
            }
        }
        found
    }

    /// A file's name as globs know it.
    fn relative(&self, file: &str) -> String {
        let whole = whole_path(Path::new(file));
        match whole.strip_prefix(whole_path(&self.rules.root)) {
            Ok(within) => display_name(within),
            Err(_) => display_name(&whole),
        }
    }
}

/// The ids that one may have been meant to be.
fn nearest<'i>(id: &str, known: impl Iterator<Item = &'i &'i str>) -> Vec<&'i str> {
    let mut near: Vec<_> = known
        .map(|known| (strsim::damerau_levenshtein(id, known), *known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .collect();
    near.sort_unstable();
    near.into_iter().take(2).map(|(_, known)| known).collect()
}
