# METADATA
# scope: package
# title: Containers must not keep capabilities they do not need
# description: >-
#   Denies containers that add a capability other than NET_BIND_SERVICE, and warns about containers
#   that do not drop all capabilities they get by default. Windows pods are left alone.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   description: Setting the capabilities of a container
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   description: Which capabilities the pod security standards allow
# custom:
#   id: kubernetes/capabilities
#   severity: high
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     Capabilities are slices of what root may do. The default set already lets a container forge
#     network packets and change the owner of files, and some of those to add are as good as root.
#   help: |-
#     Drop them all, and add back only the right to listen on a port below 1024 if you need it:
#
#         securityContext:
#           capabilities:
#             drop: [ALL]
#             add: [NET_BIND_SERVICE]
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.capabilities

import data.kubernetes.lib.containers
import data.kubernetes.lib.lists

allowed := {"NET_BIND_SERVICE"}

deny contains {"msg": msg, "path": path, "fix": {"remove": path}} if {
	not containers.windows
	some entry in containers.entries
	some i, added in lists.items(entry.container.securityContext.capabilities, "add")
	capability := name(added)
	not capability in allowed
	path := array.concat(entry.path, ["securityContext", "capabilities", "add", i])
	msg := sprintf("%s adds the capability %s", [entry.label, capability])
}

warn contains {"msg": msg, "path": path, "fix": {"path": path, "value": ["ALL"]}} if {
	not containers.windows
	some entry in containers.entries
	not drops_all(entry.container)
	path := array.concat(entry.path, ["securityContext", "capabilities", "drop"])
	msg := sprintf("%s does not drop all capabilities", [entry.label])
}

drops_all(container) if {
	some dropped in lists.items(container.securityContext.capabilities, "drop")
	name(dropped) == "ALL"
}

# CAP_NET_ADMIN is the name in the kernel, NET_ADMIN the one in Kubernetes.
name(capability) := trim_prefix(upper(sprintf("%v", [capability])), "CAP_")
