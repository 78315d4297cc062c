//! Waivers as JSON has them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::Waiver;
use super::collection::Weighed;
use super::fault::FaultKind;
use super::tally::Uses;

/// A waiver as the JSON report has it. Dates are days in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Waiver")]
pub struct WaiverRecord {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The id of the policy.
    pub policy: String,
    /// Which violations it is for, in a few words.
    pub selects: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// Where it was talked about.
    pub ticket: Option<String>,
    /// Its first day.
    pub from: Option<String>,
    /// Its last day, which counts to its last second.
    pub expires: String,
    /// Its file.
    pub file: String,
    /// Which document of the file, from 1.
    pub document: usize,
    /// The line on which it names its policy.
    pub line: usize,
}

impl From<&Waiver> for WaiverRecord {
    fn from(waiver: &Waiver) -> Self {
        Self {
            name: waiver.name.clone(),
            policy: waiver.policy.clone(),
            selects: waiver.selector.told(),
            reason: waiver.reason.clone(),
            requested_by: waiver.requested_by.clone(),
            approved_by: waiver.approved_by.clone(),
            ticket: waiver.ticket.clone(),
            from: waiver.from.map(|from| from.to_string()),
            expires: waiver.expires.to_string(),
            file: waiver.file().to_owned(),
            document: waiver.document(),
            line: waiver.line(),
        }
    }
}

/// A waiver of a run, and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WeighedWaiver")]
pub struct WeighedRecord {
    /// The waiver.
    #[serde(flatten)]
    pub waiver: WaiverRecord,
    /// Whether it waives.
    pub holds: bool,
    /// What keeps it from waiving.
    pub faults: Vec<FaultRecord>,
    /// How many days it still holds after the day of the run; less than none, where it is over.
    pub days_left: i64,
    /// How many findings it lets pass.
    pub waived: usize,
    /// How many findings it would let pass, if it were its day.
    pub in_vain: usize,
}

/// What keeps a waiver from waiving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WaiverFault")]
pub struct FaultRecord {
    /// What kind of thing is wrong.
    pub kind: FaultKind,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl WeighedRecord {
    /// A waiver as it was weighed on a day, and used in a run.
    pub fn of(weighed: &Weighed, uses: Uses, as_of: NaiveDate) -> Self {
        let fault = |fault: &super::Fault| FaultRecord {
            kind: fault.kind,
            message: fault.message.clone(),
            help: fault.help.clone(),
        };
        Self {
            waiver: WaiverRecord::from(&*weighed.waiver),
            holds: weighed.holds(),
            faults: weighed.faults.iter().map(fault).collect(),
            days_left: weighed.waiver.days_left(as_of),
            waived: uses.waived,
            in_vain: uses.in_vain,
        }
    }
}
