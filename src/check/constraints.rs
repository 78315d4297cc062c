//! Judging by Gatekeeper's constraints.

use std::sync::Arc;

use rayon::prelude::*;

use crate::gatekeeper::{ENFORCEMENT_POINT, Review, Reviewed, Reviewer, Session, Source, World};
use crate::locate;
use crate::manifest::{self, Format, Node, Pointer, ReadLimits, Resource};
use crate::policy::Policy;
use crate::rego::{PolicyError, PolicyErrors};

use super::judge::{self, Judgement};
use super::problem::{Problem, ProblemKind};
use super::{Checker, Input};

/// The constraints of a run, among the objects that they may look at.
pub(super) fn session(
    checker: &Checker,
    inputs: &[Input],
    problems: &mut Vec<Problem>,
) -> Result<Session, PolicyErrors> {
    let options = &checker.options;
    let mut world = World::of_cluster();
    if checker.constraints.looks_around() {
        let (known, wrong) = inventory(checker);
        problems.extend(wrong);
        // What is to be deployed takes the place of what is there.
        let checked = inputs.par_iter().flat_map_iter(|input| objects(input, &options.read).0);
        known.iter().chain(&checked.collect::<Vec<_>>()).for_each(|object| world.add(object));
    }
    let point = match options.enforcement_point.as_str() {
        "" => ENFORCEMENT_POINT,
        point => point,
    };
    checker.constraints.session(world, point)
}

/// The objects that stand in no checked manifest.
fn inventory(checker: &Checker) -> (Vec<Resource>, Vec<Problem>) {
    let paths = &checker.options.inventory;
    let walk = crate::source::Walk::new(&["yaml", "yml", "json"], &[], std::path::Path::new(""));
    let walk = match walk {
        Ok(walk) if !paths.is_empty() => walk,
        Ok(_) => return (Vec::new(), Vec::new()),
        Err(error) => return (Vec::new(), vec![error.into()]),
    };
    let (files, errors) = walk.files(paths);
    let mut problems: Vec<Problem> = errors.into_iter().map(Problem::from).collect();
    let inputs = files.into_par_iter().map(Input::File);
    let read: Vec<_> = inputs.map(|input| objects(&input, &checker.options.read)).collect();
    let mut found = Vec::new();
    for (objects, wrong) in read {
        found.extend(objects);
        problems.extend(wrong);
    }
    (found, problems)
}

fn objects(input: &Input, limits: &ReadLimits) -> (Vec<Resource>, Vec<Problem>) {
    let text = match input {
        Input::Text(text) => Ok(Arc::clone(text)),
        Input::File(file) => file.read(),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => return (Vec::new(), vec![error.into()]),
    };
    let reading = manifest::read(&text, Format::Manifest, limits);
    let manifests = reading.manifests.into_iter().map(Arc::new);
    let objects = manifests.filter_map(|manifest| manifest::resources(&manifest)).flatten();
    (objects.collect(), reading.errors.into_iter().map(Problem::from).collect())
}

/// Judges a resource by the constraints that match it, and the pod it will make by those that ask
/// for Pods.
pub(super) fn review(resource: &Resource, reviewer: &mut Reviewer<'_>, judgement: &mut Judgement) {
    if reviewer.is_idle() {
        return;
    }
    let review = Review::of_object(&resource.node, Source::Original, reviewer.world());
    let reviewed = reviewer.review(&review);
    let whole = View { resource, input: &resource.node, offset: Pointer::default() };
    whole.take(&reviewed, judgement);
    if let Some(template) = manifest::pod_template(resource) {
        let pod = Review::of_object(&template.pod, Source::Generated, reviewer.world());
        let reviewed = reviewer.review_pod(&pod, &review);
        let inside = View { resource, input: &template.pod, offset: template.path };
        inside.take(&reviewed, judgement);
    }
}

/// What constraints see of a resource: all of it, or the pod inside.
struct View<'r> {
    resource: &'r Resource,
    input: &'r Node,
    /// Where the input stands in the resource.
    offset: Pointer,
}

impl View<'_> {
    fn take(&self, reviewed: &Reviewed, judgement: &mut Judgement) {
        let resource = self.resource;
        for result in &reviewed.violations {
            // Gatekeeper leaves it to the policy what else a violation says: a path is taken up.
            let details = result.value.field("details").and_then(locate::declared_path);
            let place = match locate::declared_path(&result.value).or(details) {
                Some(path) => locate::declared(resource, self.input, &self.offset, &path),
                None => locate::resource(resource),
            };
            judgement.findings.push(judge::finding(result, false, Some(resource), Some(place)));
        }
        for error in &reviewed.errors {
            let message = format!("{} (judging {})", error.message, resource.id);
            let error = PolicyError { message, ..error.clone() };
            judgement.problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
        }
        for (policy, namespace) in &reviewed.unknown {
            let error = unknown_namespace(policy, namespace, resource);
            judgement.problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
        }
    }
}

fn unknown_namespace(policy: &Policy, namespace: &str, resource: &Resource) -> PolicyError {
    let message = format!(
        "{} selects namespaces by their labels, and the Namespace `{namespace}` is not among the \
         manifests (judging {})",
        policy.id, resource.id
    );
    PolicyError::at(message, &policy.source, policy.span)
        .with_help("check its manifest too, or name it with --inventory")
}
