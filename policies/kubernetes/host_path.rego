# METADATA
# scope: package
# title: Pods must not mount paths of their node
# description: Reports volumes of the type hostPath.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/storage/volumes/
#   description: The types of volumes, with a warning about hostPath
# custom:
#   id: kubernetes/host-path
#   severity: high
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     A path of the node can hold the keys of other pods, or the socket that controls all of them.
#     What a pod writes there also stays behind on that node when the pod moves to another one.
#   help: |-
#     Use `emptyDir` for scratch space, a persistentVolumeClaim for data to keep, or a configMap or
#     secret volume for settings. Agents that must read the node's files need an agreed exception.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.host_path

import data.kubernetes.lib.lists

deny contains {"msg": msg, "path": ["spec", "volumes", i, "hostPath"]} if {
	some i, volume in lists.items(input.spec, "volumes")
	host_path := volume.hostPath
	host_path != null
	name := object.get(volume, "name", "")
	msg := sprintf(`volume "%v" mounts %v`, [name, source(host_path)])
}

source(host_path) := sprintf("%s of the node", [host_path.path]) if {
	is_string(host_path.path)
} else := "a path of the node"
