# METADATA
# scope: package
# title: Resources should not live in the default namespace
# description: >-
#   Reports resources that name the default namespace. A resource without a namespace is not
#   reported, since the one it gets is often chosen when it is applied.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
#   description: What namespaces are for, and when to use several
# custom:
#   id: kubernetes/default-namespace
#   severity: low
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     Everybody's leftovers end up in the default namespace. Access rights, quotas and network
#     policies are set for each namespace, so there nothing protects your service from the rest.
#   help: |-
#     Use the namespace of your team or product:
#
#         metadata:
#           namespace: shop
#   since: "0.1.0"
package kubernetes.default_namespace

# Kinds that live outside of all namespaces, whatever their metadata says.
cluster_wide := {
	"APIService",
	"ClusterRole",
	"ClusterRoleBinding",
	"CustomResourceDefinition",
	"IngressClass",
	"MutatingWebhookConfiguration",
	"Namespace",
	"Node",
	"PersistentVolume",
	"PriorityClass",
	"RuntimeClass",
	"StorageClass",
	"ValidatingWebhookConfiguration",
}

warn contains {"msg": msg, "path": ["metadata", "namespace"]} if {
	input.metadata.namespace == "default"
	kind := object.get(input, "kind", "resource")
	not kind in cluster_wide
	msg := sprintf("this %s is in the default namespace", [kind])
}
