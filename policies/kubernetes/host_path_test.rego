package kubernetes.host_path_test

import data.kubernetes.host_path

pod(volumes) := {"kind": "Pod", "spec": {"containers": [{"name": "web"}], "volumes": volumes}}

test_accepts_other_volumes if {
	volumes := [
		{"name": "tmp", "emptyDir": {}},
		{"name": "settings", "configMap": {"name": "settings"}},
		{"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
		{"name": "nothing", "hostPath": null},
	]
	found := host_path.deny with input as pod(volumes)
	found == set()
}

test_bears_odd_shapes if {
	every volumes in [null, [], {}, "", [null, "data", 1]] {
		found := host_path.deny with input as pod(volumes)
		found == set()
	}
	missing := host_path.deny with input as {"spec": {"containers": []}}
	missing == set()
}

test_reports_a_path_of_the_node if {
	found := host_path.deny with input as pod([
		{"name": "tmp", "emptyDir": {}},
		{"name": "docker", "hostPath": {"path": "/var/run/docker.sock", "type": "Socket"}},
	])
	found == {{
		"msg": `volume "docker" mounts /var/run/docker.sock of the node`,
		"path": ["spec", "volumes", 1, "hostPath"],
	}}
}

test_reports_each_volume if {
	found := {violation.path | some violation in host_path.deny} with input as pod([
		{"name": "logs", "hostPath": {"path": "/var/log"}},
		{"name": "etc", "hostPath": {"path": "/etc"}},
	])
	found == {["spec", "volumes", 0, "hostPath"], ["spec", "volumes", 1, "hostPath"]}
}

test_reports_odd_paths if {
	expected := {{"msg": `volume "data" mounts a path of the node`, "path": ["spec", "volumes", 0, "hostPath"]}}
	every odd in [{}, {"path": null}, {"path": 5}, [], "/data"] {
		found := host_path.deny with input as pod([{"name": "data", "hostPath": odd}])
		found == expected
	}
}

test_reports_a_volume_without_a_name if {
	found := host_path.deny with input as pod([{"hostPath": {"path": "/data"}}])
	count(found) == 1
}
