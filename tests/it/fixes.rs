//! Fixes that policies offer: which are good, what they change, and how reports tell it.

use serde_json::{Value, json};

use crate::run::{Ran, folder, root, run_in};

/// One policy that offers what the manifest says, one that allows no more than two keys in `spec`.
const POLICY: &str = r#"package p

deny contains {"msg": "bad", "path": "spec.bad", "fix": fix} if {
	input.spec.bad
	fix := object.get(input.spec, "offer", {"remove": "spec.bad"})
}

warn contains {"msg": sprintf("%d keys", [count(input.spec)]), "path": "spec"} if count(input.spec) > 2
"#;

fn judged(policy: &str, manifest: &str) -> Vec<Value> {
    let folder = folder(&[("p.rego", policy), ("m.yaml", manifest)]);
    let args = ["check", "--no-cache", "-f", "json", "-p", "p.rego", "m.yaml"];
    let report = run_in(folder.path(), &args).json();
    assert_eq!(report["errors"], json!([]), "{report}");
    report["findings"].as_array().unwrap().clone()
}

fn thing(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Thing\nmetadata: {{name: a}}\n{spec}")
}

/// The fix of the first finding, and the text with it.
fn fixed(policy: &str, manifest: &str) -> (Value, String) {
    let fix = judged(policy, manifest)[0]["fix"].clone();
    let mut text = manifest.to_owned();
    for edit in fix["edits"].as_array().unwrap().iter().rev() {
        let at = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        assert_eq!(edit["file"], "m.yaml");
        text.replace_range(at("start")..at("end"), edit["text"].as_str().unwrap());
    }
    (fix, text)
}

#[test]
fn what_mends_and_breaks_nothing_is_safe() {
    let (fix, text) = fixed(POLICY, &thing("spec: # é\n  bad: true # no\n  good: 1\n"));
    assert_eq!(text, thing("spec: # é\n  good: 1\n"));
    assert_eq!(fix["kind"], "safe");
    assert_eq!(fix["patch"], json!([{"op": "remove", "path": "/spec/bad"}]));
    assert_eq!(fix["reason"], Value::Null);
}

#[test]
fn what_does_not_mend_is_advice() {
    for (spec, reason) in [
        ("{bad: true, offer: {path: spec.good, value: 1}}", "the violation would stay"),
        (
            "{bad: true, offer: [{remove: spec.bad}, {path: spec.c, value: 1}, {path: spec.d, value: 1}]}",
            "it would bring another violation, of p: 3 keys",
        ),
        ("{bad: true, offer: {remove: spec.z}}", "there is nothing at `/spec/z`"),
    ] {
        let (fix, text) = fixed(POLICY, &thing(&format!("spec: {spec}\n")));
        assert_eq!((&fix["kind"], &fix["edits"]), (&json!("advice"), &json!([])), "{spec}");
        assert_eq!(fix["reason"], reason, "{spec}");
        assert_eq!(text, thing(&format!("spec: {spec}\n")));
    }
    // A text under `fix` is for people, and a value to fill in is too.
    let offer = |offer: &str| format!("package p\n\ndeny contains {{\"msg\": \"x\", {offer}}}\n");
    let told = judged(&offer("\"fix\": \"turn it off\""), &thing("spec: {}\n"));
    assert_eq!(told[0]["fix"], Value::Null);
    let blank = r#""fixPaths": [{"path": "spec.a", "value": "YOUR_VALUE"}]"#;
    let told = judged(&offer(blank), &thing("spec: {}\n"));
    assert_eq!(told[0]["fix"]["reason"], "it leaves a value for you to fill in");
}

#[test]
fn what_was_said_of_two_things_may_be_said_of_one() {
    let policy = r#"package p

deny contains {"msg": msg, "path": "spec"} if {
	count(missing) > 0
	msg := sprintf("no %s", [concat(" or ", missing)])
}

missing := [key | some key in ["a", "b"]; not input.spec[key]]

warn contains {"msg": "no a", "path": "spec.a", "fix": {"path": "spec.a", "value": 1}} if not input.spec.a
"#;
    let found = judged(policy, &thing("spec: {c: 1}\n"));
    let fix = found.iter().find(|finding| finding["message"] == "no a").unwrap()["fix"].clone();
    assert_eq!(fix["kind"], "safe");
    // But a violation that is told anew is not gone.
    let policy = policy.replace(
        "\"path\": \"spec\"}",
        "\"path\": \"spec\", \"fix\": {\"path\": \"spec.a\", \"value\": 1}}",
    );
    let found = judged(&policy, &thing("spec: {c: 1}\n"));
    let fix =
        found.iter().find(|finding| finding["message"] == "no a or b").unwrap()["fix"].clone();
    assert_eq!(fix["reason"], "something would stay: no b");
}

#[test]
fn what_can_t_be_written_is_advice_with_its_patch() {
    let shared = thing("x: &x\n  bad: true\nspec: *x\n");
    let (fix, text) = fixed(POLICY, &shared);
    assert_eq!(text, shared);
    assert_eq!(fix["patch"], json!([{"op": "remove", "path": "/spec/bad"}]));
    assert_eq!(fix["reason"], "an anchor is shared: a change here would change other values too");
}

/// Fixes are written into the manifest that someone wrote, wherever what is judged stands in it.
#[test]
fn paths_lead_through_templates_and_lists() {
    let policy = r#"# METADATA
# custom: {kinds: [Pod]}
package p

deny contains {"msg": "host", "path": "spec.hostPID", "fix": {"remove": ["spec", "hostPID"]}} if input.spec.hostPID
"#;
    let manifest = "kind: List\napiVersion: v1\nitems:\n- kind: Pod\n  apiVersion: v1\n  spec: {}\n\
                    - kind: Deployment\n  apiVersion: apps/v1\n  spec:\n    template:\n      spec:\n        \
                    hostPID: true\n        containers: []\n";
    let (fix, text) = fixed(policy, manifest);
    assert_eq!(fix["kind"], "safe");
    assert_eq!(fix["patch"][0]["path"], "/items/1/spec/template/spec/hostPID");
    assert_eq!(text, manifest.replace("        hostPID: true\n", ""));
}

#[test]
fn policies_of_other_dialects_offer_too() {
    let admission = r#"package p

deny contains {"msg": "bad", "fix": {"path": ["request", "object", "spec", "bad"], "value": false}} if {
	input.request.object.spec.bad
}
"#;
    let (fix, text) = fixed(admission, &thing("spec: {bad: true}\n"));
    assert_eq!((&fix["kind"], text), (&json!("safe"), thing("spec: {bad: false}\n")));
    let gatekeeper = r#"package p

violation[{"msg": msg, "details": {"fix": {"remove": "review.object.spec.bad"}}}] {
	input.review.object.spec.bad
	msg := "bad"
}
"#;
    let (fix, text) = fixed(gatekeeper, &thing("spec: {bad: true, a: 1}\n"));
    assert_eq!((&fix["kind"], text), (&json!("safe"), thing("spec: {a: 1}\n")));
    let kubescape = r#"package p

deny contains {"alertMessage": "x", "msg": "bad", "deletePaths": ["spec.bad"], "fixPaths": []} if input.spec.bad
"#;
    let (fix, text) = fixed(kubescape, &thing("spec:\n  bad: 1\n  a: 1\n"));
    assert_eq!((&fix["kind"], text), (&json!("safe"), thing("spec:\n  a: 1\n")));
}

const TEMPLATE: &str = r#"
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: nobad}
spec:
  crd: {spec: {names: {kind: NoBad}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package nobad
      violation[{"msg": "bad", "details": {"fix": [{"op": "remove", "path": "/spec/bad"}]}}] {
        input.review.object.spec.bad
      }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoBad
metadata: {name: no-bad}
spec: {match: {kinds: [{apiGroups: ["*"], kinds: ["*"]}]}}
"#;

#[test]
fn constraints_offer_through_their_details() {
    let folder = folder(&[("p/t.yaml", TEMPLATE), ("m.yaml", &thing("spec: {bad: 1, a: 2}\n"))]);
    let args = ["check", "--no-cache", "-f", "json", "-p", "p", "m.yaml"];
    let report = run_in(folder.path(), &args).json();
    let fix = &report["findings"][0]["fix"];
    assert_eq!(fix["kind"], "safe", "{report}");
    assert_eq!(fix["edits"][0]["text"], "");
}

#[test]
fn sarif_carries_fixes() {
    let text = thing("spec:\n  bad: true\n  é: {bad: 1}\n");
    let folder = folder(&[("p.rego", POLICY), ("m.yaml", &text)]);
    let args = ["check", "--no-cache", "-f", "sarif", "-p", "p.rego", "m.yaml"];
    let report = run_in(folder.path(), &args).json();
    let fix = &report["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(
        fix["artifactChanges"],
        json!([{
            "artifactLocation": {"uri": "m.yaml", "uriBaseId": "%SRCROOT%"},
            "replacements": [{
                "deletedRegion":
                    {"startLine": 5, "startColumn": 1, "endLine": 6, "endColumn": 1},
                "insertedContent": {"text": ""},
            }],
        }])
    );
}

fn shown(manifest: &str, args: &[&str]) -> Ran {
    let folder = folder(&[("p.rego", POLICY), ("my web.yaml", manifest)]);
    let args = [&["check", "-p", "p.rego", "my web.yaml"], args].concat();
    let first = run_in(folder.path(), &args);
    assert_eq!(run_in(folder.path(), &args).shown(), first.shown(), "with what was kept");
    first
}

#[test]
fn people_see_what_changes() {
    let long: String = (0..20).map(|at| format!("    key{at}: 1\n")).collect();
    let manifest = [
        thing("spec:\n  bad: true # no\n  a: 1\n"),
        thing(&format!("spec:\n  bad:\n{long}  a: 1\n")),
        thing("spec: {bad: true, offer: {path: spec.bad, value: 5}}\n"),
        thing("x: &x {bad: 1}\nspec: *x\n"),
    ];
    insta::assert_snapshot!(shown(&manifest.join("---\n"), &[]).shown());
}

/// Only what is shown is tried.
#[test]
fn a_line_has_no_fix() {
    let manifest = thing("spec:\n  bad: true\n  a: 1\n");
    let both = format!("{manifest}---\n{manifest}");
    let out = shown(&both, &["--snippets", "1"]).out;
    assert_eq!(out.matches("manifestly check --fix 'my web.yaml'").count(), 1, "{out}");
    let out = shown(&both, &["--snippets", "0"]).out;
    assert_eq!(out.matches("--fix").count(), 0, "{out}");
}

/// Every fix that the pack calls safe for the fixtures mends what it says, and brings nothing.
#[test]
fn safe_fixes_of_the_pack_are_clean() {
    let args = ["check", "--no-cache", "-f", "json", "fixtures", "policies/kubernetes/examples"];
    let report = run_in(&root(), &args).json();
    let findings = report["findings"].as_array().unwrap();
    let safe: Vec<_> = findings.iter().filter(|f| f["fix"]["kind"] == "safe").collect();
    assert!(safe.len() >= 25, "{} safe fixes", safe.len());
    let told = |findings: &[Value], but: Option<&Value>| {
        let mut told: Vec<String> = findings
            .iter()
            .filter(|finding| but.is_none_or(|but| *finding != but))
            .map(|f| format!("{} {} {}", f["policy"], f["resource"], f["message"]))
            .collect();
        told.sort();
        told
    };
    // One file for each fix, so that all are judged at once.
    let files: Vec<_> = safe
        .iter()
        .enumerate()
        .map(|(at, finding)| {
            let file = finding["location"]["file"].as_str().unwrap();
            let mut text = std::fs::read_to_string(root().join(file)).unwrap();
            for edit in finding["fix"]["edits"].as_array().unwrap().iter().rev() {
                let at = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
                text.replace_range(at("start")..at("end"), edit["text"].as_str().unwrap());
            }
            (format!("{at}-{}", file.rsplit('/').next().unwrap()), text)
        })
        .collect();
    let named: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&named);
    let after = run_in(folder.path(), &["check", "--no-cache", "-f", "json", "."]).json();
    assert_eq!(after["errors"], json!([]));
    let of = |report: &Value, file: &str| -> Vec<Value> {
        let findings = report["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["location"]["file"] == file).cloned().collect()
    };
    for (finding, (name, _)) in safe.iter().zip(&files) {
        let before = of(&report, finding["location"]["file"].as_str().unwrap());
        assert_eq!(told(&of(&after, name), None), told(&before, Some(finding)), "{finding}");
    }
}
