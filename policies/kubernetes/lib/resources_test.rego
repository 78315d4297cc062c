package kubernetes.lib.resources_test

import data.kubernetes.lib.resources

test_finds_what_the_container_has if {
	container := {"resources": {"limits": {"memory": "64Mi", "cpu": 2}}}
	resources.given(container, "limits", "memory") with input as {"spec": {}}
	resources.given(container, "limits", "cpu") with input as {"spec": {}}
	not resources.given(container, "requests", "memory") with input as {"spec": {}}
}

test_finds_what_the_pod_has if {
	resources.given({}, "limits", "memory") with input as {"spec": {"resources": {"limits": {"memory": "1Gi"}}}}
}

test_takes_zero_for_nothing if {
	every amount in [null, "", 0, "0"] {
		not resources.given({"resources": {"limits": {"memory": amount}}}, "limits", "memory") with input as {"spec": {}}
	}
}

test_bears_odd_shapes if {
	every container in [{}, {"resources": null}, {"resources": {"limits": null}}, {"resources": []}, {"resources": "1Gi"}] {
		not resources.given(container, "limits", "memory") with input as {"spec": {}}
	}
}
