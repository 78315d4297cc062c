//! For programs.

use std::io;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::agreement::Phase;
use crate::agreement::waiver::{WaiverRecord, Weighed};
use crate::catalog::{Code, Entry, Example};
use crate::check::Finding;
use crate::policy::{Rollout, WaiverTerms};

#[derive(Serialize)]
struct CatalogRecord<'a> {
    version: u8,
    as_of: Option<NaiveDate>,
    policies: Vec<EntryRecord<'a>>,
}

/// A policy as it is written for programs.
#[derive(Serialize)]
pub(crate) struct EntryRecord<'a> {
    id: &'a str,
    form: &'static str,
    title: Option<&'a str>,
    level: Option<&'static str>,
    severity: Option<&'static str>,
    owner: Option<&'a str>,
    contact: Option<&'a str>,
    kinds: &'a [String],
    pod_templates: bool,
    combine: bool,
    dialect: &'static str,
    file: &'a str,
    line: usize,
    rule: &'a str,
    related: &'a [String],
    description: Option<&'a str>,
    why: Option<&'a str>,
    help: Option<&'a str>,
    since: Option<&'a str>,
    links: Vec<LinkRecord<'a>>,
    rollout: RolloutRecord,
    waiver: TermsRecord<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waivers: Vec<GrantedRecord>,
    reads: &'a [String],
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matches: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a Value>,
    custom: &'a Map<String, Value>,
    examples: Vec<ExampleRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source: Vec<CodeRecord<'a>>,
}

#[derive(Serialize)]
struct RolloutRecord {
    announced: Option<NaiveDate>,
    warn_from: Option<NaiveDate>,
    enforce_from: Option<NaiveDate>,
    /// How far it has come, where a day is given.
    phase: Option<Phase>,
}

#[derive(Serialize)]
struct TermsRecord<'a> {
    allowed: bool,
    max_days: Option<u32>,
    approvers: &'a [String],
}

#[derive(Serialize)]
struct LinkRecord<'a> {
    url: &'a str,
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct ExampleRecord<'a> {
    kind: &'static str,
    name: &'a str,
    path: &'a str,
    /// Whether it is known to be what it says; none where it was not judged.
    holds: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileRecord<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<&'a str>,
}

#[derive(Serialize)]
struct FileRecord<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> From<&'a Example> for ExampleRecord<'a> {
    fn from(example: &'a Example) -> Self {
        let texts = example.texts.iter();
        Self {
            kind: example.kind.as_str(),
            name: &example.name,
            path: &example.path,
            holds: example.judged.then(|| example.holds()),
            files: texts.map(|it| FileRecord { file: it.name(), text: it.text() }).collect(),
            findings: &example.findings,
            errors: example.faults.iter().map(|fault| fault.message.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct CodeRecord<'a> {
    file: &'a str,
    line: usize,
    rego_version: &'static str,
    text: &'a str,
}

impl RolloutRecord {
    fn of(rollout: &Rollout, as_of: Option<NaiveDate>) -> Self {
        let Rollout { announced, warn_from, enforce_from } = *rollout;
        let phase = as_of.map(|day| Phase::of(rollout, day));
        Self { announced, warn_from, enforce_from, phase }
    }
}

/// A waiver of the policy, and whether it waives.
#[derive(Serialize)]
struct GrantedRecord {
    #[serde(flatten)]
    waiver: WaiverRecord,
    holds: bool,
}

impl From<&Weighed> for GrantedRecord {
    fn from(weighed: &Weighed) -> Self {
        Self { waiver: WaiverRecord::from(&*weighed.waiver), holds: weighed.holds() }
    }
}

impl<'a> From<&'a WaiverTerms> for TermsRecord<'a> {
    fn from(terms: &'a WaiverTerms) -> Self {
        let WaiverTerms { allowed, max_days, approvers } = terms;
        Self { allowed: *allowed != Some(false), max_days: *max_days, approvers }
    }
}

impl<'a> From<&'a Code> for CodeRecord<'a> {
    fn from(code: &'a Code) -> Self {
        let Code { file, line, version, text } = code;
        Self { file, line: *line, rego_version: version.as_str(), text }
    }
}

impl<'a> EntryRecord<'a> {
    /// `source` says whether its Rego is written, too.
    pub(crate) fn of(entry: &'a Entry, source: bool, as_of: Option<NaiveDate>) -> Self {
        let (file, line) = entry.at();
        let links = entry.links.iter();
        Self {
            id: &entry.id,
            form: entry.form.as_str(),
            title: entry.title.as_deref(),
            level: entry.level.map(crate::policy::Level::as_str),
            severity: entry.severity.map(crate::policy::Severity::as_str),
            owner: entry.owner.as_deref(),
            contact: entry.contact.as_deref(),
            kinds: &entry.kinds,
            pod_templates: entry.pod_templates,
            combine: entry.combine,
            dialect: entry.dialect.as_str(),
            file,
            line,
            rule: &entry.rule,
            related: &entry.related,
            description: entry.description.as_deref(),
            why: entry.why.as_deref(),
            help: entry.help.as_deref(),
            since: entry.since.as_deref(),
            links: links
                .map(|link| LinkRecord { url: &link.url, description: link.description.as_deref() })
                .collect(),
            rollout: RolloutRecord::of(&entry.rollout, as_of),
            waiver: TermsRecord::from(&entry.waiver),
            waivers: entry.waivers.iter().map(GrantedRecord::from).collect(),
            reads: &entry.reads,
            matches: entry.matches.as_ref(),
            parameters: entry.parameters.as_ref(),
            custom: &entry.custom,
            examples: entry.examples.iter().map(ExampleRecord::from).collect(),
            source: entry.code.iter().filter(|_| source).map(CodeRecord::from).collect(),
        }
    }
}

pub(super) fn write(
    entries: &[&Entry],
    source: bool,
    as_of: Option<NaiveDate>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let policies = entries.iter().map(|entry| EntryRecord::of(entry, source, as_of)).collect();
    serde_json::to_writer_pretty(&mut *out, &CatalogRecord { version: 1, as_of, policies })?;
    writeln!(out)
}
