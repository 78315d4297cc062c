package kubernetes.privileged_test

import data.kubernetes.privileged

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(context) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "securityContext": context}]}}

test_accepts_unprivileged_containers if {
	every context in [null, {}, [], {"privileged": false}, {"privileged": null}] {
		found := privileged.deny with input as pod(context)
		found == set()
	}
	missing := privileged.deny with input as {"spec": {"containers": [{"name": "web"}]}}
	missing == set()
}

test_reports_a_privileged_container if {
	found := privileged.deny with input as pod({"privileged": true})
	told(found) == {{
		"msg": `container "web" is privileged`,
		"path": ["spec", "containers", 0, "securityContext", "privileged"],
	}}
}

test_does_not_trust_other_types if {
	every odd in ["true", "yes", 1] {
		found := privileged.deny with input as pod({"privileged": odd})
		count(found) == 1
	}
}

test_looks_at_every_container if {
	context := {"privileged": true}
	spec := {
		"containers": [{"name": "web"}, {"name": "proxy", "securityContext": context}],
		"initContainers": [{"name": "sysctl", "securityContext": context}],
		"ephemeralContainers": [{"name": "debug", "securityContext": context}],
	}
	found := {violation.msg: violation.path | some violation in privileged.deny} with input as {"spec": spec}
	found == {
		`container "proxy" is privileged`: ["spec", "containers", 1, "securityContext", "privileged"],
		`init container "sysctl" is privileged`: ["spec", "initContainers", 0, "securityContext", "privileged"],
		`ephemeral container "debug" is privileged`: ["spec", "ephemeralContainers", 0, "securityContext", "privileged"],
	}
}

test_offers_to_take_the_privilege if {
	found := {violation.fix | some violation in privileged.deny} with input as pod({"privileged": true})
	context := ["spec", "containers", 0, "securityContext"]
	found == {[
		{"path": array.concat(context, ["privileged"]), "value": false},
		{"path": array.concat(context, ["allowPrivilegeEscalation"]), "value": false},
	]}
}
