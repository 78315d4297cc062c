package kubernetes.host_namespaces_test

import data.kubernetes.host_namespaces

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

test_accepts_pods_with_their_own_namespaces if {
	every spec in [
		null,
		[],
		{},
		{"hostNetwork": false, "hostPID": false, "hostIPC": false},
		{"hostNetwork": null},
		{"shareProcessNamespace": true},
	] {
		found := host_namespaces.deny with input as {"kind": "Pod", "spec": spec}
		found == set()
	}
	missing := host_namespaces.deny with input as {"kind": "Pod"}
	missing == set()
}

test_reports_the_network_of_the_node if {
	found := host_namespaces.deny with input as {"spec": {"hostNetwork": true}}
	told(found) == {{"msg": "pod uses the network of its node", "path": ["spec", "hostNetwork"]}}
}

test_reports_each_namespace if {
	found := host_namespaces.deny with input as {"spec": {"hostNetwork": true, "hostPID": true, "hostIPC": true}}
	told(found) == {
		{"msg": "pod uses the network of its node", "path": ["spec", "hostNetwork"]},
		{"msg": "pod uses the process namespace of its node", "path": ["spec", "hostPID"]},
		{"msg": "pod uses the IPC namespace of its node", "path": ["spec", "hostIPC"]},
	}
}

test_does_not_trust_other_types if {
	every odd in ["true", "yes", 1] {
		found := host_namespaces.deny with input as {"spec": {"hostPID": odd}}
		count(found) == 1
	}
}

test_offers_to_leave_them if {
	found := {violation.fix | some violation in host_namespaces.deny} with input as {"spec": {"hostPID": true}}
	found == {{"remove": ["spec", "hostPID"]}}
}
