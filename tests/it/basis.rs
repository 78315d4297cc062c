//! What a verdict rests on: told with every one, and asked for where it matters.

use crate::run::{folder, run_in};

const POLICY: &str = "package shop\n\nimport data.allowed\n\ndeny contains \"x\" if not \
                      input.metadata.name in allowed\n";

fn shop() -> tempfile::TempDir {
    folder(&[
        ("here/policies/a.rego", POLICY),
        ("here/policies/data.json", "{\"allowed\": [\"a\", \"b\"]}"),
        // The same on another machine.
        ("there/lib/deep/renamed.rego", &POLICY.replace('\n', "\r\n")),
        ("there/lib/data.yaml", "allowed:\n  - a\n  - b\n"),
        ("web.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: c}\n"),
    ])
}

#[test]
fn a_verdict_says_what_it_rests_on() {
    let shop = shop();
    let at = shop.path();
    let basis = |args: &[&str]| {
        let ran = run_in(at, &[&["check", "-f", "json", "web.yaml"], args].concat());
        ran.json()["basis"].clone()
    };
    let here = basis(&["-p", "here/policies"]);
    assert_eq!(basis(&["-p", "there/lib"]), here, "names and places make no difference");
    let differs = |args: &[&str], what: &[&str]| {
        let other = basis(args);
        for part in ["policies", "data", "settings", "agreement", "decision"] {
            assert_eq!(other[part] != here[part], what.contains(&part), "{part} of {args:?}");
        }
    };
    differs(&["-p", "here/policies", "-j", "1", "--no-cache"], &[]);
    differs(&["-p", "here/policies", "--combine"], &["settings", "decision"]);
    differs(&["-p", "here/policies", "--as-of", "2026-12-01"], &["decision"]);
    std::fs::write(at.join("here/policies/data.json"), "{\"allowed\": [\"a\"]}").unwrap();
    differs(&["-p", "here/policies"], &["data", "decision"]);
    std::fs::write(at.join("there/lib/more.rego"), "package more\ndeny contains 1 if false")
        .unwrap();
    differs(&["-p", "there/lib"], &["policies", "decision"]);
}

#[test]
fn other_policies_than_are_expected_judge_nothing() {
    let shop = shop();
    let at = shop.path();
    let check =
        |args: &[&str]| run_in(at, &[&["check", "-p", "here/policies", "web.yaml"], args].concat());
    let digest = check(&["-f", "json"]).json()["basis"]["policies"].as_str().unwrap().to_owned();
    assert_eq!(check(&["--expect-policies", &digest]).code, 1);
    assert_eq!(check(&["--expect-policies", &digest[..12]]).code, 1);
    let others = check(&["--expect-policies", "0123456789ab"]);
    insta::assert_snapshot!("other_policies", others.shown().replace(&digest, "[digest]"));
    insta::assert_snapshot!("no_digest", check(&["--expect-policies", "v7"]).shown());
    let short = check(&["--expect-policies", &digest[..6]]);
    assert_eq!(short.code, 2, "too few characters say nothing");
}

#[test]
fn every_format_tells_the_decision() {
    let shop = shop();
    let check = |format: &str| {
        run_in(shop.path(), &["check", "-p", "here/policies", "-f", format, "web.yaml"]).out
    };
    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let decision = json["basis"]["decision"].as_str().unwrap();
    assert_eq!(decision.len(), 12);
    for format in ["human", "sarif", "junit", "github", "gitlab", "markdown"] {
        let text = check(format);
        assert!(text.contains(decision), "{format}: {text}");
    }
}
