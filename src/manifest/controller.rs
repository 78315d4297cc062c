//! Controllers: who made an object that nobody wrote. What was agreed about a Deployment is agreed
//! about its pods.

use super::node::{Node, NodeKind, Step};
use super::pointer::Pointer;
use super::resource::{Resource, ResourceId};

/// Who made an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Its names.
    pub id: ResourceId,
    /// Where in it stands what the object was made of; empty where it stands at the same place.
    pub template: &'static str,
}

impl Controller {
    /// Where in it stands what has this path in the object.
    pub fn path(&self, path: &Pointer) -> Pointer {
        let keys = self.template.split('.').filter(|key| !key.is_empty());
        Pointer(keys.map(Step::from).collect()).join(&path.0)
    }

    /// The same for a path as text.
    pub fn text_path(&self, path: &str) -> String {
        if self.template.is_empty() { path.to_owned() } else { format!("{}.{path}", self.template) }
    }
}

const POD: &str = "spec.template";
const POD_OF_CRON_JOB: &str = "spec.jobTemplate.spec.template";
const JOB_OF_CRON_JOB: &str = "spec.jobTemplate";

/// The controllers of a pod, a `ReplicaSet` or a `Job`, the nearest first: who it says it belongs to,
/// and who made that one in turn, as far as names tell.
pub fn controllers(resource: &Resource) -> Vec<Controller> {
    let Some(owner) = owner(&resource.node) else { return Vec::new() };
    let id = |api_version: &str, kind: &str, name: &str| ResourceId {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: resource.id.namespace.clone(),
        name: name.to_owned(),
    };
    let field = |key: &str| owner.get_str(key).unwrap_or_default();
    let (api_version, kind, name) = (field("apiVersion"), field("kind"), field("name"));
    let near = |template| Controller { id: id(api_version, kind, name), template };
    match (resource.id.kind.as_str(), kind) {
        ("Pod", "ReplicaSet") => {
            let deployment = deployment_of(&resource.node, name);
            let deployment = deployment.map(|name| id("apps/v1", "Deployment", name));
            let far = deployment.map(|id| Controller { id, template: POD });
            std::iter::once(near(POD)).chain(far).collect()
        }
        ("Pod", "Job") => {
            let cron_job = cron_job_of(name).map(|name| id("batch/v1", "CronJob", name));
            let far = cron_job.map(|id| Controller { id, template: POD_OF_CRON_JOB });
            std::iter::once(near(POD)).chain(far).collect()
        }
        ("Pod", "StatefulSet" | "DaemonSet" | "ReplicationController") => vec![near(POD)],
        ("ReplicaSet", "Deployment") => vec![near("")],
        ("Job", "CronJob") => vec![near(JOB_OF_CRON_JOB)],
        _ => Vec::new(),
    }
}

fn owner(node: &Node) -> Option<&Node> {
    let owners = node.get("metadata")?.get("ownerReferences")?.items()?;
    owners.iter().find(|owner| owner.get("controller").is_some_and(is_true))
}

fn is_true(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Bool(true))
}

/// The Deployment of a `ReplicaSet`, whose name ends with the hash that its pods are labelled with.
fn deployment_of<'n>(pod: &Node, replica_set: &'n str) -> Option<&'n str> {
    let labels = pod.get("metadata")?.get("labels")?;
    let hash = labels.get_str("pod-template-hash").filter(|hash| !hash.is_empty())?;
    replica_set.strip_suffix(hash)?.strip_suffix('-').filter(|name| !name.is_empty())
}

/// The `CronJob` of a Job, whose name ends with its minute since 1970.
fn cron_job_of(job: &str) -> Option<&str> {
    let (name, minute) = job.rsplit_once('-')?;
    let is_minute = minute.len() >= 8 && minute.bytes().all(|byte| byte.is_ascii_digit());
    (is_minute && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, read};
    use crate::source::SourceText;

    fn found(text: &str) -> Vec<(String, &'static str)> {
        let source = Arc::new(SourceText::new("m.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        let resource = Resource::whole(&Arc::new(reading.manifests[0].clone()));
        let all = controllers(&resource).into_iter();
        all.map(|controller| (controller.id.to_string(), controller.template)).collect()
    }

    fn owned(kind: &str, labels: &str, owner: &str) -> String {
        format!(
            "{{kind: {kind}, metadata: {{namespace: shop, labels: {{{labels}}}, \
             ownerReferences: [{{kind: Other, name: x}}, {{{owner}, controller: true}}]}}}}"
        )
    }

    #[test]
    fn a_pod_belongs_to_who_made_it_and_to_who_made_that() {
        let web = owned("Pod", "pod-template-hash: 5d8f7c", "kind: ReplicaSet, name: web-5d8f7c");
        assert_eq!(
            found(&web),
            [
                ("ReplicaSet shop/web-5d8f7c".to_owned(), "spec.template"),
                ("Deployment shop/web".to_owned(), "spec.template"),
            ]
        );
        let nightly = owned("Pod", "", "kind: Job, name: nightly-29411640");
        assert_eq!(
            found(&nightly)[1],
            ("CronJob shop/nightly".to_owned(), "spec.jobTemplate.spec.template")
        );
        let job = owned("Job", "", "kind: CronJob, name: nightly");
        assert_eq!(found(&job), [("CronJob shop/nightly".to_owned(), "spec.jobTemplate")]);
        let set = owned("Pod", "", "kind: StatefulSet, name: db");
        assert_eq!(found(&set), [("StatefulSet shop/db".to_owned(), "spec.template")]);
    }

    #[test]
    fn names_that_tell_nothing_lead_no_further() {
        for (labels, owner) in [
            ("", "kind: ReplicaSet, name: web-5d8f7c"),
            ("pod-template-hash: other", "kind: ReplicaSet, name: web-5d8f7c"),
            ("", "kind: Job, name: nightly-1"),
            ("", "kind: Job, name: once"),
        ] {
            assert_eq!(found(&owned("Pod", labels, owner)).len(), 1, "{owner}");
        }
        assert!(found(&owned("Pod", "", "kind: Widget, name: a")).is_empty());
        assert!(found("{kind: Pod, metadata: {name: a}}").is_empty());
    }
}
