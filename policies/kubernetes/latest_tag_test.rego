package kubernetes.latest_tag_test

import data.kubernetes.latest_tag

pod(image) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": image}]}}

test_accepts_other_images if {
	every image in ["nginx:1.27", "nginx:latest-alpine", "latest:1.0", "latest/web:1.0"] {
		found := latest_tag.deny with input as pod(image)
		found == set()
	}
}

test_accepts_latest_with_a_digest if {
	digest := "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
	found := latest_tag.deny with input as pod(concat("@", ["nginx:latest", digest]))
	found == set()
}

test_leaves_images_without_a_tag_to_their_own_policy if {
	every image in ["nginx", "latest", "localhost:5000/latest", "", null, 5] {
		found := latest_tag.deny with input as pod(image)
		found == set()
	}
}

test_reports_latest if {
	found := latest_tag.deny with input as pod("nginx:latest")
	found == {{
		"msg": `container "web" uses image "nginx:latest", whose tag moves`,
		"path": ["spec", "containers", 0, "image"],
	}}
}

test_reports_latest_behind_a_port_and_in_capitals if {
	every image in ["localhost:5000/shop/web:latest", "web:Latest"] {
		found := latest_tag.deny with input as pod(image)
		count(found) == 1
	}
}

test_looks_at_every_container if {
	spec := {
		"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:latest"}],
		"initContainers": [{"name": "migrate", "image": "web:latest"}],
		"ephemeralContainers": [{"name": "debug", "image": "busybox:latest"}],
	}
	found := {violation.path | some violation in latest_tag.deny} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "image"],
		["spec", "initContainers", 0, "image"],
		["spec", "ephemeralContainers", 0, "image"],
	}
}
