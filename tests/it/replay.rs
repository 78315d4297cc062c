//! Recorded requests, judged again. What is recorded stands in fixtures/admission/recorded.

use std::path::PathBuf;

use serde_json::Value;

use crate::run::{Ran, folder, root, run, run_in, run_with_input};

fn recorded() -> PathBuf {
    root().join("fixtures/admission/recorded")
}

fn replay(args: &[&str]) -> Ran {
    run_in(&recorded(), &[&["replay", "-p", "policies"], args].concat())
}

#[test]
fn an_audit_log_is_judged_again() {
    insta::assert_snapshot!("audit_log", replay(&["audit.log"]).shown());
    insta::assert_snapshot!("all", replay(&["--all", "--decided", "audit.log"]).shown());
}

#[test]
fn recorded_reviews_are_judged_again() {
    insta::assert_snapshot!("reviews", replay(&["--all", "reviews.jsonl"]).shown());
    let ran = replay(&["review.json"]);
    assert_eq!((ran.code, ran.out.contains("newly denied")), (1, true), "{ran:?}");
    let yaml = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: '1'\n  \
                operation: CREATE\n  object:\n    apiVersion: v1\n    kind: Pod\n    metadata: \
                {name: web}\n    spec: {containers: [{image: 'a@sha256:0'}]}\n";
    let two = format!("{yaml}---\n{}", yaml.replace("@sha256", ""));
    let args = ["replay", "-p", "policies", "-", "--stdin-filename", "reviews.yaml"];
    let ran = run_with_input(&recorded(), &args, two.as_bytes());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("would be denied  CREATE Pod web  reviews.yaml:12"), "{}", ran.out);
}

#[test]
fn programs_are_told_all_of_it() {
    let schema = run(&["schema", "replay"]).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in
        [&["-f", "json", "audit.log", "reviews.jsonl"][..], &["-f", "json", "--all", "audit.log"]]
    {
        let report = replay(args).json();
        let errors: Vec<_> =
            validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let mut report = replay(&["-f", "json", "audit.log"]).json();
    let basis = report["basis"].take();
    assert_eq!(basis["as_of"], "2026-11-30");
    insta::assert_json_snapshot!("json", report);
}

/// The log, with the digests of the policies by which it is judged in the place of those then.
#[test]
fn the_same_policies_are_told_apart_from_others() {
    let now = replay(&["-f", "json", "audit.log"]).json()["basis"]["policies"].clone();
    let log = std::fs::read_to_string(recorded().join("audit.log")).unwrap();
    let then = format!("c4c3c17d7489{}", "0".repeat(52));
    let log = log.replace(&then, now.as_str().unwrap());
    let args = ["replay", "-p", "policies", "-"];
    let ran = run_with_input(&recorded(), &args, log.as_bytes());
    let line = ran.out.lines().find(|line| line.starts_with("policies then: ")).unwrap();
    assert!(line.ends_with("(8 requests, the same as now)"), "{line}");
}

#[test]
fn exit_codes_say_how_it_went() {
    let log = std::fs::read_to_string(recorded().join("audit.log")).unwrap();
    let code = |lines: &[usize], args: &[&str]| {
        let lines: String = lines
            .iter()
            .filter_map(|line| log.lines().nth(line - 1))
            .map(|it| it.to_owned() + "\n")
            .collect();
        let all = [&["replay", "-p", "policies", "-"], args].concat();
        run_with_input(&recorded(), &all, lines.as_bytes()).code
    };
    assert_eq!(code(&[1, 3, 5, 19], &[]), 0, "the same");
    assert_eq!(code(&[17], &[]), 0, "denied by others is denied");
    assert_eq!(code(&[3, 2], &[]), 1, "newly denied");
    assert_eq!(code(&[4], &[]), 1, "no longer denied");
    assert_eq!(code(&[13], &[]), 1, "nothing recorded, and denied");
    assert_eq!(code(&[4], &["--as-of", "2026-12-15"]), 0, "denied again");
    assert_eq!(code(&[2, 11], &[]), 2, "something could not be judged");
    assert_eq!(code(&[1, 12], &[]), 2, "nothing was judged");
    assert_eq!(code(&[3], &["--resource", "pod"]), 2, "there is no such resource");
    assert_eq!(code(&[3], &["--resource", "[",]), 2);
    assert_eq!(code(&[3], &["--expect-policies", "0123456789ab"]), 2);
    assert_eq!(code(&[3], &["--since", "HEAD"]), 2);
}

/// More than a window of records.
fn many() -> String {
    let log = std::fs::read_to_string(recorded().join("audit.log")).unwrap();
    let line = |number: usize| {
        let line = log.lines().nth(number % 20).unwrap();
        line.replace("\"web\"", &format!("\"web-{number}\""))
    };
    (0..1_000).map(|number| line(number) + "\n").collect()
}

#[test]
fn the_order_is_that_of_the_log_whatever_the_threads() {
    let folder = folder(&[("many.log", &many())]);
    let log = folder.path().join("many.log");
    let with = |threads: &str, format: &str| {
        let ran = replay(&["-j", threads, "-f", format, "--all", log.to_str().unwrap()]);
        assert_eq!(ran.code, 2);
        ran.out
    };
    let one = with("1", "json");
    assert!(one == with("7", "json"), "threads make no difference");
    assert!(with("1", "human") == with("3", "human"));
    let report: Value = serde_json::from_str(&one).unwrap();
    let lines = report["requests"].as_array().unwrap().iter().map(|it| it["line"].as_u64());
    assert!(lines.is_sorted());
    assert_eq!(report["summary"]["judged"], 450);
    assert_eq!(report["summary"]["unjudged"], 300);
}

#[test]
fn waivers_count_as_in_the_cluster() {
    let waiver = "apiVersion: manifestly.dev/v1\nkind: Waiver\nmetadata: {name: web-one}\nspec:\n  \
                  policy: shop/pinned\n  match: {kinds: [Pod], names: [web]}\n  reason: r\n  \
                  approvedBy: bob\n  expires: 2026-12-31\n";
    let folder = folder(&[("waivers/web.yaml", waiver)]);
    let waivers = folder.path().join("waivers");
    let report = |args: &[&str]| replay(&[&["-f", "json", "audit.log"], args].concat()).json();
    let plain = report(&[]);
    let waived = report(&["--waivers", waivers.to_str().unwrap()]);
    assert_eq!(plain["summary"]["newly_denied"], 2);
    assert_eq!(waived["summary"]["newly_denied"], 1);
    assert_eq!(waived["summary"]["would_allow"], 1);
    assert_ne!(plain["basis"]["agreement"], waived["basis"]["agreement"]);
}

#[test]
fn what_can_not_be_read_is_told() {
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let lines = [
        "{\"kind\": \"Event\", \"apiVersion\": \"audit.k8s.io/v1\", \"stage\": \"RequestReceived\"}",
        "{\"kind\": \"Event\"",
        "not JSON",
        &format!("{{\"kind\": {deep}}}"),
        "{\"kind\": \"Pod\", \"kind\": \"Event\"}",
        "{\"kind\": \"AdmissionReview\", \"apiVersion\": \"admission.k8s.io/v1\", \"request\": 7}",
        "{\"kind\": \"AdmissionReview\", \"apiVersion\": \"admission.k8s.io/v2\", \"request\": {}}",
        "{\"kind\": \"Event\", \"apiVersion\": \"audit.k8s.io/v1\"}",
        "{\"kind\": \"Event\", \"apiVersion\": \"v1\"}",
        "7",
        "null",
        "{}",
    ];
    let folder = folder(&[
        ("bad.log", &(lines.join("\n") + "\n")),
        ("empty.log", ""),
        ("bad.yaml", "a: [\n---\nkind: Pod\napiVersion: v1\n---\nb: 1\n"),
    ]);
    std::fs::write(folder.path().join("bytes.log"), b"{\"a\": 1}\n\xff\xfe{}\n").unwrap();
    let args = ["replay", "bad.log", "bytes.log", "empty.log", "bad.yaml", "nowhere.log", "."];
    let ran = run_in(folder.path(), &args);
    insta::assert_snapshot!("unreadable", ran.shown());
}
