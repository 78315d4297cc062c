# METADATA
# title: Workloads must say which team owns them
# description: Every workload carries a `team` label.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
#     description: Labels and selectors
# custom:
#   id: platform/owner-label
#   severity: medium
#   owner: platform
#   contact: "#ask-platform"
#   why: when a workload misbehaves at night, the label says who can mend it
#   help: |-
#     Add the label to the workload:
#
#         metadata:
#           labels:
#             team: your-team
#   kinds: [Deployment, StatefulSet, DaemonSet, CronJob]
package platform.owner_label

deny contains violation if {
	not has_team
	violation := {
		"msg": "no label says which team owns this workload",
		"path": ["metadata", "labels", "team"],
	}
}

has_team if input.metadata.labels.team != ""
