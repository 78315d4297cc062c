//! The command line: sources, settings, outputs, exit codes.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::run::{folder, manifestly_in, root, run, run_in, run_with_input};

const POLICY: &str = r#"package main

deny contains {"msg": "no", "path": ["spec", "bad"]} if input.spec.bad

warn contains "hm" if input.spec.odd
"#;

fn manifest(name: &str, spec: &str) -> String {
    format!("apiVersion: v1\nkind: Thing\nmetadata: {{name: {name}}}\nspec: {spec}\n")
}

fn findings(report: &Value) -> Vec<String> {
    let told = |finding: &Value| {
        let place = &finding["location"];
        format!(
            "{}:{}:{} {} {}",
            place["file"].as_str().unwrap(),
            place["line"],
            place["column"],
            finding["resource"]["name"].as_str().unwrap(),
            finding["message"].as_str().unwrap()
        )
    };
    report["findings"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn exit_codes_follow_the_fail_level() {
    let folder = folder(&[
        ("p.rego", POLICY),
        ("bad.yaml", &manifest("a", "{bad: true}")),
        ("odd.yaml", &manifest("a", "{odd: true}")),
        ("good.yaml", &manifest("a", "{}")),
    ]);
    let code =
        |args: &[&str]| run_in(folder.path(), &[&["check", "-p", "p.rego"], args].concat()).code;
    assert_eq!(code(&["good.yaml"]), 0);
    assert_eq!(code(&["odd.yaml"]), 0);
    assert_eq!(code(&["bad.yaml"]), 1);
    assert_eq!(code(&["--fail-on", "warn", "odd.yaml"]), 1);
    assert_eq!(code(&["--fail-on", "never", "bad.yaml", "odd.yaml"]), 0);
    assert_eq!(code(&["--fail-on", "never", "bad.yaml", "nowhere.yaml"]), 2);
    assert_eq!(code(&["--no-such-flag"]), 2);
}

#[test]
fn folders_are_walked_with_their_ignore_files() {
    let bad = manifest("a", "{bad: true}");
    let folder = folder(&[
        ("p.rego", POLICY),
        (".gitignore", "generated/\n"),
        ("d/.manifestlyignore", "vendored.yaml\n"),
        ("d/b.yml", &bad),
        ("d/a.yaml", &bad),
        (
            "d/c.JSON",
            "{\"apiVersion\":\"v1\",\"kind\":\"T\",\"metadata\":{\"name\":\"j\"},\"spec\":{\"bad\":1}}",
        ),
        ("d/notes.txt", &bad),
        ("d/vendored.yaml", &bad),
        ("d/.hidden/x.yaml", &bad),
        ("generated/x.yaml", &bad),
        ("charts/x.yaml", &bad),
    ]);
    let report = run_in(
        folder.path(),
        &["check", "-p", "p.rego", "-f", "json", "--exclude", "charts/", ".", "d/a.yaml"],
    );
    assert_eq!(
        findings(&report.json()),
        ["d/a.yaml:4:13 a no", "d/b.yml:4:13 a no", "d/c.JSON:1:69 j no"]
    );
    let named = ["check", "-p", "p.rego", "-f", "json", "d/.hidden/x.yaml", "d/notes.txt"];
    assert_eq!(run_in(folder.path(), &named).json()["summary"]["deny"], 2);
}

#[test]
fn excluding_globs_are_relative_to_where_they_stand() {
    let bad = manifest("a", "{bad: true}");
    let folder = folder(&[
        ("manifestly.toml", "policies = [\"p.rego\"]\nexclude = [\"apps/b/\", \"/apps/c.yaml\"]\n"),
        ("p.rego", POLICY),
        ("apps/a.yaml", &bad),
        ("apps/b/x.yaml", &bad),
        ("apps/c.yaml", &bad),
    ]);
    let apps = folder.path().join("apps");
    let checked =
        |args: &[&str]| findings(&run_in(&apps, &[&["check", "-f", "json"], args].concat()).json());
    assert_eq!(checked(&["."]), ["a.yaml:4:13 a no"]);
    assert_eq!(checked(&["../apps/b/x.yaml", "../apps"]), ["../apps/a.yaml:4:13 a no"]);
    assert_eq!(checked(&["--exclude", "/a.yaml", "."]), ["b/x.yaml:4:13 a no", "c.yaml:4:13 a no"]);
}

#[test]
fn standard_input_has_the_name_it_is_given() {
    let folder = folder(&[("p.rego", POLICY)]);
    let text = manifest("a", "{bad: true}");
    let args = ["check", "-p", "p.rego", "-f", "json", "-"];
    let report = run_with_input(folder.path(), &args, text.as_bytes()).json();
    assert_eq!(findings(&report), ["<stdin>:4:13 a no"]);
    let args = [&args[..], &["--stdin-filename", "rendered/web.yaml"]].concat();
    let report = run_with_input(folder.path(), &args, text.as_bytes()).json();
    assert_eq!(findings(&report), ["rendered/web.yaml:4:13 a no"]);
    let nothing = run_with_input(folder.path(), &args, b" \n");
    assert_eq!(nothing.code, 2, "what should have rendered manifests has failed: {nothing:?}");
}

#[test]
fn lists_are_judged_item_by_item_where_they_stand() {
    let list = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: T\n    metadata: {name: a}\n    spec: {}\n  - apiVersion: v1\n    kind: T\n    metadata: {name: b}\n    spec:\n      bad: yes\n";
    let folder = folder(&[("p.rego", POLICY), ("l.yaml", list)]);
    let report = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json", "l.yaml"]).json();
    assert_eq!(findings(&report), ["l.yaml:12:12 b no"]);
    assert_eq!(report["findings"][0]["location"]["path"], "/items/1/spec/bad");
    assert_eq!(report["summary"]["resources"], 2);
}

#[test]
fn what_is_no_manifest_is_skipped_and_counted_unless_any_is_wanted() {
    let folder = folder(&[
        ("p.rego", POLICY),
        ("values.yaml", "spec:\n  bad: true\n"),
        ("list.yaml", "- 1\n"),
        ("config.toml", "[spec]\nbad = true\n"),
        ("empty.yaml", "# nothing\n"),
    ]);
    let report = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json"]).json();
    assert_eq!(report["summary"]["skipped"], 2);
    assert_eq!(report["summary"]["resources"], 0);
    let any = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json", "--any"]);
    assert_eq!(any.code, 1);
    assert_eq!(findings(&any.json()), ["config.toml:2:7  no", "values.yaml:2:8  no"]);
}

#[test]
fn several_reports_can_be_written_in_one_run() {
    let folder = folder(&[("p.rego", POLICY), ("m.yaml", &manifest("a", "{bad: true}"))]);
    let args = [
        "check",
        "-p",
        "p.rego",
        "-f",
        "sarif",
        "-o",
        "out.sarif",
        "-f",
        "json",
        "-o",
        "out.json",
        "-f",
        "human",
        "m.yaml",
    ];
    let ran = run_in(folder.path(), &args);
    assert!(ran.out.contains("1 deny in 1 resource of 1 file"), "{}", ran.out);
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("out.sarif")["version"], "2.1.0");
    assert_eq!(read("out.json")["version"], 1);
    let ran = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json", "-f", "human"]);
    assert_eq!(ran.code, 2);
    let ran = run_in(folder.path(), &["check", "-o", "json"]);
    assert!(ran.err.contains("did you mean --format json?"), "{}", ran.err);
    assert!(!folder.path().join("json").exists());
    let ran =
        run_in(folder.path(), &["check", "-p", "p.rego", "-o", "new/folder/r.json", "m.yaml"]);
    assert_eq!(ran.code, 1);
    assert_eq!(read("new/folder/r.json")["version"], 1);
}

#[test]
fn data_and_versions_and_namespaces() {
    let folder = folder(&[
        ("p/new.rego", "package new\n\ndeny contains \"new\" if data.limits.cpu == 1"),
        (
            "p/old.rego",
            "package old\n\ndeny[msg] { msg := sprintf(\"old %v\", [data.teams.names[_]]) }",
        ),
        ("p/new_test.rego", "package new_test\n\ndeny contains \"test\" if true"),
        ("p/limits/data.yaml", "cpu: 1\n"),
        ("d/teams/names.json", "{\"names\": [\"x\"]}"),
        ("m.yaml", &manifest("a", "{}")),
    ]);
    let messages = |args: &[&str]| -> Vec<String> {
        let args = [&["check", "-f", "json", "-p", "p", "-d", "d", "m.yaml"], args].concat();
        let report = run_in(folder.path(), &args).json();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().map(|f| f["message"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(messages(&[]), ["new", "old x"]);
    assert_eq!(messages(&["-n", "o*"]), ["old x"]);
    let v1 =
        run_in(folder.path(), &["check", "-p", "p", "-d", "d", "--rego-version", "v1", "m.yaml"]);
    assert_eq!(v1.code, 2);
    assert!(v1.out.contains("p/old.rego"), "{}", v1.out);
}

#[test]
fn results_of_every_shape_are_violations() {
    let policy = r#"package shapes
deny_string := "complete string"
deny_true if input.kind
deny_object := {"message": "complete object", "field": "spec.a[0]"}
deny_array := ["in array", {"msg": "object in array", "location": "/spec/a/1"}]
deny_partial[name] := {"msg": name} if some name in ["partial a", "partial b"]
deny_wordless contains {"x": 1} if input.kind
deny_false := false
deny_missing contains {"msg": "missing", "path": ["spec", "b", "c"]} if input.kind
"#;
    let folder = folder(&[("p.rego", policy), ("m.yaml", &manifest("a", "{a: [1, 2]}"))]);
    let report = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json", "m.yaml"]).json();
    let mut told: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let place = &f["location"];
            format!(
                "{} {} {}:{}-{} {}",
                f["message"].as_str().unwrap(),
                place["path"].as_str().unwrap(),
                place["line"],
                place["column"],
                place["end_column"],
                place["source"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn clauses_with_metadata_of_their_own_are_policies_of_their_own() {
    let policy = r#"package team

import rego.v1

# METADATA
# title: One
# custom: {id: team/one}
deny contains "one" if input.spec.one

# METADATA
# title: Two
# custom: {id: team/two, severity: high}
deny contains "two" if helper(input.spec)

deny contains msg if {
	input.kind == "Other"
	msg := "a clause that ends in a string"
}

deny contains "three" if input.kind == "Other"

helper(x) if x.two
"#;
    let folder = folder(&[("p.rego", policy), ("m.yaml", &manifest("a", "{one: 1, two: 2}"))]);
    let report = run_in(folder.path(), &["check", "-p", "p.rego", "-f", "json", "m.yaml"]).json();
    let told: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| json!([f["policy"], f["title"], f["message"], f["severity"]]))
        .collect();
    assert_eq!(
        told,
        [json!(["team/one", "One", "one", null]), json!(["team/two", "Two", "two", "high"])]
    );
}

#[test]
fn settings_come_from_the_nearest_file_upwards() {
    let folder = folder(&[
        ("manifestly.toml", "policies = [\"rules\"]\nfail-on = \"warn\"\n"),
        ("rules/p.rego", POLICY),
        ("apps/web/m.yaml", &manifest("a", "{odd: true}")),
    ]);
    let web = folder.path().join("apps/web");
    let ran = run_in(&web, &["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("../../rules/p.rego:5"), "{}", ran.out);
    insta::assert_snapshot!(run_in(&web, &["config", "--any"]).shown());
    let ran: crate::run::Ran = manifestly_in(&web)
        .env("MANIFESTLY_FAIL_ON", "deny")
        .args(["config", "--json"])
        .output()
        .unwrap()
        .into();
    let settings = &ran.json()["settings"];
    assert_eq!(settings["fail-on"], json!({"value": "deny", "from": "MANIFESTLY_FAIL_ON"}));
    assert_eq!(settings["policies"]["from"], "../../manifestly.toml:1");
}

#[test]
fn parse_shows_what_the_engine_sees() {
    let folder = folder(&[("m.yaml", "# c\n---\nmode: 0777\n---\non: {a: yes}\n")]);
    let ran = run_in(folder.path(), &["parse", "m.yaml", "--format", "json"]);
    assert_eq!(
        ran.json(),
        json!([
            {"file": "m.yaml", "document": 1, "line": 3, "value": {"mode": 511}},
            {"file": "m.yaml", "document": 2, "line": 5, "value": {"true": {"a": true}}},
        ])
    );
    insta::assert_snapshot!(run_in(folder.path(), &["parse", "m.yaml"]).shown());
    let broken = run_with_input(folder.path(), &["parse", "-"], b"a: [\n");
    assert_eq!(broken.code, 2);
}

#[test]
fn init_starts_a_repository_that_works() {
    let folder = folder(&[]);
    let ran = run_in(folder.path(), &["init", "repo"]);
    insta::assert_snapshot!(ran.shown());
    let repo = folder.path().join("repo");
    let report = run_in(&repo, &["check", "-f", "json", "policies"]).json();
    assert_eq!(
        findings(&report),
        [
            "policies/examples/owner-label/bad.yaml:3:1 web no label says which team owns this workload"
        ]
    );
    let tested = run_in(&repo, &["test", "policies"]);
    assert!(tested.code == 0 && tested.out.starts_with("5 passed"), "{tested:?}");
    let linted = run_in(&repo, &["policy", "lint"]);
    assert_eq!(linted.code, 0, "{linted:?}");
    std::fs::write(repo.join("manifestly.toml"), "# mine\n").unwrap();
    let again = run_in(folder.path(), &["init", "repo"]);
    assert!(again.out.contains("kept   repo/manifestly.toml"), "{}", again.out);
    assert_eq!(std::fs::read_to_string(repo.join("manifestly.toml")).unwrap(), "# mine\n");
}

#[test]
fn help_teaches_and_every_command_has_a_page() {
    insta::assert_snapshot!(run(&["--help"]).shown());
    insta::assert_snapshot!(run(&["check", "--help"]).shown());
    for command in [
        "check",
        "explain",
        "expect",
        "docs",
        "eval",
        "parse",
        "policy",
        "replay",
        "waive",
        "waiver",
        "waivers",
        "config",
        "init",
        "schema",
        "completions",
        "man",
    ] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.code, 0);
        let page = root().join("docs").join(format!("{command}.md"));
        assert!(page.is_file(), "{page:?} is missing");
    }
}

#[test]
fn completions_and_manual_pages_are_made() {
    for (shell, mark) in [
        ("bash", "_manifestly()"),
        ("zsh", "#compdef manifestly"),
        ("fish", "complete -c manifestly"),
    ] {
        assert!(run(&["completions", shell]).out.contains(mark), "{shell}");
    }
    assert!(run(&["man"]).out.contains(".TH manifestly"));
    let folder = folder(&[]);
    assert_eq!(run_in(folder.path(), &["man", "--out", "pages"]).code, 0);
    assert!(folder.path().join("pages/manifestly-check.1").is_file());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = manifestly_in(&root());
    command.args(["check", "fixtures"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!(said, "");
    assert!(code.is_some_and(|code| code != 0), "the verdict is kept: {code:?}");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let args = ["check", "fixtures/shop"];
    assert!(!run(&args).out.contains('\x1b'));
    let coloured = run(&[&["--color", "always"], &args[..]].concat());
    assert!(coloured.out.contains("\x1b[1;31mdeny\x1b[0m"), "{}", coloured.out);
    let ascii: crate::run::Ran =
        manifestly_in(&root()).env("LANG", "C").args(args).output().unwrap().into();
    assert!(ascii.out.is_ascii(), "{}", ascii.out);
}

#[test]
fn narrow_terminals_get_narrow_lines() {
    let ran: crate::run::Ran = manifestly_in(&root())
        .env("COLUMNS", "60")
        .args(["check", "fixtures/shop"])
        .output()
        .unwrap()
        .into();
    let wide = ran.out.lines().filter(|line| line.starts_with("        ")).filter(|line| {
        !line.contains("http") && line.chars().count() > 60 && line.trim_start().contains(' ')
    });
    // Examples to copy keep their lines; prose does not exceed the width.
    assert_eq!(wide.filter(|line| !line.starts_with("            ")).count(), 0, "{}", ran.out);
}

/// On standard error, so that the report is what it is without; and in every run, whatever is kept.
#[test]
fn what_policies_print_is_told_with_its_place() {
    let policy = r#"package p

deny contains "few" if {
	print("judging", input.metadata.name, "with replicas", input.spec.replicas)
	input.spec.replicas < 2
}
"#;
    let (web, db) = (manifest("web", "{replicas: 1}"), manifest("db", "{}"));
    let folder = folder(&[("p.rego", policy), ("a.yaml", &web), ("b.yaml", &db)]);
    let asked = ["check", "-f", "json", "-p", "p.rego", "a.yaml", "b.yaml"];
    for _ in 0..2 {
        let ran = run_in(folder.path(), &asked);
        assert_eq!((ran.code, findings(&ran.json()).len()), (1, 1));
        assert_eq!(
            ran.err,
            "p.rego:4: judging web with replicas 1\np.rego:4: judging db with replicas <undefined>\n"
        );
    }
    let ran = run_in(folder.path(), &["eval", "print(1 + 1); data.p.deny", "-p", "p.rego"]);
    assert_eq!(ran.err, "<query>:1: 2\np.rego:4: judging <undefined> with replicas <undefined>\n");
    assert_eq!(ran.json(), serde_json::json!({"value": []}));
}
