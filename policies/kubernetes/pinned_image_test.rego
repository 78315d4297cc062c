package kubernetes.pinned_image_test

import data.kubernetes.pinned_image

pod(image) := {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": image}]}}

test_accepts_tags_and_digests if {
	digest := "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
	every image in [
		"nginx:1.27",
		"localhost:5000/web:v3",
		concat("@", ["nginx", digest]),
		concat("@", ["localhost:5000/nginx:1.27", digest]),
	] {
		found := pinned_image.deny with input as pod(image)
		found == set()
	}
}

test_leaves_latest_to_its_own_policy if {
	found := pinned_image.deny with input as pod("nginx:latest")
	found == set()
}

test_reports_an_image_without_a_tag if {
	found := pinned_image.deny with input as pod("registry.example.com/shop/web")
	found == {{
		"msg": `container "web" uses image "registry.example.com/shop/web", which has no tag or digest`,
		"path": ["spec", "containers", 0, "image"],
	}}
}

test_does_not_take_a_port_for_a_tag if {
	found := pinned_image.deny with input as pod("localhost:5000/web")
	count(found) == 1
}

test_reports_an_empty_tag_and_a_broken_digest if {
	every image in ["nginx:", "nginx@sha256:", "nginx@"] {
		found := pinned_image.deny with input as pod(image)
		count(found) == 1
	}
}

test_reports_a_container_without_an_image if {
	expected := {{"msg": `container "web" names no image`, "path": ["spec", "containers", 0, "image"]}}
	every image in [null, "", 5, []] {
		found := pinned_image.deny with input as pod(image)
		found == expected
	}
	missing := pinned_image.deny with input as {"spec": {"containers": [{"name": "web"}]}}
	missing == expected
}

test_looks_at_every_container if {
	spec := {
		"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy"}],
		"initContainers": [{"name": "migrate", "image": "web"}],
		"ephemeralContainers": [{"name": "debug", "image": "busybox"}],
	}
	found := {violation.path | some violation in pinned_image.deny} with input as {"spec": spec}
	found == {
		["spec", "containers", 1, "image"],
		["spec", "initContainers", 0, "image"],
		["spec", "ephemeralContainers", 0, "image"],
	}
}
