package kubernetes.resource_limits_test

import data.kubernetes.resource_limits

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(resources) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "resources": resources}]}}

test_accepts_a_memory_limit if {
	every memory in ["256Mi", "1G", 268435456] {
		found := resource_limits.deny with input as pod({"limits": {"memory": memory}})
		found == set()
	}
}

test_accepts_a_memory_limit_of_the_pod if {
	spec := {"containers": [{"name": "web"}], "resources": {"limits": {"memory": "1Gi"}}}
	found := resource_limits.deny with input as {"spec": spec}
	found == set()
}

test_reports_a_missing_limit if {
	expected := {{
		"msg": `container "web" has no memory limit`,
		"path": ["spec", "containers", 0, "resources", "limits", "memory"],
	}}
	every odd in [
		null,
		{},
		[],
		"big",
		{"limits": null},
		{"limits": {"cpu": "1"}},
		{"limits": {"memory": null}},
		{"requests": {"memory": "1Gi"}},
	] {
		found := resource_limits.deny with input as pod(odd)
		told(found) == expected
	}
	missing := resource_limits.deny with input as {"spec": {"containers": [{"name": "web"}]}}
	told(missing) == expected
}

test_reports_a_limit_of_zero if {
	every zero in [0, "0"] {
		found := resource_limits.deny with input as pod({"limits": {"memory": zero}})
		count(found) == 1
	}
}

test_looks_at_containers_that_can_have_resources if {
	spec := {
		"containers": [{"name": "web", "resources": {"limits": {"memory": "1Gi"}}}, {"name": "proxy"}],
		"initContainers": [{"name": "migrate"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := {violation.path | some violation in resource_limits.deny} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "resources", "limits", "memory"],
		["spec", "initContainers", 0, "resources", "limits", "memory"],
	}
}

test_offers_what_is_requested if {
	found := {violation.fix | some violation in resource_limits.deny} with input as pod({"requests": {"memory": "1Gi"}})
	found == {{"path": ["spec", "containers", 0, "resources", "limits", "memory"], "value": "1Gi"}}
	every odd in [{}, null, {"requests": {"memory": 0}}, {"requests": {"cpu": 1}}] {
		none := {violation.fix | some violation in resource_limits.deny} with input as pod(odd)
		none == set()
	}
}
