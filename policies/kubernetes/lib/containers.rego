# METADATA
# scope: package
# title: The containers of a pod
# description: Every container of the pod in the input, with its place and a name for messages.
package kubernetes.lib.containers

import data.kubernetes.lib.lists

# What messages call the containers of each list in a pod's spec.
titles := {
	"containers": "container",
	"initContainers": "init container",
	"ephemeralContainers": "ephemeral container",
}

# Each entry says which list a container is in (field), where it is (path),
# what a message calls it (label), and what it holds (container).
entries contains entry if {
	some field, title in titles
	some i, container in lists.items(input.spec, field)
	is_object(container)
	entry := {
		"field": field,
		"path": ["spec", field, i],
		"label": label(title, container),
		"container": container,
	}
}

# Linux security settings must be left out of a pod that declares itself a Windows pod.
windows if input.spec.os.name == "windows"

label(title, container) := sprintf(`%s "%s"`, [title, container.name]) if {
	is_string(container.name)
} else := sprintf("unnamed %s", [title])
