//! Policies that are announced, warn and block from days on, and whom they come from.

use std::path::Path;

use crate::run::{Ran, folder, manifestly_in};

const POLICY: &str = r##"# METADATA
# title: Images must be pinned
# custom:
#   id: shop/pinned
#   owner: shop-platform
#   contact: "#shop-platform"
#   why: A tag may be another image tomorrow.
#   rollout: {announced: 2026-11-01, warn_from: 2026-12-01, enforce_from: 2026-12-15}
package shop.pinned

deny contains {"msg": msg, "path": ["spec", "containers", i, "image"]} if {
	some i, container in input.spec.containers
	not contains(container.image, "@sha256:")
	msg := sprintf("%s is not pinned", [container.image])
}
"##;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  \
                   containers:\n    - name: web\n      image: shop/web:1\n";

/// A folder with these files beside the policy and the pod.
fn shop(files: &[(&str, &str)]) -> tempfile::TempDir {
    let own = [("policies/pinned.rego", POLICY), ("deploy/web.yaml", POD)];
    folder(&[&own[..], files].concat())
}

fn check(folder: &Path, args: &[&str]) -> Ran {
    let mut command = manifestly_in(folder);
    command.args(["check", "-p", "policies", "deploy"]).args(args);
    command.output().unwrap().into()
}

#[test]
fn a_policy_is_silent_then_upcoming_then_warns_then_blocks() {
    let shop = shop(&[]);
    let shown = |args: &[&str]| check(shop.path(), args).shown();
    insta::assert_snapshot!("unannounced", shown(&["--as-of", "2026-10-31"]));
    insta::assert_snapshot!("foreseen", shown(&["--as-of", "2026-10-31", "--upcoming"]));
    insta::assert_snapshot!("upcoming", shown(&["--as-of", "2026-11-22"]));
    insta::assert_snapshot!("warning", shown(&["--as-of", "2026-12-14"]));
    insta::assert_snapshot!("blocking", shown(&["--as-of", "2026-12-15"]));
}

#[test]
fn what_is_silent_is_counted() {
    let shop = shop(&[]);
    let report = check(shop.path(), &["--as-of", "2026-10-31", "-f", "json"]).json();
    assert_eq!(report["summary"]["unannounced"], 1);
    assert_eq!(report["summary"]["as_of"], "2026-10-31");
    assert_eq!(report["findings"], serde_json::json!([]));
    let report = check(shop.path(), &["--as-of", "2026-12-01", "-f", "json"]).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["standing"], "warning");
    insta::assert_json_snapshot!(finding["rollout"], @r#"
    {
      "announced": "2026-11-01",
      "enforce_from": "2026-12-15",
      "phase": "warning",
      "warn_from": "2026-12-01"
    }
    "#);
}

#[test]
fn a_verdict_that_was_kept_counts_by_the_day_on_which_it_is_told() {
    let shop = shop(&[]);
    let code = |day: &str| check(shop.path(), &["--as-of", day]).code;
    assert_eq!([code("2026-12-14"), code("2026-12-15"), code("2026-12-14")], [0, 1, 0]);
    let mut command = manifestly_in(shop.path());
    command.args(["check", "-p", "policies", "deploy"]).env("MANIFESTLY_AS_OF", "2026-12-15");
    assert_eq!(Ran::from(command.output().unwrap()).code, 1);
    // A warning fails a run that is to fail on warnings; what is upcoming never does.
    let code = |day: &str| check(shop.path(), &["--as-of", day, "--fail-on", "warn"]).code;
    assert_eq!([code("2026-11-30"), code("2026-12-01")], [0, 1]);
}

#[test]
fn dates_and_owners_may_come_from_the_settings() {
    let settings = r##"
[owners."*"]
owner = "everyone"

[owners."main*"]
owner = "platform"
contact = "#platform"

[rollout."shop/*"]
enforce-from = 2027-01-01

[environments.prod.rollout."shop/pinned"]
enforce_from = "2027-02-01"
"##;
    let nobody =
        "package main\n\nwarn_labels contains \"no labels\" if not input.metadata.labels\n";
    let shop = shop(&[("manifestly.toml", settings), ("policies/main.rego", nobody)]);
    let found = |args: &[&str]| {
        let report = check(shop.path(), &[args, &["-f", "json"]].concat()).json();
        let findings = report["findings"].as_array().unwrap();
        let told = findings.iter().map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
            [text("policy"), text("standing"), text("owner"), text("contact")].join(" ")
        });
        told.collect::<Vec<_>>()
    };
    let labels = "main/labels warning platform #platform";
    let pinned = |standing: &str| format!("shop/pinned {standing} shop-platform #shop-platform");
    assert_eq!(found(&["--as-of", "2026-12-31"]), [labels.to_owned(), pinned("warning")]);
    assert_eq!(found(&["--as-of", "2027-01-01"]), [labels.to_owned(), pinned("blocking")]);
    let prod = ["--environment", "prod", "--as-of"];
    let in_prod = |day| found(&[&prod[..], &[day]].concat());
    assert_eq!(in_prod("2027-01-31"), [labels.to_owned(), pinned("warning")]);
    assert_eq!(in_prod("2027-02-01"), [labels.to_owned(), pinned("blocking")]);
    let mut command = manifestly_in(shop.path());
    command.args(["check", "-p", "policies", "deploy", "--as-of", "2027-01-31"]);
    command.env("MANIFESTLY_ENVIRONMENT", "prod");
    assert_eq!(Ran::from(command.output().unwrap()).code, 0);
}

#[test]
fn a_pack_says_who_owns_its_policies() {
    let bundle = r##"{"revision": "7", "metadata": {"owner": "org", "contact": "#org"}}"##;
    let own = "package main\n\ndeny contains \"no labels\" if not input.metadata.labels\n";
    let shop = shop(&[("policies/.manifest", bundle), ("policies/main.rego", own)]);
    let report = check(shop.path(), &["-f", "json"]).json();
    let owners: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|f| &f["owner"]).collect();
    assert_eq!(owners, ["org", "shop-platform"]);

    std::fs::write(shop.path().join("policies/.manifest"), "{\"metadata\": {\"owner\": 1}}")
        .unwrap();
    let ran = check(shop.path(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("the `owner` of a pack is text"), "{}", ran.out);
}

#[test]
fn a_constraint_has_dates_in_its_annotations() {
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  \
        name: nolabels\n  annotations: {manifestly.dev/owner: library}\nspec:\n  crd: {spec: \
        {names: {kind: NoLabels}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      \
        rego: |\n        package nolabels\n        violation[{\"msg\": \"no labels\"}] { not \
        input.review.object.metadata.labels }\n";
    let constraint = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: NoLabels\nmetadata:\n  \
        name: all\n  annotations:\n    manifestly.dev/contact: \"#ask\"\n    \
        manifestly.dev/enforce-from: \"2026-12-15\"\n";
    let files = [("policies/template.yaml", template), ("policies/constraint.yaml", constraint)];
    let shop = shop(&files);
    let found = |day: &str| {
        let report = check(shop.path(), &["-f", "json", "--as-of", day]).json();
        let findings = report["findings"].as_array().unwrap();
        let own = findings.iter().find(|finding| finding["policy"] == "NoLabels/all").unwrap();
        ["standing", "owner", "contact"].map(|key| own[key].as_str().unwrap().to_owned())
    };
    assert_eq!(found("2026-12-14"), ["upcoming", "library", "#ask"]);
    assert_eq!(found("2026-12-15"), ["blocking", "library", "#ask"]);

    let wrong = constraint.replace("enforce-from", "enforce");
    std::fs::write(shop.path().join("policies/constraint.yaml"), wrong).unwrap();
    insta::assert_snapshot!("annotation", check(shop.path(), &[]).shown());
}

#[test]
fn dates_that_make_no_sense_are_shown_where_they_stand() {
    let shop = shop(&[]);
    let with = |rollout: &str| {
        let start = POLICY.find("#   rollout").unwrap();
        let end = start + POLICY[start..].find('\n').unwrap();
        let text = format!("{}#   {rollout}{}", &POLICY[..start], &POLICY[end..]);
        std::fs::write(shop.path().join("policies/pinned.rego"), text).unwrap();
        check(shop.path(), &[]).shown()
    };
    insta::assert_snapshot!("wrong_date", with("rollout: {enforce_from: 2026-02-30}"));
    insta::assert_snapshot!(
        "wrong_order",
        with("rollout: {warn_from: 2026-12-01, enforce_from: 2026-11-30}")
    );
    insta::assert_snapshot!("wrong_key", with("rollout: {enforced: 2026-12-01}"));
    insta::assert_snapshot!("wrong_days", with("waiver: {max_days: 0}"));
    std::fs::write(shop.path().join("policies/pinned.rego"), POLICY).unwrap();
    insta::assert_snapshot!("wrong_as_of", check(shop.path(), &["--as-of", "tomorrow"]).shown());
    insta::assert_snapshot!("wrong_place", check(shop.path(), &["--environment", "prod"]).shown());
    let set = |text: &str| {
        std::fs::write(shop.path().join("manifestly.toml"), text).unwrap();
        check(shop.path(), &["--environment", "pro"]).shown()
    };
    let wrong = "[environments.pro.rollout.\"shop/*\"]\nenforce-from = \"31.12.2026\"\n";
    insta::assert_snapshot!("wrong_setting", set(wrong));
    let late = "[environments.pro.rollout.\"shop/*\"]\nwarn-from = 2027-01-01\n";
    insta::assert_snapshot!("wrong_together", set(late));
    insta::assert_snapshot!("unknown_environment", set("[environments.prod]\n"));
}

const LABELS: &str = "# METADATA\n# title: Pods say whose they are\n# custom: {id: org/labels, \
                      rollout: {warn_from: 2026-12-01}}\npackage labels\n\nwarn contains \"no \
                      team\" if not input.metadata.labels.team\n";
const PORTS: &str = "# METADATA\n# custom: {id: org/ports, rollout: {announced: 2026-10-01}}\n\
                     package ports\n\ndeny contains \"a port\" if false\n";

fn rollout(folder: &Path, args: &[&str]) -> Ran {
    let mut command = manifestly_in(folder);
    command.args(["rollout", "-p", "policies", "deploy"]).args(args);
    command.output().unwrap().into()
}

#[test]
fn what_is_ahead_comes_soonest_first_with_what_it_will_stop() {
    let shop = shop(&[("policies/labels.rego", LABELS), ("policies/ports.rego", PORTS)]);
    let shown = |args: &[&str]| rollout(shop.path(), args).shown();
    insta::assert_snapshot!("ahead", shown(&["--as-of", "2026-10-31"]));
    insta::assert_snapshot!("ahead_of_one_day", shown(&["--as-of", "2026-12-14"]));
    insta::assert_snapshot!("nothing_ahead", shown(&["--as-of", "2026-12-15"]));
    insta::assert_snapshot!("ahead_json", shown(&["--as-of", "2026-11-30", "-f", "json"]));
    insta::assert_snapshot!("ahead_markdown", shown(&["--as-of", "2026-11-30", "-f", "markdown"]));
}

#[test]
fn a_calendar_keeps_the_names_of_events_when_dates_move() {
    let shop = shop(&[("policies/labels.rego", LABELS)]);
    let file = shop.path().join("out/policies.ics");
    let ics = |as_of: &str| {
        let ran = rollout(shop.path(), &["--as-of", as_of, "-f", "ics", "-o", "out/policies.ics"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""));
        std::fs::read_to_string(&file).unwrap()
    };
    let before = ics("2026-11-30");
    insta::assert_snapshot!("calendar", before.replace("\r\n", "\n"));
    assert!(before.lines().all(|line| line.len() <= 75), "{before}");
    let names = |ics: &str| -> Vec<String> {
        let lines = ics.lines().filter(|line| line.starts_with("UID:"));
        lines.map(str::to_owned).collect()
    };
    let moved = POLICY.replace("2026-12-15", "2026-12-20");
    std::fs::write(shop.path().join("policies/pinned.rego"), moved).unwrap();
    let after = ics("2026-11-30");
    assert_ne!(before, after);
    assert_eq!(names(&before), names(&after));
}

#[test]
fn what_can_not_be_judged_is_no_silence_about_it() {
    let shop = shop(&[("deploy/broken.yaml", "a: [\n")]);
    let ran = rollout(shop.path(), &["--as-of", "2026-11-30"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("1 finding turns blocking") && ran.err.contains("broken.yaml"));
    std::fs::write(shop.path().join("policies/pinned.rego"), "package a\ndeny[\n").unwrap();
    let ran = rollout(shop.path(), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}

#[test]
fn a_waiver_that_ends_is_ahead_too() {
    let waiver = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: shop/pinned\n  \
                  match: {names: [web]}\n  reason: the old image is not published any more\n  \
                  requestedBy: dev@shop.example\n  approvedBy: ops@shop.example\n  \
                  from: 2026-11-01\n  expires: 2026-12-31\n";
    let shop = shop(&[("waivers/web.yaml", waiver)]);
    let shown = |args: &[&str]| rollout(shop.path(), args).shown();
    insta::assert_snapshot!("waiver_ahead", shown(&["--as-of", "2026-12-01"]));
    insta::assert_snapshot!("waiver_ahead_ics", shown(&["--as-of", "2026-12-20", "-f", "ics"]));
    // What was waived until the day on which the policy blocks does so from then on.
    let short = waiver.replace("2026-12-31", "2026-12-14");
    std::fs::write(shop.path().join("waivers/web.yaml"), short).unwrap();
    insta::assert_snapshot!("waiver_short", shown(&["--as-of", "2026-12-01"]));
}
