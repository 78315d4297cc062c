package kubernetes.lib.images_test

import data.kubernetes.lib.images

digest := "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

test_reads_the_tag if {
	images.tag("nginx:1.27") == "1.27"
	images.tag("registry.example.com/shop/web:v3") == "v3"
	images.tag("localhost:5000/web:v3") == "v3"
	images.tag(concat("@", ["nginx:1.27", digest])) == "1.27"
}

test_finds_no_tag if {
	every image in ["nginx", "nginx:", "localhost:5000/web", "localhost:5000/shop/web", ""] {
		not images.tag(image)
	}
	not images.tag(concat("@", ["nginx", digest]))
}

test_tells_digests if {
	images.has_digest(concat("@", ["nginx", digest]))
	images.has_digest(concat("@", ["localhost:5000/nginx:1.27", digest]))
	every image in ["nginx", "nginx:1.27", "nginx@sha256", "nginx@sha256:", "nginx@sha256:abc", digest] {
		not images.has_digest(image)
	}
}
