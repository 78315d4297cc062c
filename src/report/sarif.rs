//! SARIF 2.1.0, as code scanning services and editors read it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::agreement::Agreed;
use crate::agreement::waiver::WaiverRecord;
use crate::check::{Finding, Fix, FixKind, Location, Problem, Reported};
use crate::locate::Place;
use crate::policy::{Level, Policy, Severity};

use super::anchor::Anchor;
use super::fingerprint::{self, Fingerprints};
use super::json::{self, Array, element};
use super::standing::{self, Volume};
use super::uri::{self, FileUri};
use super::{Rendered, explanation, prose};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/manifestly/manifestly";
/// The folder that relative paths start from; whoever reads the report knows which it is.
const BASE: &str = "%SRCROOT%";

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = Rules::of(report)?;
    let mut fingerprints = Fingerprints::of(report)?;
    let (before, behind) = json::around_array(&log(report, &rules), "results", 3)?;
    out.write_all(before.as_bytes())?;
    let mut results = Array::begin(out, 4)?;
    let mut rendered = Rendered::default();
    report.windows(&mut |window| {
        let between = results.between();
        let counts = fingerprints.next()?;
        let render = |number, finding: &_, text: &mut _| {
            let fingerprint = fingerprint::of_finding(finding, counts.of(number));
            element(&result(finding, &rules, &fingerprint), 4, text)
        };
        rendered.window(window, &between, render)?.iter().try_for_each(|piece| results.add(piece))
    })?;
    results.end()?;
    out.write_all(behind.as_bytes())
}

/// All but the results.
fn log(report: &dyn Reported, rules: &Rules) -> Value {
    let mut log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "manifestly",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": rules.list.iter().map(Rule::descriptor).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                BASE: {"description": {"text": "The folder that manifestly ran in."}},
            },
            "invocations": [{
                "executionSuccessful": report.errors().is_empty(),
                "toolExecutionNotifications": notifications(report),
            }],
            "results": [],
        }],
    });
    if let Some(basis) = &report.summary().basis {
        log["runs"][0]["properties"] = json!(basis);
    }
    log
}

/// A policy id and what is known of it. Several rules of Rego may share an id.
struct Rule {
    policy: Arc<Policy>,
    level: Level,
    severity: Option<Severity>,
}

/// The rules of a run, in the order of their first findings.
#[derive(Default)]
struct Rules {
    list: Vec<Rule>,
    by_id: HashMap<String, usize>,
}

impl Rules {
    fn of(report: &dyn Reported) -> io::Result<Self> {
        let mut rules = Self::default();
        report.windows(&mut |window| {
            window.iter().for_each(|finding| rules.add(finding));
            Ok(())
        })?;
        Ok(rules)
    }

    fn add(&mut self, finding: &Finding) {
        let index = self.index(&finding.policy);
        if let Some(rule) = index.and_then(|index| self.list.get_mut(index)) {
            rule.level = rule.level.max(finding.level);
            rule.severity = rule.severity.max(finding.severity);
        } else {
            let (level, severity) = (finding.level, finding.severity);
            self.by_id.insert(finding.policy.id.clone(), self.list.len());
            self.list.push(Rule { policy: Arc::clone(&finding.policy), level, severity });
        }
    }

    fn index(&self, policy: &Policy) -> Option<usize> {
        self.by_id.get(&policy.id).copied()
    }
}

impl Rule {
    fn descriptor(&self) -> Value {
        let metadata = &self.policy.metadata;
        let title = self.policy.title();
        let description = metadata.description.as_deref().or(metadata.why.as_deref());
        let (mut text, mut markdown) =
            (explanation::text(metadata), explanation::markdown(metadata));
        if text.is_empty() {
            // Help is shown whether or not there is any.
            (text, markdown) = (title.to_owned(), prose::inline(title));
        }
        let mut descriptor = json!({
            "id": self.policy.id,
            "shortDescription": {"text": title},
            "fullDescription": {"text": description.unwrap_or(title)},
            "help": {
                "text": text,
                "markdown": markdown,
            },
            "defaultConfiguration": {"level": level(self.level)},
            "properties": self.properties(),
        });
        if let Some(page) = metadata.links.iter().find_map(|link| uri::web(&link.url)) {
            descriptor["helpUri"] = page.into();
        }
        descriptor
    }

    fn properties(&self) -> Value {
        let metadata = &self.policy.metadata;
        let rollout = &metadata.rollout;
        // A policy decides by what a manifest says, not by what it guesses.
        let mut properties = json!({"tags": ["policy"], "precision": "very-high"});
        if let Some(severity) = self.severity {
            // The score counts for nothing without the tag.
            properties["tags"] = json!(["policy", "security"]);
            properties["security-severity"] = score(severity).into();
        }
        let said = [
            ("owner", &metadata.owner),
            ("contact", &metadata.contact),
            ("since", &metadata.since),
            ("announced", &rollout.announced.map(|date| date.to_string())),
            ("warnFrom", &rollout.warn_from.map(|date| date.to_string())),
            ("enforceFrom", &rollout.enforce_from.map(|date| date.to_string())),
        ];
        for (key, text) in said {
            if let Some(text) = text {
                properties[key] = text.as_str().into();
            }
        }
        properties
    }
}

fn result(finding: &Finding, rules: &Rules, fingerprint: &str) -> Value {
    let anchor = Anchor::of_finding(finding);
    // A result without a place is valid, yet refused by code scanning on GitHub.
    let anchor = anchor.unwrap_or_else(|| Anchor::of_policy(&finding.policy));
    let mut location = location(&anchor);
    if let Some(id) = &finding.resource {
        let names = [&id.kind, &id.namespace, &id.name].map(String::as_str);
        let full: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
        if !full.is_empty() {
            let mut logical = json!({"kind": "resource", "fullyQualifiedName": full.join("/")});
            if !id.name.is_empty() {
                logical["name"] = id.name.as_str().into();
            }
            location["logicalLocations"] = json!([logical]);
        }
    }
    // Left out, the list would say that nobody looked for exceptions.
    let suppressions: Vec<_> =
        standing::let_pass(finding).into_iter().map(|why| suppression(finding, &why)).collect();
    let mut result = json!({
        "ruleId": finding.policy.id,
        "level": match (standing::volume(finding), standing::let_pass(finding)) {
            (_, Some(_)) => level(finding.level),
            (Volume::Error, None) => "error",
            (Volume::Warning, None) => "warning",
            (Volume::Notice, None) => "note",
        },
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"manifestly/v2": fingerprint},
        "suppressions": suppressions,
        "properties": properties(finding),
    });
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result["fixes"] = json!([fixing(fix, &anchor.file)]);
    }
    if !finding.also.is_empty() {
        result["relatedLocations"] =
            finding.also.iter().map(|place| related(place, &finding.message)).collect();
    }
    if let Some(index) = rules.index(&finding.policy) {
        result["ruleIndex"] = index.into();
    }
    result
}

fn suppression(finding: &Finding, why: &str) -> Value {
    let mut suppression = json!({"kind": "external", "status": "accepted", "justification": why});
    if let Some(Agreed::Waiver { waiver }) = &finding.agreed {
        suppression["properties"] = json!({"waiver": WaiverRecord::from(&**waiver)});
    }
    suppression
}

fn properties(finding: &Finding) -> Value {
    let mut properties = Map::new();
    properties.insert("standing".to_owned(), finding.standing.as_str().into());
    let rollout = &finding.policy.metadata.rollout;
    if !rollout.is_empty() {
        properties.insert("phase".to_owned(), finding.phase.as_str().into());
    }
    if let Some(severity) = finding.severity {
        properties.insert("severity".to_owned(), severity.as_str().into());
    }
    if let Some(place) = &finding.place {
        properties.insert("path".to_owned(), place.path.to_string().into());
        if let Some(confidence) = place.confidence {
            properties.insert("confidence".to_owned(), confidence.as_str().into());
        }
    }
    properties.into()
}

fn notifications(report: &dyn Reported) -> Value {
    let errors = report.errors().iter().map(|problem| notification(problem, "error"));
    let warnings = report.warnings().iter().map(|warning| notification(warning, "warning"));
    errors.chain(warnings).collect()
}

fn notification(problem: &Problem, level: &str) -> Value {
    let message = match &problem.help {
        Some(help) => format!("{}\n{help}", problem.message),
        None => problem.message.clone(),
    };
    let anchor = Anchor::of_problem(problem);
    json!({
        "descriptor": {"id": problem.kind.as_str()},
        "level": level,
        "message": {"text": message},
        "locations": anchor.iter().map(location).collect::<Vec<_>>(),
    })
}

fn artifact(file: &str) -> Value {
    let uri = FileUri::of(file);
    let mut artifact = json!({"uri": uri.text});
    if uri.is_relative {
        artifact["uriBaseId"] = BASE.into();
    }
    artifact
}

fn location(anchor: &Anchor) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&anchor.file)});
    if let Some(region) = anchor.region {
        physical["region"] = json!({
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        });
    }
    json!({"physicalLocation": physical})
}

fn fixing(fix: &Fix, file: &str) -> Value {
    let replacements = fix.edits.iter().map(|edit| {
        let (start, end) = edit.lines;
        json!({
            "deletedRegion": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
            "insertedContent": {"text": edit.text},
        })
    });
    let what = match fix.kind {
        FixKind::Suggested => "A suggestion: with it the policy is satisfied",
        _ => "What the policy offers",
    };
    json!({
        "description": {"text": what},
        "artifactChanges": [{
            "artifactLocation": artifact(file),
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

/// A further place of a finding.
fn related(place: &Place, message: &str) -> Value {
    let mut location = location(&Anchor::from(Location::from(place)));
    let what = place.label(message).unwrap_or_else(|| "here too".to_owned());
    location["message"] = json!({"text": what});
    location["properties"] = json!({"path": place.path.to_string()});
    location
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Info => "note",
    }
}

/// A score in the band that GitHub shows under the severity's name.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "7.0",
        Severity::Medium => "5.0",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}
