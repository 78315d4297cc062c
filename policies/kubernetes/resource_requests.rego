# METADATA
# scope: package
# title: Containers should request cpu and memory
# description: >-
#   Reports containers and init containers without a cpu or memory request. A limit counts as a
#   request, because Kubernetes copies it, and so do resources set for the whole pod.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   description: What requests and limits mean to the scheduler and the node
# custom:
#   id: kubernetes/resource-requests
#   severity: medium
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     The scheduler places pods by what they request. A container that requests nothing can land on
#     a node that is already full, starve there, and is the first to be evicted.
#   help: |-
#     Request about what the container uses on an ordinary day:
#
#         resources:
#           requests:
#             cpu: 100m
#             memory: 128Mi
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.resource_requests

import data.kubernetes.lib.containers
import data.kubernetes.lib.resources

warn contains {"msg": msg, "path": path} if {
	some entry in containers.entries
	entry.field != "ephemeralContainers"
	missing := [resource |
		some resource in ["cpu", "memory"]
		not requested(entry.container, resource)
	]
	count(missing) > 0
	path := array.concat(entry.path, array.concat(["resources", "requests"], place(missing)))
	msg := sprintf("%s has no %s request", [entry.label, concat(" or ", missing)])
}

requested(container, resource) if {
	some section in ["requests", "limits"]
	resources.given(container, section, resource)
}

# One missing request has a place of its own, two share the requests above them.
place(missing) := missing if {
	count(missing) == 1
} else := []
