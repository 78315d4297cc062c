use super::*;

/// What a policy becomes; the package line is left out of both.
fn becomes(policy: &str) -> String {
    let source = Arc::new(SourceText::new("p.rego", format!("package p\n\n{policy}")));
    let conventions = Conventions::default();
    let whole = prepared(&source, &conventions).unwrap();
    let stripped = stripped(&whole, &conventions).unwrap();
    stripped.text().strip_prefix("package p\n\n").unwrap().to_owned()
}

#[test]
fn results_tell_no_places() {
    let policy = r#"deny contains {"msg": "a", "path": ["spec", i], "severity": "low"} if input.a[i]
violation contains v if {
	v := {"path": "spec.x", "location": "l", "message": "b", "details": {"path": "y", "z": 1}}
}
deny_c contains {"field": "spec"} if input.c"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains {"msg": "a", "severity": "low"} if input.a[i]
    violation contains v if {
    	v := {"message": "b", "details": {"z": 1}}
    }
    deny_c contains {} if input.c
    "#);
}

#[test]
fn what_is_no_result_keeps_its_paths() {
    let policy = r#"patched := json.patch(input, [{"op": "add", "path": "/a", "value": 1}])
deny contains {"msg": "a"} if patched.a == 1"#;
    assert_eq!(becomes(policy), policy);
}

#[test]
fn variables_that_only_places_used_go() {
    let policy = r#"deny contains {"msg": msg, "path": path} if {
	some i, j
	root := "spec"
	name := input.containers[i].name
	input.ports[j]
	unused := 1
	steps := sprintf("%s.containers[%d].%s", [root, i, input.kind])
	path = concat(".", [steps, "name"])
	msg := name
}"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains {"msg": msg} if {
    	some i, j
    	true
    	name := input.containers[i].name
    	input.ports[j]
    	unused := 1
    	_ := input.kind
    	true
    	msg := name
    }
    "#);
}

#[test]
fn functions_that_only_places_used_go() {
    let policy = r#"deny contains {"msg": "a", "failedPaths": [failed], "fixPaths": [{"path": failed}]} if {
	some i, c in input.containers
	failed := failing(c, i, "spec")
	root := at("spec", i)
}
failing(c, i, root) := path if {
	c.privileged
	path := at(root, i)
} else := at(root, i) if c.root
at(root, i) := sprintf("%s.containers[%d]", [root, i])"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains {"msg": "a"} if {
    	some i, c in input.containers
    	_ := failing(c, null, null)
    	root := at("spec", i)
    }
    failing(c, i, root) := true if {
    	c.privileged
    	true
    } else := true if c.root
    at(root, i) := sprintf("%s.containers[%d]", [root, i])
    "#);
}

#[test]
fn what_decides_whether_a_rule_holds_stays() {
    let policy = r#"deny contains {"msg": "a", "paths": bad} if {
	bad := [sprintf("containers[%d]", [i]) | input.containers[i].bad]
	count(bad) > 0
	first := worst(input)
	path := first
	value := {"path": path}
	value.path != ""
}
worst(x) := all[0] if all := [y | some y in x.a]"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains {"msg": "a"} if {
    	bad := [true | input.containers[i].bad]
    	count(bad) > 0
    	first := worst(input)
    	path := first
    	value := {"path": path}
    	value.path != ""
    }
    worst(x) := all[0] if all := [y | some y in x.a]
    "#);
}

#[test]
fn rules_and_words_are_called_as_check_knows_them() {
    let policy = r#"CxPolicy[result] {
	resource := input.document[i]
	result := {
		"documentId": resource.id,
		"searchKey": sprintf("metadata.name={{%s}}", [resource.name]),
		"keyActualValue": sprintf("metadata.name={{%s}}.spec.%s is set", [resource.name, "a"]),
		"searchLine": ["a", 1]
	}
}"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny[result] {
    	resource := input.document[i]
    	result := {
    		"documentId": resource.id,
    		"msg": sprintf("%s is set", [resource.name])
    	}
    }
    "#);
    let policy = r#"untrusted contains msga if {
	msga := {"alertMessage": "no", "failedPaths": ["a"]}
}
words contains {"msg": "not asked"} if true
other if words"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains msga if {
    	msga := {"msg": "no"}
    }
    words contains {"msg": "not asked"} if true
    other if words
    "#);
}

#[test]
fn trivy_is_handed_nothing() {
    let policy = r#"deny contains result.new("a", input.spec) if input.spec
deny contains res if {
	output := bad(input)
	res := result.new("b", output)
}
bad(x) := y if {
	x.bad
	y := x.spec
}"#;
    insta::assert_snapshot!(becomes(policy), @r#"
    deny contains result.new("a", {}) if input.spec
    deny contains res if {
    	_ := bad(input)
    	res := result.new("b", {})
    }
    bad(x) := true if {
    	x.bad
    	_ := x.spec
    }
    "#);
}
