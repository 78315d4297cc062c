# METADATA
# scope: package
# title: Containers must not run as root
# description: >-
#   Reports containers that run as user 0, and containers that neither name another user nor set
#   runAsNonRoot. What a container says wins over what its pod says.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   description: Setting the user of a pod or a container
# custom:
#   id: kubernetes/run-as-non-root
#   severity: high
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     Most images run as root unless told otherwise, and root in a container is root on the node
#     once an attacker finds a way out of the container. As an ordinary user they get far less.
#   help: |-
#     Say so for the whole pod, and remove `runAsUser: 0` where there is one:
#
#         spec:
#           securityContext:
#             runAsNonRoot: true
#
#     If the image itself starts as root, also set `runAsUser`, for example to 10001.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.run_as_non_root

import data.kubernetes.lib.containers

root := {0, "0"}

deny contains {"msg": msg, "path": user.path, "fix": fix} if {
	some entry in containers.entries
	user := setting(entry, "runAsUser")
	user.value in root
	msg := sprintf("%s runs as root", [entry.label])
	fix := [{"remove": user.path}, {"path": array.concat(context(user.path), ["runAsNonRoot"]), "value": true}]
}

deny contains {"msg": msg, "path": non_root.path, "fix": {"path": non_root.path, "value": true}} if {
	some entry in containers.entries
	user := setting(entry, "runAsUser")
	not user.value in root
	not ordinary(user.value)
	non_root := setting(entry, "runAsNonRoot")
	non_root.value != true
	msg := sprintf("%s may run as root", [entry.label])
}

# The security context that a setting is in.
context(path) := array.slice(path, 0, count(path) - 1)

ordinary(user) if {
	is_number(user)
	user > 0
}

# A setting of the security context that holds for a container, and where it is made:
# in the container, else in the pod, else nowhere, though the container is the place for it.
setting(entry, name) := {"value": value, "path": array.concat(entry.path, ["securityContext", name])} if {
	value := entry.container.securityContext[name]
	value != null
} else := {"value": value, "path": ["spec", "securityContext", name]} if {
	value := input.spec.securityContext[name]
	value != null
} else := {"value": null, "path": array.concat(entry.path, ["securityContext", name])}
