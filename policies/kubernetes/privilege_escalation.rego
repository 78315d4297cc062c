# METADATA
# scope: package
# title: Containers must not allow privilege escalation
# description: >-
#   Denies containers that allow their processes to gain privileges, and warns about containers that
#   do not forbid it, since it is allowed by default. Privileged containers always can, and are
#   reported by kubernetes/privileged. Windows pods are left alone.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   description: Setting the security context of a container
# custom:
#   id: kubernetes/privilege-escalation
#   severity: medium
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     Without this setting a program that runs as an ordinary user can still become root through a
#     setuid binary left in the image, such as su or ping.
#   help: |-
#     Forbid it for each container:
#
#         securityContext:
#           allowPrivilegeEscalation: false
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.privilege_escalation

import data.kubernetes.lib.containers

deny contains {"msg": msg, "path": place(entry), "fix": forbid(entry)} if {
	some entry in unprivileged
	value := entry.container.securityContext.allowPrivilegeEscalation
	not value in {false, null}
	msg := sprintf("%s allows privilege escalation", [entry.label])
}

warn contains {"msg": msg, "path": place(entry), "fix": forbid(entry)} if {
	some entry in unprivileged
	object.get(entry.container, ["securityContext", "allowPrivilegeEscalation"], null) == null
	msg := sprintf("%s does not forbid privilege escalation", [entry.label])
}

unprivileged contains entry if {
	not containers.windows
	some entry in containers.entries
	not entry.container.securityContext.privileged
}

place(entry) := array.concat(entry.path, ["securityContext", "allowPrivilegeEscalation"])

forbid(entry) := {"path": place(entry), "value": false}
