package kubernetes.resource_requests_test

import data.kubernetes.resource_requests

pod(resources) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "resources": resources}]}}

test_accepts_requests if {
	found := resource_requests.warn with input as pod({"requests": {"cpu": "100m", "memory": "128Mi"}})
	found == set()
}

test_accepts_limits_in_place_of_requests if {
	found := resource_requests.warn with input as pod({"limits": {"memory": "128Mi"}, "requests": {"cpu": 1}})
	found == set()
}

test_accepts_requests_of_the_pod if {
	spec := {"containers": [{"name": "web"}], "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}
	found := resource_requests.warn with input as {"spec": spec}
	found == set()
}

test_reports_both_missing if {
	expected := {{
		"msg": `container "web" has no cpu or memory request`,
		"path": ["spec", "containers", 0, "resources", "requests"],
	}}
	every odd in [null, {}, [], "big", {"requests": null}, {"requests": {}}, {"requests": {"cpu": "", "memory": 0}}] {
		found := resource_requests.warn with input as pod(odd)
		found == expected
	}
	missing := resource_requests.warn with input as {"spec": {"containers": [{"name": "web"}]}}
	missing == expected
}

test_reports_one_missing if {
	found := resource_requests.warn with input as pod({"requests": {"memory": "128Mi"}})
	found == {{
		"msg": `container "web" has no cpu request`,
		"path": ["spec", "containers", 0, "resources", "requests", "cpu"],
	}}
}

test_looks_at_containers_that_can_have_resources if {
	spec := {
		"containers": [
			{"name": "web", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
			{"name": "proxy", "resources": {"requests": {"cpu": "1"}}},
		],
		"initContainers": [{"name": "migrate"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := {violation.path | some violation in resource_requests.warn} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "resources", "requests", "memory"],
		["spec", "initContainers", 0, "resources", "requests"],
	}
}
