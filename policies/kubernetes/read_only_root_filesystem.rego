# METADATA
# scope: package
# title: Containers should have a read-only root filesystem
# description: >-
#   Reports containers and init containers that can write to their root filesystem. Containers of
#   Windows pods cannot choose and are left alone.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   description: Setting the security context of a container
# - ref: https://kubernetes.io/docs/concepts/storage/volumes/
#   description: Volumes to write to, emptyDir among them
# custom:
#   id: kubernetes/read-only-root-filesystem
#   severity: medium
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     An attacker who gets into a container usually starts by writing a file and running it. A
#     program rarely needs to change its own image, so that door can stay shut.
#   help: |-
#     Make the filesystem read-only, and mount an emptyDir volume where the program does write:
#
#         securityContext:
#           readOnlyRootFilesystem: true
#         volumeMounts:
#           - {name: tmp, mountPath: /tmp}
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.read_only_root_filesystem

import data.kubernetes.lib.containers

warn contains {"msg": msg, "path": path, "fix": {"path": path, "value": true}} if {
	not containers.windows
	some entry in containers.entries
	entry.field != "ephemeralContainers"
	not read_only(entry.container)
	path := array.concat(entry.path, ["securityContext", "readOnlyRootFilesystem"])
	msg := sprintf("%s can write to its root filesystem", [entry.label])
}

read_only(container) if container.securityContext.readOnlyRootFilesystem == true
