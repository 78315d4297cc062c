package kubernetes.read_only_root_filesystem_test

import data.kubernetes.read_only_root_filesystem

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(context) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "securityContext": context}]}}

test_accepts_a_read_only_filesystem if {
	found := read_only_root_filesystem.warn with input as pod({"readOnlyRootFilesystem": true})
	found == set()
}

test_reports_a_writable_filesystem if {
	expected := {{
		"msg": `container "web" can write to its root filesystem`,
		"path": ["spec", "containers", 0, "securityContext", "readOnlyRootFilesystem"],
	}}
	every context in [
		null,
		{},
		[],
		"",
		{"readOnlyRootFilesystem": false},
		{"readOnlyRootFilesystem": null},
		{"readOnlyRootFilesystem": "true"},
	] {
		found := read_only_root_filesystem.warn with input as pod(context)
		told(found) == expected
	}
	missing := read_only_root_filesystem.warn with input as {"spec": {"containers": [{"name": "web"}]}}
	told(missing) == expected
}

test_does_not_look_for_it_in_the_pod if {
	spec := {"securityContext": {"readOnlyRootFilesystem": true}, "containers": [{"name": "web"}]}
	found := read_only_root_filesystem.warn with input as {"spec": spec}
	count(found) == 1
}

test_leaves_windows_alone if {
	found := read_only_root_filesystem.warn with input as {"spec": {
		"os": {"name": "windows"},
		"containers": [{"name": "web"}],
	}}
	found == set()
}

test_looks_at_containers_and_init_containers if {
	spec := {
		"containers": [{"name": "web", "securityContext": {"readOnlyRootFilesystem": true}}, {"name": "proxy"}],
		"initContainers": [{"name": "migrate"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := {violation.path | some violation in read_only_root_filesystem.warn} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "securityContext", "readOnlyRootFilesystem"],
		["spec", "initContainers", 0, "securityContext", "readOnlyRootFilesystem"],
	}
}

test_offers_to_make_it_read_only if {
	found := {violation.fix | some violation in read_only_root_filesystem.warn} with input as pod({})
	found == {{
		"path": ["spec", "containers", 0, "securityContext", "readOnlyRootFilesystem"],
		"value": true,
	}}
}
