//! What the API servers are told: which requests to send, to whom, and what to do without an answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::Operation;
use crate::policy::Ids;

use super::reach::{Reach, Requests, Target};
use super::yaml::{Map, Yaml, list, words};
use super::{Install, object};

/// What becomes of a request that gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// It is denied.
    Fail,
    /// It is let pass.
    Ignore,
}

impl FailurePolicy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Ignore => "Ignore",
        }
    }
}

/// Some of the policies, which are asked by a webhook of their own.
#[derive(Clone, Debug)]
pub struct Subset {
    /// What it is called, also in the path of the webhook.
    pub name: String,
    /// Which policies, by their ids.
    pub among: Vec<Ids>,
    /// What becomes of requests without an answer, where it is not what becomes of all.
    pub failure_policy: Option<FailurePolicy>,
}

/// What keeps a cluster going, and is written all the time: a webhook that stands in the same cluster
/// can stop both. By its name the groups that it is in, and its resources.
const MACHINERY: [(&str, &[&str], &[&str]); 3] = [
    ("leases", &["coordination.k8s.io"], &["leases"]),
    ("events", &["", "events.k8s.io"], &["events"]),
    ("endpoints", &["", "discovery.k8s.io"], &["endpoints", "endpointslices"]),
];

/// And what is asked of a cluster in any case, by whoever wants to write; and nodes, which have to come
/// back before a webhook can.
const ASKED: [(&str, &str); 2] = [
    (
        "no-reviews",
        "!(request.resource.group in [\"authentication.k8s.io\", \"authorization.k8s.io\"])",
    ),
    ("no-kubelets", "!(\"system:nodes\" in request.userInfo.groups)"),
];

pub(super) fn validating(install: &Install, reach: &Reach) -> Map {
    let whole = || {
        let requests = reach.requests(&[], &install.operations);
        webhook(install, &requests, "validate", "/validate", install.failure_policy)
    };
    let part = |subset: &Subset| {
        let among: Vec<&Ids> = subset.among.iter().collect();
        let requests = reach.requests(&among, &install.operations);
        let (name, path) =
            (format!("{}.validate", subset.name), format!("/validate/{}", subset.name));
        let failure = subset.failure_policy.unwrap_or(install.failure_policy);
        webhook(install, &requests, &name, &path, failure)
    };
    let webhooks: Vec<Map> = match install.subsets.as_slice() {
        [] => vec![whole()],
        subsets => subsets.iter().map(part).collect(),
    };
    configuration(install, "ValidatingWebhookConfiguration", webhooks)
}

pub(super) fn mutating(install: &Install, reach: &Reach) -> Map {
    let requests = reach.requests_to_mend(&install.operations);
    let webhook = webhook(install, &requests, "mutate", "/mutate", FailurePolicy::Ignore)
        .with("reinvocationPolicy", "IfNeeded");
    configuration(install, "MutatingWebhookConfiguration", vec![webhook])
}

fn configuration(install: &Install, kind: &str, webhooks: Vec<Map>) -> Map {
    let metadata =
        install.cluster_wide().maybe("annotations", install.certificates.annotations(install));
    object("admissionregistration.k8s.io/v1", kind, metadata).with("webhooks", list(webhooks))
}

fn webhook(
    install: &Install,
    requests: &Requests,
    name: &str,
    path: &str,
    failure: FailurePolicy,
) -> Map {
    let service = Map::new()
        .with("name", install.name.as_str())
        .with("namespace", install.namespace.as_str())
        .with("path", path)
        .with("port", 443_u32);
    let client = Map::new().with("service", service).maybe("caBundle", install.ca_bundle());
    let spared = spared(install);
    let spare = Map::new()
        .with("key", "kubernetes.io/metadata.name")
        .with("operator", "NotIn")
        .with("values", words(spared));
    let timeout = install.timeout_ms.div_ceil(1000);
    Map::new()
        .with("name", format!("{name}.manifestly.dev"))
        .with("admissionReviewVersions", words(["v1"]))
        .with("clientConfig", client)
        .noted(about(requests), "rules", list(rules(requests)))
        .maybe("matchConditions", conditions(requests))
        .with("namespaceSelector", Map::new().with("matchExpressions", list([spare])))
        .noted(without_answer(failure, name), "failurePolicy", failure.as_str())
        .with("matchPolicy", "Equivalent")
        .with("sideEffects", "None")
        .with("timeoutSeconds", timeout)
}

fn without_answer(failure: FailurePolicy, name: &str) -> &'static str {
    match (failure, name) {
        (FailurePolicy::Ignore, "mutate") => "what is not mended here is judged all the same",
        (FailurePolicy::Ignore, _) => "without an answer, nothing is stopped",
        (FailurePolicy::Fail, _) => "",
    }
}

/// The namespaces about which nobody is asked: without them there is no cluster, or nobody to ask.
fn spared(install: &Install) -> Vec<String> {
    let own = ["kube-system", &install.namespace].map(str::to_owned);
    let mut spared: Vec<String> = Vec::new();
    for name in own.into_iter().chain(install.spared_namespaces.iter().cloned()) {
        if !spared.contains(&name) {
            spared.push(name);
        }
    }
    spared
}

/// What is to be known of the rules.
fn about(requests: &Requests) -> String {
    let mut lines = Vec::new();
    if !requests.of_any.is_empty() {
        lines.push(format!("every kind, as {} asked about all", are(&requests.of_any)));
    }
    for (target, operations) in &requests.targets {
        let is_sent = !left(requests, target, operations).is_empty();
        if let Some(kind) = target.guessed.as_ref().filter(|_| is_sent) {
            let group = if target.group == "*" {
                ", of a group that no policy names".to_owned()
            } else {
                format!(" of {}", target.group)
            };
            lines.push(format!(
                "{}: a guess from the kind {kind}{group}; see `kubectl api-resources`",
                target.resource
            ));
        }
    }
    lines.join("\n")
}

/// `a is`, `a and 3 more are`.
fn are(names: &BTreeSet<String>) -> String {
    let first = names.first().map(String::as_str).unwrap_or_default();
    match names.len() {
        0 | 1 => format!("{first} is"),
        count => format!("{first} and {} more are", count - 1),
    }
}

/// The rules, those of the same operations, group and version together.
fn rules(requests: &Requests) -> Vec<Map> {
    type Names = (BTreeSet<Operation>, String, String);
    let mut rules: BTreeMap<Names, BTreeSet<String>> = BTreeMap::new();
    for (target, operations) in &requests.targets {
        let operations = left(requests, target, operations);
        if operations.is_empty() {
            continue;
        }
        let names = (operations.clone(), target.group.clone(), target.version.clone());
        rules.entry(names.clone()).or_default().insert(target.resource.clone());
        // Pods are changed through these, too.
        let is_pods = target.is_any() || target.group.is_empty() && target.resource == "pods";
        if is_pods && operations.contains(&Operation::Update) {
            let parts = ["pods/ephemeralcontainers", "pods/resize"].map(str::to_owned);
            rules.entry(names).or_default().extend(parts);
        }
    }
    let rule = |((operations, group, version), resources): (Names, BTreeSet<String>)| {
        Map::new()
            .with("apiGroups", words([group]))
            .with("apiVersions", words([version]))
            .with("operations", words(operations.iter().map(|operation| operation.as_str())))
            .with("resources", resources_of(resources))
            .with("scope", "*")
    };
    rules.into_iter().map(rule).collect()
}

fn resources_of(resources: BTreeSet<String>) -> Yaml {
    let length: usize = resources.iter().map(|name| name.len() + 2).sum();
    if length < 80 { words(resources) } else { list(resources) }
}

/// The operations on a resource that are not sent already because all are.
fn left(
    requests: &Requests,
    target: &Target,
    operations: &BTreeSet<Operation>,
) -> BTreeSet<Operation> {
    let of_any = requests.targets.iter().find(|(any, _)| any.is_any());
    match of_any {
        // `*` is every resource, and no part of one.
        Some((_, known)) if !target.is_any() && !target.resource.contains('/') => {
            operations.difference(known).copied().collect()
        }
        _ => operations.clone(),
    }
}

/// What keeps from the webhook what keeps the cluster going, where everything is sent.
fn conditions(requests: &Requests) -> Option<Yaml> {
    requests.targets.keys().find(|target| target.is_any())?;
    let is_named = |groups: &[&str], resources: &[&str]| {
        requests.targets.keys().any(|target| {
            groups.contains(&target.group.as_str()) && resources.contains(&target.resource.as_str())
        })
    };
    let among = |field: &str, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!("request.resource.{field} in [{}]", names.join(", "))
    };
    let machinery = MACHINERY.into_iter().filter(|(_, groups, names)| !is_named(groups, names));
    let machinery = machinery.map(|(name, groups, resources)| {
        let is_it = format!("{} && {}", among("group", groups), among("resource", resources));
        (format!("no-{name}"), format!("!({is_it})"))
    });
    let asked = ASKED.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
    Some(list(
        machinery
            .chain(asked)
            .map(|(name, expression)| Map::new().with("name", name).with("expression", expression)),
    ))
}
