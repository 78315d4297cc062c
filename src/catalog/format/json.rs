//! For programs.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::catalog::{Code, Entry, Example};
use crate::check::Finding;

#[derive(Serialize)]
struct CatalogRecord<'a> {
    version: u8,
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

impl<'a> From<&'a Code> for CodeRecord<'a> {
    fn from(code: &'a Code) -> Self {
        let Code { file, line, version, text } = code;
        Self { file, line: *line, rego_version: version.as_str(), text }
    }
}

impl<'a> EntryRecord<'a> {
    /// `source` says whether its Rego is written, too.
    pub(crate) fn of(entry: &'a Entry, source: bool) -> Self {
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
            reads: &entry.reads,
            matches: entry.matches.as_ref(),
            parameters: entry.parameters.as_ref(),
            custom: &entry.custom,
            examples: entry.examples.iter().map(ExampleRecord::from).collect(),
            source: entry.code.iter().filter(|_| source).map(CodeRecord::from).collect(),
        }
    }
}

pub(super) fn write(entries: &[&Entry], source: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let policies = entries.iter().map(|entry| EntryRecord::of(entry, source)).collect();
    serde_json::to_writer_pretty(&mut *out, &CatalogRecord { version: 1, policies })?;
    writeln!(out)
}
