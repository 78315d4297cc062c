# METADATA
# scope: package
# title: Containers must not take ports of their node
# description: >-
#   Reports containers with a hostPort. Pods on the network of their node are reported by
#   kubernetes/host-namespaces instead, as all of their ports are ports of the node.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/service/
#   description: Services, the usual way to reach a pod
# custom:
#   id: kubernetes/host-port
#   severity: medium
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     A port of a node can be taken only once, so two replicas never fit on one node and a rollout
#     can wait forever for a free one. It also opens the pod to whoever can reach the node.
#   help: |-
#     Remove `hostPort`, keep `containerPort`, and put a Service or an Ingress in front of the pod.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.host_port

import data.kubernetes.lib.containers
import data.kubernetes.lib.lists

deny contains {"msg": msg, "path": path, "fix": {"remove": path}} if {
	not input.spec.hostNetwork
	some entry in containers.entries
	some i, port in lists.items(entry.container, "ports")
	host_port := port.hostPort
	not host_port in {null, 0}
	path := array.concat(entry.path, ["ports", i, "hostPort"])
	msg := sprintf("%s takes port %v of the node", [entry.label, host_port])
}
