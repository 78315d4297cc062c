//! For programs.

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::agreement::{Basis, Standing};
use crate::check::{Finding, ProblemRecord};
use crate::policy::{Level, Severity};
use crate::report::{Array, element};

use super::super::Replay;
use super::super::entry::{About, Came, Entry, LeftOut, Reason, Seen, Unjudged};
use super::super::summary::Summary;
use super::super::then::{Outcome, Then, Told};
use super::super::turn::Turn;
use super::super::verdict::Verdict;
use super::Layout;

/// The JSON report of `manifestly replay`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "manifestly replay")]
struct ReplayRecord<'a> {
    /// The version of this schema.
    #[schemars(extend("const" = 1))]
    version: u8,
    /// What today's verdicts rest on.
    basis: &'a Basis,
    /// The requests, in the order of the logs: those that are decided otherwise and those that could
    /// not be judged, with `--all` the others too.
    requests: Vec<RequestRecord<'a>>,
    /// All of it, counted.
    summary: SummaryRecord<'a>,
    /// The policies that are not asked, as they look at several manifests at once.
    unasked: Vec<&'a str>,
    /// What could not be read of what policies know of: waivers, and the objects of a cluster.
    errors: Vec<ProblemRecord<'a>>,
}

/// A request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Request")]
struct RequestRecord<'a> {
    /// The log.
    file: &'a str,
    /// The line on which its record begins, from 1; null of a log that can't be read at all.
    line: Option<usize>,
    /// What becomes of the decision; null of what could not be judged.
    turn: Option<Turn>,
    /// What was asked for; null where that can't be read.
    request: Option<AboutRecord<'a>>,
    /// What was decided when it was made.
    then: ThenRecord<'a>,
    /// What would be decided now; null of what could not be judged.
    now: Option<NowRecord<'a>>,
    /// Why it could not be judged.
    unjudged: Option<UnjudgedRecord<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "About")]
struct AboutRecord<'a> {
    /// What it is known by: the `uid` of a review, the `auditID` of an event.
    uid: &'a str,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    operation: &'a str,
    /// The resource, as the API server has it: `deployments.apps`.
    resource: &'a str,
    /// The part of it, such as `status`; empty for all of it.
    subresource: &'a str,
    /// The namespace; empty for what is in none.
    namespace: &'a str,
    /// The name.
    name: &'a str,
    /// Who asked.
    user: &'a str,
    /// Whether nothing of it was kept.
    dry_run: bool,
    /// Which form of the object is judged.
    object: Seen,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Then")]
struct ThenRecord<'a> {
    /// How it ended; null where that is not recorded.
    outcome: Option<Outcome>,
    /// How that is known.
    told: Told,
    /// The short name of what the verdict rested on.
    decision: Option<&'a str>,
    /// The digest of the policies.
    policies: Option<&'a str>,
    /// The policies that denied it, where they are recorded.
    denied_by: Vec<&'a str>,
    /// The first line of what was said, where it failed.
    said: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Now")]
struct NowRecord<'a> {
    /// How it would end.
    outcome: Outcome,
    /// The policies that deny it and are not known to have.
    newly_denied_by: Vec<&'a str>,
    /// Those that denied it and don't, and what they say now.
    no_longer_denied_by: BTreeMap<&'a str, &'a str>,
    /// What they find, whatever it means.
    findings: Vec<FindingRecord<'a>>,
    /// What kept other policies from judging it.
    errors: Vec<ProblemRecord<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplayedFinding")]
struct FindingRecord<'a> {
    /// The policy's id.
    policy: &'a str,
    /// Its title, or its id.
    title: &'a str,
    /// What is wrong.
    message: &'a str,
    /// What it asks for.
    level: Level,
    /// How bad it is, where that is said.
    severity: Option<Severity>,
    /// What it means for a deployment.
    standing: Standing,
    /// Where it is in the object, as in `spec.containers[name=web].image`.
    place: Option<&'a str>,
    /// The same as a JSON Pointer.
    path: Option<String>,
    /// Whether what is named there is absent.
    absent: bool,
    /// The line of the log, from 1.
    line: Option<usize>,
    /// The column of that line, from 1.
    column: Option<usize>,
    /// Who owns the policy.
    owner: Option<&'a str>,
    /// Where to reach them.
    contact: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unjudged")]
struct UnjudgedRecord<'a> {
    /// Why, in short.
    reason: Reason,
    /// What there is to add.
    detail: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplaySummary")]
struct SummaryRecord<'a> {
    /// The requests that were judged.
    judged: usize,
    /// Those of them that are decided the same.
    same: usize,
    /// Those that were let through, and would be denied.
    newly_denied: usize,
    /// Those that were denied, and would be let through.
    no_longer_denied: usize,
    /// Those that were denied, and would be by other policies.
    denied_otherwise: usize,
    /// Those of which nothing is recorded, and that would be denied.
    would_deny: usize,
    /// Those of which nothing is recorded, and that would be let through.
    would_allow: usize,
    /// The requests that could not be judged.
    unjudged: usize,
    /// Those that were judged that some policies could not judge, as others deny them.
    partly_judged: usize,
    /// What was left out.
    left_out: LeftOutRecord,
    /// How many requests were decided about by each set of policies, by its digest.
    policies_then: &'a BTreeMap<String, usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeftOut")]
struct LeftOutRecord {
    /// What only reads.
    reads: usize,
    /// Records of requests that are recorded again when they are over.
    stages: usize,
    /// What is about no resource of the API.
    no_resource: usize,
    /// What was refused before anybody was asked.
    refused: usize,
    /// What no webhook is ever asked about.
    exempt: usize,
    /// What is not among what is wanted.
    unwanted: usize,
}

pub(super) struct Writer<'o> {
    all: bool,
    replay: &'o Replay<'o>,
    requests: Array<'o>,
}

impl<'o> Writer<'o> {
    pub(super) fn begin(
        layout: Layout,
        replay: &'o Replay<'o>,
        out: &'o mut dyn io::Write,
    ) -> io::Result<Self> {
        let mut text = b"{\n  \"version\": 1,\n  \"basis\": ".to_vec();
        element(replay.checker.basis(), 1, &mut text)?;
        text.extend(b",\n  \"requests\": ");
        out.write_all(&text)?;
        Ok(Self { all: layout.all, replay, requests: Array::begin(out, 2)? })
    }

    pub(super) fn take(&mut self, entry: &Entry) -> io::Result<()> {
        let record = match &entry.came {
            Came::LeftOut(_) => return Ok(()),
            Came::Judged(verdict) => match verdict.turn {
                Turn::Same | Turn::WouldAllow if !self.all => return Ok(()),
                _ => RequestRecord::of_verdict(entry, verdict),
            },
            Came::Unjudged(unjudged) => RequestRecord::of_unjudged(entry, unjudged),
        };
        let mut text = Vec::new();
        element(&record, 2, &mut text)?;
        self.requests.add(&text)
    }

    pub(super) fn end(self, summary: &Summary) -> io::Result<()> {
        let errors: Vec<_> = self.replay.problems().iter().map(ProblemRecord::from).collect();
        let unasked: Vec<_> = self.replay.unasked().map(|policy| policy.id.as_str()).collect();
        let mut text = b",\n  \"summary\": ".to_vec();
        element(&SummaryRecord::from(summary), 1, &mut text)?;
        text.extend(b",\n  \"unasked\": ");
        element(&unasked, 1, &mut text)?;
        text.extend(b",\n  \"errors\": ");
        element(&errors, 1, &mut text)?;
        text.extend(b"\n}\n");
        self.requests.end()?.write_all(&text)
    }
}

impl<'a> RequestRecord<'a> {
    fn of_verdict(entry: &'a Entry, verdict: &'a Verdict) -> Self {
        let outcome = if verdict.allowed { Outcome::Allowed } else { Outcome::Denied };
        let gone = verdict.no_longer.iter().map(|it| (it.policy.as_str(), it.now.as_str()));
        let now = NowRecord {
            outcome,
            newly_denied_by: verdict.newly.iter().map(|it| it.policy.as_str()).collect(),
            no_longer_denied_by: gone.collect(),
            findings: verdict.findings.iter().map(|it| FindingRecord::of(it, verdict)).collect(),
            errors: verdict.problems.iter().map(ProblemRecord::from).collect(),
        };
        Self {
            file: &entry.file,
            line: entry.line,
            turn: Some(verdict.turn),
            request: Some((&verdict.about).into()),
            then: (&verdict.then).into(),
            now: Some(now),
            unjudged: None,
        }
    }

    fn of_unjudged(entry: &'a Entry, unjudged: &'a Unjudged) -> Self {
        let why = UnjudgedRecord { reason: unjudged.reason, detail: unjudged.detail.as_deref() };
        Self {
            file: &entry.file,
            line: entry.line,
            turn: None,
            request: unjudged.about.as_ref().map(AboutRecord::from),
            then: (&unjudged.then).into(),
            now: None,
            unjudged: Some(why),
        }
    }
}

impl<'a> From<&'a About> for AboutRecord<'a> {
    fn from(about: &'a About) -> Self {
        Self {
            uid: &about.uid,
            operation: about.operation.as_str(),
            resource: &about.resource,
            subresource: &about.subresource,
            namespace: &about.namespace,
            name: &about.name,
            user: &about.username,
            dry_run: about.dry_run,
            object: about.seen,
        }
    }
}

impl<'a> From<&'a Then> for ThenRecord<'a> {
    fn from(then: &'a Then) -> Self {
        Self {
            outcome: then.outcome,
            told: then.told,
            decision: then.decision.as_deref(),
            policies: then.policies.as_deref(),
            denied_by: then.denied_by.iter().map(String::as_str).collect(),
            said: then.said.as_deref(),
        }
    }
}

impl<'a> FindingRecord<'a> {
    fn of(finding: &'a Finding, verdict: &Verdict) -> Self {
        let metadata = &finding.policy.metadata;
        let place = finding.place.as_ref();
        let (line, column) = verdict.position(finding).unzip();
        Self {
            policy: &finding.policy.id,
            title: finding.policy.title(),
            message: &finding.message,
            level: finding.level,
            severity: finding.severity,
            standing: finding.standing,
            place: place.map(|place| place.stable_path.as_str()),
            path: verdict.pointer(finding),
            absent: place.is_some_and(|place| place.missing.is_some()),
            line,
            column,
            owner: metadata.owner.as_deref(),
            contact: metadata.contact.as_deref(),
        }
    }
}

impl<'a> From<&'a Summary> for SummaryRecord<'a> {
    fn from(summary: &'a Summary) -> Self {
        let left_out = |why| summary.left_out_for(why);
        Self {
            judged: summary.judged(),
            same: summary.of(Turn::Same),
            newly_denied: summary.of(Turn::NewlyDenied),
            no_longer_denied: summary.of(Turn::NoLongerDenied),
            denied_otherwise: summary.of(Turn::DeniedOtherwise),
            would_deny: summary.of(Turn::WouldDeny),
            would_allow: summary.of(Turn::WouldAllow),
            unjudged: summary.unjudged(),
            partly_judged: summary.partly(),
            left_out: LeftOutRecord {
                reads: left_out(LeftOut::Reads),
                stages: left_out(LeftOut::Stages),
                no_resource: left_out(LeftOut::NoResource),
                refused: left_out(LeftOut::Refused),
                exempt: left_out(LeftOut::Exempt),
                unwanted: left_out(LeftOut::Unwanted),
            },
            policies_then: summary.policies(),
        }
    }
}

/// The JSON Schema of what [`Writer`](super::Writer) writes as JSON, draft 2020-12.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<ReplayRecord<'static>>().into()
}
