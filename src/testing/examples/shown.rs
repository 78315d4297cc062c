//! What policies make of the examples beside them, for those who show examples.

use std::sync::Arc;

use rayon::prelude::*;

use crate::check::{Finding, Options};
use crate::policy::PolicySet;
use crate::policy::examples::{self, Example, Group};
use crate::rego::PolicyError;

use super::bench::Bench;
use super::judge::{Found, Jury};

/// An example and what was found in it.
pub(crate) struct Shown {
    /// The policies that it is about.
    pub(crate) ids: Vec<String>,
    pub(crate) example: Example,
    pub(crate) violations: Vec<Finding>,
    /// Why it could not be judged.
    pub(crate) faults: Vec<PolicyError>,
}

/// Judges the examples of the policies that are wanted, in their order. What is about no policy at
/// all is for `manifestly test` to tell.
pub(in crate::testing) fn shown(
    policies: &PolicySet,
    groups: Vec<Group>,
    wants: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<Shown> {
    let documents = &policies.gatekeeper;
    let about = |group: Group| {
        let subject = examples::subject(&group, Some(policies), documents).ok()?;
        subject.ids().iter().any(|id| wants(id)).then_some((group, subject))
    };
    let wanted: Vec<_> = groups.into_iter().filter_map(about).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let bench = Bench::new(Some(policies), documents.clone(), Options::default());
    let bench = bench.map(Arc::new);
    let each = wanted.into_iter().flat_map(|(group, subject)| {
        let ids = subject.ids();
        let jury = bench.as_ref().map(|bench| Arc::new(Jury::new(subject, bench)));
        let of = move |example| (ids.clone(), example, jury.clone());
        group.examples.into_iter().map(of)
    });
    let each: Vec<_> = each.collect();
    let judged = each.into_par_iter().map(|(ids, example, jury)| {
        let found = jury.map_err(|errors| errors.0.clone()).and_then(|jury| jury.found(&example));
        let (found, faults) = match found {
            Ok(Found { violations, waived: _ }) => (violations, Vec::new()),
            Err(faults) => (Vec::new(), faults),
        };
        Shown { ids, example, violations: found, faults }
    });
    judged.collect()
}
