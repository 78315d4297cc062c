//! What a run found, counted.

use std::io;
use std::time::Duration;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::waiver::WeighedRecord;
use crate::agreement::{Basis, Standing};
use crate::policy::Level;
use crate::rego::PolicyErrors;

use super::finding::{Finding, FindingRecord};
use super::printed::Prints;
use super::problem::{Problem, ProblemKind, ProblemRecord};

/// From which findings on a run fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// From blocking findings on
    #[default]
    Deny,
    /// From warnings on
    Warn,
    /// Never; what could not be judged still fails
    Never,
}

impl FailOn {
    /// The level's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Never => "never",
        }
    }
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Resources that were judged.
    pub resources: usize,
    /// Documents that are no manifests, and so were not judged.
    pub skipped: usize,
    /// Policies that were asked.
    pub policies: usize,
    /// Findings that block.
    pub deny: usize,
    /// Findings that warn.
    pub warn: usize,
    /// Findings that will warn or block from a date on.
    pub upcoming: usize,
    /// Findings that an agreed exception lets pass.
    pub waived: usize,
    /// Findings that stood before their policies came.
    pub baselined: usize,
    /// How many more the baseline holds, which were not found.
    pub mended: usize,
    /// Findings of policies that are not announced yet. They are not among the findings.
    pub unannounced: usize,
    /// Things that could not be judged.
    pub errors: usize,
    /// The day that dates were held against, in UTC.
    #[schemars(with = "String")]
    pub as_of: NaiveDate,
    /// What the verdict rests on; none of a run that could not begin.
    #[serde(skip)]
    pub basis: Option<Basis>,
    /// How long it took, in milliseconds. The one value that may differ between two runs.
    pub duration_ms: u64,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The counts.
    pub summary: Summary,
    /// The findings, in the order of files, documents and places.
    pub findings: Vec<Finding>,
    /// What could not be judged, in the order of files and policies.
    pub errors: Vec<Problem>,
    /// What policies printed.
    pub prints: Prints,
    /// The waivers of the run, and what they did.
    pub waivers: Vec<WeighedRecord>,
    /// What is worth a look, and decides nothing.
    pub warnings: Vec<Problem>,
}

impl Report {
    /// A report of nothing but problems, for a run that could not begin.
    pub fn of_problems(errors: Vec<Problem>) -> Self {
        let summary = Summary { errors: errors.len(), ..Summary::default() };
        Self { summary, errors, ..Self::default() }
    }

    pub(super) fn of_policy_errors(errors: PolicyErrors) -> Self {
        let problem = |error| Problem::of_policy(ProblemKind::Policy, error);
        Self::of_problems(errors.0.into_iter().map(problem).collect())
    }

    /// Whether no finding is at or above the level.
    pub fn passes(&self, fail_on: FailOn) -> bool {
        self.counts().pass(fail_on)
    }

    /// The exit code that the run deserves: 2 if anything could not be judged, else 1 if it does
    /// not pass, else 0.
    pub fn exit_code(&self, fail_on: FailOn) -> u8 {
        self.counts().exit_code(&self.errors, fail_on)
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.findings.iter().for_each(|finding| counts.add(finding.level, finding.standing, 1));
        counts
    }
}

/// What can be written: counts, problems, and findings that are gone through as often as it
/// takes.
pub trait Reported {
    /// The counts.
    fn summary(&self) -> &Summary;

    /// What could not be judged, in the order of files and policies.
    fn errors(&self) -> &[Problem];

    /// What is worth a look, and decides nothing.
    fn warnings(&self) -> &[Problem];

    /// The waivers of the run, and what they did.
    fn waivers(&self) -> &[WeighedRecord];

    /// Hands over the findings in their order, some at a time: the same ones every time.
    ///
    /// # Errors
    ///
    /// What `take` gives, and what reading back what was set aside gives.
    fn windows(&self, take: &mut dyn FnMut(&[Finding]) -> io::Result<()>) -> io::Result<()>;
}

impl Reported for Report {
    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn errors(&self) -> &[Problem] {
        &self.errors
    }

    fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    fn waivers(&self) -> &[WeighedRecord] {
        &self.waivers
    }

    fn windows(&self, take: &mut dyn FnMut(&[Finding]) -> io::Result<()>) -> io::Result<()> {
        self.findings.chunks(4096).try_for_each(take)
    }
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    blocking: usize,
    warning: usize,
    upcoming: usize,
    waived: usize,
    baselined: usize,
}

impl Counts {
    pub(super) fn add(&mut self, level: Level, standing: Standing, findings: usize) {
        match (standing, level) {
            (Standing::Blocking, _) => self.blocking += findings,
            // Notes ask for nothing.
            (Standing::Warning, Level::Info) => {}
            (Standing::Warning, _) => self.warning += findings,
            (Standing::Upcoming, _) => self.upcoming += findings,
            (Standing::Waived, _) => self.waived += findings,
            (Standing::Baselined, _) => self.baselined += findings,
        }
    }

    pub(super) fn add_all(&mut self, more: &Self) {
        self.blocking += more.blocking;
        self.warning += more.warning;
        self.upcoming += more.upcoming;
        self.waived += more.waived;
        self.baselined += more.baselined;
    }

    pub(super) fn sum_up(&self, summary: &mut Summary) {
        let Self { blocking, warning, upcoming, waived, baselined } = *self;
        (summary.deny, summary.warn, summary.upcoming) = (blocking, warning, upcoming);
        (summary.waived, summary.baselined) = (waived, baselined);
    }

    pub(super) fn pass(&self, fail_on: FailOn) -> bool {
        match fail_on {
            FailOn::Deny => self.blocking == 0,
            FailOn::Warn => self.blocking + self.warning == 0,
            FailOn::Never => true,
        }
    }

    pub(super) fn exit_code(&self, errors: &[Problem], fail_on: FailOn) -> u8 {
        match (errors.is_empty(), self.pass(fail_on)) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }
}

pub(super) fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The JSON report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "manifestly report")]
pub(crate) struct ReportRecord<'a> {
    /// The version of this schema.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// What the verdict rests on; null of a run that could not begin.
    basis: Option<&'a Basis>,
    /// The counts.
    summary: &'a Summary,
    /// The findings, in the order of files, documents and places.
    findings: Vec<FindingRecord<'a>>,
    /// What could not be judged.
    errors: Vec<ProblemRecord<'a>>,
    /// What is worth a look, and decides nothing.
    warnings: Vec<ProblemRecord<'a>>,
    /// The waivers of the run, and what they did.
    waivers: &'a [WeighedRecord],
}

impl<'a> ReportRecord<'a> {
    /// Of all but the findings.
    pub(crate) fn without_findings(report: &'a dyn Reported) -> Self {
        let records = |problems: &'a [Problem]| problems.iter().map(ProblemRecord::from).collect();
        Self {
            version: 1,
            basis: report.summary().basis.as_ref(),
            summary: report.summary(),
            findings: Vec::new(),
            errors: records(report.errors()),
            warnings: records(report.warnings()),
            waivers: report.waivers(),
        }
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.findings.iter().map(FindingRecord::from).collect();
        let record = ReportRecord::without_findings(self);
        ReportRecord { findings, ..record }.serialize(serializer)
    }
}
