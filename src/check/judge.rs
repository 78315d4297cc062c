//! Judging: one resource, or all documents of a run, by the policies that look at them.

use std::fmt;
use std::sync::Arc;

use crate::agreement::{Agreed, Phase, Standing};
use crate::engine::value::Value;
use crate::engine::{Evaluator, Printed, Recording, RuleResult};
use crate::gatekeeper::{Review, Source, World};
use crate::locate::infer::Inferred;
use crate::locate::{self, Declared, Place};
use crate::manifest::{
    Entry, Manifest, Node, PodTemplate, Pointer, Resource, Step, admission_review, pod_template,
};
use crate::policy::{Dialect, EntryPoint, Metadata, Severity};
use crate::rego::PolicyError;
use crate::source::Span;

use super::finding::Finding;
use super::inference::Places;
use super::problem::{Problem, ProblemKind};
use super::view::{View, in_order, is_file};

/// What judging gave.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
    pub(super) printed: Vec<Printed>,
    /// How far bodies got, where programs were compiled to record it.
    pub(super) recording: Option<Recording>,
}

impl Judgement {
    /// A policy that could not be evaluated, and what it was to judge.
    pub(super) fn failed(&mut self, error: PolicyError, judging: impl fmt::Display) {
        let message = format!("{} (judging {judging})", error.message);
        let error = PolicyError { message, ..error };
        self.problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
    }

    /// Takes what policies printed, and how far they got.
    pub(super) fn take_from(&mut self, evaluator: &mut Evaluator) {
        self.printed.append(&mut evaluator.take_printed());
        if let Some(more) = evaluator.take_recording() {
            self.recording.get_or_insert_default().add(more);
        }
    }
}

/// Judges a resource by the policies of one dialect, and the pods it will make where a policy for
/// Pods looks at them.
pub(super) fn resource(
    resource: &Resource,
    dialect: Dialect,
    entries: &[&EntryPoint],
    evaluator: &mut Evaluator,
    places: &mut Places<'_>,
    world: &World,
    judgement: &mut Judgement,
) {
    Judge { entries, dialect, evaluator, places, world, judgement }.resource(resource);
}

/// Judges by the policies of one dialect.
struct Judge<'j, 'p> {
    entries: &'j [&'j EntryPoint],
    dialect: Dialect,
    evaluator: &'j mut Evaluator,
    places: &'j mut Places<'p>,
    world: &'j World,
    judgement: &'j mut Judgement,
}

impl<'j> Judge<'j, '_> {
    fn resource(&mut self, resource: &Resource) {
        // A recorded request is itself what policies about requests are asked about.
        let asked = match self.dialect {
            Dialect::Manifest | Dialect::Kubescape => None,
            Dialect::Gatekeeper | Dialect::Admission => resource.under_review(),
        };
        let subject = asked.as_ref().unwrap_or(resource);
        let whole = self.those(|metadata| metadata.applies_to(&subject.id));
        if !whole.is_empty() {
            self.view(&View::whole(subject, self.dialect), Some(resource), &whole);
        }
        let templates = self.those(Metadata::applies_to_pod_templates);
        if templates.is_empty() || subject.is_deleted() {
            return;
        }
        if let Some(PodTemplate { pod, path: offset }) = pod_template(subject) {
            let dialect = self.dialect;
            let view = View { resource: subject, object: &pod, offset, dialect };
            self.view(&view, None, &templates);
        }
    }

    fn those(&self, look: impl Fn(&Metadata) -> bool) -> Vec<&'j EntryPoint> {
        let looks =
            |entry: &&&EntryPoint| entry.policies.iter().any(|policy| look(&policy.metadata));
        self.entries.iter().filter(looks).copied().collect()
    }

    /// Judges what is in a view; `written` is the resource that someone wrote, unless it is only
    /// what will be made of it.
    fn view(&mut self, view: &View<'_>, written: Option<&Resource>, entries: &[&'j EntryPoint]) {
        match self.dialect {
            Dialect::Manifest | Dialect::Kubescape => self.judge(view, view.object, entries),
            Dialect::Admission => match written.filter(|r| r.is_admission_review()) {
                Some(recorded) => self.judge(view, &recorded.node, entries),
                None => self.judge(view, &admission_review(view.object), entries),
            },
            Dialect::Gatekeeper => {
                let review = match written {
                    Some(resource) => Review::of_resource(resource, self.world),
                    None => Ok(Review::of_object(view.object, Source::Generated, self.world)),
                };
                match review {
                    Ok(review) => {
                        for (parameters, entries) in by_parameters(entries) {
                            self.judge(view, &review.input(parameters), &entries);
                        }
                    }
                    Err(error) => {
                        let problem = Problem::of_policy(ProblemKind::Manifest, error);
                        self.judgement.problems.push(problem);
                    }
                }
            }
        }
    }

    fn judge(&mut self, view: &View<'_>, input: &Node, entries: &[&EntryPoint]) {
        let file = view.resource.manifest.source.name();
        self.evaluator.set_input(input, file);
        self.places.begin_input();
        for (entry, outcome) in entries.iter().zip(self.evaluator.evaluate_all(entries)) {
            match outcome {
                Ok(outcome) => {
                    let own = outcome.results.iter();
                    for result in own.filter(|result| is_for(view, &result.policy.metadata)) {
                        let causes = || self.places.causes(entry, result, input, file);
                        let (places, fix) = view.located(result, causes);
                        let resource = Some(view.resource);
                        let found = finding(result, outcome.excepted, resource, places);
                        let found = Finding { fix, ..found };
                        self.judgement.findings.push(found);
                    }
                }
                Err(error) => self.judgement.failed(error, &view.resource.id),
            }
        }
        self.judgement.take_from(self.evaluator);
    }
}

/// Of a rule's policies some may look at this kind and others not.
fn is_for(view: &View<'_>, metadata: &Metadata) -> bool {
    if view.is_whole() {
        metadata.applies_to(&view.resource.id)
    } else {
        metadata.applies_to_pod_templates()
    }
}

/// Policies that have the same parameters are asked together.
fn by_parameters<'e>(
    entries: &[&'e EntryPoint],
) -> Vec<(Option<&'e serde_json::Value>, Vec<&'e EntryPoint>)> {
    let mut groups: Vec<(Option<&serde_json::Value>, Vec<&EntryPoint>)> = Vec::new();
    for entry in entries {
        let parameters = entry.parameters();
        match groups.iter_mut().find(|(known, _)| *known == parameters) {
            Some((_, group)) => group.push(entry),
            None => groups.push((parameters, vec![entry])),
        }
    }
    groups
}

/// The file that an input of all documents is said to stand in, as in conftest.
const COMBINED: &str = "Combined";

/// Judges all documents at once: the input is a list of `{path, contents}`, as conftest has it.
pub(super) fn combined(
    manifests: &[Arc<Manifest>],
    entries: &[&EntryPoint],
    evaluator: &mut Evaluator,
    causes: &mut Places<'_>,
    judgement: &mut Judgement,
) {
    let nowhere = Span::default();
    let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: nowhere, value };
    let items = manifests.iter().map(|manifest| {
        let path = Node::string(nowhere, manifest.source.name());
        Node::mapping(
            manifest.root.span,
            vec![entry("path", path), entry("contents", manifest.root.clone())],
        )
    });
    let input = Node::sequence(nowhere, items.collect());
    evaluator.set_input(&input, COMBINED);
    causes.begin_input();
    for (entry, outcome) in entries.iter().zip(evaluator.evaluate_all(entries)) {
        match outcome {
            Ok(outcome) => judgement.findings.extend(outcome.results.iter().map(|result| {
                let causes = || causes.causes(entry, result, &input, COMBINED);
                let (resource, places) = places_among(manifests, &result.value, causes);
                finding(result, outcome.excepted, resource.as_ref(), places)
            })),
            Err(error) => judgement.failed(error, "all documents at once"),
        }
    }
    judgement.take_from(evaluator);
}

/// The places of a violation among all documents, and the resource that the first one is in.
fn places_among(
    manifests: &[Arc<Manifest>],
    violation: &Value,
    causes: impl FnOnce() -> Inferred,
) -> (Option<Resource>, Vec<Place>) {
    let declared = locate::declared_places(violation);
    let mut places: Vec<_> =
        declared.iter().filter_map(|declared| place_among(manifests, declared)).collect();
    if places.is_empty() {
        places.extend(causes().causes.into_iter().filter_map(|cause| {
            let (resource, place) = place_among(manifests, &Declared::Path(cause.path))?;
            Some((resource, place.inferred(cause.confidence)))
        }));
    }
    let (resources, places): (Vec<_>, Vec<_>) = places.into_iter().unzip();
    (resources.into_iter().next(), in_order(places))
}

/// A path begins with a document's number; a line may be one of any file that is named.
fn place_among(manifests: &[Arc<Manifest>], declared: &Declared) -> Option<(Resource, Place)> {
    let path = match declared {
        Declared::Path(path) => path,
        Declared::Line { line, file } => {
            let is_there = |manifest: &&Arc<Manifest>| {
                file.as_deref().is_some_and(|file| is_file(manifest.source.name(), file))
            };
            return manifests.iter().filter(is_there).find_map(|manifest| {
                let resource = Resource::whole(manifest);
                let place = locate::line(&resource, *line)?;
                Some((resource, place))
            });
        }
    };
    let steps = match path.0.split_first()? {
        (Step::Key(key), rest) if &**key == "input" => rest,
        _ => &path.0,
    };
    let (Step::Index(number), rest) = steps.split_first()? else { return None };
    let resource = Resource::whole(manifests.get(*number)?);
    let rest = match rest.split_first() {
        Some((Step::Key(key), rest)) if &**key == "contents" => rest,
        _ => &[],
    };
    let place = if rest.is_empty() {
        locate::resource(&resource)
    } else {
        let path = Pointer(rest.to_vec());
        locate::declared(&resource, &resource.node, &Pointer::default(), &path)
    };
    Some((resource, place))
}

pub(super) fn finding(
    result: &RuleResult,
    excepted: bool,
    resource: Option<&Resource>,
    places: Vec<Place>,
) -> Finding {
    let mut places = places.into_iter();
    let policy = &result.policy;
    let severity = result.value.field("severity").and_then(Value::as_str).and_then(Severity::parse);
    // What dates and waivers make of it is decided later: they change while verdicts are kept.
    let agreed = excepted.then_some(Agreed::Exception);
    let phase = Phase::Enforced;
    Finding {
        message: result.message().into_owned(),
        severity: severity.or(policy.metadata.severity),
        level: policy.level,
        resource: resource.map(|resource| resource.id.clone()),
        labels: Arc::new(resource.map(Resource::labels).unwrap_or_default()),
        place: places.next(),
        also: places.collect(),
        standing: if excepted { Standing::Waived } else { Standing::due(phase, policy.level) },
        phase,
        agreed,
        fix: None,
        policy: Arc::clone(policy),
    }
}
