//! Fixes are tried: the manifest is changed and judged again, and its text is edited and read again.

use std::sync::Arc;

use crate::fix::{self, Patch};
use crate::manifest::{self, Manifest, Pointer, Resource};
use crate::policy::Policy;

use super::finding::Finding;
use super::fix::Fix;
use super::judge::Judgement;
use super::run::{Judge, Run};

/// How much may be tried for the findings of one text.
#[derive(Debug)]
pub(super) struct Budget {
    trials: usize,
    /// The bytes that are read again.
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { trials: 5_000, bytes: 32 << 20 }
    }
}

impl Budget {
    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.trials.checked_sub(1).zip(self.bytes.checked_sub(bytes));
        if let Some((trials, bytes)) = left {
            *self = Self { trials, bytes };
        }
        left.is_some()
    }
}

/// Tries the fixes of what was found in a resource. `findings` are all of that resource.
pub(super) fn try_all(
    run: &Run<'_>,
    resource: &Resource,
    findings: &mut [Finding],
    judge: &mut Judge<'_>,
    budget: &mut Budget,
) {
    for at in 0..findings.len() {
        let is_open = |fix: &mut Fix| fix.is_open();
        let Some(fix) = findings[at].fix.take_if(is_open) else { continue };
        let tried = if budget.takes(resource.manifest.extent.len()) {
            try_one(run, resource, findings, at, &fix.patch, judge)
        } else {
            Err("there are too many fixes in this file to try them all".to_owned())
        };
        findings[at].fix = Some(match tried {
            Ok(edits) => fix.good(edits, &resource.manifest.source),
            Err(reason) => fix.because(reason),
        });
    }
}

fn try_one(
    run: &Run<'_>,
    resource: &Resource,
    findings: &[Finding],
    at: usize,
    patch: &Patch,
    judge: &mut Judge<'_>,
) -> Result<Vec<fix::Edit>, String> {
    let manifest = &resource.manifest;
    let root = patch.apply(&manifest.root).map_err(|error| error.to_string())?;
    let patched = Arc::new(Manifest { root, ..Manifest::clone(manifest) });
    let gone = "the resource would be gone";
    let patched = manifest::resource_at(&patched, &resource.path).ok_or(gone)?;
    let mut judgement = Judgement::default();
    let paused = judge.places.pause();
    run.judge_resource(&patched, judge, &mut judgement);
    judge.places.resume(paused);
    outcome(findings, &findings[at], &judgement)?;
    fix::edits(manifest, patch).map_err(|refusal| refusal.to_string())
}

/// What tells the findings of a resource apart. Places move when something is removed.
fn key(finding: &Finding) -> (*const Policy, &str) {
    (Arc::as_ptr(&finding.policy), &finding.message)
}

/// Whether nothing is found that was not found before.
pub(super) fn brings_nothing(before: &[Finding], after: &[Finding]) -> bool {
    let mut gone = without(before, after);
    without(after, before).into_iter().all(|finding| take_less(&mut gone, finding))
}

/// Takes out what has become a finding: what was said of two things may now be said of one.
fn take_less(gone: &mut Vec<&Finding>, finding: &Finding) -> bool {
    let found = gone.iter().position(|was| is_less(was, finding));
    found.map(|at| gone.remove(at)).is_some()
}

fn is_less(was: &Finding, finding: &Finding) -> bool {
    Arc::ptr_eq(&was.policy, &finding.policy) && is_about(was, finding)
}

/// Why a fix of one of the findings is none, by what is found with it.
pub(super) fn outcome(
    before: &[Finding],
    mended: &Finding,
    after: &Judgement,
) -> Result<(), String> {
    match after.problems.first() {
        Some(problem) => Err(format!("with it, {}", problem.message)),
        None => compare(before, mended, &after.findings),
    }
}

/// Whether a finding is gone, and nothing has come.
fn compare(before: &[Finding], mended: &Finding, after: &[Finding]) -> Result<(), String> {
    let mut gone = without(before, after);
    let new = without(after, before);
    let own = gone.iter().position(|finding| key(finding) == key(mended));
    let Some(own) = own else {
        return Err("the violation would stay".to_owned());
    };
    gone.remove(own);
    for finding in new {
        if take_less(&mut gone, finding) {
            continue;
        }
        let message = &finding.message;
        return Err(if is_less(mended, finding) {
            format!("something would stay: {message}")
        } else {
            format!("it would bring another violation, of {}: {message}", finding.policy.id)
        });
    }
    Ok(())
}

/// The findings that others don't have, as often as they don't.
fn without<'f>(these: &'f [Finding], others: &[Finding]) -> Vec<&'f Finding> {
    let mut others: Vec<_> = others.iter().map(key).collect();
    let mut left = Vec::new();
    for finding in these {
        match others.iter().position(|other| *other == key(finding)) {
            Some(at) => {
                others.swap_remove(at);
            }
            None => left.push(finding),
        }
    }
    left
}

/// Whether two findings are about the same thing, or the one about a part of the other's.
fn is_about(one: &Finding, other: &Finding) -> bool {
    let path = |finding: &'_ Finding| finding.place.as_ref().map(|place| place.path.clone());
    match (path(one), path(other)) {
        (Some(Pointer(a)), Some(Pointer(b))) => a.starts_with(&b) || b.starts_with(&a),
        _ => false,
    }
}
