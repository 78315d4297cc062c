//! For programs.

use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::agreement::Standing;
use crate::check::{FindingRecord, ProblemRecord, Summary};
use crate::impact::compare::{Change, Impact, Side};
use crate::impact::tally::{Group, Tally};
use crate::impact::turn::Turn;

/// The JSON report of `manifestly impact`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "manifestly impact")]
struct ImpactRecord<'a> {
    /// The version of this schema.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// The policies that are in force.
    from: SideRecord<'a>,
    /// Those that take their place.
    to: SideRecord<'a>,
    /// The changes, counted.
    summary: SummaryRecord,
    /// The same for each policy.
    policies: Vec<Group>,
    /// The same for each owner of workloads.
    owners: Vec<Group>,
    /// The same for each namespace that manifests name.
    namespaces: Vec<Group>,
    /// The violations of which something becomes.
    changes: Vec<ChangeRecord<'a>>,
    /// What could not be judged.
    errors: Vec<ProblemRecord<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Side")]
struct SideRecord<'a> {
    /// What they are called.
    name: &'a str,
    /// What they found, counted.
    summary: &'a Summary,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImpactSummary")]
struct SummaryRecord {
    /// The changes.
    #[serde(flatten)]
    tally: Tally,
    /// Workloads that were blocked, and are not.
    released: usize,
    /// Violations that newly block and that `manifestly check --fix` mends.
    mended: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeRecord<'a> {
    /// What becomes of it.
    turn: Turn,
    /// How it stood, if it was found.
    before: Option<Standing>,
    /// How it stands, if it is found.
    after: Option<Standing>,
    /// Who owns the workload, where that is known.
    owner: Option<&'a str>,
    /// The finding, as the JSON report has it.
    finding: FindingRecord<'a>,
}

impl<'a> From<&'a Side> for SideRecord<'a> {
    fn from(side: &'a Side) -> Self {
        Self { name: &side.name, summary: &side.summary }
    }
}

impl<'a> From<&'a Change> for ChangeRecord<'a> {
    fn from(change: &'a Change) -> Self {
        Self {
            turn: change.turn,
            before: change.before,
            after: change.after,
            owner: change.owner.as_deref(),
            finding: (&change.finding).into(),
        }
    }
}

pub(super) fn write(impact: &Impact, out: &mut dyn io::Write) -> io::Result<()> {
    let record = ImpactRecord {
        version: 1,
        from: (&impact.before).into(),
        to: (&impact.after).into(),
        summary: SummaryRecord {
            tally: impact.tally(),
            released: impact.released,
            mended: impact.mended(),
        },
        policies: impact.by_policy(),
        owners: impact.by_owner(),
        namespaces: impact.by_namespace(),
        changes: impact.changes.iter().map(ChangeRecord::from).collect(),
        errors: impact.errors.iter().map(ProblemRecord::from).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    out.write_all(b"\n")
}

/// The JSON Schema of what [`write`](super::write) writes as JSON, draft 2020-12.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<ImpactRecord<'static>>().into()
}
