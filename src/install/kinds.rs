//! Kubernetes' own kinds, and what the API server calls their resources.

#![allow(clippy::struct_field_names)] // a kind has a kind, as API servers have it

use crate::manifest::Operation::{self, Connect, Create, Update};

/// A kind, and the resource by which objects of it are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: &'static str,
    /// The version in which a policy is shown it; `*` where clusters differ in what they have.
    pub(super) version: &'static str,
    pub(super) kind: &'static str,
    pub(super) resource: &'static str,
}

/// A kind that is sent to a part of a resource, as `pods/exec` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) kind: &'static str,
    /// The group and version of the resource that it is a part of.
    pub(super) of: (&'static str, &'static str),
    pub(super) resource: &'static str,
    pub(super) part: &'static str,
    /// The kind that the whole is of.
    pub(super) whole: &'static str,
    pub(super) operation: Operation,
}

const fn kind(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    resource: &'static str,
) -> Kind {
    Kind { group, version, kind, resource }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const RESOURCE: &str = "resource.k8s.io";
const REVIEWS: &str = "authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";

/// What a cluster knows without being taught, and gateways.
pub(super) const KINDS: [Kind; 73] = [
    kind("", "v1", "ConfigMap", "configmaps"),
    kind("", "v1", "Endpoints", "endpoints"),
    kind("", "v1", "Event", "events"),
    kind("", "v1", "LimitRange", "limitranges"),
    kind("", "v1", "Namespace", "namespaces"),
    kind("", "v1", "Node", "nodes"),
    kind("", "v1", "PersistentVolume", "persistentvolumes"),
    kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    kind("", "v1", "Pod", "pods"),
    kind("", "v1", "PodTemplate", "podtemplates"),
    kind("", "v1", "ReplicationController", "replicationcontrollers"),
    kind("", "v1", "ResourceQuota", "resourcequotas"),
    kind("", "v1", "Secret", "secrets"),
    kind("", "v1", "Service", "services"),
    kind("", "v1", "ServiceAccount", "serviceaccounts"),
    kind(ADMISSION, "*", "MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
    kind(ADMISSION, "*", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
    // API servers ask nobody about these, whatever the rules say.
    kind(ADMISSION, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    kind(ADMISSION, "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    kind(ADMISSION, "*", "ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    kind(ADMISSION, "*", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
    kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"),
    kind("apiregistration.k8s.io", "v1", "APIService", "apiservices"),
    kind("apps", "v1", "ControllerRevision", "controllerrevisions"),
    kind("apps", "v1", "DaemonSet", "daemonsets"),
    kind("apps", "v1", "Deployment", "deployments"),
    kind("apps", "v1", "ReplicaSet", "replicasets"),
    kind("apps", "v1", "StatefulSet", "statefulsets"),
    kind("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews"),
    kind("authentication.k8s.io", "v1", "TokenReview", "tokenreviews"),
    kind(REVIEWS, "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews"),
    kind(REVIEWS, "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
    kind(REVIEWS, "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
    kind(REVIEWS, "v1", "SubjectAccessReview", "subjectaccessreviews"),
    kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    kind("batch", "v1", "CronJob", "cronjobs"),
    kind("batch", "v1", "Job", "jobs"),
    kind("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests"),
    kind("certificates.k8s.io", "*", "ClusterTrustBundle", "clustertrustbundles"),
    kind("certificates.k8s.io", "*", "PodCertificateRequest", "podcertificaterequests"),
    kind("coordination.k8s.io", "v1", "Lease", "leases"),
    kind("coordination.k8s.io", "*", "LeaseCandidate", "leasecandidates"),
    kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    kind("events.k8s.io", "v1", "Event", "events"),
    kind(FLOW, "*", "FlowSchema", "flowschemas"),
    kind(FLOW, "*", "PriorityLevelConfiguration", "prioritylevelconfigurations"),
    kind(NETWORKING, "*", "IPAddress", "ipaddresses"),
    kind(NETWORKING, "v1", "Ingress", "ingresses"),
    kind(NETWORKING, "v1", "IngressClass", "ingressclasses"),
    kind(NETWORKING, "v1", "NetworkPolicy", "networkpolicies"),
    kind(NETWORKING, "*", "ServiceCIDR", "servicecidrs"),
    kind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses"),
    kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    kind(RBAC, "v1", "ClusterRole", "clusterroles"),
    kind(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings"),
    kind(RBAC, "v1", "Role", "roles"),
    kind(RBAC, "v1", "RoleBinding", "rolebindings"),
    kind(RESOURCE, "*", "DeviceClass", "deviceclasses"),
    kind(RESOURCE, "*", "DeviceTaintRule", "devicetaintrules"),
    kind(RESOURCE, "*", "ResourceClaim", "resourceclaims"),
    kind(RESOURCE, "*", "ResourceClaimTemplate", "resourceclaimtemplates"),
    kind(RESOURCE, "*", "ResourceSlice", "resourceslices"),
    kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses"),
    kind(STORAGE, "v1", "CSIDriver", "csidrivers"),
    kind(STORAGE, "v1", "CSINode", "csinodes"),
    kind(STORAGE, "v1", "CSIStorageCapacity", "csistoragecapacities"),
    kind(STORAGE, "v1", "StorageClass", "storageclasses"),
    kind(STORAGE, "v1", "VolumeAttachment", "volumeattachments"),
    kind(STORAGE, "*", "VolumeAttributesClass", "volumeattributesclasses"),
    kind("storagemigration.k8s.io", "*", "StorageVersionMigration", "storageversionmigrations"),
    kind("gateway.networking.k8s.io", "v1", "Gateway", "gateways"),
    kind("gateway.networking.k8s.io", "v1", "GatewayClass", "gatewayclasses"),
    kind("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
];

/// What is sent to parts of resources. Policies about admission requests may ask for it.
pub(super) const PARTS: [Part; 10] = [
    part("", "v1", "Binding", "pods", "binding", "Pod", Create),
    part("policy", "v1", "Eviction", "pods", "eviction", "Pod", Create),
    part("", "v1", "PodAttachOptions", "pods", "attach", "Pod", Connect),
    part("", "v1", "PodExecOptions", "pods", "exec", "Pod", Connect),
    part("", "v1", "PodPortForwardOptions", "pods", "portforward", "Pod", Connect),
    part("", "v1", "PodProxyOptions", "pods", "proxy", "Pod", Connect),
    part("", "v1", "NodeProxyOptions", "nodes", "proxy", "Node", Connect),
    part("", "v1", "ServiceProxyOptions", "services", "proxy", "Service", Connect),
    part(
        "authentication.k8s.io",
        "v1",
        "TokenRequest",
        "serviceaccounts",
        "token",
        "ServiceAccount",
        Create,
    ),
    Part {
        of: ("*", "*"),
        ..part("autoscaling", "v1", "Scale", "*", "scale", "Deployment", Update)
    },
];

const fn part(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    resource: &'static str,
    part: &'static str,
    whole: &'static str,
    operation: Operation,
) -> Part {
    Part { group, version, kind, of: ("", "v1"), resource, part, whole, operation }
}

/// The name that a resource of a custom kind most likely has.
pub(super) fn guess(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x', 'z']) || kind.ends_with("ch") || kind.ends_with("sh") => {
            format!("{kind}es")
        }
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_a_group_is_there_once() {
        let names = || KINDS.iter().map(|kind| (kind.group, kind.kind));
        let distinct: std::collections::BTreeSet<_> = names().collect();
        assert_eq!(distinct.len(), names().count());
    }

    #[test]
    fn guesses_are_right_where_the_truth_is_known() {
        let is_wrong = |kind: &&Kind| guess(kind.kind) != kind.resource;
        let wrong: Vec<_> = KINDS.iter().filter(is_wrong).map(|kind| kind.kind).collect();
        assert_eq!(wrong, ["Endpoints"]);
        assert_eq!(guess("Proxy"), "proxies");
        assert_eq!(guess("Gateway"), "gateways");
    }
}
