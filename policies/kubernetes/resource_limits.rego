# METADATA
# scope: package
# title: Containers must limit their memory
# description: >-
#   Reports containers and init containers without a memory limit, their own or one set for the
#   whole pod. A cpu limit is not asked for.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   description: How limits are enforced
# custom:
#   id: kubernetes/resource-limits
#   severity: high
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     A container that leaks memory without a limit takes its neighbours on the node down with it.
#     Cpu is different: a busy node only slows down, so a cpu limit is yours to choose.
#   help: |-
#     Set a limit with some room above what the container needs at its busiest:
#
#         resources:
#           limits:
#             memory: 256Mi
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.resource_limits

import data.kubernetes.lib.containers
import data.kubernetes.lib.resources

deny contains object.union({"msg": msg, "path": path}, offer(entry.container, path)) if {
	some entry in containers.entries
	entry.field != "ephemeralContainers"
	not resources.given(entry.container, "limits", "memory")
	path := array.concat(entry.path, ["resources", "limits", "memory"])
	msg := sprintf("%s has no memory limit", [entry.label])
}

# What is requested is there in any case: as the limit, it is also what can be relied on.
offer(container, path) := {"fix": {"path": path, "value": container.resources.requests.memory}} if {
	resources.given(container, "requests", "memory")
	container.resources.requests.memory
} else := {}
