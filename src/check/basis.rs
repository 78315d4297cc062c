//! What the verdicts of a checker rest on.

use std::path::Path;

use rayon::prelude::*;

use crate::agreement::{Basis, Digest};
use crate::digest::{Parts, unordered};
use crate::policy::PolicySet;
use crate::source::Walk;

use super::Options;

pub(super) fn of(policies: &PolicySet, options: &Options) -> Basis {
    let mut data = Parts::new("data");
    data.add(policies.data.digest().as_bytes());
    data.add(inventory(options).as_bytes());
    let settings = settings(policies, options);
    Basis::new(policies.digest(), data.digest(), settings, &options.agreement)
}

/// The settings that change verdicts, and the dates that were set for policies.
fn settings(policies: &PolicySet, options: &Options) -> Digest {
    let Options { any, combine, engine, enforcement_point, .. } = options;
    let mut settings = Parts::new("settings");
    let strict = engine.strict_builtins;
    settings.add(format!("{any} {combine} {strict} {enforcement_point:?}").as_bytes());
    let dated = policies.policies().filter(|policy| !policy.metadata.rollout.is_empty());
    let dates = dated.map(|policy| {
        let mut parts = Parts::new("dates");
        parts.add(policy.id.as_bytes());
        parts.add(format!("{:?}", policy.metadata.rollout).as_bytes());
        parts.digest()
    });
    settings.add(unordered("dates", dates).as_bytes());
    // What constraints say of themselves stands in their documents.
    for (ids, rollout) in policies.terms.rollouts.iter().filter(|_| !policies.gatekeeper.is_empty())
    {
        settings.add(format!("{} {rollout:?}", ids.pattern()).as_bytes());
    }
    settings.digest()
}

/// The objects that policies know of, by what their files say.
fn inventory(options: &Options) -> Digest {
    let Ok(walk) = Walk::new(&["yaml", "yml", "json"], &[], Path::new("")) else {
        return Digest::default();
    };
    let (files, _) = walk.files(&options.inventory);
    let texts = files.par_iter().filter_map(|file| {
        let mut parts = Parts::new("file");
        // What can't be read is told when it is wanted.
        parts.add(file.read().ok()?.text().replace("\r\n", "\n").as_bytes());
        Some(parts.digest())
    });
    unordered("inventory", texts.collect::<Vec<_>>().into_iter())
}
