//! A code quality report, as GitLab reads it from a job's artifacts.

use std::io;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::check::{Finding, Problem, Reported};
use crate::policy::Severity;

use super::anchor::Anchor;
use super::fingerprint::{self, Fingerprints};
use super::json::{Array, element};
use super::standing::{self, Volume};
use super::{Rendered, explanation};

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let as_of = report.summary().as_of;
    let decision = report.summary().basis.as_ref().map(|basis| basis.decision.clone());
    let mut fingerprints = Fingerprints::of(report)?;
    let mut issues = Array::begin(out, 1)?;
    let mut rendered = Rendered::default();
    report.windows(&mut |window| {
        let between = issues.between();
        let counts = fingerprints.next()?;
        let render = |number, finding: &_, text: &mut _| {
            let fingerprint = fingerprint::of_finding(finding, counts.of(number));
            let mut issue = issue_of_finding(finding, &fingerprint, as_of);
            if let Some(decision) = &decision {
                issue["decision"] = decision.as_str().into();
            }
            element(&issue, 1, text)
        };
        rendered.window(window, &between, render)?.iter().try_for_each(|piece| issues.add(piece))
    })?;
    let errors = report.errors().iter().map(|problem| (problem, "blocker"));
    let problems = errors.chain(report.warnings().iter().map(|warning| (warning, "minor")));
    for ((problem, severity), fingerprint) in problems.zip(fingerprint::of_problems(report)) {
        let mut text = Vec::new();
        element(&issue_of_problem(problem, severity, &fingerprint), 1, &mut text)?;
        issues.add(&text)?;
    }
    issues.end()?;
    writeln!(out)
}

fn issue_of_finding(finding: &Finding, fingerprint: &str, as_of: NaiveDate) -> Value {
    let mut description = explanation::sentence(finding);
    if let Some(why) = standing::let_pass(finding) {
        description = format!("{description} ({why})");
    }
    if let Some(when) = finding.notice(as_of) {
        description = format!("{description} ({when})");
    }
    let anchor = Anchor::of_finding(finding);
    // An issue without a place is not shown at all.
    let anchor = anchor.unwrap_or_else(|| Anchor::of_policy(&finding.policy));
    let name = &finding.policy.id;
    let mut issue = issue(&description, name, fingerprint, severity(finding), &anchor);
    if !finding.also.is_empty() {
        let further = finding.also().map(|location| place(&Anchor::from(location)));
        issue["other_locations"] = further.collect();
    }
    let explanation = explanation::markdown(&finding.policy.metadata);
    if !explanation.is_empty() {
        issue["content"] = json!({"body": explanation});
    }
    issue
}

fn issue_of_problem(problem: &Problem, severity: &str, fingerprint: &str) -> Value {
    let mut description = problem.message.clone();
    if let Some(help) = &problem.help {
        description = format!("{description} ({help})");
    }
    let anchor = Anchor::of_problem(problem);
    let anchor = anchor.unwrap_or_else(|| Anchor { file: "manifestly".to_owned(), region: None });
    let name = format!("manifestly/{}", problem.kind.as_str());
    issue(&description, &name, fingerprint, severity, &anchor)
}

fn issue(
    description: &str,
    check_name: &str,
    fingerprint: &str,
    severity: &str,
    anchor: &Anchor,
) -> Value {
    json!({
        "type": "issue",
        "description": explanation::one_line(description),
        "check_name": check_name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": place(anchor),
    })
}

fn place(anchor: &Anchor) -> Value {
    let (begin, end) = anchor.region.map_or((1, 1), |region| (region.line, region.end_line));
    json!({"path": anchor.file, "lines": {"begin": begin, "end": end}})
}

fn severity(finding: &Finding) -> &'static str {
    if standing::let_pass(finding).is_some() {
        return "info";
    }
    match (finding.severity, standing::volume(finding)) {
        (Some(Severity::Critical), _) => "blocker",
        (Some(Severity::High), _) | (None, Volume::Error) => "critical",
        (Some(Severity::Medium), _) => "major",
        (Some(Severity::Low), _) | (None, Volume::Warning) => "minor",
        (Some(Severity::Info), _) | (None, Volume::Notice) => "info",
    }
}
