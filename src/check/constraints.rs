//! Judging by Gatekeeper's constraints.

use std::sync::Arc;

use rayon::prelude::*;

use crate::engine::Program;
use crate::engine::value::Value;
use crate::gatekeeper::{
    Made, NothingToMakeOf, Review, Reviewed, Reviewer, Session, Source, World,
};
use crate::locate;
use crate::manifest::{self, Format, PodTemplate, Pointer, ReadLimits, Resource};
use crate::policy::{Dialect, Policy};
use crate::rego::{PolicyError, PolicyErrors};

use super::inference::Places;
use super::judge::{self, Judgement};
use super::problem::{Problem, ProblemKind};
use super::view::View;
use super::{Checker, Input};

/// The constraints of a run, among the objects that they may look at.
pub(super) fn session(
    checker: &Checker,
    inputs: &[Input],
    problems: &mut Vec<Problem>,
) -> Result<Session, PolicyErrors> {
    let options = &checker.options;
    let mut world = World::of_cluster();
    if checker.looks_around() {
        let (known, wrong) = inventory(checker);
        problems.extend(wrong);
        // What is to be deployed takes the place of what is there.
        let checked = inputs.par_iter().flat_map_iter(|input| objects(input, &options.read).0);
        known.iter().chain(&checked.collect::<Vec<_>>()).for_each(|object| world.add(object));
    }
    checker.constraints.session(world, checker.point())
}

/// The program of policies in Rego files. Those that are written as for Gatekeeper may look at the
/// other objects too.
pub(super) fn program(checker: &Checker, world: &World) -> Result<Program, PolicyErrors> {
    let policies = &checker.policies;
    if !policies.says_of_gatekeeper("inventory") || policies.data.contains_key("inventory") {
        return Ok(checker.program.clone());
    }
    let own = policies.data.iter().map(|(key, value)| (key, Value::from(value)));
    let data = own.chain([("inventory", world.inventory())]);
    let data = data.map(|(key, value)| (Value::string(key), value)).collect();
    let data = Value::object(data).unwrap_or(Value::NULL);
    Program::compile_with_data(policies, data, checker.options.engine)
}

/// The objects that stand in no checked manifest.
fn inventory(checker: &Checker) -> (Vec<Resource>, Vec<Problem>) {
    let paths = &checker.options.inventory;
    if paths.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let walk = crate::source::Walk::new(&["yaml", "yml", "json"], &[], std::path::Path::new(""));
    let walk = match walk {
        Ok(walk) => walk,
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
    let text = match input.read() {
        Ok(text) => text,
        Err(error) => return (Vec::new(), vec![error.into()]),
    };
    let reading = manifest::read(&text, Format::Manifest, limits);
    let manifests = reading.manifests.into_iter().map(Arc::new);
    let objects = manifests.filter_map(|manifest| manifest::resources(&manifest)).flatten();
    (objects.collect(), reading.errors.into_iter().map(Problem::from).collect())
}

/// Judges a resource by the constraints that match it, and what it will make: as expansion templates
/// say, else the pods, by those that ask for Pods.
pub(super) fn review(
    resource: &Resource,
    reviewer: &mut Reviewer<'_>,
    places: &mut Places<'_>,
    judgement: &mut Judgement,
) {
    if reviewer.is_idle() {
        return;
    }
    let session = reviewer.session();
    let review = match Review::of_resource(resource, session.world()) {
        Ok(review) => review,
        Err(error) => {
            judgement.problems.push(Problem::of_policy(ProblemKind::Manifest, error));
            return;
        }
    };
    let asked = resource.under_review();
    let subject = asked.as_ref().unwrap_or(resource);
    let reviewed = reviewer.review(&review);
    let mut asked = Asked { session, places, judgement };
    asked.take(&View::whole(subject, Dialect::Gatekeeper), &review, &reviewed, None);
    if subject.is_deleted() {
        return;
    }
    if session.expands() {
        review_made(subject, reviewer, &mut asked);
    } else if let Some(PodTemplate { pod, path: offset }) = manifest::pod_template(subject) {
        let generated = Review::of_object(&pod, Source::Generated, session.world());
        let reviewed = reviewer.review_pod(&generated, &review);
        let dialect = Dialect::Gatekeeper;
        let inside = View { resource: subject, object: &pod, offset, dialect };
        asked.take(&inside, &generated, &reviewed, None);
    }
}

/// Judges what expansion templates say that a resource makes.
fn review_made(resource: &Resource, reviewer: &mut Reviewer<'_>, asked: &mut Asked<'_, '_>) {
    let session = asked.session;
    let all = match session.made_of(&resource.node) {
        Ok(all) => all,
        Err(NothingToMakeOf { message, path }) => {
            let place = locate::declared(resource, &resource.node, &Pointer::default(), &path);
            let message = format!("{message} (judging {})", resource.id);
            let error = PolicyError::at(message, &resource.manifest.source, place.span);
            asked.judgement.problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
            return;
        }
    };
    for made in all {
        let review = Review::of_object(&made.object, Source::Generated, session.world());
        let reviewed = reviewer.review_made(&review, made.level);
        let dialect = Dialect::Gatekeeper;
        let view = View { resource, object: &made.object, offset: made.path.clone(), dialect };
        asked.take(&view, &review, &reviewed, Some(&made));
    }
}

/// What takes up what reviews found.
struct Asked<'a, 'p> {
    session: &'a Session,
    places: &'a mut Places<'p>,
    judgement: &'a mut Judgement,
}

impl Asked<'_, '_> {
    /// Takes up what was found; `made` says what the view is of where it is not what someone
    /// wrote.
    fn take(&mut self, view: &View<'_>, review: &Review, reviewed: &Reviewed, made: Option<&Made>) {
        let resource = view.resource;
        for result in &reviewed.violations {
            let (places, fix) = view.located(result, || {
                let question = self.session.question(&result.policy, review);
                let causes = |question| self.places.causes_in_template(&question, result);
                question.map(causes).unwrap_or_default()
            });
            let mut finding = judge::finding(result, false, Some(resource), places);
            finding.fix = fix;
            if let Some(Made { kind, makers, template, .. }) = made {
                let through = format!(" (in the {kind} of {}, by {template})", makers.join(" of "));
                finding.message.push_str(&through);
            }
            self.judgement.findings.push(finding);
        }
        for error in &reviewed.errors {
            self.judgement.failed(error.clone(), &resource.id);
        }
        let problems = &mut self.judgement.problems;
        for (policy, namespace) in &reviewed.unknown {
            let error = unknown_namespace(policy, namespace, resource);
            problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
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
