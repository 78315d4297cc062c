package kubernetes.run_as_non_root_test

import data.kubernetes.run_as_non_root

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(of_pod, of_container) := {
	"kind": "Pod",
	"spec": {
		"securityContext": of_pod,
		"containers": [{"name": "web", "securityContext": of_container}],
	},
}

accepted(of_pod, of_container) if {
	found := run_as_non_root.deny with input as pod(of_pod, of_container)
	found == set()
}

test_accepts_non_root_of_the_container if {
	accepted({}, {"runAsNonRoot": true})
	accepted(null, {"runAsNonRoot": true})
	accepted({}, {"runAsUser": 1000})
}

test_accepts_non_root_of_the_pod if {
	accepted({"runAsNonRoot": true}, {})
	accepted({"runAsNonRoot": true}, null)
	accepted({"runAsNonRoot": true}, {"runAsNonRoot": null})
	accepted({"runAsUser": 1000}, {"runAsUser": null})
}

test_lets_the_container_win if {
	accepted({"runAsUser": 0}, {"runAsUser": 1000})
	accepted({"runAsNonRoot": false}, {"runAsNonRoot": true})
	accepted({"runAsNonRoot": false}, {"runAsUser": 1000})
}

test_reports_a_container_that_says_nothing if {
	expected := {{
		"msg": `container "web" may run as root`,
		"path": ["spec", "containers", 0, "securityContext", "runAsNonRoot"],
	}}
	every context in [null, {}, [], "", {"runAsUser": null}, {"runAsNonRoot": null}, {"runAsGroup": 1000}] {
		found := run_as_non_root.deny with input as pod({}, context)
		told(found) == expected
	}
	missing := run_as_non_root.deny with input as {"spec": {"containers": [{"name": "web"}]}}
	told(missing) == expected
}

test_reports_user_0_of_the_container if {
	found := run_as_non_root.deny with input as pod({"runAsUser": 1000, "runAsNonRoot": true}, {"runAsUser": 0})
	told(found) == {{
		"msg": `container "web" runs as root`,
		"path": ["spec", "containers", 0, "securityContext", "runAsUser"],
	}}
}

test_reports_user_0_of_the_pod if {
	found := run_as_non_root.deny with input as pod({"runAsUser": 0}, {})
	told(found) == {{
		"msg": `container "web" runs as root`,
		"path": ["spec", "securityContext", "runAsUser"],
	}}
}

test_reports_a_container_that_overrides_its_pod if {
	found := run_as_non_root.deny with input as pod({"runAsNonRoot": true}, {"runAsNonRoot": false})
	told(found) == {{
		"msg": `container "web" may run as root`,
		"path": ["spec", "containers", 0, "securityContext", "runAsNonRoot"],
	}}
}

test_points_at_the_pod_that_allows_root if {
	found := run_as_non_root.deny with input as pod({"runAsNonRoot": false}, {})
	told(found) == {{"msg": `container "web" may run as root`, "path": ["spec", "securityContext", "runAsNonRoot"]}}
}

test_does_not_trust_other_types if {
	every context in [{"runAsUser": "0"}, {"runAsUser": "app"}, {"runAsUser": -1}, {"runAsNonRoot": "true"}] {
		found := run_as_non_root.deny with input as pod({}, context)
		count(found) == 1
	}
}

test_looks_at_every_container if {
	spec := {
		"containers": [{"name": "web", "securityContext": {"runAsNonRoot": true}}, {"name": "proxy"}],
		"initContainers": [{"name": "chown", "securityContext": {"runAsUser": 0}}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := {violation.msg: violation.path | some violation in run_as_non_root.deny} with input as {"spec": spec}
	found == {
		`container "proxy" may run as root`: ["spec", "containers", 1, "securityContext", "runAsNonRoot"],
		`init container "chown" runs as root`: ["spec", "initContainers", 0, "securityContext", "runAsUser"],
		`ephemeral container "debug" may run as root`: ["spec", "ephemeralContainers", 0, "securityContext", "runAsNonRoot"],
	}
}

test_offers_another_user if {
	context := ["spec", "containers", 0, "securityContext"]
	silent := {violation.fix | some violation in run_as_non_root.deny} with input as pod({}, {})
	silent == {{"path": array.concat(context, ["runAsNonRoot"]), "value": true}}
	root := {violation.fix | some violation in run_as_non_root.deny} with input as pod({}, {"runAsUser": 0})
	root == {[
		{"remove": array.concat(context, ["runAsUser"])},
		{"path": array.concat(context, ["runAsNonRoot"]), "value": true},
	]}
}
