//! Whether a waiver holds on a day.

use chrono::NaiveDate;

use crate::policy::Policy;

use super::approval;
use super::fault::{Fault, FaultKind};
use super::{Rules, Waiver};

/// Everything that keeps a waiver from waiving, by the terms of all policies that share the id it
/// names: the strictest count.
pub(super) fn faults_by_all(
    waiver: &Waiver,
    policies: &[&Policy],
    rules: &Rules,
    as_of: NaiveDate,
) -> Vec<Fault> {
    let mut all: Vec<Fault> = Vec::new();
    for policy in policies {
        for fault in faults(waiver, policy, rules, as_of) {
            if !all.contains(&fault) {
                all.push(fault);
            }
        }
    }
    all.sort_by_key(|fault| fault.kind);
    all
}

/// Everything that keeps a waiver from waiving, the gravest first. `policy` is the one it names.
fn faults(waiver: &Waiver, policy: &Policy, rules: &Rules, as_of: NaiveDate) -> Vec<Fault> {
    let terms = &policy.metadata.waiver;
    let faults = [
        forbidden(waiver, policy),
        too_wide(waiver),
        too_long(waiver, terms.max_days.or(rules.max_days)),
        approval::lacking(waiver, terms, rules, as_of),
        outside(waiver, as_of),
    ];
    faults.into_iter().flatten().collect()
}

/// The same of a waiver whose policy is not there.
pub(super) fn unknown_policy(waiver: &Waiver, near: &[&str]) -> Fault {
    let message = format!("there is no policy `{}`", waiver.policy);
    let fault = Fault::new(FaultKind::UnknownPolicy, message, waiver.span(&["spec", "policy"]));
    let near: Vec<_> = near.iter().map(|id| format!("`{id}`")).collect();
    fault.with_help(match near.as_slice() {
        [] => "`manifestly policy list` lists the policies there are".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    })
}

fn forbidden(waiver: &Waiver, policy: &Policy) -> Option<Fault> {
    if policy.metadata.waiver.allowed != Some(false) {
        return None;
    }
    let message = format!("`{}` allows no waivers", policy.id);
    let fault = Fault::new(FaultKind::Forbidden, message, waiver.span(&["spec", "policy"]));
    let who = [&policy.metadata.owner, &policy.metadata.contact];
    let who: Vec<&str> = who.into_iter().flatten().map(String::as_str).collect();
    Some(if who.is_empty() { fault } else { fault.with_help(format!("ask {}", who.join(" · "))) })
}

fn too_wide(waiver: &Waiver) -> Option<Fault> {
    waiver.selector.is_open().then(|| {
        let message = "the waiver does not say which workloads it is for";
        Fault::new(FaultKind::TooWide, message, waiver.span(&["spec", "match"]))
            .with_help("name them under `match`: by `names`, `namespaces`, `labels` or `files`")
    })
}

/// Both the first and the last day count.
fn too_long(waiver: &Waiver, max_days: Option<u32>) -> Option<Fault> {
    let max_days = i64::from(max_days?);
    let Some(from) = waiver.from else {
        let message =
            format!("waivers of `{}` last {max_days} days at most: say `from` when", waiver.policy);
        return Some(Fault::new(FaultKind::TooLong, message, waiver.span(&["spec", "expires"])));
    };
    let days = (waiver.expires - from).num_days() + 1;
    (days > max_days).then(|| {
        let message =
            format!("the waiver lasts {days} days, and `{}` allows {max_days}", waiver.policy);
        let fault = Fault::new(FaultKind::TooLong, message, waiver.span(&["spec", "expires"]));
        let last = from.checked_add_signed(chrono::TimeDelta::days(max_days - 1));
        match last.filter(|_| max_days > 0) {
            Some(last) => fault.with_help(format!("let it end on {last} at the latest")),
            None => fault,
        }
    })
}

fn outside(waiver: &Waiver, as_of: NaiveDate) -> Option<Fault> {
    if waiver.expires < as_of {
        let message = format!("the waiver ended on {}", waiver.expires);
        let fault = Fault::new(FaultKind::Expired, message, waiver.span(&["spec", "expires"]));
        return Some(fault.with_help(
            "mend what it waived and delete it, or agree on a later day and have it approved anew",
        ));
    }
    let from = waiver.from.filter(|from| *from > as_of)?;
    let message = format!("the waiver begins on {from}");
    Some(Fault::new(FaultKind::Ahead, message, waiver.span(&["spec", "from"])))
}
