package kubernetes.lib.containers_test

import data.kubernetes.lib.containers

test_lists_every_kind_of_container if {
	spec := {
		"containers": [{"name": "web"}, {"name": "proxy"}],
		"initContainers": [{"name": "migrate"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := {entry.label: entry.path | some entry in containers.entries} with input as {"spec": spec}
	found == {
		`container "web"`: ["spec", "containers", 0],
		`container "proxy"`: ["spec", "containers", 1],
		`init container "migrate"`: ["spec", "initContainers", 0],
		`ephemeral container "debug"`: ["spec", "ephemeralContainers", 0],
	}
}

test_keeps_what_a_container_holds if {
	found := containers.entries with input as {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}
	found == {{
		"field": "containers",
		"path": ["spec", "containers", 0],
		"label": `container "web"`,
		"container": {"name": "web", "image": "web:1"},
	}}
}

test_names_a_container_without_a_name if {
	some name in [null, 7]
	found := {entry.label | some entry in containers.entries} with input as {"spec": {"initContainers": [{}, {"name": name}]}}
	found == {"unnamed init container"}
}

test_bears_odd_shapes if {
	odd := [
		{},
		{"spec": null},
		{"spec": "web"},
		{"spec": {"containers": null}},
		{"spec": {"containers": []}},
		{"spec": {"containers": "web"}},
		{"spec": {"containers": [null, "web", 3, []]}},
	]
	every shape in odd {
		found := containers.entries with input as shape
		count(found) == 0
	}
}

test_tells_windows_pods if {
	containers.windows with input as {"spec": {"os": {"name": "windows"}}}
	not containers.windows with input as {"spec": {"os": {"name": "linux"}}}
	not containers.windows with input as {"spec": {"os": null}}
	not containers.windows with input as {"spec": {}}
}
