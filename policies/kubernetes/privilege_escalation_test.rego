package kubernetes.privilege_escalation_test

import data.kubernetes.privilege_escalation

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(context) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "securityContext": context}]}}

place := ["spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"]

test_accepts_what_is_forbidden if {
	context := {"allowPrivilegeEscalation": false}
	denied := privilege_escalation.deny with input as pod(context)
	denied == set()
	warned := privilege_escalation.warn with input as pod(context)
	warned == set()
}

test_denies_what_is_allowed if {
	context := {"allowPrivilegeEscalation": true}
	denied := privilege_escalation.deny with input as pod(context)
	told(denied) == {{"msg": `container "web" allows privilege escalation`, "path": place}}
	warned := privilege_escalation.warn with input as pod(context)
	warned == set()
}

test_warns_about_the_default if {
	expected := {{"msg": `container "web" does not forbid privilege escalation`, "path": place}}
	every context in [null, {}, [], "", {"allowPrivilegeEscalation": null}, {"privileged": false}] {
		warned := privilege_escalation.warn with input as pod(context)
		told(warned) == expected
		denied := privilege_escalation.deny with input as pod(context)
		denied == set()
	}
	missing := privilege_escalation.warn with input as {"spec": {"containers": [{"name": "web"}]}}
	told(missing) == expected
}

test_does_not_trust_other_types if {
	every odd in ["false", 0] {
		denied := privilege_escalation.deny with input as pod({"allowPrivilegeEscalation": odd})
		count(denied) == 1
	}
}

test_leaves_privileged_containers_to_their_own_policy if {
	every context in [{"privileged": true}, {"privileged": true, "allowPrivilegeEscalation": true}] {
		denied := privilege_escalation.deny with input as pod(context)
		denied == set()
		warned := privilege_escalation.warn with input as pod(context)
		warned == set()
	}
}

test_leaves_windows_alone if {
	warned := privilege_escalation.warn with input as {"spec": {
		"os": {"name": "windows"},
		"containers": [{"name": "web"}],
	}}
	warned == set()
}

test_looks_at_every_container if {
	spec := {
		"containers": [{"name": "web", "securityContext": {"allowPrivilegeEscalation": false}}, {"name": "proxy"}],
		"initContainers": [{"name": "migrate", "securityContext": {"allowPrivilegeEscalation": true}}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	denied := {violation.path | some violation in privilege_escalation.deny} with input as {"spec": spec}
	denied == {["spec", "initContainers", 0, "securityContext", "allowPrivilegeEscalation"]}
	warned := {violation.path | some violation in privilege_escalation.warn} with input as {"spec": spec}
	warned == {
		["spec", "containers", 1, "securityContext", "allowPrivilegeEscalation"],
		["spec", "ephemeralContainers", 0, "securityContext", "allowPrivilegeEscalation"],
	}
}

test_offers_to_forbid_it if {
	every context in [{"allowPrivilegeEscalation": true}, {}] {
		found := {violation.fix |
			some violation in (privilege_escalation.deny | privilege_escalation.warn)
		} with input as pod(context)
		found == {{"path": place, "value": false}}
	}
}
