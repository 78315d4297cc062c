//! How many pods there are, and must be.

use super::yaml::{Map, list};
use super::{Install, object};

/// Of what is requested of the cpu, so many percent are used before there are more pods.
const BUSY: u32 = 70;

pub(super) fn disruption_budget(install: &Install) -> Map {
    let spec = Map::new()
        .with("maxUnavailable", 1_u32)
        .noted(
            "a pod that is not ready keeps no node from being drained",
            "unhealthyPodEvictionPolicy",
            "AlwaysAllow",
        )
        .with("selector", Map::new().with("matchLabels", install.selector()));
    object("policy/v1", "PodDisruptionBudget", install.metadata(&install.name)).with("spec", spec)
}

pub(super) fn autoscaler(install: &Install) -> Map {
    let target = Map::new()
        .with("apiVersion", "apps/v1")
        .with("kind", "Deployment")
        .with("name", install.name.as_str());
    let used = Map::new().with("type", "Utilization").with("averageUtilization", BUSY);
    let cpu = Map::new().with("name", "cpu").with("target", used);
    let spec = Map::new()
        .with("scaleTargetRef", target)
        .with("minReplicas", install.replicas)
        .with("maxReplicas", install.max_replicas)
        .with("metrics", list([Map::new().with("type", "Resource").with("resource", cpu)]));
    object("autoscaling/v2", "HorizontalPodAutoscaler", install.metadata(&install.name))
        .with("spec", spec)
}
