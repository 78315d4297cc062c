# METADATA
# scope: package
# title: Long-running containers should have probes
# description: >-
#   Reports containers without a readiness or a liveness probe, in pods that are meant to run
#   forever. Pods that run to completion, init containers and sidecars need none.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
#   description: How to set up each kind of probe
# custom:
#   id: kubernetes/probes
#   severity: medium
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     Without a readiness probe a pod gets traffic before it can answer, and a broken release rolls
#     out to the end. Without a liveness probe a process that hangs is never restarted.
#   help: |-
#     Let Kubernetes ask the container how it is:
#
#         readinessProbe:
#           httpGet: {path: /ready, port: http}
#         livenessProbe:
#           httpGet: {path: /healthz, port: http}
#           periodSeconds: 20
#
#     Keep the liveness probe free of other services: their outage must not restart this one.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.probes

import data.kubernetes.lib.containers

titles := {
	"readinessProbe": "readiness probe",
	"livenessProbe": "liveness probe",
}

warn contains {"msg": msg, "path": path} if {
	not runs_to_completion
	some entry in containers.entries
	entry.field == "containers"
	some probe, title in titles
	not has_probe(entry.container, probe)
	path := array.concat(entry.path, [probe])
	msg := sprintf("%s has no %s", [entry.label, title])
}

runs_to_completion if input.spec.restartPolicy in {"Never", "OnFailure"}

# An empty probe asks nothing.
has_probe(container, probe) if {
	is_object(container[probe])
	count(container[probe]) > 0
}
