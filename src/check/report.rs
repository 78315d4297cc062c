//! What a run found, counted.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::Level;
use crate::rego::PolicyErrors;

use super::finding::{Finding, FindingRecord, Standing};
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
    /// Findings that deny and stand.
    pub deny: usize,
    /// Findings that warn and stand.
    pub warn: usize,
    /// Findings that an exception lets pass.
    pub waived: usize,
    /// Things that could not be judged.
    pub errors: usize,
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
}

impl Report {
    /// Counts what was found.
    pub(super) fn new(
        mut summary: Summary,
        findings: Vec<Finding>,
        errors: Vec<Problem>,
        took: Duration,
    ) -> Self {
        let standing =
            |finding: &&Finding| matches!(finding.standing, Standing::Blocking | Standing::Warning);
        let at =
            |level: Level| findings.iter().filter(standing).filter(|f| f.level == level).count();
        summary.deny = at(Level::Deny);
        summary.warn = at(Level::Warn);
        summary.waived = findings.iter().filter(|f| f.standing == Standing::Waived).count();
        summary.errors = errors.len();
        summary.duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self { summary, findings, errors }
    }

    /// A report of nothing but problems, for a run that could not begin.
    pub fn of_problems(errors: Vec<Problem>) -> Self {
        Self::new(Summary::default(), Vec::new(), errors, Duration::ZERO)
    }

    pub(super) fn of_policy_errors(errors: PolicyErrors) -> Self {
        let problem = |error| Problem::of_policy(ProblemKind::Policy, error);
        Self::of_problems(errors.0.into_iter().map(problem).collect())
    }

    /// Whether no finding is at or above the level.
    pub fn passes(&self, fail_on: FailOn) -> bool {
        let blocking = |finding: &Finding| finding.standing == Standing::Blocking;
        let warning = |finding: &Finding| {
            finding.standing == Standing::Warning && finding.level == Level::Warn
        };
        !self.findings.iter().any(|finding| match fail_on {
            FailOn::Deny => blocking(finding),
            FailOn::Warn => blocking(finding) || warning(finding),
            FailOn::Never => false,
        })
    }

    /// The exit code that the run deserves: 2 if anything could not be judged, else 1 if it does
    /// not pass, else 0.
    pub fn exit_code(&self, fail_on: FailOn) -> u8 {
        match (self.errors.is_empty(), self.passes(fail_on)) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }
}

/// The JSON report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "manifestly report")]
pub(crate) struct ReportRecord<'a> {
    /// The version of this schema.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// The counts.
    summary: &'a Summary,
    /// The findings, in the order of files, documents and places.
    findings: Vec<FindingRecord<'a>>,
    /// What could not be judged.
    errors: Vec<ProblemRecord<'a>>,
}

impl<'a> From<&'a Report> for ReportRecord<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            version: 1,
            summary: &report.summary,
            findings: report.findings.iter().map(FindingRecord::from).collect(),
            errors: report.errors.iter().map(ProblemRecord::from).collect(),
        }
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ReportRecord::from(self).serialize(serializer)
    }
}
