//! For programs.

use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::lint::{Finding, Linted};
use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

#[derive(Serialize)]
struct ReportRecord<'a> {
    version: u8,
    summary: SummaryRecord,
    findings: Vec<FindingRecord<'a>>,
    errors: Vec<ErrorRecord<'a>>,
}

#[derive(Serialize)]
struct SummaryRecord {
    policies: usize,
    findings: usize,
    errors: usize,
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    lint: &'static str,
    policy: Option<&'a str>,
    message: &'a str,
    location: LocationRecord<'a>,
    /// Other places that take part.
    related: Vec<LocationRecord<'a>>,
    help: &'a str,
}

#[derive(Serialize)]
struct LocationRecord<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    message: &'a str,
    location: Option<LocationRecord<'a>>,
    help: Option<&'a str>,
}

fn location(text: &Arc<SourceText>, span: Span) -> LocationRecord<'_> {
    let (start, end) = (text.position(span.start), text.position(span.end));
    LocationRecord {
        file: text.name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

impl<'a> From<&'a Finding> for FindingRecord<'a> {
    fn from(finding: &'a Finding) -> Self {
        let others = finding.others.iter();
        Self {
            lint: finding.lint.name,
            policy: finding.policy.as_deref(),
            message: &finding.message,
            location: location(&finding.text, finding.span),
            related: others.map(|(span, _)| location(&finding.text, *span)).collect(),
            help: &finding.help,
        }
    }
}

impl<'a> From<&'a PolicyError> for ErrorRecord<'a> {
    fn from(error: &'a PolicyError) -> Self {
        let place = error.text.as_ref().zip(error.span);
        Self {
            message: &error.message,
            location: place.map(|(text, span)| location(text, span)),
            help: error.help.as_deref(),
        }
    }
}

pub(super) fn write(linted: &Linted, out: &mut dyn io::Write) -> io::Result<()> {
    let record = ReportRecord {
        version: 1,
        summary: SummaryRecord {
            policies: linted.policies,
            findings: linted.findings.len(),
            errors: linted.errors.len(),
        },
        findings: linted.findings.iter().map(FindingRecord::from).collect(),
        errors: linted.errors.iter().map(ErrorRecord::from).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}
