package kubernetes.probes_test

import data.kubernetes.probes

check := {"httpGet": {"path": "/healthz", "port": 8080}}

healthy := {"name": "web", "readinessProbe": check, "livenessProbe": check}

pod(container) := {"kind": "Pod", "spec": {"containers": [container]}}

test_accepts_both_probes if {
	found := probes.warn with input as pod(healthy)
	found == set()
}

test_reports_a_missing_readiness_probe if {
	found := probes.warn with input as pod({"name": "web", "livenessProbe": check})
	found == {{
		"msg": `container "web" has no readiness probe`,
		"path": ["spec", "containers", 0, "readinessProbe"],
	}}
}

test_reports_a_missing_liveness_probe if {
	found := probes.warn with input as pod({"name": "web", "readinessProbe": check})
	found == {{
		"msg": `container "web" has no liveness probe`,
		"path": ["spec", "containers", 0, "livenessProbe"],
	}}
}

test_does_not_take_a_startup_probe_for_the_others if {
	found := probes.warn with input as pod({"name": "web", "startupProbe": check})
	count(found) == 2
}

test_reports_empty_probes if {
	every odd in [null, {}, [], "", "/healthz"] {
		found := probes.warn with input as pod({"name": "web", "readinessProbe": odd, "livenessProbe": odd})
		count(found) == 2
	}
}

test_accepts_pods_that_run_to_completion if {
	every policy in ["Never", "OnFailure"] {
		found := probes.warn with input as {"spec": {"restartPolicy": policy, "containers": [{"name": "job"}]}}
		found == set()
	}
}

test_reports_pods_that_always_restart if {
	every policy in ["Always", null] {
		found := probes.warn with input as {"spec": {"restartPolicy": policy, "containers": [{"name": "web"}]}}
		count(found) == 2
	}
}

test_wants_no_probes_of_init_and_ephemeral_containers if {
	spec := {
		"containers": [healthy],
		"initContainers": [{"name": "migrate"}, {"name": "proxy", "restartPolicy": "Always"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	found := probes.warn with input as {"spec": spec}
	found == set()
}

test_looks_at_every_container if {
	found := {violation.path | some violation in probes.warn} with input as {"spec": {"containers": [
		healthy,
		object.remove(healthy, ["livenessProbe"]),
		object.remove(healthy, ["readinessProbe"]),
	]}}
	found == {
		["spec", "containers", 1, "livenessProbe"],
		["spec", "containers", 2, "readinessProbe"],
	}
}
