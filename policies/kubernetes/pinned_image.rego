# METADATA
# scope: package
# title: Images must name a tag or a digest
# description: Reports containers whose image has neither a tag nor a digest, or that name no image at all.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/containers/images/
#   description: How Kubernetes reads image names, tags and digests
# custom:
#   id: kubernetes/pinned-image
#   severity: high
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     Without a tag a node pulls whatever the registry calls latest at that moment. Two replicas of
#     the same deployment can end up running different code, and there is nothing to roll back to.
#   help: |-
#     Name the version you tested, or its digest:
#
#         image: registry.example.com/shop/web:1.4.2
#
#     If a release tool fills in the tag, check what it renders instead of its input.
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.pinned_image

import data.kubernetes.lib.containers
import data.kubernetes.lib.images

deny contains {"msg": msg, "path": path} if {
	some entry in containers.entries
	names_image(entry.container)
	image := entry.container.image
	not images.has_digest(image)
	not images.tag(image)
	path := array.concat(entry.path, ["image"])
	msg := sprintf(`%s uses image "%s", which has no tag or digest`, [entry.label, image])
}

deny contains {"msg": msg, "path": path} if {
	some entry in containers.entries
	not names_image(entry.container)
	path := array.concat(entry.path, ["image"])
	msg := sprintf("%s names no image", [entry.label])
}

names_image(container) if {
	is_string(container.image)
	container.image != ""
}
