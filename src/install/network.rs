//! How the pods are reached, by whom, and as whom they run.

use super::yaml::{Map, Yaml, list, words};
use super::{HTTPS_PORT, Install, OPS_PORT, object};

/// A namespace in which no pod runs that could harm a node.
pub(super) fn namespace(install: &Install) -> Map {
    let modes = ["enforce", "audit", "warn"];
    let labels = modes.into_iter().fold(install.labels(), |labels, mode| {
        labels.with(format!("pod-security.kubernetes.io/{mode}"), "restricted")
    });
    object(
        "v1",
        "Namespace",
        Map::new().with("name", install.namespace.as_str()).with("labels", labels),
    )
}

pub(super) fn service_account(install: &Install) -> Map {
    object("v1", "ServiceAccount", install.metadata(&install.name)).noted(
        "it asks the API server for nothing, and has no rights",
        "automountServiceAccountToken",
        false,
    )
}

pub(super) fn service(install: &Install) -> Map {
    let port = |name: &str, port: u32, target: &str| {
        Map::new()
            .with("name", name)
            .with("port", port)
            .with("targetPort", target)
            .with("protocol", "TCP")
    };
    let ports = [port("https", 443, "https"), port("metrics", OPS_PORT, "ops")];
    let spec = Map::new().with("selector", install.selector()).with("ports", list(ports));
    object("v1", "Service", install.metadata(&install.name)).with("spec", spec)
}

pub(super) fn network_policy(install: &Install) -> Map {
    let port = |port: u32| list([Map::new().with("protocol", "TCP").with("port", port)]);
    let mut ingress = vec![Map::new().noted(
        "API servers come from where they are: no selector tells them from others",
        "ports",
        port(HTTPS_PORT),
    )];
    if !install.metrics_namespaces.is_empty() {
        let names = words(install.metrics_namespaces.iter().map(String::as_str));
        let is_one = Map::new()
            .with("key", "kubernetes.io/metadata.name")
            .with("operator", "In")
            .with("values", names);
        let selector = Map::new().with("matchExpressions", list([is_one]));
        let from = list([Map::new().with("namespaceSelector", selector)]);
        ingress.push(
            Map::new().noted("who takes the metrics", "from", from).with("ports", port(OPS_PORT)),
        );
    }
    let spec = Map::new()
        .with("podSelector", Map::new().with("matchLabels", install.selector()))
        .with("policyTypes", words(["Ingress", "Egress"]))
        .with("ingress", list(ingress))
        .noted("it asks nobody", "egress", list(Vec::<Yaml>::new()));
    object("networking.k8s.io/v1", "NetworkPolicy", install.metadata(&install.name))
        .with("spec", spec)
}
