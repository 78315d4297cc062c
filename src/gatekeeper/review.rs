//! The review: what the Rego of a template sees as `input.review`.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{Manifest, Node, Resource};
use crate::rego::PolicyError;

use super::document::Document;
use super::inventory::{World, object};
use super::matching::{Source, Subject};

/// What an `AdmissionRequest` can hold, beside the objects.
const REQUEST: [&str; 15] = [
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

/// An object under review, as the API server would send it to Gatekeeper.
#[derive(Clone, Debug)]
pub struct Review {
    /// `input.review`, in the order of Rego.
    pub(super) value: Value,
    /// The object and the one before it, where there are two: either may match.
    pub(super) subjects: Vec<Subject>,
    pub(super) namespace: String,
    pub(super) source: Source,
}

impl Review {
    /// The review of an object that someone wrote, as `gator` makes it: no operation, no user.
    pub fn of_object(node: &Node, source: Source, world: &World) -> Self {
        let text = |key: &str| {
            let text = node.get("metadata").and_then(|metadata| metadata.get_str(key));
            text.filter(|text| !text.is_empty())
        };
        let version = node.get_str("apiVersion").unwrap_or_default();
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let kind = node.get_str("kind").unwrap_or_default();
        let kind = [("group", group), ("version", version), ("kind", kind)];
        let mut fields = vec![
            ("kind", object(kind.map(|(name, text)| (name, Value::string(text))))),
            ("object", Value::from(node)),
        ];
        fields.extend(text("name").map(|name| ("name", Value::string(name))));
        fields.extend(text("namespace").map(|name| ("namespace", Value::string(name))));
        let namespace = text("namespace").unwrap_or_default().to_owned();
        Self {
            value: review(fields, &namespace, world),
            subjects: vec![Subject::of(node)],
            namespace,
            source,
        }
    }

    /// The review of a recorded `AdmissionReview`.
    ///
    /// # Errors
    ///
    /// If it is none: fields that none has, no object.
    pub fn of_admission(resource: &Resource, world: &World) -> Result<Self, PolicyError> {
        let document = Document::of(resource);
        let root = &resource.node;
        document.only(
            root,
            &["apiVersion", "kind", "request", "response"],
            "an AdmissionReview",
        )?;
        let naming = resource.naming_node().span;
        let Some(request) = document.mapping(root, "request")? else {
            return Err(document.wrong("the AdmissionReview has no `request`", naming));
        };
        document.only(request, &REQUEST, "a request")?;
        let namespace = document.text(request, "namespace")?.unwrap_or_default().to_owned();
        let operation = document.text(request, "operation")?.unwrap_or_default();
        let before = document.mapping(request, "oldObject")?;
        let mut after = document.mapping(request, "object")?;
        if operation == "DELETE" {
            after = before;
            if before.is_none() {
                let place = request.get("operation").unwrap_or(request).span;
                return Err(document.wrong("a DELETE needs an `oldObject`", place));
            }
        }
        let objects: Vec<&Node> = after.into_iter().chain(before).collect();
        if objects.is_empty() {
            let message = "the request has neither `object` nor `oldObject`";
            return Err(document.wrong(message, naming));
        }
        if let Some(nameless) = objects.iter().find(|object| object.get_str("kind").is_none()) {
            return Err(document.wrong("the object has no `kind`", nameless.span));
        }
        let given = request.entries().unwrap_or_default().iter();
        let mut fields: Vec<(&str, Value)> = given
            .filter(|entry| !entry.value.is_null() && &*entry.key != "object")
            .map(|entry| (&*entry.key, Value::from(&entry.value)))
            .collect();
        fields.extend(after.map(|after| ("object", Value::from(after))));
        Ok(Self {
            value: review(fields, &namespace, world),
            subjects: objects.into_iter().map(Subject::of).collect(),
            namespace,
            source: Source::Original,
        })
    }

    /// The review of what a document holds: an `AdmissionReview`, or an object.
    ///
    /// # Errors
    ///
    /// If it is an `AdmissionReview` that makes no sense.
    pub fn of_document(manifest: &Arc<Manifest>, world: &World) -> Result<Self, PolicyError> {
        let resource = Resource::whole(manifest);
        if resource.id.kind == "AdmissionReview" && resource.id.group() == "admission.k8s.io" {
            return Self::of_admission(&resource, world);
        }
        Ok(Self::of_object(&resource.node, Source::Original, world))
    }
}

/// Fills in what every request has.
fn review(mut fields: Vec<(&str, Value)>, namespace: &str, world: &World) -> Value {
    let empty = || Value::string("");
    let nothing = || object([]);
    let known = world.namespace(namespace).map(|known| known.1.clone());
    let names = ["group", "version", "resource"];
    let kinds = ["group", "version", "kind"];
    let usual = [
        ("uid", empty()),
        ("kind", object(kinds.map(|name| (name, empty())))),
        ("resource", object(names.map(|name| (name, empty())))),
        ("operation", empty()),
        ("userInfo", nothing()),
        ("object", Value::NULL),
        ("oldObject", Value::NULL),
        ("options", Value::NULL),
        ("namespaceObject", known.filter(|known| !known.is_null()).unwrap_or_else(nothing)),
    ];
    for (name, value) in usual {
        if !fields.iter().any(|(known, _)| *known == name) {
            fields.push((name, value));
        }
    }
    object(fields)
}
