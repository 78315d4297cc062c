# METADATA
# scope: package
# title: Images must not use the latest tag
# description: >-
#   Reports containers whose image has the tag latest and no digest. An image with no tag at all is
#   reported by kubernetes/pinned-image.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/containers/images/
#   description: Image names and pull policies
# custom:
#   id: kubernetes/latest-tag
#   severity: medium
#   owner: platform-reliability
#   contact: "#ask-platform"
#   why: >-
#     The latest tag points at something else after every build. A pod that restarts at night can
#     come back with code that nobody chose to release, and rolling back changes nothing.
#   help: |-
#     Name the version you tested, or its digest:
#
#         image: registry.example.com/shop/web:1.4.2
#   since: "0.1.0"
#   kinds: [Pod]
package kubernetes.latest_tag

import data.kubernetes.lib.containers
import data.kubernetes.lib.images

deny contains {"msg": msg, "path": path} if {
	some entry in containers.entries
	image := entry.container.image
	is_string(image)
	not images.has_digest(image)
	lower(images.tag(image)) == "latest"
	path := array.concat(entry.path, ["image"])
	msg := sprintf(`%s uses image "%s", whose tag moves`, [entry.label, image])
}
