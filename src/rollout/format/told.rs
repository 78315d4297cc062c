//! A change in words.

use super::super::{Change, What};

/// What there is to say of a change.
pub(super) struct Told<'c> {
    /// The policy, or the waiver by its place.
    pub(super) name: String,
    pub(super) title: Option<&'c str>,
    /// Whom to talk to.
    pub(super) who: Vec<String>,
}

impl<'c> Told<'c> {
    pub(super) fn of(change: &'c Change) -> Self {
        match &change.what {
            What::Policy { policy, .. } => {
                let metadata = &policy.metadata;
                let who = [&metadata.owner, &metadata.contact].into_iter().flatten().cloned();
                let title = metadata.title.as_deref();
                Self { name: policy.id.clone(), title, who: who.collect() }
            }
            What::Waiver(waiver) => {
                let name = format!("{}:{}", waiver.file(), waiver.line());
                let asked = waiver.requested_by.as_ref().map(|who| format!("asked by {who}"));
                let agreed = waiver.approved_by.as_ref().map(|who| format!("approved by {who}"));
                let who = asked.into_iter().chain(agreed).chain(waiver.ticket.clone());
                Self { name, title: Some(&waiver.policy), who: who.collect() }
            }
        }
    }
}

/// `3 findings here turn blocking`, or what else there is to say of what is here.
pub(super) fn here(change: &Change) -> String {
    match (change.findings, change.turn_blocking) {
        (0, _) => "nothing here".to_owned(),
        (findings, 0) => format!("{} here", crate::report::counted(findings, "finding")),
        (_, 1) => "1 finding here turns blocking".to_owned(),
        (_, blocking) => format!("{blocking} findings here turn blocking"),
    }
}

/// When a day is, seen from another.
pub(super) fn in_days(days: i64) -> String {
    if days == 1 { "tomorrow".to_owned() } else { format!("in {days} days") }
}
