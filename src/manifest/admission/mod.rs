//! Admission reviews: what the API server asks a webhook about an object.

mod request;

use super::node::{Entry, Node, NodeKind};
use super::resource::{Resource, ResourceId, group_and_version};
use crate::source::Span;

pub use request::{AdmissionRequest, Operation, ReviewError, review_limits};

/// What an admission request can hold.
pub(crate) const REQUEST_FIELDS: [&str; 15] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
];

/// The `AdmissionReview` that the API server would send if someone created the object: nobody in
/// particular, and in no namespace where the object names none.
pub fn admission_review(object: &Node) -> Node {
    let new = Fields(object.span);
    let metadata = |key: &str| new.text(object.metadata(key).unwrap_or_default());
    let api_version = object.get_str("apiVersion").unwrap_or_default();
    let (group, version) = group_and_version(api_version);
    let kind = object.get_str("kind").unwrap_or_default();
    let names = |key: &str, name: &str| {
        new.map([("group", new.text(group)), ("version", new.text(version)), (key, new.text(name))])
    };
    let kinds = || names("kind", kind);
    let resources = || names("resource", &plural(kind));
    let user = [("username", new.text("")), ("groups", Node::sequence(object.span, Vec::new()))];
    let options = [("apiVersion", new.text("meta.k8s.io/v1")), ("kind", new.text("CreateOptions"))];
    let request = new.map([
        ("uid", new.text("00000000-0000-0000-0000-000000000000")),
        ("kind", kinds()),
        ("resource", resources()),
        ("requestKind", kinds()),
        ("requestResource", resources()),
        ("name", metadata("name")),
        ("namespace", metadata("namespace")),
        ("operation", new.text("CREATE")),
        ("userInfo", new.map(user)),
        ("object", object.clone()),
        ("oldObject", Node::new(object.span, NodeKind::Null)),
        ("dryRun", Node::new(object.span, NodeKind::Bool(false))),
        ("options", new.map(options)),
    ]);
    new.map([
        ("apiVersion", new.text("admission.k8s.io/v1")),
        ("kind", new.text("AdmissionReview")),
        ("request", request),
    ])
}

/// The name that the API server has for the resources of a kind, guessed as kubectl does.
fn plural(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.as_str() {
        "" | "endpoints" => singular,
        _ if singular.ends_with('s') => singular + "es",
        _ => match singular.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => singular + "s",
        },
    }
}

impl Resource {
    /// Whether this is a recorded `AdmissionReview`.
    pub fn is_admission_review(&self) -> bool {
        self.id.kind == "AdmissionReview" && self.id.group() == "admission.k8s.io"
    }

    /// Whether this is what a recorded `AdmissionReview` asks to delete.
    pub fn is_deleted(&self) -> bool {
        let within = self.path.0.last_chunk::<2>();
        within.is_some_and(|steps| *steps == ["request".into(), "oldObject".into()])
    }

    /// What a recorded `AdmissionReview` asks about: the object, or the one that is deleted.
    pub fn under_review(&self) -> Option<Self> {
        let request = self.node.get("request").filter(|_| self.is_admission_review())?;
        let asks = |key: &&str| request.get(key).is_some_and(|object| object.entries().is_some());
        let key = ["object", "oldObject"].into_iter().find(asks)?;
        let node = request.get(key)?.clone();
        Some(Self {
            manifest: std::sync::Arc::clone(&self.manifest),
            path: self.path.join(&["request".into(), key.into()]),
            id: ResourceId::of(&node),
            node,
        })
    }
}

/// Makes nodes that stand nowhere in the text, at the place of what they are about.
#[derive(Clone, Copy)]
pub(crate) struct Fields(pub(crate) Span);

impl Fields {
    pub(crate) fn text(self, text: &str) -> Node {
        Node::string(self.0, text)
    }

    pub(crate) fn map<'k>(self, fields: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
        let entry = |(key, value): (&str, Node)| Entry { key: key.into(), key_span: self.0, value };
        Node::mapping(self.0, fields.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    fn resource(text: &str) -> Resource {
        let source = Arc::new(SourceText::new("m.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        Resource::whole(&Arc::new(reading.manifests[0].clone()))
    }

    #[test]
    fn the_request_is_that_of_creating_the_object() {
        let ingress = resource(
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, namespace: b}}",
        );
        let review = serde_json::Value::from(&admission_review(&ingress.node));
        let request = &review["request"];
        assert_eq!(request["resource"]["resource"], "ingresses");
        assert_eq!(request["kind"]["group"], "networking.k8s.io");
        assert_eq!((&request["name"], &request["namespace"]), (&"a".into(), &"b".into()));
        assert_eq!(request["object"], serde_json::Value::from(&ingress.node));
        for (kind, resources) in
            [("Pod", "pods"), ("NetworkPolicy", "networkpolicies"), ("Endpoints", "endpoints")]
        {
            assert_eq!(plural(kind), resources);
        }
    }

    #[test]
    fn a_recorded_review_is_about_its_object() {
        let review = |request: &str| {
            let text = format!(
                "{{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {request}}}"
            );
            resource(&text)
        };
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}}";
        let asked = |request: &str| {
            let asked = review(request).under_review()?;
            Some((asked.id.to_string(), asked.path.to_string()))
        };
        let at = |path: &str| Some(("Pod a".to_owned(), path.to_owned()));
        assert_eq!(asked(&format!("{{object: {pod}}}")), at("/request/object"));
        let deleted = format!("{{operation: DELETE, object: null, oldObject: {pod}}}");
        assert_eq!(asked(&deleted), at("/request/oldObject"));
        assert_eq!(asked("{}"), None);
        assert!(!resource(pod).is_admission_review());
    }
}
