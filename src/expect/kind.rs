//! Kinds that someone may be about to write, by the names that `kubectl` takes for them.

use std::sync::Arc;

use crate::manifest::{self, Format, ReadLimits, Resource};
use crate::source::SourceText;

/// Kubernetes' own kinds: the group and version they are written in, the kind, and its short names.
const KINDS: [(&str, &str, &[&str]); 53] = [
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", &[]),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", &[]),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", &[]),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", &[]),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", &["crd", "crds"]),
    ("apiregistration.k8s.io/v1", "APIService", &[]),
    ("apps/v1", "ControllerRevision", &[]),
    ("apps/v1", "DaemonSet", &["ds"]),
    ("apps/v1", "Deployment", &["deploy"]),
    ("apps/v1", "ReplicaSet", &["rs"]),
    ("apps/v1", "StatefulSet", &["sts"]),
    ("autoscaling/v2", "HorizontalPodAutoscaler", &["hpa"]),
    ("batch/v1", "CronJob", &["cj"]),
    ("batch/v1", "Job", &[]),
    ("certificates.k8s.io/v1", "CertificateSigningRequest", &["csr"]),
    ("coordination.k8s.io/v1", "Lease", &[]),
    ("discovery.k8s.io/v1", "EndpointSlice", &[]),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", &[]),
    ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", &[]),
    ("networking.k8s.io/v1", "IPAddress", &["ip"]),
    ("networking.k8s.io/v1", "Ingress", &["ing"]),
    ("networking.k8s.io/v1", "IngressClass", &[]),
    ("networking.k8s.io/v1", "NetworkPolicy", &["netpol"]),
    ("node.k8s.io/v1", "RuntimeClass", &[]),
    ("policy/v1", "PodDisruptionBudget", &["pdb"]),
    ("policy/v1beta1", "PodSecurityPolicy", &["psp"]),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", &[]),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", &[]),
    ("rbac.authorization.k8s.io/v1", "Role", &[]),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", &[]),
    ("resource.k8s.io/v1", "DeviceClass", &[]),
    ("resource.k8s.io/v1", "ResourceClaim", &[]),
    ("resource.k8s.io/v1", "ResourceClaimTemplate", &[]),
    ("scheduling.k8s.io/v1", "PriorityClass", &["pc"]),
    ("storage.k8s.io/v1", "CSIDriver", &[]),
    ("storage.k8s.io/v1", "StorageClass", &["sc"]),
    ("storage.k8s.io/v1", "VolumeAttachment", &[]),
    ("v1", "Binding", &[]),
    ("v1", "ConfigMap", &["cm"]),
    ("v1", "Endpoints", &["ep"]),
    ("v1", "Event", &["ev"]),
    ("v1", "LimitRange", &["limits"]),
    ("v1", "Namespace", &["ns"]),
    ("v1", "Node", &["no"]),
    ("v1", "PersistentVolume", &["pv"]),
    ("v1", "PersistentVolumeClaim", &["pvc"]),
    ("v1", "Pod", &["po"]),
    ("v1", "PodTemplate", &[]),
    ("v1", "ReplicationController", &["rc"]),
    ("v1", "ResourceQuota", &["quota"]),
    ("v1", "Secret", &[]),
    ("v1", "Service", &["svc"]),
    ("v1", "ServiceAccount", &["sa"]),
];

/// A name that no kind has, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no file `{name}`, and no kind of that name is known")]
pub struct UnknownKind {
    /// The name.
    pub name: String,
    /// The kind that may be meant.
    pub nearest: Option<String>,
}

/// A kind with the group and version it is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(super) api_version: String,
    pub(super) kind: String,
}

impl Kind {
    /// The kind that a name stands for: `Deployment`, `deployments`, `deploy`, or with its group
    /// `example.com/Widget`. `known` are those that policies name, such as `example.com/Widget`.
    pub(super) fn named(name: &str, known: &[&str]) -> Result<Self, UnknownKind> {
        if let Some((group, kind)) = name.rsplit_once('/') {
            let own = KINDS.iter().find(|(api, known, _)| {
                known.eq_ignore_ascii_case(kind) && (*api == group || group_of(api) == group)
            });
            return match own {
                Some((api_version, kind, _)) => Ok(Self::new(api_version, kind)),
                None if is_kind(kind) => Ok(Self::new(&with_version(group), kind)),
                None => Err(UnknownKind { name: name.to_owned(), nearest: None }),
            };
        }
        let own = KINDS.iter().find(|(_, kind, short)| {
            kind.eq_ignore_ascii_case(name)
                || short.iter().any(|short| short.eq_ignore_ascii_case(name))
                || plural(kind) == name.to_ascii_lowercase()
        });
        if let Some((api_version, kind, _)) = own {
            return Ok(Self::new(api_version, kind));
        }
        let of_policies = known.iter().filter_map(|known| known.rsplit_once('/'));
        for (group, kind) in of_policies {
            if kind.eq_ignore_ascii_case(name) {
                return Ok(Self::new(&with_version(group), kind));
            }
        }
        let kinds = KINDS.iter().map(|(_, kind, _)| *kind);
        let all = kinds.chain(known.iter().map(|known| known.rsplit('/').next().unwrap_or(known)));
        let lower = name.to_lowercase();
        let near = all.map(|kind| (strsim::jaro_winkler(&kind.to_lowercase(), &lower), kind));
        let near = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.88);
        Err(UnknownKind { name: name.to_owned(), nearest: near.map(|(_, kind)| kind.to_owned()) })
    }

    pub(crate) fn new(api_version: &str, kind: &str) -> Self {
        Self { api_version: api_version.to_owned(), kind: kind.to_owned() }
    }

    /// The least that is an object of this kind; a workload has a container, so that policies
    /// about containers find one.
    pub(crate) fn skeleton(&self) -> Option<Resource> {
        const POD: &str = r#"{"containers": [{"name": "example", "image": "example"}]}"#;
        let template = format!(r#"{{"metadata": {{}}, "spec": {POD}}}"#);
        let spec = match self.kind.as_str() {
            "Pod" => POD.to_owned(),
            "CronJob" => format!(r#"{{"jobTemplate": {{"spec": {{"template": {template}}}}}}}"#),
            "Deployment"
            | "DaemonSet"
            | "ReplicaSet"
            | "StatefulSet"
            | "Job"
            | "ReplicationController" => format!(r#"{{"template": {template}}}"#),
            _ => "{}".to_owned(),
        };
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let (api_version, kind) = (text(&self.api_version), text(&self.kind));
        let text = format!(
            r#"{{"apiVersion": {api_version}, "kind": {kind}, "metadata": {{}}, "spec": {spec}}}"#
        );
        let source = Arc::new(SourceText::new(format!("<{}>", self.kind), text));
        let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
        reading.manifests.into_iter().map(Arc::new).map(|it| Resource::whole(&it)).next()
    }
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("core", |(group, _)| group)
}

/// Policies look at groups: any version will do where none is named.
fn with_version(group: &str) -> String {
    match group {
        "" | "core" | "v1" => "v1".to_owned(),
        group if group.contains('/') => group.to_owned(),
        group => format!("{group}/v1"),
    }
}

fn is_kind(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn plural(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x']) && kind != "endpoints" => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_go_by_the_names_that_kubectl_takes() {
        for (name, api_version, kind) in [
            ("Deployment", "apps/v1", "Deployment"),
            ("deployments", "apps/v1", "Deployment"),
            ("deploy", "apps/v1", "Deployment"),
            ("apps/Deployment", "apps/v1", "Deployment"),
            ("apps/v1/Deployment", "apps/v1", "Deployment"),
            ("core/pod", "v1", "Pod"),
            ("v1/Pod", "v1", "Pod"),
            ("networkpolicies", "networking.k8s.io/v1", "NetworkPolicy"),
            ("ingresses", "networking.k8s.io/v1", "Ingress"),
            ("endpoints", "v1", "Endpoints"),
            ("example.com/Widget", "example.com/v1", "Widget"),
            ("example.com/v2/Widget", "example.com/v2", "Widget"),
            ("gadget", "shop.example/v1", "Gadget"),
        ] {
            let found = Kind::named(name, &["shop.example/Gadget", "Pod"]).unwrap();
            assert_eq!(found, Kind::new(api_version, kind), "{name}");
        }
        let nearest = |name: &str| Kind::named(name, &[]).unwrap_err().nearest;
        assert_eq!(nearest("Deploymnt").as_deref(), Some("Deployment"));
        assert_eq!(nearest("zzz"), None);
        assert_eq!(nearest("deploy/web.yaml"), None);
    }

    #[test]
    fn skeletons_of_workloads_have_a_container() {
        for (_, kind, _) in KINDS {
            let skeleton = Kind::named(kind, &[]).unwrap().skeleton().unwrap();
            assert_eq!(skeleton.id.kind, kind);
            let makes_pods = manifest::pod_template(&skeleton).is_some();
            assert_eq!(
                makes_pods,
                skeleton.node.get("spec").unwrap().entries().unwrap().len() == 1 && kind != "Pod",
                "{kind}"
            );
        }
    }
}
