//! `manifestly test --coverage`: which lines of policies the tests reach.

use serde_json::json;

use crate::run::{folder, root, run, run_in};

const POLICY: &str = r#"package shop

import rego.v1

default level := "low"

level := "high" if {
	input.kind == "Pod"
	some container in input.containers
	every port in container.ports {
		port > 0
		port < 1024
	}
} else := "middle" if {
	input.kind == "Job"
	names := [name |
		some name in input.names
		name != ""
	]
	count(names) > 1
}

deny contains "never" if input.kind == "Nothing"

deny contains {
	"msg": msg,
	"field": "name",
} if {
	msg := sprintf(
		"%s is too long",
		[input.name],
	)
	long(input.name)
}

long(name) if count(name) > 10
"#;

const TESTS: &str = r#"package shop_test

import rego.v1

import data.shop

test_high if shop.level == "high" with input as {"kind": "Pod", "containers": [{"ports": [0]}, {"ports": []}]}

test_low if shop.level == "low" with input as {"kind": "Job", "names": []}

test_deny if {
	count(shop.deny) == 1 with input as {"name": "abcdefghijk"}
}

never_called if false
"#;

#[test]
fn lines_that_tests_reach_are_told() {
    let folder = folder(&[("shop.rego", POLICY), ("shop_test.rego", TESTS)]);
    let args = ["test", "--coverage", "--lcov", "out/lcov.info"];
    let ran = run_in(folder.path(), &args);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let lcov = std::fs::read_to_string(folder.path().join("out/lcov.info")).unwrap();
    insta::assert_snapshot!(lcov);
    let told = run_in(folder.path(), &["test", "--coverage", "-f", "json"]).json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told["coverage"]).unwrap());
    let threads = run_in(folder.path(), &["test", "--coverage", "-f", "json", "-j", "1"]).json();
    assert_eq!(told["coverage"], threads["coverage"]);
    let without = run_in(folder.path(), &["test", "-f", "json"]).json();
    assert_eq!(without.get("coverage"), None);
}

#[test]
fn less_than_is_wanted_is_no_success() {
    let folder = folder(&[("shop.rego", POLICY), ("shop_test.rego", TESTS)]);
    let code = |threshold: &str| {
        let ran = run_in(folder.path(), &["test", "--coverage-threshold", threshold]);
        (ran.code, ran.err)
    };
    assert_eq!(code("70").0, 0);
    let (missed, said) = code("95.5%");
    assert_eq!(missed, 1);
    insta::assert_snapshot!(said);
    assert_eq!(code("101").0, 2);
    assert_eq!(code("much").0, 2);
    // Only what tests reach that were run counts.
    let args = ["test", "--coverage-threshold", "70", "--run", "test_low"];
    assert_eq!(run_in(folder.path(), &args).code, 1);
    // Errors weigh more.
    std::fs::write(folder.path().join("broken_test.rego"), "package a\n\nx := {").unwrap();
    assert_eq!(code("95").0, 2);
}

#[test]
fn tests_without_policies_cover_nothing() {
    let folder = folder(&[("a_test.rego", "package a\n\nimport rego.v1\n\ntest_a if true\n")]);
    let ran = run_in(folder.path(), &["test", "--coverage-threshold", "0"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.err);
}

#[test]
fn suites_reach_the_rego_of_their_templates() {
    let ran = run(&["test", "--coverage", "-f", "json", "fixtures/gatekeeper/suite"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let coverage = &ran.json()["coverage"];
    assert_eq!(coverage["percent"], json!(100.0), "{coverage}");
    let template = &coverage["files"]["fixtures/gatekeeper/suite/template.yaml"];
    let covered = template["covered"].as_array().unwrap();
    let path = root().join("fixtures/gatekeeper/suite/template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().position(|line| line.contains("violation")).unwrap() + 1;
    assert!(covered.contains(&json!(line)), "{template}");
    // One case alone reaches less.
    let args = ["test", "--coverage", "-f", "json", "--run", "deletion//created"];
    let less = run(&[&args[..], &["fixtures/gatekeeper/suite"]].concat()).json();
    assert!(less["coverage"]["percent"].as_f64().unwrap() < 100.0, "{less}");
}
