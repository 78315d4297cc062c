# METADATA
# scope: package
# title: Containers must not be privileged
# description: Reports containers that ask to run in privileged mode.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   description: The pod security standards, of which even the lenient one forbids this
# custom:
#   id: kubernetes/privileged
#   severity: critical
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     A privileged container is root on its node: it can load kernel modules, read every disk and
#     reach every other pod there. One hole in the program becomes a hole in the cluster.
#   help: |-
#     Remove `privileged: true`. If the program needs one special right, add that capability alone:
#
#         securityContext:
#           capabilities:
#             drop: [ALL]
#             add: [NET_BIND_SERVICE]
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.privileged

import data.kubernetes.lib.containers

deny contains {"msg": msg, "path": path, "fix": fix} if {
	some entry in containers.entries
	value := entry.container.securityContext.privileged
	not value in {false, null}
	path := array.concat(entry.path, ["securityContext", "privileged"])
	msg := sprintf("%s is privileged", [entry.label])

	# What a privileged container may do anyway, an ordinary one must not take up again.
	escalation := array.concat(entry.path, ["securityContext", "allowPrivilegeEscalation"])
	fix := [{"path": path, "value": false}, {"path": escalation, "value": false}]
}
