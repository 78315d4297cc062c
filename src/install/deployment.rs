//! The pods that judge.

use super::yaml::{Map, Yaml, list, words};
use super::{HTTPS_PORT, Install, OPS_PORT, config, duration, object};

/// Where the certificate is mounted: where `manifestly serve` looks for it.
const TLS: &str = "/etc/manifestly/tls";

/// The user of the image, by number, so that the kubelet can tell it is not root.
const USER: u32 = 65532;

/// What a pod may take to end beside draining and the last answers, in seconds.
const MARGIN: u32 = 5;

pub(super) fn object_of(install: &Install) -> Map {
    let template = Map::new()
        .with("metadata", Map::new().with("labels", install.labels()))
        .with("spec", pod(install));
    let spec = Map::new()
        .noted(begins_with(install), "replicas", install.replicas)
        .with("selector", Map::new().with("matchLabels", install.selector()))
        .with(
            "strategy",
            Map::new().with("type", "RollingUpdate").with(
                "rollingUpdate",
                Map::new().with("maxUnavailable", 0_u32).with("maxSurge", 1_u32),
            ),
        )
        .with("template", template);
    object("apps/v1", "Deployment", install.metadata(&install.name)).with("spec", spec)
}

fn begins_with(install: &Install) -> &'static str {
    if install.autoscaler { "to begin with; then the autoscaler decides" } else { "" }
}

fn pod(install: &Install) -> Map {
    let secrets = install.pull_secrets.iter().map(|name| Map::new().with("name", name.as_str()));
    let secrets = (!install.pull_secrets.is_empty()).then(|| list(secrets));
    let tls = Map::new().with("secretName", install.secret()).noted(
        "0440: the user of the container reads it by its group",
        "defaultMode",
        0o440_u32,
    );
    let volumes = [Map::new().with("name", "tls").with("secret", tls)];
    let volumes = volumes.into_iter().chain(config::volume(install));
    Map::new()
        .with("serviceAccountName", install.name.as_str())
        .with("automountServiceAccountToken", false)
        .with("enableServiceLinks", false)
        .maybe("priorityClassName", install.priority_class.as_deref())
        .maybe("imagePullSecrets", secrets)
        .noted(
            "drains, answers what it has taken, and ends by itself before that",
            "terminationGracePeriodSeconds",
            install.grace(),
        )
        .with("securityContext", pod_security())
        .with("affinity", affinity(install))
        .with("topologySpreadConstraints", list([spread(install)]))
        .with("containers", list([container(install)]))
        .with("volumes", list(volumes))
}

fn pod_security() -> Map {
    Map::new()
        .with("runAsNonRoot", true)
        .with("runAsUser", USER)
        .with("runAsGroup", USER)
        .with("fsGroup", USER)
        .with("seccompProfile", Map::new().with("type", "RuntimeDefault"))
}

/// Pods stand on different nodes where there are any.
fn affinity(install: &Install) -> Map {
    let term = Map::new()
        .with("topologyKey", "kubernetes.io/hostname")
        .with("labelSelector", Map::new().with("matchLabels", install.selector()));
    let preferred = Map::new().with("weight", 100_u32).with("podAffinityTerm", term);
    Map::new().with(
        "podAntiAffinity",
        Map::new().with("preferredDuringSchedulingIgnoredDuringExecution", list([preferred])),
    )
}

/// And in different zones.
fn spread(install: &Install) -> Map {
    Map::new()
        .with("maxSkew", 1_u32)
        .with("topologyKey", "topology.kubernetes.io/zone")
        .with("whenUnsatisfiable", "ScheduleAnyway")
        .with("labelSelector", Map::new().with("matchLabels", install.selector()))
}

fn container(install: &Install) -> Map {
    let port = |name: &str, port: u32| Map::new().with("name", name).with("containerPort", port);
    let tls = Map::new().with("name", "tls").with("mountPath", TLS).with("readOnly", true);
    let limits = Map::new().with("memory", install.memory_limit.as_str());
    let requests = Map::new()
        .with("cpu", install.cpu_request.as_str())
        .with("memory", install.memory_request.as_str());
    let resources = Map::new().with("requests", requests).noted(
        "no limit for the cpu: who is slowed down answers too late",
        "limits",
        limits,
    );
    Map::new()
        .with("name", "manifestly")
        .with("image", install.image.as_str())
        .with("imagePullPolicy", "IfNotPresent")
        .with("args", list(arguments(install)))
        .with("ports", list([port("https", HTTPS_PORT), port("ops", OPS_PORT)]))
        .with("startupProbe", probe("/healthz", 1, 60))
        .with("readinessProbe", probe("/readyz", 5, 2))
        .with("livenessProbe", probe("/healthz", 10, 3))
        .with("resources", resources)
        .with(
            "securityContext",
            Map::new()
                .with("allowPrivilegeEscalation", false)
                .with("readOnlyRootFilesystem", true)
                .with("capabilities", Map::new().with("drop", words(["ALL"]))),
        )
        .with("volumeMounts", list([tls].into_iter().chain(config::mount(install))))
}

fn probe(path: &str, every: u32, failures: u32) -> Map {
    Map::new()
        .with("httpGet", Map::new().with("path", path).with("port", "ops"))
        .with("periodSeconds", every)
        .with("timeoutSeconds", 2_u32)
        .with("failureThreshold", failures)
}

fn arguments(install: &Install) -> Vec<Yaml> {
    let mut arguments = vec![
        "serve".to_owned(),
        format!("--listen=0.0.0.0:{HTTPS_PORT}"),
        format!("--ops-listen=0.0.0.0:{OPS_PORT}"),
        format!("--tls-cert={TLS}/tls.crt"),
        format!("--tls-key={TLS}/tls.key"),
        format!("--deadline={}", duration(install.deadline_ms)),
        format!("--drain-wait={}", duration(install.drain_wait_ms)),
        // Nobody waits longer for what is under way by then.
        format!("--grace={}", duration(install.timeout_ms)),
    ];
    arguments.extend(install.arguments.iter().cloned());
    for subset in &install.subsets {
        let globs = subset.among.iter();
        arguments.extend(globs.map(|glob| format!("--subset={}={}", subset.name, glob.pattern())));
    }
    if install.mutate {
        arguments.push("--mutate".to_owned());
    }
    arguments.into_iter().map(Yaml::from).collect()
}

impl Install {
    /// How many seconds a pod may take to end.
    fn grace(&self) -> u32 {
        (self.drain_wait_ms + self.timeout_ms).div_ceil(1000) + MARGIN
    }
}
