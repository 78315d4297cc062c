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

#[test]
fn examples_reach_the_policies_that_they_are_about() {
    let policy = "package shop\n\nimport rego.v1\n\n\
                  deny contains \"no team\" if {\n\tnot input.metadata.labels.team\n}\n\n\
                  deny contains \"latest\" if {\n\tsome container in input.spec.containers\n\t\
                  endswith(container.image, \":latest\")\n}\n";
    let pod = |labels: &str, image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {labels}}}\nspec:\n  \
             containers: [{{name: a, image: '{image}'}}]\n"
        )
    };
    let folder = folder(&[
        ("shop.rego", policy),
        ("examples/good.yaml", &pod("{team: a}", "a:1")),
        ("examples/bad/team.yaml", &pod("{}", "a:1")),
        ("examples/bad/latest.yaml", &pod("{team: a}", "a:latest")),
    ]);
    let covered = |more: &[&str]| {
        let args = ["test", "--coverage", "-f", "json"];
        let ran = run_in(folder.path(), &[&args, more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["coverage"]["files"]["shop.rego"].clone()
    };
    assert_eq!(covered(&[])["percent"], json!(100.0));
    assert_eq!(covered(&["--run", "//team"])["not_covered"], json!([9]));
    // Tests in Rego add to them.
    let test = "package shop_test\n\nimport rego.v1\n\ntest_latest if {\n\t\
                data.shop.deny[\"latest\"] with input.spec.containers as [{\"image\": \":latest\"}]\n}\n";
    std::fs::write(folder.path().join("shop_test.rego"), test).unwrap();
    assert_eq!(covered(&["--run", "team|test_latest"])["percent"], json!(100.0));
}

#[test]
fn bodies_that_follow_one_another_are_told_apart() {
    let policy = "package a\n\ndeny[msg] {\n\tinput.x == 1\n\tmsg := \"one\"\n} {\n\tinput.x == 2\n\t\
                  msg := \"two\"\n} {\n\tinput.x == 3\n\tmsg := \"three\"\n}\n";
    let test = "package a\n\ntest_two { deny[\"two\"] with input as {\"x\": 2} }\n\n\
                test_x { false } { deny[\"four\"] with input as {\"x\": 2} }\n";
    let folder = folder(&[("a.rego", policy), ("a_test.rego", test)]);
    let args = ["test", "--coverage", "-f", "json", "--rego-version", "v0"];
    let told = run_in(folder.path(), &args).json();
    let file = &told["coverage"]["files"]["a.rego"];
    assert_eq!(file["covered"], json!([4, 6, 7, 8, 10]), "{told}");
    assert_eq!(file["not_covered"], json!([3, 5, 9, 11]), "{told}");
    assert_eq!(told["tests"][2]["values"][0]["values"], json!([["two"]]), "{told}");
}
