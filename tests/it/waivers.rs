//! Waivers: what they let pass, what is told of them, and the commands about them.

use std::path::Path;

use crate::run::{Ran, folder, run, run_in};

const POLICY: &str = "\
# METADATA
# title: Workloads do not run as root
# custom:
#   id: team/root
#   owner: platform-security
#   contact: '#ask-platform'
#   waiver: {max_days: 60, approvers: [bob@example.com, '*@ops.example.com']}
package team.root

deny contains {\"msg\": \"it may run as root\", \"path\": [\"spec\", \"root\"]} if input.spec.root
";

const OTHER: &str = "\
# METADATA
# title: Nobody is excused
# custom: {id: team/strict, waiver: {allowed: false}, owner: platform-security, contact: '#ask-platform'}
package team.strict

deny contains \"it is strict\" if input.spec.strict
";

const DEPLOY: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {team: web}}
spec: {root: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {root: true}
";

const WAIVER: &str = "\
apiVersion: manifestly.dev/v1
kind: Waiver
metadata: {name: web-root}
spec:
  policy: team/root
  match: {kinds: [Deployment], namespaces: [shop], names: [web]}
  reason: the vendor's image starts as root until 3.2
  requestedBy: alice@example.com
  approvedBy: bob@example.com
  ticket: OPS-7
  from: 2026-11-01
  expires: 2026-12-15
";

const AS_OF: [&str; 2] = ["--as-of", "2026-11-20"];

fn scene(waivers: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder(&[
        ("policies/root.rego", POLICY),
        ("policies/strict.rego", OTHER),
        ("deploy/web.yaml", DEPLOY),
        ("manifestly.toml", "policies = [\"policies\"]\n"),
    ]);
    for (name, text) in waivers {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, more: &[&str]) -> Ran {
    run_in(folder, &[&["check", "deploy"], &AS_OF[..], more].concat())
}

#[test]
fn a_waiver_lets_pass_what_it_is_for() {
    let folder = scene(&[("waivers/web.yaml", WAIVER)]);
    let ran = check(folder.path(), &[]);
    insta::assert_snapshot!(ran.shown());
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!((&json["summary"]["deny"], &json["summary"]["waived"]), (&1.into(), &1.into()));
    let waived = &json["findings"][0];
    assert_eq!(waived["standing"], "waived");
    assert_eq!(waived["agreed"]["by"], "waiver");
    assert_eq!(waived["agreed"]["waiver"]["approved_by"], "bob@example.com");
    assert_eq!(json["waivers"][0]["waived"], 1);
    // From the cache too, and by a day that the cache knows nothing of.
    assert_eq!(check(folder.path(), &["-f", "json"]).json()["summary"]["waived"], 1);
    let later = run_in(folder.path(), &["check", "deploy", "--as-of", "2026-12-16", "-f", "json"]);
    assert_eq!(later.json()["summary"]["waived"], 0, "{later:?}");
}

#[test]
fn every_format_shows_what_is_waived_and_why() {
    let folder = scene(&[("waivers/web.yaml", WAIVER)]);
    let both = folder.path().join("deploy/web.yaml");
    std::fs::write(&both, DEPLOY.split("---\n").next().unwrap()).unwrap();
    // Ten days before its end.
    let as_of = ["check", "deploy", "--as-of", "2026-12-05"];
    for format in ["human", "sarif", "junit", "github", "gitlab", "markdown"] {
        let ran = run_in(folder.path(), &[&as_of[..], &["-f", format]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        insta::assert_snapshot!(format!("formats_{format}"), ran.shown());
    }
}

#[test]
fn what_does_not_waive_is_told_in_its_file() {
    let changed = |from: &str, to: &str| WAIVER.replacen(from, to, 1);
    let strict = WAIVER.replace("team/root", "team/strict").replace("from: 2026-11-01\n  ", "");
    let folder = scene(&[
        ("waivers/ahead.yaml", &changed("2026-11-01", "2026-11-21")),
        ("waivers/expired.yaml", &changed("2026-12-15", "2026-11-19")),
        ("waivers/long.yaml", &changed("2026-12-15", "2027-12-15")),
        ("waivers/nobody.yaml", &changed("  approvedBy: bob@example.com\n", "")),
        ("waivers/own.yaml", &changed("alice@", "bob@")),
        ("waivers/stranger.yaml", &changed("bob@", "eve@")),
        ("waivers/strict.yaml", &strict),
        ("waivers/wide.yaml", &changed("namespaces: [shop], names: [web]", "names: ['*']")),
        // Over, and about nothing that is here.
        ("waivers/gone.yaml", &changed("names: [web]", "names: [old]").replace("12-15", "11-19")),
    ]);
    let ran = check(folder.path(), &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!(json["summary"]["waived"], 0);
    for format in ["sarif", "junit", "github", "gitlab", "markdown"] {
        let ran = check(folder.path(), &["-f", format]);
        assert!(
            ran.out.contains("eve@example.com") && ran.out.contains("may not approve waivers"),
            "{format}: {ran:?}"
        );
    }
    insta::assert_snapshot!("faults_github", check(folder.path(), &["-f", "github"]).shown());
}

#[test]
fn what_makes_no_sense_is_an_error() {
    let changed = |from: &str, to: &str| WAIVER.replacen(from, to, 1);
    let folder = scene(&[
        ("waivers/date.yaml", &changed("2026-12-15", "2026-02-30")),
        ("waivers/field.yaml", &changed("names:", "name:")),
        ("waivers/kind.yaml", &changed("Waiver", "Waver")),
        ("waivers/policy.yaml", &changed("team/root", "team/rot")),
        (
            "waivers/reason.yaml",
            &changed("reason: the vendor's image starts as root until 3.2", "reason: '…'"),
        ),
        ("waivers/syntax.yaml", "a: [\n"),
        ("waivers/good.yaml", WAIVER),
    ]);
    let ran = check(folder.path(), &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    // The good one holds all the same.
    assert_eq!(check(folder.path(), &["-f", "json"]).json()["summary"]["waived"], 1);
    let missing = check(folder.path(), &["--waivers", "nowhere"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.out.contains("`nowhere` can't be read"), "{missing:?}");
    // Policies that are not asked may be named.
    let some = check(folder.path(), &["--waivers", "waivers/good.yaml", "-n", "team.strict"]);
    assert_eq!(some.code, 0, "{some:?}");
}

#[test]
fn waivers_among_manifests_are_neither_judged_nor_skipped() {
    let folder = scene(&[("deploy/waiver.yaml", WAIVER)]);
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!(json["summary"]["resources"], 2, "{json:#}");
    assert_eq!(json["summary"]["skipped"], 0);
    // And hold only where they are looked for.
    assert_eq!(json["summary"]["waived"], 0);
    let json = check(folder.path(), &["-f", "json", "--waivers", "deploy"]).json();
    assert_eq!(json["summary"]["waived"], 1, "{json:#}");
}

#[test]
fn nothing_hides_behind_the_name_of_a_waiver_or_a_baseline() {
    // kubectl makes what stands under `items`, whatever the list is called.
    let item = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {root: true}}";
    let list = format!("apiVersion: manifestly.dev/v1\nkind: Waiver\nitems: [{item}]\n");
    let any = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec: {root: true}\n";
    let folder = scene(&[("deploy/web.yaml", &list), ("any.yaml", any)]);
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!(json["summary"]["deny"], 1, "{json:#}");
    std::fs::write(folder.path().join("deploy/web.yaml"), list.replace("Waiver", "Baseline"))
        .unwrap();
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!(json["summary"]["deny"], 1, "{json:#}");
    // Where every document is judged, this one is too.
    let json = run_in(folder.path(), &["check", "any.yaml", "--any", "-f", "json"]).json();
    assert_eq!(json["summary"]["deny"], 1, "{json:#}");
}

#[test]
fn files_are_relative_to_the_settings() {
    let by_file = WAIVER.replace(
        "kinds: [Deployment], namespaces: [shop], names: [web]",
        "files: [deploy/*.yaml], paths: [spec.root]",
    );
    let folder = scene(&[("waivers/web.yaml", &by_file)]);
    let waived = |ran: Ran| ran.json()["summary"]["waived"].clone();
    assert_eq!(waived(check(folder.path(), &["-f", "json"])), 2);
    let within = folder.path().join("deploy");
    let args = [&["check", "-f", "json"], &AS_OF[..]].concat();
    assert_eq!(waived(run_in(&within, &[&args[..], &["web.yaml"]].concat())), 2);
    let whole = within.join("web.yaml");
    assert_eq!(waived(run_in(&within, &[&args[..], &[whole.to_str().unwrap()]].concat())), 2);
    let elsewhere = folder.path().join("other");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("web.yaml"), DEPLOY).unwrap();
    assert_eq!(waived(run_in(&elsewhere, &args)), 0);
}

#[test]
fn a_member_of_a_list_is_told_by_its_name() {
    let policy = POLICY.replace(
        "deny contains {\"msg\": \"it may run as root\", \"path\": [\"spec\", \"root\"]} if input.spec.root",
        "deny contains {\"msg\": \"root\", \"path\": [\"spec\", \"containers\", i, \"root\"]} if input.spec.containers[i].root",
    );
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [\
               {name: a, root: true}, {name: b, root: true}]}}\n";
    let waiver = WAIVER.replace(
        "kinds: [Deployment], namespaces: [shop], names: [web]",
        "names: [p], paths: ['spec.containers[name=b]']",
    );
    let folder = scene(&[
        ("policies/root.rego", &policy),
        ("deploy/web.yaml", pod),
        ("waivers/w.yaml", &waiver),
    ]);
    let json = check(folder.path(), &["-f", "json"]).json();
    let standings: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|finding| &finding["standing"]).collect();
    assert_eq!(standings, ["blocking", "waived"], "{json:#}");
}

#[test]
fn waivers_are_listed() {
    let changed = |from: &str, to: &str| WAIVER.replacen(from, to, 1);
    let folder = scene(&[
        ("waivers/web.yaml", WAIVER),
        ("waivers/idle.yaml", &changed("names: [web]", "names: [gone]")),
        ("waivers/nobody.yaml", &changed("  approvedBy: bob@example.com\n", "")),
        ("waivers/over.yaml", &changed("2026-12-15", "2026-11-19")),
    ]);
    let list = |more: &[&str]| run_in(folder.path(), &[&["waivers"], &AS_OF[..], more].concat());
    let ran = list(&[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    insta::assert_snapshot!("waivers_judged", list(&["deploy"]).shown());
    let json = list(&["deploy", "-f", "json"]).json();
    let waived: Vec<_> = json["waivers"].as_array().unwrap().iter().map(|w| &w["waived"]).collect();
    assert_eq!(waived, [0, 0, 0, 1], "{json:#}");
    assert_eq!(json["waivers"][2]["faults"][0]["kind"], "expired");
    // What another one waives waits for none.
    assert_eq!(json["waivers"][2]["in_vain"], 0);
    let over = list(&["deploy", "-f", "json", "--waivers", "waivers/over.yaml"]).json();
    assert_eq!(over["waivers"][0]["in_vain"], 1);
    // One that holds, and ends in 25 days.
    let one =
        |within: &str| list(&["--waivers", "waivers/web.yaml", "--expiring-within", within]).code;
    assert_eq!((one("24d"), one("25d"), one("4w")), (0, 1, 1));
    let wrong = list(&["--expiring-within", "soon"]);
    assert!(wrong.code == 2 && wrong.err.contains("`soon` is no number of days"), "{wrong:?}");
}

#[test]
fn a_waiver_is_written_ready_to_be_approved() {
    let folder = scene(&[]);
    let waive = |args: &[&str]| {
        let usual = ["--requested-by", "alice@example.com", "--reason", "it's old"];
        run_in(folder.path(), &[&["waive"], args, &usual, &AS_OF].concat())
    };
    let ran = waive(&["team/root", "deploy/web.yaml", "--until", "2026-12-31"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = std::fs::read_to_string(folder.path().join("waivers/team-root.web.yaml"));
    insta::assert_snapshot!(format!("{}---\n{}", ran.shown(), written.unwrap()));
    let again = waive(&["team/root", "deploy/web.yaml", "--until", "2026-12-31"]);
    assert!(again.code == 2 && again.err.contains("exists already"), "{again:?}");
    // It waits for its approval.
    let json = check(folder.path(), &["-f", "json"]).json();
    assert_eq!((&json["summary"]["deny"], &json["summary"]["waived"]), (&2.into(), &0.into()));
    let file = folder.path().join("waivers/team-root.web.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("  from:", "  approvedBy: bob@example.com\n  from:"))
        .unwrap();
    let ran = check(folder.path(), &["-f", "json"]);
    assert_eq!((ran.code, &ran.json()["summary"]["waived"]), (0, &2.into()), "{ran:?}");
    // What is waived need not be waived again.
    let ran = waive(&["team/root", "deploy", "--until", "2026-12-31"]);
    assert!(ran.code == 2 && ran.err.contains("is waived already"), "{ran:?}");
    // One resource, as it would be written.
    let ran = waive(&[
        "team/root",
        "deployment/shop/api",
        "--until",
        "2026-12-01",
        "--output",
        "-",
        "--path",
        "spec.containers[name=web]",
        "--approved-by",
        "eve@ops.example.com",
        "--ticket",
        "7",
    ]);
    insta::assert_snapshot!("waive_resource", ran.shown());
}

#[test]
fn a_waiver_that_could_never_waive_is_not_written() {
    let folder = scene(&[]);
    let mut shown = String::new();
    for args in [
        ["team/rot", "deploy/web.yaml", "2026-12-31", "it's old"],
        ["team/root", "deploy/web.yaml", "2027-12-31", "it's old"],
        ["team/root", "deploy/web.yaml", "2026-11-19", "it's old"],
        ["team/root", "deploy/web.yaml", "tomorrow", "it's old"],
        ["team/root", "deploy/web.yaml", "2026-12-31", "…"],
        ["team/root", "web", "2026-12-31", "it's old"],
        ["team/root", "deployment/*", "2026-12-31", "it's old"],
        ["team/strict", "deploy/web.yaml", "2026-12-31", "it's old"],
        ["team/strict", "deployment/web", "2026-12-31", "it's old"],
    ] {
        let [policy, target, until, reason] = args;
        let more = ["--until", until, "--reason", reason, "--requested-by", "alice"];
        let ran = run_in(folder.path(), &[&["waive", policy, target], &more[..], &AS_OF].concat());
        shown.push_str(&format!("$ {}\n{}\n", args.join(" "), ran.shown()));
    }
    insta::assert_snapshot!(shown);
    assert!(!folder.path().join("waivers").exists());
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = run(&["schema", "waiver"]).json();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = scene(&[]);
    let changed = |from: &str, to: &str| WAIVER.replacen(from, to, 1);
    for (text, wanted) in [
        (WAIVER.to_owned(), true),
        (
            changed(
                "match: {kinds: [Deployment], namespaces: [shop], names: [web]}",
                "match: {labels: {a: b}, files: [x], paths: [a.b]}",
            ),
            true,
        ),
        (changed("  ticket: OPS-7\n", ""), true),
        (format!("{WAIVER}signature: x\n"), true),
        (changed("kind: Waiver", "kind: Waver"), false),
        (changed("/v1", "/v2"), false),
        (changed("  policy: team/root\n", ""), false),
        (changed("policy: team/root", "policy: ''"), false),
        (changed("reason: the vendor's image starts as root until 3.2", "reason: '...'"), false),
        (changed("expires: 2026-12-15", "expires: 15.12.2026"), false),
        (changed("expires: 2026-12-15", "expires: 20261215"), false),
        (changed("  expires: 2026-12-15\n", ""), false),
        (changed("names: [web]", "names: web"), false),
        (changed("names: [web]", "names: ['']"), false),
        (changed("names: [web]", "name: [web]"), false),
        (changed("names: [web]", "labels: {a: 1}"), false),
        (changed("ticket: OPS-7", "ticket: 7"), false),
        (changed("metadata: {name: web-root}", "metadata: {names: web-root}"), false),
        (format!("{WAIVER}other: x\n"), false),
    ] {
        let path = folder.path().join("w.yaml");
        std::fs::write(&path, &text).unwrap();
        let value = run_in(folder.path(), &["parse", "--format", "json", "w.yaml"]).json();
        assert_eq!(schema.is_valid(&value[0]["value"]), wanted, "by the schema: {text}");
        let read = run_in(folder.path(), &["waiver", "payload", "w.yaml"]);
        assert_eq!(read.code == 0, wanted, "by the reader: {text}\n{read:?}");
    }
}
