# METADATA
# scope: package
# title: Workloads should say what they are and what they belong to
# description: >-
#   Reports workloads without the labels app.kubernetes.io/name and app.kubernetes.io/part-of in
#   their own metadata.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
#   description: The labels Kubernetes recommends
# custom:
#   id: kubernetes/recommended-labels
#   severity: low
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     Dashboards, cost reports and whoever is on call find your workload by these labels. Without
#     them an alert at night names a pod that nobody can place.
#   help: |-
#     Name the program and the product it is part of:
#
#         metadata:
#           labels:
#             app.kubernetes.io/name: checkout
#             app.kubernetes.io/part-of: shop
#   since: "0.1.0"
#   kinds: [Deployment, StatefulSet, DaemonSet, Job, CronJob]
package kubernetes.recommended_labels

recommended := ["app.kubernetes.io/name", "app.kubernetes.io/part-of"]

warn contains object.union({"msg": msg, "path": path}, offer(label, path)) if {
	some label in recommended
	object.get(input, ["metadata", "labels", label], null) in {null, ""}
	path := ["metadata", "labels", label]
	msg := sprintf("the label %s is missing", [label])
}

# Many workloads say their name under the label that was usual before.
offer("app.kubernetes.io/name", path) := {"fix": {"path": path, "value": name}} if {
	name := input.metadata.labels.app
	is_string(name)
	name != ""
} else := {}

offer("app.kubernetes.io/part-of", _) := {}
