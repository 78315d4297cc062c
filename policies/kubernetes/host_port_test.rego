package kubernetes.host_port_test

import data.kubernetes.host_port

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

pod(ports) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "ports": ports}]}}

test_accepts_container_ports if {
	found := host_port.deny with input as pod([
		{"containerPort": 8080},
		{"containerPort": 8081, "hostPort": 0},
		{"containerPort": 8082, "hostPort": null},
	])
	found == set()
}

test_bears_odd_shapes if {
	every ports in [null, [], {}, "", [null, 8080, "http"]] {
		found := host_port.deny with input as pod(ports)
		found == set()
	}
	missing := host_port.deny with input as {"spec": {"containers": [{"name": "web"}]}}
	missing == set()
}

test_reports_a_port_of_the_node if {
	found := host_port.deny with input as pod([{"containerPort": 9090}, {"containerPort": 8080, "hostPort": 80}])
	told(found) == {{
		"msg": `container "web" takes port 80 of the node`,
		"path": ["spec", "containers", 0, "ports", 1, "hostPort"],
	}}
}

test_reports_other_types if {
	found := host_port.deny with input as pod([{"hostPort": "80"}])
	count(found) == 1
}

test_leaves_the_network_of_the_node_to_its_own_policy if {
	ports := [{"containerPort": 8080, "hostPort": 8080}]
	spec := {"hostNetwork": true, "containers": [{"name": "web", "ports": ports}]}
	found := host_port.deny with input as {"spec": spec}
	found == set()
}

test_looks_at_every_container if {
	ports := [{"containerPort": 8080, "hostPort": 8080}]
	spec := {
		"containers": [{"name": "web"}, {"name": "proxy", "ports": ports}],
		"initContainers": [{"name": "sidecar", "restartPolicy": "Always", "ports": ports}],
	}
	found := {violation.path | some violation in host_port.deny} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "ports", 0, "hostPort"],
		["spec", "initContainers", 0, "ports", 0, "hostPort"],
	}
}

test_offers_to_leave_the_port if {
	found := {violation.fix | some violation in host_port.deny} with input as pod([{"hostPort": 80}])
	found == {{"remove": ["spec", "containers", 0, "ports", 0, "hostPort"]}}
}
