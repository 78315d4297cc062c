# METADATA
# scope: package
# title: Resource requests and limits
# description: Tells whether a container has a request or a limit, its own or one set for the whole pod.
package kubernetes.lib.resources

# A limit of zero is no limit, and a request of zero reserves nothing.
nothing := {null, "", 0, "0"}

# The section is "requests" or "limits", the resource "cpu" or "memory".
given(container, section, resource) if {
	some holder in [container, input.spec]
	amount := holder.resources[section][resource]
	not amount in nothing
}
