//! What policies leave unsaid.

use std::collections::BTreeSet;

use crate::lint::names::{
    MISSING_HELP, MISSING_OWNER, MISSING_SEVERITY, MISSING_TITLE, MISSING_WHY,
};
use crate::lint::world::World;
use crate::lint::{Finding, Lint};
use crate::policy::Policy;

/// A lint, whether a policy has what it misses, the message, and what to do.
type Question = (Lint, fn(&Policy) -> bool, &'static str, &'static str);

const QUESTIONS: [Question; 5] = [
    (
        MISSING_TITLE,
        |policy| policy.metadata.title.is_some(),
        "has no title",
        "say in `title` of its `# METADATA` what is wanted, in one line",
    ),
    (
        MISSING_WHY,
        |policy| policy.metadata.why.is_some() || policy.metadata.description.is_some(),
        "does not say why it matters",
        "say in `custom.why` of its `# METADATA` what happens to those who don't follow it",
    ),
    (
        MISSING_HELP,
        |policy| policy.metadata.help.is_some(),
        "does not say how a violation is mended",
        "say it in `custom.help` of its `# METADATA`, best with lines to copy",
    ),
    (
        MISSING_OWNER,
        |policy| policy.metadata.owner.is_some(),
        "does not say who decided it",
        "say it in `custom.owner` of its `# METADATA`, or of a block with `scope: subpackages` for all \
         policies below a package",
    ),
    (
        MISSING_SEVERITY,
        |policy| policy.metadata.severity.is_some(),
        "does not say how bad a violation is",
        "say it in `custom.severity` of its `# METADATA`: critical, high, medium, low or info",
    ),
];

/// What a template can say, and where.
const OF_TEMPLATES: [Question; 2] = [
    (
        MISSING_TITLE,
        |policy| policy.metadata.title.is_some(),
        "has no title",
        "say in the annotation `metadata.gatekeeper.sh/title` what is wanted, in one line",
    ),
    (
        MISSING_WHY,
        |policy| policy.metadata.description.is_some(),
        "does not say why it matters",
        "say it in the annotation `description`",
    ),
];

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    let questions = if world.is_template { &OF_TEMPLATES[..] } else { &QUESTIONS };
    // Rules of one policy share what it says.
    let mut told = BTreeSet::new();
    for asked in &world.policies {
        let policy = &*asked.policy;
        for (lint, has, message, help) in questions {
            let mut is_new = || told.insert((policy.id.clone(), policy.source.name(), lint));
            if !has(policy) && is_new() {
                let message = format!("`{}` {message}", policy.id);
                let finding = Finding::new(*lint, message, &policy.source, policy.span);
                found.push(finding.of(&policy.id).help(*help));
            }
        }
    }
}
