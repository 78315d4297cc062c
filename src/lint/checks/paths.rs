//! Paths of results that lead nowhere in the policy's own bad examples.
//!
//! A path may well lead to what is missing: that is what many policies complain of. It is wrong
//! where the rule never looked for what the path names.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::{Evaluator, Program, Proof, RuleResult};
use crate::gatekeeper::Seen;
use crate::lint::Finding;
use crate::lint::names::UNRESOLVED_PATH;
use crate::locate::{self, Declared};
use crate::manifest::{self, Format, Node, Pointer, ReadLimits, Resource, Step};
use crate::policy::examples::{self, Example, Kind};
use crate::policy::{EntryPoint, Metadata, PolicySet};

/// What the examples below some paths show. What is wrong with them otherwise is for
/// `manifestly test` to tell.
pub(in crate::lint) fn paths(
    set: &PolicySet,
    program: &Program,
    below: &[PathBuf],
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut evaluator = program.evaluator();
    evaluator.keep_proofs(true);
    for group in examples::known(below, &mut Vec::new()) {
        let Ok(subject) = examples::subject(&group, Some(set), &[]) else { continue };
        let ids = subject.ids();
        let is_asked = |entry: &&EntryPoint| {
            let is_ours = entry.policies.iter().any(|policy| ids.contains(&policy.id));
            is_ours && !entry.is_combined()
        };
        let entries: Vec<_> = set.entry_points.iter().filter(is_asked).collect();
        for example in group.examples.iter().filter(|example| example.kind == Kind::Bad) {
            for resource in resources(example) {
                for entry in &entries {
                    look(&resource, entry, &mut evaluator, &mut found);
                }
            }
        }
    }
    found
}

fn resources(example: &Example) -> Vec<Resource> {
    let mut found = Vec::new();
    for input in &example.inputs {
        let Ok(text) = input.read() else { continue };
        let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
        let manifests = reading.manifests.into_iter().map(Arc::new);
        found.extend(manifests.filter_map(|manifest| manifest::resources(&manifest)).flatten());
    }
    found
}

/// Asks an entry point about a resource, and the pods it will make.
fn look(
    resource: &Resource,
    entry: &EntryPoint,
    evaluator: &mut Evaluator,
    found: &mut Vec<Finding>,
) {
    // A recorded request is its own input, of which the object is a part.
    if resource.is_admission_review() {
        return;
    }
    let metadata = || entry.policies.iter().map(|policy| &policy.metadata);
    let mut objects = Vec::new();
    if metadata().any(|metadata| metadata.applies_to(&resource.id)) {
        objects.push(resource.node.clone());
    }
    if metadata().any(Metadata::applies_to_pod_templates) {
        objects.extend(manifest::pod_template(resource).map(|template| template.pod));
    }
    for object in objects {
        let seen = Seen::new(object, entry);
        let name = resource.manifest.source.name();
        evaluator.set_input(&seen.input, name);
        let Ok(outcome) = evaluator.evaluate(entry) else { continue };
        let Some(reads) = evaluator.reads().filter(|reads| reads.is_whole) else { continue };
        for result in outcome.results {
            found.extend(judged(&result, &seen, &reads, name));
        }
    }
}

fn judged(result: &RuleResult, seen: &Seen, reads: &Proof, example: &str) -> Vec<Finding> {
    let policy = &result.policy;
    let finding = |message: String, help: String| {
        let label = format!("its result for {example}");
        Finding::new(UNRESOLVED_PATH, message, &policy.source, policy.span)
            .of(&policy.id)
            .label(label)
            .help(help)
    };
    if let Some(written) = locate::unreadable(&result.value) {
        let written = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
        let message = format!("the path `{written}` of a result can't be read");
        let help = "a path is a list of keys and numbers, `a.b[0].c`, or `/a/b/0/c`";
        return vec![finding(message, help.into())];
    }
    let declared = locate::declared_in(&result.value, seen.dialect, &seen.object);
    let paths = declared.into_iter().filter_map(|declared| match declared {
        Declared::Path(path) => Some(path),
        Declared::Line { .. } => None,
    });
    paths
        .filter_map(|declared| {
            let near = leads_nowhere(&declared, seen, reads)?;
            let message = format!(
                "the path `{declared}` of a result leads nowhere, and the rule did not look for it"
            );
            let help = near.map(|near| format!("there is `{near}`"));
            let help = help.unwrap_or_else(|| "correct the path, or leave it out".into());
            Some(finding(message, help))
        })
        .collect()
}

/// If a path leads nowhere and the rule did not look for that: the key that may be meant, if any.
fn leads_nowhere(declared: &Pointer, seen: &Seen, reads: &Proof) -> Option<Option<String>> {
    let path = seen.dialect.path_in_object(declared, &seen.object)?;
    let resolved = path.resolve(&seen.object);
    let missing = resolved.missing.first()?;
    let parent = Pointer(resolved.found.clone());
    let is_above = |read: Pointer| parent.0.starts_with(&read.0);
    let is_known = was_looked_for(&parent.join(std::slice::from_ref(missing)), &path, seen, reads)
        // Who goes through all members looks for each.
        || seen.in_object(&reads.stepped).any(|read| read == parent)
        || seen.in_object(&reads.used).any(is_above)
        || seen.in_object(&reads.printed).any(is_above);
    (!is_known).then(|| nearest(missing, resolved.node))
}

/// Whether the rule looked for something on the way to a path, or behind it.
fn was_looked_for(first_missing: &Pointer, path: &Pointer, seen: &Seen, reads: &Proof) -> bool {
    seen.in_object(&reads.missing).any(|missed| {
        path.0.starts_with(&missed.0)
            || missed.0.starts_with(&path.0)
            || missed.0.starts_with(&first_missing.0)
    })
}

/// The key that is most like one that is missing.
fn nearest(missing: &Step, holder: &Node) -> Option<String> {
    let Step::Key(missing) = missing else { return None };
    let keys = holder.entries()?.iter().map(|entry| &*entry.key);
    let near = keys.map(|key| (strsim::jaro_winkler(key, missing), key));
    let (likeness, key) = near.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > 0.85).then(|| key.to_owned())
}
