//! Ids that several policies share.

use std::collections::BTreeMap;

use crate::lint::Finding;
use crate::lint::names::DUPLICATE_ID;
use crate::lint::world::World;
use crate::policy::Policy;

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    let mut known: BTreeMap<&str, Vec<(&Policy, &[String])>> = BTreeMap::new();
    for asked in &world.policies {
        let Some(entry) = asked.entry else { continue };
        let policy = &*asked.policy;
        let same = known.entry(&policy.id).or_default();
        // `deny` and `warn` of one package may be one policy, and so may its clauses.
        let is_one = |(other, package): &&(&Policy, &[String])| {
            *package == entry.package && other.metadata.title == policy.metadata.title
        };
        match same.first() {
            Some(first) if !same.iter().any(|other| is_one(&other)) => {
                found.push(shared(policy, first.0));
                same.push((policy, &entry.package));
            }
            Some(_) => {}
            None => same.push((policy, &entry.package)),
        }
    }
}

fn shared(policy: &Policy, first: &Policy) -> Finding {
    let place = format!("{}:{}", first.source.name(), first.line());
    let message = format!("`{}` is also the id of the policy in {place}", policy.id);
    let mut finding = Finding::new(DUPLICATE_ID, message, &policy.source, policy.span);
    if std::sync::Arc::ptr_eq(&policy.source, &first.source) {
        finding.others.push((first.span, "the other policy".into()));
    }
    finding
        .of(&policy.id)
        .help("give one of them a `custom.id` of its own: reports tell policies apart by it")
}
