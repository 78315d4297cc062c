//! The review: what the Rego of a template sees as `input.review`.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{
    Fields, Manifest, Node, NodeKind, REQUEST_FIELDS, Resource, group_and_version,
};
use crate::rego::PolicyError;

use super::document::Document;
use super::inventory::World;
use super::matching::{Source, Subject};

/// An object under review, as the API server would send it to Gatekeeper.
#[derive(Clone, Debug)]
pub struct Review {
    /// `input.review`.
    node: Node,
    /// The same in the order of Rego.
    pub(super) value: Value,
    /// The object and the one before it, where there are two: either may match.
    pub(super) subjects: Vec<Subject>,
    pub(super) namespace: String,
    pub(super) operation: String,
    pub(super) source: Source,
}

impl Review {
    /// The review of an object that someone wrote, as `gator` makes it: no user, and no operation
    /// but at the webhook.
    pub fn of_object(node: &Node, source: Source, world: &World) -> Self {
        let text = |key: &str| node.metadata(key).filter(|text| !text.is_empty());
        let new = Fields(node.span);
        let version = node.get_str("apiVersion").unwrap_or_default();
        let (group, version) = group_and_version(version);
        let kind = node.get_str("kind").unwrap_or_default();
        let kind = [("group", group), ("version", version), ("kind", kind)];
        let mut fields = vec![
            ("kind", new.map(kind.map(|(name, text)| (name, new.text(text))))),
            ("object", node.clone()),
            ("operation", new.text(world.operation)),
        ];
        fields.extend(text("name").map(|name| ("name", new.text(name))));
        fields.extend(text("namespace").map(|name| ("namespace", new.text(name))));
        let namespace = text("namespace").unwrap_or_default().to_owned();
        Self::of_fields(new, fields, vec![Subject::of(node)], namespace, source, world)
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
        document.only(request, &REQUEST_FIELDS, "a request")?;
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
        let mut fields: Vec<(&str, Node)> = given
            .filter(|entry| !entry.value.is_null() && &*entry.key != "object")
            .map(|entry| (&*entry.key, entry.value.clone()))
            .collect();
        fields.extend(after.map(|after| ("object", after.clone())));
        let subjects = objects.into_iter().map(Subject::of).collect();
        let new = Fields(request.span);
        Ok(Self::of_fields(new, fields, subjects, namespace, Source::Original, world))
    }

    /// The review of a resource: of an object, or of what a recorded `AdmissionReview` asks about.
    ///
    /// # Errors
    ///
    /// If it is an `AdmissionReview` that makes no sense.
    pub fn of_resource(resource: &Resource, world: &World) -> Result<Self, PolicyError> {
        if resource.is_admission_review() {
            return Self::of_admission(resource, world);
        }
        Ok(Self::of_object(&resource.node, Source::Original, world))
    }

    /// The review of what a document holds.
    ///
    /// # Errors
    ///
    /// If it is an `AdmissionReview` that makes no sense.
    pub fn of_document(manifest: &Arc<Manifest>, world: &World) -> Result<Self, PolicyError> {
        Self::of_resource(&Resource::whole(manifest), world)
    }

    /// Fills in what every request has.
    fn of_fields(
        new: Fields,
        mut fields: Vec<(&str, Node)>,
        subjects: Vec<Subject>,
        namespace: String,
        source: Source,
        world: &World,
    ) -> Self {
        let nothing = || new.map([]);
        let null = || Node::new(new.0, NodeKind::Null);
        let empty = |names: [&'static str; 3]| new.map(names.map(|name| (name, new.text(""))));
        let known = world.namespace(&namespace).and_then(|known| known.object.clone());
        let usual = [
            ("uid", new.text("")),
            ("kind", empty(["group", "version", "kind"])),
            ("resource", empty(["group", "version", "resource"])),
            ("operation", new.text("")),
            ("userInfo", nothing()),
            ("object", null()),
            ("oldObject", null()),
            ("options", null()),
            ("namespaceObject", known.unwrap_or_else(nothing)),
        ];
        for (name, value) in usual {
            if !fields.iter().any(|(known, _)| *known == name) {
                fields.push((name, value));
            }
        }
        let node = new.map(fields);
        let operation = node.get_str("operation").unwrap_or_default().to_owned();
        Self { value: Value::from(&node), node, subjects, namespace, operation, source }
    }

    /// The input of a policy that is written as for Gatekeeper, and has these parameters.
    pub fn input(&self, parameters: Option<&serde_json::Value>) -> Node {
        let new = Fields(self.node.span);
        let parameters = parameters.map_or_else(|| new.map([]), Node::from);
        new.map([("parameters", parameters), ("review", self.node.clone())])
    }
}
