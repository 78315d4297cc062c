package kubernetes.default_namespace_test

import data.kubernetes.default_namespace

test_accepts_other_namespaces if {
	every namespace in ["shop", "default-backend", "kube-system"] {
		found := default_namespace.warn with input as {"kind": "Service", "metadata": {"name": "web", "namespace": namespace}}
		found == set()
	}
}

test_accepts_a_namespace_chosen_later if {
	every metadata in [null, {}, [], "", {"name": "web"}, {"namespace": null}, {"namespace": ""}] {
		found := default_namespace.warn with input as {"kind": "Service", "metadata": metadata}
		found == set()
	}
	missing := default_namespace.warn with input as {"kind": "Service"}
	missing == set()
}

test_reports_the_default_namespace if {
	found := default_namespace.warn with input as {"kind": "Service", "metadata": {"name": "web", "namespace": "default"}}
	found == {{"msg": "this Service is in the default namespace", "path": ["metadata", "namespace"]}}
}

test_reports_every_kind_in_a_namespace if {
	every kind in ["Pod", "Deployment", "ConfigMap", "Ingress", "ServiceAccount", "Certificate"] {
		found := default_namespace.warn with input as {"kind": kind, "metadata": {"namespace": "default"}}
		count(found) == 1
	}
	unknown := default_namespace.warn with input as {"metadata": {"namespace": "default"}}
	count(unknown) == 1
}

test_accepts_kinds_outside_of_namespaces if {
	every kind in ["Namespace", "ClusterRole", "PersistentVolume"] {
		found := default_namespace.warn with input as {"kind": kind, "metadata": {"namespace": "default"}}
		found == set()
	}
}

test_accepts_the_namespace_itself if {
	found := default_namespace.warn with input as {"kind": "Namespace", "metadata": {"name": "default"}}
	found == set()
}
