//! Fingerprints: what makes a finding the same finding in the next run.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::check::{Finding, Problem};
use crate::locate::PlaceSource;

/// Gives fingerprints that no two of one report share.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    given: HashMap<String, usize>,
}

impl Fingerprints {
    /// Of the policy, the resource and the path in it. Not of the line, which moves when text is
    /// added above, nor of the file, which may be renamed.
    pub(super) fn of_finding(&mut self, finding: &Finding) -> String {
        let mut parts = vec!["finding".to_owned(), finding.policy.id.clone()];
        if let Some(id) = &finding.resource {
            // Not the version of the API: moving to the next one changes no finding.
            let names = [id.group(), &id.kind, &id.namespace, &id.name];
            parts.extend(names.map(str::to_owned));
        }
        match &finding.place {
            Some(place) if place.source != PlaceSource::Resource => {
                parts.push(place.path.to_string());
            }
            // Only its words tell such a violation from others of its rule.
            _ => parts.push(finding.message.clone()),
        }
        self.unique(&parts)
    }

    pub(super) fn of_problem(&mut self, problem: &Problem) -> String {
        let file = problem.file.clone().unwrap_or_default();
        self.unique(&[
            "problem".into(),
            problem.kind.as_str().into(),
            file,
            problem.message.clone(),
        ])
    }

    fn unique(&mut self, parts: &[String]) -> String {
        let first = hash(parts, 0);
        let count = self.given.entry(first.clone()).or_default();
        *count += 1;
        if *count == 1 { first } else { hash(parts, *count) }
    }
}

fn hash(parts: &[String], count: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        // Keeps `ab`, `c` apart from `a`, `bc`.
        hash.update([0]);
    }
    hash.update(count.to_string());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
