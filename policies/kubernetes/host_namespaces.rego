# METADATA
# scope: package
# title: Pods must not share the namespaces of their node
# description: Reports pods that use the network, the processes or the IPC of the node they run on.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   description: The pod security standards, of which even the lenient one forbids this
# custom:
#   id: kubernetes/host-namespaces
#   severity: high
#   owner: platform-security
#   contact: "#ask-platform"
#   why: >-
#     Containers are kept apart by namespaces. A pod that uses those of its node can listen to
#     traffic of other pods, look into their processes, and is out of reach of network policies.
#   help: |-
#     Remove `hostNetwork`, `hostPID` and `hostIPC` from the pod's spec. To be reachable, use a
#     Service. To watch or signal another process, put both containers in one pod and set
#     `shareProcessNamespace: true`.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.host_namespaces

messages := {
	"hostNetwork": "pod uses the network of its node",
	"hostPID": "pod uses the process namespace of its node",
	"hostIPC": "pod uses the IPC namespace of its node",
}

deny contains {"msg": msg, "path": ["spec", field], "fix": {"remove": ["spec", field]}} if {
	some field, msg in messages
	value := input.spec[field]
	not value in {false, null}
}
