//! `manifestly test`: what is told of tests in Rego that failed.

use serde_json::json;

use crate::run::{Ran, folder, run_in};

const POLICY: &str = r#"package shop

import rego.v1

allow if input.replicas > 1

deny contains {"msg": msg, "at": name} if {
	some name, container in input.containers
	not container.limits
	msg := sprintf("%s has no limits", [name])
}

limit(kind) := {"Deployment": 3}[kind]
"#;

fn tested(tests: &str, args: &[&str]) -> Ran {
    let tests = format!("package shop_test\n\nimport rego.v1\n\nimport data.shop\n\n{tests}");
    let folder = folder(&[("shop.rego", POLICY), ("shop_test.rego", &tests)]);
    run_in(folder.path(), &[&["test"], args].concat())
}

/// What is told of one test that fails.
fn told(test: &str) -> String {
    let ran = tested(&format!("test_it if {{\n\t{}\n}}\n", test.replace('\n', "\n\t")), &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.shown()
}

#[test]
fn the_values_of_the_expression_are_told() {
    insta::assert_snapshot!(told(
        "found := shop.deny with input as {\"containers\": {\"web\": {}}}\ncount(found) == 2"
    ));
    insta::assert_snapshot!(told("few := {\"replicas\": 1}\nshop.allow with input as few"));
    insta::assert_snapshot!(told("not shop.allow with input as {\"replicas\": 2}"));
    insta::assert_snapshot!(told("kind := \"Pod\"\nshop.limit(kind) == 3"));
}

#[test]
fn of_what_is_undefined_the_longest_beginning_that_is_there_is_told() {
    insta::assert_snapshot!(told(
        "pod := json.unmarshal(`{\"spec\": {\"labels\": {\"a b\": {\"x\": 1}}}}`)\nkey := \"a b\"\n\
         pod.spec.labels[key].y.z == 1"
    ));
    insta::assert_snapshot!(told("input.spec.x == 1"));
}

#[test]
fn what_goes_through_something_is_told_with_all_its_values() {
    insta::assert_snapshot!(told(
        "pods := [{\"name\": \"a\"}, {\"name\": \"b\"}]\npods[_].name == \"c\""
    ));
    insta::assert_snapshot!(told(
        "pods := [{\"name\": \"a\"}, {\"name\": \"b\"}]\nsome pod in pods\n\
         startswith(pod.name, \"c\")"
    ));
    insta::assert_snapshot!(told("some x in numbers.range(1, 100000)\nx < 0"));
    insta::assert_snapshot!(told("some i\nnames := [\"a\", \"b\"]\nnames[i] == \"c\""));
}

#[test]
fn of_every_the_first_member_that_refutes_it_is_told() {
    insta::assert_snapshot!(told(
        "cases := [{\"n\": 2, \"ok\": true}, {\"n\": 1, \"ok\": true}]\n\
         every case in cases {\n\tgiven := {\"replicas\": case.n}\n\t\
         allowed := shop.allow with input as given\n\tallowed == case.ok\n}"
    ));
    insta::assert_snapshot!(told(
        "every name, n in {\"a\": 1, \"b\": 2} {\n\tevery m in [1, 2] {\n\t\tn < m + count(name)\n\t}\n}"
    ));
    insta::assert_snapshot!(told("every x in input.nothing {\n\tx\n}"));
}

#[test]
fn where_two_collections_differ_is_told() {
    insta::assert_snapshot!(told(
        "given := {\"containers\": {\"web\": {}, \"proxy\": {}}}\n\
         expected := {{\"msg\": \"web has no limits\", \"at\": \"web\"}, {\"msg\": \"proxy\", \"at\": \"proxy\"}}\n\
         shop.deny == expected with input as given"
    ));
    insta::assert_snapshot!(told(
        "a := json.unmarshal(`{\"list\": [1, {\"deep\": true}], \"only\": 1}`)\n\
         a == {\"list\": [1, {\"deep\": false}, 3]}"
    ));
}

#[test]
fn negations_unifications_and_members() {
    insta::assert_snapshot!(told("names := {\"a\"}\nsome name in names\nnot name in names"));
    insta::assert_snapshot!(told("pair := [1, 2]\n[x, 3] = pair"));
    insta::assert_snapshot!(told("xs := json.unmarshal(\"[1, 2]\")\nsome 3 in xs"));
    insta::assert_snapshot!(told("x := 4\ny := [z | z := x * 2]\ny[0] - x > $\"{x}\""));
}

#[test]
fn tests_of_older_rego_are_explained_too() {
    let policy = "package a\n\ndeny[msg] { input.x[_] == 1; msg := \"x\" }\n";
    let test = "package a\n\ntest_old { found := deny with input as {\"x\": [2]}\n  any([false])\n  \
                found[_] }\n\ntest_older { found := deny with input as {\"x\": [2]}\n  found[_] }\n";
    let folder = folder(&[("a.rego", policy), ("a_test.rego", test)]);
    let ran = run_in(folder.path(), &["test", "--rego-version", "v0"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn a_test_that_is_another_value_is_told_with_it() {
    let ran = tested(
        "test_it := [1, 2]\n\ntest_each[name] := name == \"a\" if some name in [\"a\", \"b\"]\n",
        &[],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn programs_are_told_the_values_too() {
    let test = "test_it if {\n\tgiven := {\"replicas\": 1}\n\tprint(given)\n\t\
                [shop.limit(\"Pod\"), 2] == [given.replicas, 2]\n}\n";
    let told = tested(test, &["-f", "json"]).json()["tests"][0].clone();
    assert_eq!(
        told["values"],
        json!([
            {"expression": "shop.limit(\"Pod\")", "place": "shop_test.rego:10:3", "values": []},
            {"expression": "given.replicas", "place": "shop_test.rego:10:29", "values": [1]},
        ])
    );
    assert_eq!(told["differences"], json!([]));
    for format in ["junit", "tap"] {
        let ran = tested(test, &["-f", format]);
        insta::with_settings!({filters => vec![
            (r#" time="[\d.]+""#, r#" time="0""#),
            (r#" (uuid|timestamp)="[^"]*""#, ""),
        ]}, {
            insta::assert_snapshot!(format!("values_{format}"), ran.out);
        });
    }
}
