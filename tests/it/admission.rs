//! Policies about admission requests, from the command line. The answers of the real OPA stand in
//! fixtures/admission/golden.json; tests/goldens/admission.py asks for them anew.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::run::{folder, root, run, run_in};

type Messages = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[test]
fn opa_and_we_find_the_same() {
    let folder = root().join("fixtures/admission");
    let golden = std::fs::read(folder.join("golden.json")).unwrap();
    let mut golden: Messages = serde_json::from_slice(&golden).unwrap();
    golden.retain(|_, found| !found.is_empty());
    let report = run_in(&folder, &["check", "-f", "json", "-p", "policy", "manifests"]).json();
    let mut ours = Messages::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let location = &finding["location"];
        let file = text(&location["file"]).replace("manifests/", "");
        let document = format!("{file} {}", location["document"]);
        let rule = text(&finding["rule"]).replace("data.", "");
        ours.entry(document).or_default().entry(rule).or_default().push(text(&finding["message"]));
    }
    let messages = ours.values_mut().flat_map(BTreeMap::values_mut);
    messages.for_each(|messages| messages.sort_unstable());
    assert_eq!(ours, golden);
}

#[test]
fn findings_are_in_the_manifest_that_was_written() {
    let ran = run(&["check", "-p", "fixtures/admission/policy", "fixtures/admission/manifests"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

const THING: &str = "apiVersion: v1\nkind: Thing\nmetadata: {name: a}\n";

/// What a policy with this metadata says of a thing.
fn told(metadata: &str, rules: &str) -> Vec<String> {
    let policy = format!("# METADATA\n# title: T\n{metadata}package p\n\n{rules}\n");
    let files = [("p.rego", &*policy), ("m.yaml", THING)];
    let ran = run_in(folder(&files).path(), &["check", "-f", "json", "-p", "p.rego", "m.yaml"]);
    assert!(ran.code < 2, "{ran:?}");
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn metadata_says_what_the_input_is() {
    let keys = "deny contains concat(\" \", object.keys(input))";
    assert_eq!(told("", keys), ["apiVersion kind metadata"]);
    for (dialect, wanted) in [
        ("manifest", "apiVersion kind metadata"),
        ("admission", "apiVersion kind request"),
        ("gatekeeper", "parameters review"),
    ] {
        assert_eq!(told(&format!("# custom: {{dialect: {dialect}}}\n"), keys), [wanted]);
    }
    // What it says wins over what is recognised.
    let about_requests = "deny contains \"x\" if input.request.name == \"a\"";
    assert_eq!(told("", about_requests), ["x"]);
    assert_eq!(told("# custom: {dialect: manifest}\n", about_requests), [""; 0]);
    let with_parameters = "deny contains input.parameters.word if input.review.name";
    assert_eq!(told("", with_parameters), [""; 0]);
    assert_eq!(told("# custom: {parameters: {word: hi}}\n", with_parameters), ["hi"]);
}

#[test]
fn bare_policies_of_gatekeeper_know_of_the_others() {
    let policy = "package p\n\ndeny contains msg if {\n\tinput.review.kind.kind == \"Pod\"\n\t\
                  some name in object.keys(data.inventory.namespace.shop.v1.Service)\n\t\
                  msg := sprintf(\"%s beside %s of %s\", [input.review.name, name, \
                  input.review.namespaceObject.metadata.labels.team])\n}\n";
    let others = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\n---\n\
                  apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\n";
    let folder = folder(&[("p.rego", policy), ("others.yaml", others), ("m.yaml", pod)]);
    let check = |args: &[&str]| {
        let args = [&["check", "-f", "json", "-p", "p.rego", "m.yaml"], args].concat();
        run_in(folder.path(), &args).json()["findings"].clone()
    };
    let message = "a beside s of red";
    assert_eq!(check(&["others.yaml"])[0]["message"], message);
    assert_eq!(check(&["--inventory", "others.yaml"])[0]["message"], message);
    assert_eq!(check(&[]), serde_json::json!([]));
}

#[test]
fn policies_about_requests_are_not_combined_unless_they_say_so() {
    let admission = "package a\n\ndeny contains \"one\" if input.request.name == \"a\"\n";
    let all = "package b\n\ndeny contains \"all\" if count(input) == 1\n";
    let folder = folder(&[("p/a.rego", admission), ("p/b.rego", all), ("m.yaml", THING)]);
    let ran = run_in(folder.path(), &["check", "-f", "json", "-p", "p", "--combine", "m.yaml"]);
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap();
    let messages: Vec<_> = findings.iter().map(|finding| &finding["message"]).collect();
    assert_eq!(messages, ["one", "all"]);
}

#[test]
fn dialects_that_make_no_sense() {
    let shown = |policy: &str, manifest: &str| {
        let files = [("p.rego", policy), ("m.yaml", manifest)];
        let ran = run_in(folder(&files).path(), &["check", "-p", "p.rego", "m.yaml"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.shown()
    };
    let rule = "deny contains \"x\" if true\n";
    let with = |custom: &str| format!("# METADATA\n# custom: {custom}\npackage p\n\n{rule}");
    insta::assert_snapshot!(shown(&with("{dialect: conftest}"), THING));
    insta::assert_snapshot!(shown(&with("{parameters: [a]}"), THING));
    insta::assert_snapshot!(shown(&with("{dialect: admission, combine: true}"), THING));
    let clauses =
        format!("package p\n\n{rule}\n# METADATA\n# custom: {{dialect: admission}}\n{rule}");
    insta::assert_snapshot!(shown(&clauses, THING));
    let nothing = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {uid: a}\n";
    insta::assert_snapshot!(shown(&with("{dialect: gatekeeper}"), nothing));
}
