package kubernetes.capabilities_test

import data.kubernetes.capabilities

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(held) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "securityContext": {"capabilities": held}}]}}

test_accepts_none if {
	every held in [{"drop": ["ALL"]}, {"drop": ["ALL"], "add": []}, {"drop": ["ALL"], "add": null}] {
		denied := capabilities.deny with input as pod(held)
		denied == set()
		warned := capabilities.warn with input as pod(held)
		warned == set()
	}
}

test_accepts_low_ports if {
	every added in ["NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"] {
		denied := capabilities.deny with input as pod({"drop": ["all"], "add": [added]})
		denied == set()
	}
}

test_denies_each_capability_added if {
	denied := capabilities.deny with input as pod({"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "SYS_ADMIN", "cap_net_raw"]})
	told(denied) == {
		{
			"msg": `container "web" adds the capability SYS_ADMIN`,
			"path": ["spec", "containers", 0, "securityContext", "capabilities", "add", 1],
		},
		{
			"msg": `container "web" adds the capability NET_RAW`,
			"path": ["spec", "containers", 0, "securityContext", "capabilities", "add", 2],
		},
	}
}

test_denies_adding_all_and_odd_values if {
	every odd in ["ALL", 21, null, {}] {
		denied := capabilities.deny with input as pod({"drop": ["ALL"], "add": [odd]})
		count(denied) == 1
	}
}

test_warns_about_capabilities_kept if {
	expected := {{
		"msg": `container "web" does not drop all capabilities`,
		"path": ["spec", "containers", 0, "securityContext", "capabilities", "drop"],
	}}
	every held in [null, {}, [], "", {"drop": null}, {"drop": []}, {"drop": ["NET_RAW", "CHOWN"]}, {"drop": [1]}] {
		warned := capabilities.warn with input as pod(held)
		told(warned) == expected
	}
	every container in [{"name": "web"}, {"name": "web", "securityContext": null}] {
		warned := capabilities.warn with input as {"spec": {"containers": [container]}}
		told(warned) == expected
	}
}

test_leaves_windows_alone if {
	warned := capabilities.warn with input as {"spec": {"os": {"name": "windows"}, "containers": [{"name": "web"}]}}
	warned == set()
}

test_looks_at_every_container if {
	risky := {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}
	spec := {
		"containers": [{"name": "web", "securityContext": {"capabilities": {"drop": ["ALL"]}}}, {"name": "proxy"}],
		"initContainers": [{"name": "iptables", "securityContext": risky}],
		"ephemeralContainers": [{"name": "debug", "securityContext": risky}],
	}
	denied := {violation.path | some violation in capabilities.deny} with input as {"spec": spec}
	denied == {
		["spec", "initContainers", 0, "securityContext", "capabilities", "add", 0],
		["spec", "ephemeralContainers", 0, "securityContext", "capabilities", "add", 0],
	}
	warned := {violation.path | some violation in capabilities.warn} with input as {"spec": spec}
	warned == {["spec", "containers", 1, "securityContext", "capabilities", "drop"]}
}

test_offers_to_drop_and_to_leave_out if {
	denied := {violation.fix | some violation in capabilities.deny} with input as pod({"add": ["SYS_ADMIN"]})
	denied == {{"remove": ["spec", "containers", 0, "securityContext", "capabilities", "add", 0]}}
	warned := {violation.fix | some violation in capabilities.warn} with input as pod({})
	warned == {{
		"path": ["spec", "containers", 0, "securityContext", "capabilities", "drop"],
		"value": ["ALL"],
	}}
}
