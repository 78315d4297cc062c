//! Pods that a controller will make: the pod template inside a Deployment and its like.

use std::sync::Arc;

use super::node::{Entry, Node, Step};
use super::pointer::Pointer;
use super::resource::Resource;
use crate::source::Span;

/// The pod that a controller's template describes, made of the very nodes of the manifest.
#[derive(Clone, Debug)]
pub struct PodTemplate {
    /// `apiVersion: v1`, `kind: Pod`, the template's metadata and spec; name and namespace come
    /// from the controller where the template has none.
    pub pod: Node,
    /// Where the template stands in the controller.
    pub path: Pointer,
}

/// The pod template of a resource, if it is a workload that has one.
pub fn pod_template(resource: &Resource) -> Option<PodTemplate> {
    let path: &[&str] = match (resource.id.group(), resource.id.kind.as_str()) {
        ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet")
        | ("apps", "StatefulSet")
        | ("" | "batch", "Job")
        | (
            "",
            "ReplicationController" | "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet",
        ) => &["spec", "template"],
        ("batch" | "", "CronJob") => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    };
    let path: Vec<Step> = path.iter().map(|key| Step::from(*key)).collect();
    let template = resource.node.at(&path)?;
    let fields = template.entries()?;
    let head = ["apiVersion", "kind"].map(|key| Entry {
        key: key.into(),
        key_span: template.span,
        value: Node::string(template.span, if key == "kind" { "Pod" } else { "v1" }),
    });
    let metadata = Entry {
        key: "metadata".into(),
        key_span: template.entry("metadata").map_or(template.span, |entry| entry.key_span),
        value: pod_metadata(template.get("metadata"), resource, template.span),
    };
    let rest = fields.iter().filter(|e| !matches!(&*e.key, "apiVersion" | "kind" | "metadata"));
    let entries = head.into_iter().chain([metadata]).chain(rest.cloned()).collect();
    Some(PodTemplate { pod: Node::mapping(template.span, entries), path: Pointer(path) })
}

fn pod_metadata(own: Option<&Node>, controller: &Resource, place: Span) -> Node {
    let mut entries = own.and_then(Node::entries).unwrap_or_default().to_vec();
    for key in ["name", "namespace"] {
        let inherited = controller.node.get("metadata").and_then(|metadata| metadata.entry(key));
        if let Some(inherited) = inherited
            && !entries.iter().any(|entry| &*entry.key == key)
        {
            entries.push(Entry { key: Arc::from(key), ..inherited.clone() });
        }
    }
    Node::mapping(own.map_or(place, |own| own.span), entries)
}
