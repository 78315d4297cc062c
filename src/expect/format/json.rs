//! For programs.

use std::io;

use chrono::NaiveDate;
use serde::Serialize;

use crate::catalog::EntryRecord;
use crate::expect::{Expectations, Look, Subject};

#[derive(Serialize)]
struct Record<'a> {
    version: u8,
    as_of: NaiveDate,
    subjects: Vec<&'a str>,
    policies: Vec<PolicyRecord<'a>>,
}

#[derive(Serialize)]
struct PolicyRecord<'a> {
    #[serde(flatten)]
    entry: EntryRecord<'a>,
    looks_at: Vec<LookRecord<'a>>,
}

#[derive(Serialize)]
struct LookRecord<'a> {
    subject: &'a str,
    itself: bool,
    pods: bool,
    condition: Option<&'a str>,
    violations: Option<usize>,
    let_pass: usize,
}

impl<'a> LookRecord<'a> {
    fn of(look: &'a Look, subjects: &'a [Subject]) -> Self {
        let Look { subject, itself, pods, condition, violations, let_pass } = look;
        Self {
            subject: &subjects[*subject].name,
            itself: *itself,
            pods: *pods,
            condition: condition.as_deref(),
            violations: *violations,
            let_pass: *let_pass,
        }
    }
}

pub(super) fn write(expectations: &Expectations<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let subjects = &expectations.subjects;
    let policies = expectations.policies.iter().map(|expected| PolicyRecord {
        entry: EntryRecord::of(expected.entry, false, Some(expectations.as_of)),
        looks_at: expected.looks.iter().map(|look| LookRecord::of(look, subjects)).collect(),
    });
    let record = Record {
        version: 1,
        as_of: expectations.as_of,
        subjects: subjects.iter().map(|subject| subject.name.as_str()).collect(),
        policies: policies.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}
