package kubernetes.recommended_labels_test

import data.kubernetes.recommended_labels

# What is found, without what is offered to mend it.
told(found) := {object.remove(violation, ["fix"]) | some violation in found}

deployment(labels) := {"kind": "Deployment", "metadata": {"name": "web", "labels": labels}}

both := {
	{
		"msg": "the label app.kubernetes.io/name is missing",
		"path": ["metadata", "labels", "app.kubernetes.io/name"],
	},
	{
		"msg": "the label app.kubernetes.io/part-of is missing",
		"path": ["metadata", "labels", "app.kubernetes.io/part-of"],
	},
}

test_accepts_both_labels if {
	found := recommended_labels.warn with input as deployment({
		"app.kubernetes.io/name": "web",
		"app.kubernetes.io/part-of": "shop",
		"team": "web",
	})
	found == set()
}

test_reports_one_missing if {
	found := recommended_labels.warn with input as deployment({"app.kubernetes.io/name": "web"})
	told(found) == {{
		"msg": "the label app.kubernetes.io/part-of is missing",
		"path": ["metadata", "labels", "app.kubernetes.io/part-of"],
	}}
}

test_reports_both_missing if {
	every labels in [null, {}, [], "", {"app": "web"}, {"app.kubernetes.io/name": "", "app.kubernetes.io/part-of": null}] {
		found := recommended_labels.warn with input as deployment(labels)
		told(found) == both
	}
	every odd in [{"kind": "Deployment"}, {"kind": "Deployment", "metadata": null}] {
		found := recommended_labels.warn with input as odd
		told(found) == both
	}
}

test_does_not_look_into_the_template if {
	labels := {"app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop"}
	template := {"metadata": {"labels": labels}}
	found := recommended_labels.warn with input as object.union(deployment({}), {"spec": {"template": template}})
	told(found) == both
}

test_offers_the_name_that_another_label_has if {
	found := {violation.fix | some violation in recommended_labels.warn} with input as deployment({"app": "web"})
	found == {{"path": ["metadata", "labels", "app.kubernetes.io/name"], "value": "web"}}
	every labels in [{}, {"app": ""}, {"app": 1}] {
		none := {violation.fix | some violation in recommended_labels.warn} with input as deployment(labels)
		none == set()
	}
}
