//! What a policy is shown to find out what it reaches: the least request of a kind.

use crate::expect::Skeleton;
use crate::gatekeeper::{Review, Source, World};
use crate::manifest::{self, Entry, Node, NodeKind, Operation, Resource, admission_review};
use crate::policy::{Dialect, EntryPoint};

use super::super::kinds::{self, Kind, Part};

/// A group that nobody has, and a kind that nobody knows.
pub(super) const NOWHERE: &str = "nowhere.invalid";
const ANYTHING: &str = "Anything";

/// A request, but for what it is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    pub(super) api_version: String,
    pub(super) kind: String,
    /// The resource by its name, and the part of it that is meant.
    resource: String,
    part: &'static str,
}

impl Shown {
    pub(super) fn of_kind(kind: &Kind) -> Self {
        let version = if kind.version == "*" { "v1" } else { kind.version };
        Self {
            api_version: api_version(kind.group, version),
            kind: kind.kind.to_owned(),
            resource: kind.resource.to_owned(),
            part: "",
        }
    }

    pub(super) fn of_part(part: &Part) -> Self {
        Self {
            api_version: api_version(part.group, part.version),
            kind: part.kind.to_owned(),
            resource: if part.resource == "*" { "deployments" } else { part.resource }.to_owned(),
            part: part.part,
        }
    }

    /// Of a custom kind, in an API version.
    pub(super) fn custom(api_version: &str, kind: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            resource: kinds::guess(kind),
            part: "",
        }
    }

    /// Of a kind that no policy can know, by the name of a resource.
    pub(super) fn resource(api_version: &str, resource: &str) -> Self {
        Self { resource: resource.to_owned(), ..Self::custom(api_version, ANYTHING) }
    }

    /// What a policy looks at that looks at everything.
    pub(super) fn anything() -> Self {
        Self::anything_of(NOWHERE)
    }

    /// The same in a group.
    pub(super) fn anything_of(group: &str) -> Self {
        Self::custom(&api_version(group, "v1"), ANYTHING)
    }

    /// The least that is an object of the kind.
    pub(super) fn object(&self) -> Option<Resource> {
        Skeleton::new(&self.api_version, &self.kind).skeleton()
    }
}

pub(super) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// The pod that a controller makes of an object.
pub(super) fn pod_of(resource: &Resource) -> Option<Node> {
    manifest::pod_template(resource).map(|template| template.pod)
}

/// The input that a policy gets of a request about an object; `operation` is none where it is one
/// that no policy can know.
pub(super) fn input(
    shown: &Shown,
    object: &Node,
    operation: Option<Operation>,
    point: &EntryPoint,
) -> Node {
    let name = operation.map_or("NOTHING", Operation::as_str);
    match point.dialect {
        Dialect::Manifest | Dialect::Kubescape => object.clone(),
        Dialect::Admission => {
            let review = admission_review(object);
            let (now, before) = objects(object, operation, Dialect::Admission);
            let fields = [("object", now), ("oldObject", before)];
            about(&review, "request", shown, name, fields)
        }
        Dialect::Gatekeeper => {
            let review = Review::of_object(object, Source::Original, &World::default());
            let input = review.input(point.parameters());
            let (now, before) = objects(object, operation, Dialect::Gatekeeper);
            about(&input, "review", shown, name, [("object", now), ("oldObject", before)])
        }
    }
}

/// The object and the one before.
fn objects(object: &Node, operation: Option<Operation>, dialect: Dialect) -> (Node, Node) {
    let nothing = || Node::new(object.span, NodeKind::Null);
    match (operation, dialect) {
        (Some(Operation::Update), _) => (object.clone(), object.clone()),
        // Gatekeeper shows what is deleted as the object, too.
        (Some(Operation::Delete), Dialect::Gatekeeper) => (object.clone(), object.clone()),
        (Some(Operation::Delete), _) => (nothing(), object.clone()),
        _ => (object.clone(), nothing()),
    }
}

/// The input with a request that is about this.
fn about(
    input: &Node,
    key: &str,
    shown: &Shown,
    operation: &str,
    objects: [(&str, Node); 2],
) -> Node {
    let text = |text: &str| Node::string(input.span, text);
    let Some(mut request) = input.get(key).cloned() else { return input.clone() };
    for resource in ["resource", "requestResource"] {
        if let Some(known) = request.get(resource) {
            let known = set(known, "resource", text(&shown.resource));
            request = set(&request, resource, known);
        }
    }
    if !shown.part.is_empty() {
        request = set(&request, "subResource", text(shown.part));
        request = set(&request, "requestSubResource", text(shown.part));
    }
    request = set(&request, "operation", text(operation));
    for (key, object) in objects {
        request = set(&request, key, object);
    }
    set(input, key, request)
}

/// The mapping with another value under a key.
fn set(mapping: &Node, key: &str, value: Node) -> Node {
    let others = mapping.entries().unwrap_or_default().iter().filter(|entry| *entry.key != *key);
    let entry = Entry { key: key.into(), key_span: mapping.span, value };
    Node::mapping(mapping.span, others.cloned().chain([entry]).collect())
}
