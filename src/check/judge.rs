//! Judging: one resource, or all documents of a run, by the policies that look at them.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{Evaluator, RuleResult};
use crate::locate::{self, Place};
use crate::manifest::{Entry, Manifest, Node, Pointer, Resource, Step, pod_template};
use crate::policy::{EntryPoint, Level, Severity};
use crate::source::Span;

use super::finding::{Finding, Standing};
use super::problem::{Problem, ProblemKind};

/// What judging gave.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
}

/// Judges a resource, and the pods it will make where a policy for Pods looks at them.
pub(super) fn resource(
    resource: &Resource,
    entries: &[&EntryPoint],
    evaluator: &mut Evaluator,
    judgement: &mut Judgement,
) {
    let whole: Vec<_> = entries
        .iter()
        .copied()
        .filter(|entry| {
            entry.policies.iter().any(|policy| policy.metadata.applies_to(&resource.id))
        })
        .collect();
    let view = View { resource, input: &resource.node, offset: Pointer::default() };
    view.judge(&whole, evaluator, judgement);

    let templates: Vec<_> = entries
        .iter()
        .copied()
        .filter(|entry| {
            entry.policies.iter().any(|policy| policy.metadata.applies_to_pod_templates())
        })
        .collect();
    if templates.is_empty() {
        return;
    }
    if let Some(template) = pod_template(resource) {
        let view = View { resource, input: &template.pod, offset: template.path };
        view.judge(&templates, evaluator, judgement);
    }
}

/// What a policy sees of a resource: all of it, or the pod inside.
struct View<'r> {
    resource: &'r Resource,
    input: &'r Node,
    /// Where the input stands in the resource.
    offset: Pointer,
}

impl View<'_> {
    fn judge(&self, entries: &[&EntryPoint], evaluator: &mut Evaluator, judgement: &mut Judgement) {
        if entries.is_empty() {
            return;
        }
        let file = self.resource.manifest.source.name();
        evaluator.set_input(self.input, file);
        for outcome in evaluator.evaluate_all(entries) {
            match outcome {
                Ok(outcome) => {
                    let found = outcome
                        .results
                        .iter()
                        .filter(|result| self.is_for(result))
                        .map(|result| self.finding(result, outcome.excepted));
                    judgement.findings.extend(found);
                }
                Err(mut error) => {
                    error.message = format!("{} (judging {})", error.message, self.resource.id);
                    let problem = Problem::of_policy(ProblemKind::Evaluation, error);
                    judgement.problems.push(problem);
                }
            }
        }
    }

    /// Of a rule's policies some may look at this kind and others not.
    fn is_for(&self, result: &RuleResult) -> bool {
        let metadata = &result.policy.metadata;
        if self.offset.0.is_empty() {
            metadata.applies_to(&self.resource.id)
        } else {
            metadata.applies_to_pod_templates()
        }
    }

    fn finding(&self, result: &RuleResult, excepted: bool) -> Finding {
        let place = match locate::declared_path(&result.value) {
            Some(path) => locate::declared(self.resource, self.input, &self.offset, &path),
            None => locate::resource(self.resource),
        };
        finding(result, excepted, Some(self.resource), Some(place))
    }
}

/// Judges all documents at once: the input is a list of `{path, contents}`, as conftest has it.
pub(super) fn combined(
    manifests: &[Arc<Manifest>],
    entries: &[&EntryPoint],
    evaluator: &mut Evaluator,
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
    evaluator.set_input(&input, "Combined");
    for outcome in evaluator.evaluate_all(entries) {
        match outcome {
            Ok(outcome) => judgement.findings.extend(outcome.results.iter().map(|result| {
                let (resource, place) = place_among(manifests, &result.value).unzip();
                finding(result, outcome.excepted, resource.as_ref(), place)
            })),
            Err(mut error) => {
                error.message = format!("{} (judging all documents at once)", error.message);
                judgement.problems.push(Problem::of_policy(ProblemKind::Evaluation, error));
            }
        }
    }
}

/// The place of a violation among all documents: its path begins with a document's number.
fn place_among(manifests: &[Arc<Manifest>], violation: &Value) -> Option<(Resource, Place)> {
    let path = locate::declared_path(violation)?;
    let (Step::Index(number), rest) = path.0.split_first()? else { return None };
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
    place: Option<Place>,
) -> Finding {
    let policy = &result.policy;
    let severity = result.value.field("severity").and_then(Value::as_str).and_then(Severity::parse);
    Finding {
        message: message(result),
        severity: severity.or(policy.metadata.severity),
        level: policy.level,
        resource: resource.map(|resource| resource.id.clone()),
        place,
        standing: match (excepted, policy.level) {
            (true, _) => Standing::Waived,
            (false, Level::Deny) => Standing::Blocking,
            (false, Level::Warn | Level::Info) => Standing::Warning,
        },
        policy: Arc::clone(policy),
    }
}

/// The message of a violation; one without words is told by its policy's title, or as it is.
fn message(result: &RuleResult) -> String {
    let said = match &result.value {
        Value::String(_, text) => Some(&**text),
        value => ["msg", "message"].into_iter().find_map(|key| value.field(key)?.as_str()),
    };
    match (said, &result.policy.metadata.title, &result.value) {
        (Some(text), ..) => text.trim().to_owned(),
        (None, Some(title), _) => title.clone(),
        (None, None, Value::Bool(..)) => format!("{} is violated", result.policy.id),
        (None, None, value) => value.to_json_string(),
    }
}
