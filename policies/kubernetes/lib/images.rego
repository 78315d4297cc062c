# METADATA
# scope: package
# title: Image references
# description: Reads the tag and the digest out of an image reference such as registry:5000/team/app:1.2@sha256:...
package kubernetes.lib.images

has_digest(image) if regex.match(`@[a-z0-9+._-]+:[0-9a-fA-F]{32,}$`, image)

# Undefined if there is no tag. Only a colon after the last slash starts one:
# a colon further left belongs to the registry's port.
tag(image) := found if {
	segments := split(split(image, "@")[0], "/")
	[_, found] := split(segments[count(segments) - 1], ":")
	found != ""
}
