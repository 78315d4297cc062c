//! Judging as Kubescape does: each rule is asked once, about all resources that it matches.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{Evaluator, RuleResult};
use crate::locate::infer::{Cause, Inferred};
use crate::locate::{self, Declared, Place};
use crate::manifest::{self, Entry, Manifest, Node, Pointer, Resource, Step};
use crate::policy::{EntryPoint, Severity, is_about_subjects};
use crate::source::Span;

use super::inference::Places;
use super::judge::{self, Judgement};
use super::view::in_order;

/// The file that an input of all resources is said to stand in.
const ALL: &str = "all resources";

/// Judges all resources of a run.
pub(super) fn judge(
    resources: &[Resource],
    entries: &[&EntryPoint],
    evaluator: &mut Evaluator,
    causes: &mut Places<'_>,
    judgement: &mut Judgement,
) {
    for (input, entries) in inputs(resources, entries) {
        if input.resources.is_empty() {
            continue;
        }
        evaluator.set_input(&input.node, ALL);
        causes.begin_input();
        for (entry, outcome) in entries.iter().zip(evaluator.evaluate_all(&entries)) {
            match outcome {
                Ok(outcome) => judgement.findings.extend(outcome.results.iter().map(|result| {
                    let causes = || causes.causes(entry, result, &input.node, ALL);
                    let (resource, places) = input.places(result, evaluator, causes);
                    let mut finding = judge::finding(result, outcome.excepted, resource, places);
                    finding.severity = finding.severity.or_else(|| severity(&result.value));
                    finding
                })),
                Err(error) => judgement.failed(error, "all resources"),
            }
        }
        judgement.take_from(evaluator);
    }
}

/// What rules are asked about.
struct Input<'r> {
    node: Node,
    resources: Vec<&'r Resource>,
    /// For each subject of the input the resources that are told with it; empty where the input is
    /// the resources themselves.
    related: Vec<Vec<usize>>,
}

/// Entry points with what they are asked about; those that are asked about the same stand together.
fn inputs<'r, 'e>(
    resources: &'r [Resource],
    entries: &[&'e EntryPoint],
) -> Vec<(Input<'r>, Vec<&'e EntryPoint>)> {
    let mut groups: Vec<(Vec<usize>, bool, Vec<&EntryPoint>)> = Vec::new();
    for entry in entries {
        let Some(metadata) = entry.policies.first().map(|policy| &policy.metadata) else {
            continue;
        };
        let matched =
            |(at, resource): (usize, &Resource)| metadata.applies_to(&resource.id).then_some(at);
        let matched: Vec<_> = resources.iter().enumerate().filter_map(matched).collect();
        let subjects = is_about_subjects(metadata);
        match groups.iter_mut().find(|(known, of, _)| *known == matched && *of == subjects) {
            Some((_, _, group)) => group.push(entry),
            None => groups.push((matched, subjects, vec![entry])),
        }
    }
    let input = |(matched, subjects, entries): (Vec<usize>, bool, _)| {
        let resources: Vec<_> = matched.into_iter().map(|at| &resources[at]).collect();
        let input = if subjects { Input::of_subjects(resources) } else { Input::of(resources) };
        (input, entries)
    };
    groups.into_iter().map(input).collect()
}

impl<'r> Input<'r> {
    fn of(resources: Vec<&'r Resource>) -> Self {
        let items = resources.iter().map(|resource| resource.node.clone()).collect();
        Self { node: Node::sequence(Span::default(), items), resources, related: Vec::new() }
    }

    /// The subjects of all bindings, each with the binding and its role, as Kubescape puts them
    /// together for rules about who may do what.
    fn of_subjects(resources: Vec<&'r Resource>) -> Self {
        let mut items = Vec::new();
        let mut related = Vec::new();
        for (at, binding) in resources.iter().enumerate() {
            let reference =
                binding.node.get("roleRef").filter(|_| binding.id.kind.ends_with("Binding"));
            let Some(reference) = reference else { continue };
            let named = (reference.get_str("kind"), reference.get_str("name"));
            let roles = resources.iter().enumerate().filter(|(_, role)| {
                // As Kubescape has it, of any namespace.
                role.id.kind.ends_with("Role")
                    && named == (Some(&role.id.kind), Some(&role.id.name))
            });
            let subjects = binding.node.get("subjects").and_then(Node::items).unwrap_or_default();
            for ((number, role), subject) in
                roles.flat_map(|role| subjects.iter().map(move |subject| (role, subject)))
            {
                let both = vec![binding.node.clone(), role.node.clone()];
                let mut fields = subject.entries().unwrap_or_default().to_vec();
                fields.push(Entry {
                    key: "relatedObjects".into(),
                    key_span: Span::default(),
                    value: Node::sequence(Span::default(), both),
                });
                items.push(Node::mapping(subject.span, fields));
                related.push(vec![at, number]);
            }
        }
        Self { node: Node::sequence(Span::default(), items), resources, related }
    }

    /// The places of an alert, and the resource that the first one is in.
    fn places(
        &self,
        result: &RuleResult,
        evaluator: &Evaluator,
        causes: impl FnOnce() -> Inferred,
    ) -> (Option<&'r Resource>, Vec<Place>) {
        let seek = Seek { input: self, evaluator };
        let alert = &result.value;
        let mut found = Vec::new();
        for object in objects(alert).take(1) {
            found.extend(seek.within(object, alert));
        }
        let related = alert.field("relatedObjects").and_then(Value::items).unwrap_or_default();
        for related in related {
            let object = related.field("object").unwrap_or(related);
            found.extend(seek.within(object, related));
        }
        let mut is_bounded = false;
        if found.is_empty() {
            let Inferred { causes, bounded, .. } = causes();
            is_bounded = bounded;
            found.extend(causes.iter().filter_map(|cause| self.inferred(cause)));
        }
        if found.is_empty() {
            let resource = objects(alert).find_map(|object| seek.resource(object));
            found.extend(resource.map(|resource| {
                let place = locate::resource(resource);
                (resource, if is_bounded { place.bounded() } else { place })
            }));
        }
        // The finding is about the object of the alert, wherever its places are.
        let resource = objects(alert).find_map(|object| seek.resource(object));
        let resource = resource.or_else(|| found.first().map(|(resource, _)| *resource));
        (resource, in_order(found.into_iter().map(|(_, place)| place).collect()))
    }

    fn inferred(&self, cause: &Cause) -> Option<(&'r Resource, Place)> {
        let (resource, rest) = self.split(&cause.path)?;
        let rest = Pointer(rest.to_vec());
        let place = locate::declared(resource, &resource.node, &Pointer::default(), &rest);
        Some((resource, place.inferred(cause.confidence)))
    }

    /// The resource at the beginning of a path of the input, and the rest of the path.
    fn split<'p>(&self, path: &'p Pointer) -> Option<(&'r Resource, &'p [Step])> {
        let (Step::Index(first), rest) = path.0.split_first()? else { return None };
        if self.related.is_empty() {
            return Some((self.resources.get(*first)?, rest));
        }
        let [Step::Key(key), Step::Index(number), rest @ ..] = rest else { return None };
        let number =
            *self.related.get(*first)?.get(*number).filter(|_| &**key == "relatedObjects")?;
        Some((self.resources.get(number)?, rest))
    }
}

/// The objects that an alert is about: those of the cluster, or something that a rule made.
fn objects(alert: &Value) -> impl Iterator<Item = &Value> {
    let object = alert.field("alertObject");
    let own = ["k8sApiObjects", "k8SApiObjects"].into_iter();
    let own = own.filter_map(move |key| object?.field(key)?.items()).flatten();
    let others = object.and_then(|object| object.field("externalObjects"));
    own.chain(others)
}

/// Finds values of an alert in the input.
struct Seek<'s, 'r> {
    input: &'s Input<'r>,
    evaluator: &'s Evaluator,
}

impl<'r> Seek<'_, 'r> {
    /// The places that something says, in an object.
    fn within(&self, object: &Value, says: &Value) -> Vec<(&'r Resource, Place)> {
        let declared = locate::declared_places(says).into_iter();
        let paths = declared.filter_map(|declared| match declared {
            Declared::Path(path) => Some(path),
            Declared::Line { .. } => None,
        });
        paths.filter_map(|path| self.place(object, &path)).collect()
    }

    /// The place of a path in an object: where the last value on the way was read, and from there on.
    fn place(&self, object: &Value, path: &Pointer) -> Option<(&'r Resource, Place)> {
        let mut at = Some(object);
        let mut known = None;
        for number in 0..=path.0.len() {
            let Some(value) = at else { break };
            known = self.read(value).map(|path| (path, number)).or(known);
            at = path.0.get(number).and_then(|step| match step {
                Step::Key(key) => value.field(key),
                Step::Index(index) => value.as_array()?.get(*index),
            });
        }
        let whole = known.map(|(read, number)| read.join(&path.0[number..]));
        let found = whole.as_ref().and_then(|whole| self.input.split(whole));
        let (resource, rest) = found.or_else(|| Some((self.named(object)?, path.0.as_slice())))?;
        let rest = Pointer(rest.to_vec());
        let place = locate::declared(resource, &resource.node, &Pointer::default(), &rest);
        Some((resource, place))
    }

    /// The resource that an object is, or was made of.
    fn resource(&self, object: &Value) -> Option<&'r Resource> {
        let found = self
            .read(object)
            .and_then(|path| self.input.split(&path).map(|(resource, _)| resource));
        let first = || object.field("relatedObjects")?.items()?.first();
        let named = || self.named(object);
        found.or_else(named).or_else(|| self.resource(first()?))
    }

    /// Where in the input a value was read. What a rule made of something else than of a whole
    /// resource, by naming it, say, is nowhere.
    fn read(&self, value: &Value) -> Option<Pointer> {
        let path = self.evaluator.origin_of(value)?;
        let is_read = self.evaluator.has_read(value);
        let is_whole = || self.input.split(&path).is_some_and(|(_, rest)| rest.is_empty());
        (is_read || is_whole()).then_some(path)
    }

    /// The resource of an object's names.
    fn named(&self, object: &Value) -> Option<&'r Resource> {
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let metadata = object.field("metadata");
        let said = |key: &str| text(metadata.unwrap_or(object).field(key));
        let (name, namespace) = (said("name"), said("namespace"));
        let kind = text(object.field("kind"));
        let is_it = |resource: &&&Resource| {
            let id = &resource.id;
            id.kind == kind
                && id.name == name
                && (namespace.is_empty() || id.namespace == namespace)
        };
        let found = self.input.resources.iter().find(is_it);
        found.filter(|_| !kind.is_empty() && !name.is_empty()).copied()
    }
}

/// The score from 0 to 10 in the bands of Kubescape.
fn severity(alert: &Value) -> Option<Severity> {
    let score = alert.field("alertScore")?.as_number()?.as_f64();
    Some(match score {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        score if score >= 1.0 => Severity::Low,
        _ => return None,
    })
}

/// The resources of documents; those of a list without a kind are its items.
pub(super) fn resources(manifests: &[Arc<Manifest>]) -> Vec<Resource> {
    let of = |manifest| match manifest::resources(manifest) {
        Some(resources) => resources,
        None => manifest::items(manifest),
    };
    manifests.iter().flat_map(of).collect()
}
