//! For programs.

use std::io;

use serde_json::json;

use super::super::{Calendar, Change, What};

pub(super) fn write(calendar: &Calendar, out: &mut dyn io::Write) -> io::Result<()> {
    let change = |change: &Change| {
        let mut told = json!({
            "on": change.on,
            "days": calendar.days_to(change),
            "policy": change.policy(),
            "findings": change.findings,
            "turn_blocking": change.turn_blocking,
        });
        match &change.what {
            What::Policy { policy, becomes } => {
                told["kind"] = "policy".into();
                told["becomes"] = json!(becomes);
                told["title"] = policy.title().into();
                told["level"] = json!(policy.level);
                told["owner"] = json!(policy.metadata.owner);
                told["contact"] = json!(policy.metadata.contact);
            }
            What::Waiver(waiver) => {
                told["kind"] = "waiver".into();
                told["waiver"] = json!(waiver);
            }
        }
        told
    };
    let whole = json!({
        "version": 1,
        "as_of": calendar.as_of,
        "resources": calendar.resources,
        "turn_blocking": calendar.turn_blocking,
        "changes": calendar.changes.iter().map(change).collect::<Vec<_>>(),
        "undated": calendar.undated.iter().map(|policy| &policy.id).collect::<Vec<_>>(),
        "errors": calendar.errors,
    });
    writeln!(out, "{whole:#}")
}
