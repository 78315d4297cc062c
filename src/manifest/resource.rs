//! What a manifest declares: one resource, or several in a list.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::Manifest;
use super::node::{Entry, Node, NodeKind, Step};
use super::pointer::Pointer;

/// The names by which a cluster knows a resource. Empty where the manifest gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceId {
    /// For example `apps/v1`.
    pub api_version: String,
    /// For example `Deployment`.
    pub kind: String,
    /// The namespace that the manifest names, if any.
    pub namespace: String,
    /// `metadata.name`, or `metadata.generateName`.
    pub name: String,
}

impl ResourceId {
    pub(super) fn of(node: &Node) -> Self {
        let text = |node: Option<&Node>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
        let metadata = node.get("metadata");
        let name = metadata.and_then(|m| m.get("name").or_else(|| m.get("generateName")));
        Self {
            api_version: text(node.get("apiVersion")),
            kind: text(node.get("kind")),
            namespace: text(metadata.and_then(|m| m.get("namespace"))),
            name: text(name),
        }
    }

    /// The API group: `apps` of `apps/v1`, empty for the core group.
    pub fn group(&self) -> &str {
        group_and_version(&self.api_version).0
    }

    /// The version in the group: `v1` of `apps/v1`.
    pub fn version(&self) -> &str {
        group_and_version(&self.api_version).1
    }
}

/// The parts of an `apiVersion`; the core group is empty.
pub(crate) fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind.is_empty() { "document" } else { &self.kind };
        match (self.namespace.as_str(), self.name.as_str()) {
            (_, "") => f.write_str(kind),
            ("", name) => write!(f, "{kind} {name}"),
            (namespace, name) => write!(f, "{kind} {namespace}/{name}"),
        }
    }
}

/// One resource and the manifest that declares it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The document.
    pub manifest: Arc<Manifest>,
    /// Where in the document the resource stands: the root, or an item of a list.
    pub path: Pointer,
    /// Its names.
    pub id: ResourceId,
    /// Its value.
    pub node: Node,
}

/// The resources of a document: itself, or the items of a `List`. `None` when it is no manifest.
pub fn resources(manifest: &Arc<Manifest>) -> Option<Vec<Resource>> {
    looks_like_manifest(&manifest.root).then(|| {
        let mut found = Vec::new();
        collect(manifest, manifest.root.clone(), Pointer::default(), &mut found);
        found
    })
}

/// The resource that stands at a path, as [`resources`] gives it.
pub(crate) fn resource_at(manifest: &Arc<Manifest>, path: &Pointer) -> Option<Resource> {
    let mut node = manifest.root.clone();
    let mut steps = path.0.as_slice();
    while let [Step::Key(key), Step::Index(index), rest @ ..] = steps
        && &**key == "items"
    {
        let item = node.get("items")?.items()?.get(*index)?;
        node = with_kind_of_list(item, &node);
        steps = rest;
    }
    let node = node.at(steps)?.clone();
    Some(Resource::new(manifest, node, path.clone()))
}

/// The items of a document that is a list, whatever they are; else the document.
pub(crate) fn items(manifest: &Arc<Manifest>) -> Vec<Resource> {
    let Some(items) = manifest.root.items() else { return vec![Resource::whole(manifest)] };
    let item = |(index, item): (usize, &Node)| {
        Resource::new(manifest, item.clone(), Pointer::default().join(&[index.into()]))
    };
    items.iter().enumerate().map(item).collect()
}

impl Resource {
    /// The labels in its metadata, as far as they are text.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.node.get("metadata").and_then(|metadata| metadata.get("labels"));
        let entries = labels.and_then(Node::entries).unwrap_or_default().iter();
        let label = |entry: &Entry| Some((entry.key.to_string(), entry.value.as_str()?.to_owned()));
        entries.filter_map(label).collect()
    }

    /// The whole document as one resource, whatever its shape.
    pub fn whole(manifest: &Arc<Manifest>) -> Self {
        Self::new(manifest, manifest.root.clone(), Pointer::default())
    }

    /// A part of a document that is a resource of its own.
    pub(crate) fn part(manifest: &Arc<Manifest>, node: Node, path: &[Step]) -> Self {
        Self::new(manifest, node, Pointer(path.to_vec()))
    }

    fn new(manifest: &Arc<Manifest>, node: Node, path: Pointer) -> Self {
        Self { manifest: Arc::clone(manifest), path, id: ResourceId::of(&node), node }
    }
}

/// A manifest says its kind, and beside it its API version or what every resource has.
fn looks_like_manifest(root: &Node) -> bool {
    let is = |key: &str| root.get(key).is_some_and(|value| !value.is_null());
    let known = [is("apiVersion"), is("kind"), is("metadata") || is("spec")];
    known.iter().filter(|known| **known).count() >= 2
}

fn collect(manifest: &Arc<Manifest>, node: Node, path: Pointer, found: &mut Vec<Resource>) {
    let Some(items) = node.get("items").and_then(Node::items) else {
        found.push(Resource::new(manifest, node, path));
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let path = path.join(&["items".into(), index.into()]);
        collect(manifest, with_kind_of_list(item, &node), path, found);
    }
}

/// An item of a typed list (`PodList`) may leave out what the list already says.
fn with_kind_of_list(item: &Node, list: &Node) -> Node {
    let says = |key: &str| item.get_str(key).is_some_and(|text| !text.is_empty());
    let (Some(entries), Some(kind), Some(version)) =
        (item.entries(), list.get_str("kind"), list.get("apiVersion"))
    else {
        return item.clone();
    };
    let kind = kind.strip_suffix("List").unwrap_or(kind);
    if says("kind") || says("apiVersion") || kind.is_empty() {
        return item.clone();
    }
    let entry = |key: &str, kind: NodeKind| Entry {
        key: key.into(),
        key_span: item.span,
        value: Node::new(item.span, kind),
    };
    let inferred =
        [entry("apiVersion", version.kind.clone()), entry("kind", NodeKind::String(kind.into()))];
    let own = entries.iter().filter(|own| !matches!(&*own.key, "apiVersion" | "kind")).cloned();
    Node::mapping(item.span, inferred.into_iter().chain(own).collect())
}

impl Resource {
    /// The node that names the resource: where a finding points that has no better place.
    pub fn naming_node(&self) -> &Node {
        let metadata = self.node.get("metadata");
        metadata
            .and_then(|m| m.get("name").or_else(|| m.get("generateName")))
            .or_else(|| self.node.get("kind"))
            .or_else(|| first_leaf(&self.node))
            .unwrap_or(&self.node)
    }

    /// The pointer from the document's root to `further` inside this resource.
    pub fn pointer(&self, further: &[Step]) -> Pointer {
        self.path.join(further)
    }
}

/// The first scalar, so that a document without names is not underlined as a whole.
fn first_leaf(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.first().and_then(|entry| first_leaf(&entry.value)),
        NodeKind::Sequence(items) => items.first().and_then(first_leaf),
        _ => Some(node),
    }
}
