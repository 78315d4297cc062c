//! `manifestly test`: Gatekeeper suites, and tests in Rego.

use crate::run::{folder, manifestly_in, root, run, run_in};

/// The suite of the fixtures, changed, in a folder of its own.
fn changed(from: &str, to: &str) -> tempfile::TempDir {
    changed_in("suite.yaml", from, to)
}

/// The same with a change in another of its files.
fn changed_in(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let suite = root().join("fixtures/gatekeeper/suite");
    let copy = folder(&[]);
    for entry in std::fs::read_dir(suite).unwrap() {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let text = if entry.file_name() == file {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        } else {
            text
        };
        std::fs::write(copy.path().join(entry.file_name()), text).unwrap();
    }
    copy
}

fn shown(from: &str, to: &str, code: i32) -> String {
    let folder = changed(from, to);
    let ran = run_in(folder.path(), &["test", "suite.yaml"]);
    assert_eq!(ran.code, code, "{ran:?}");
    ran.shown()
}

#[test]
fn suites_are_found_and_run() {
    let ran = run(&["test", "--verbose", "fixtures/gatekeeper"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    assert_eq!(run(&["test", "./fixtures/gatekeeper/..."]).code, 0);
}

#[test]
fn a_failure_tells_what_was_expected_and_what_came() {
    insta::assert_snapshot!(shown("violations: 1", "violations: 2", 1));
    insta::assert_snapshot!(shown("message: another", "message: ^another", 1));
    insta::assert_snapshot!(shown("violations: no", "violations: true", 1));
    insta::assert_snapshot!(shown("constraint: invalid.yaml", "constraint: constraint.yaml", 1));
}

#[test]
fn what_can_not_be_run_is_no_pass() {
    insta::assert_snapshot!(shown("object: delete-by-root.yaml", "object: nowhere.yaml", 2));
    insta::assert_snapshot!(shown(
        "object: delete-by-root.yaml",
        "object: suite.yaml\n        x: 1",
        2
    ));
    insta::assert_snapshot!(shown("violations: 1", "violations: some", 2));
    insta::assert_snapshot!(shown("message: another", "message: (", 2));
    insta::assert_snapshot!(shown("template: template.yaml", "template: thing.yaml", 2));
    insta::assert_snapshot!(shown("    invalid: true\n", "", 2));
}

#[test]
fn files_that_are_not_there_are_named_where_the_suite_names_them() {
    insta::assert_snapshot!(shown("template: template.yaml", "template: nowhere.yaml", 2));
    insta::assert_snapshot!(shown("constraint: constraint.yaml", "constraint: nowhere.yaml", 2));
    insta::assert_snapshot!(shown("[other.yaml, thing.yaml]", "[other.yaml, nowhere.yaml]", 2));
}

#[test]
fn what_is_wrong_with_templates_and_constraints_is_told_where_it_stands() {
    let shown = |file: &str, from: &str, to: &str| {
        let folder = changed_in(file, from, to);
        let args = ["test", "--run", "deletion//created", "suite.yaml"];
        let ran = run_in(folder.path(), &args);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.shown()
    };
    let template = |from: &str, to: &str| shown("template.yaml", from, to);
    let constraint = |from: &str, to: &str| shown("constraint.yaml", from, to);
    let second = "  targets:\n    - {target: admission.k8s.gatekeeper.sh, rego: package a}\n";
    insta::assert_snapshot!(template("  targets:\n", second));
    insta::assert_snapshot!(template("sprintf(", "sprintg("));
    insta::assert_snapshot!(template("not excepted", "not excepted ]"));
    let cel = "code: [{engine: K8sNativeValidation, source: {}}]\n      x: |";
    insta::assert_snapshot!(template("rego: |", cel));
    insta::assert_snapshot!(constraint("    kinds:", "    knids:"));
    insta::assert_snapshot!(constraint("kind: NoDelete", "kind: NoDeletes"));
    insta::assert_snapshot!(constraint("except: [root]", "except: root"));
    insta::assert_snapshot!(constraint("  match:", "  enforcementAction: block\n  match:"));
}

const ENDLESS: &str = "i := numbers.range(1, 3000)[_]\n\tj := numbers.range(1, 3000)[_]\n\t\
                       k := numbers.range(1, 3000)[_]\n\ti * j * k == -1";

#[test]
fn a_test_that_does_not_end_is_stopped_and_no_pass() {
    let test =
        format!("package a_test\n\ntest_endless if {{\n\t{ENDLESS}\n}}\n\ntest_fine if true\n");
    let folder = folder(&[("a_test.rego", &*test)]);
    let ran = run_in(folder.path(), &["test", "--verbose", "--timeout", "1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let endless = ENDLESS.replace("\n\t", "\n          ");
    let folder = changed_in("template.yaml", "not excepted", &endless);
    let args = ["test", "--timeout", "1", "--run", "deletion//by-guest", "suite.yaml"];
    let ran = run_in(folder.path(), &args);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn no_tests_are_no_pass() {
    let empty = folder(&[("thing.yaml", "a: 1\n")]);
    let ran = run_in(empty.path(), &["test"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    assert_eq!(run_in(empty.path(), &["test", "nowhere"]).code, 2);
    assert_eq!(run(&["test", "--run", "nothing", "fixtures/gatekeeper"]).code, 2);
    assert_eq!(run(&["test", "--run", "(", "fixtures/gatekeeper"]).code, 2);
}

#[test]
fn run_picks_tests_and_cases() {
    let count = |pattern: &str| {
        let ran = run(&["test", "-f", "json", "--run", pattern, "fixtures/gatekeeper"]);
        ran.json()["tests"].as_array().unwrap().len()
    };
    assert_eq!(count("deletion"), 5);
    assert_eq!(count("^by-"), 2);
    assert_eq!(count("deletion//guest"), 1);
    assert_eq!(count("parameters//"), 1);
}

#[test]
fn formats() {
    let folder = changed("violations: 1", "violations: 2");
    for format in ["json", "junit", "tap"] {
        let ran = run_in(folder.path(), &["test", "-f", format, "suite.yaml"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        insta::with_settings!({filters => vec![
            (r#""duration_ms": \d+"#, r#""duration_ms": 0"#),
            (r#" time="[\d.]+""#, r#" time="0""#),
            (r#" (uuid|timestamp)="[^"]*""#, ""),
        ]}, {
            insta::assert_snapshot!(format!("format_{format}"), ran.out);
        });
    }
}

const POLICY: &str = "package a\n\ndeny contains \"x\" if input.kind == \"Bad\"\n";

fn tested(tests: &str) -> crate::run::Ran {
    let files = [("a.rego", POLICY), ("a_test.rego", tests)];
    run_in(folder(&files).path(), &["test", "--verbose"])
}

#[test]
fn tests_in_rego_are_run() {
    let ran = tested(
        "package a_test\n\nimport data.a\n\n\
         test_good if count(a.deny) == 0 with input as {\"kind\": \"Good\"}\n\n\
         test_bad if {\n\tfound := a.deny with input as {\"kind\": \"Bad\"}\n\tprint(found)\n\t\
         count(found) == 2\n\tfound != set()\n}\n\n\
         test_bad if false\n\ntest_value := 1\n\ntodo_test_later if false\n\n\
         test_each[name] if some name in [\"one\", \"two\"]\n",
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn tests_in_rego_that_can_not_be_run_are_no_pass() {
    let ran = tested("package a_test\n\ntest_x if {\n\tx :=\n}\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let ran = tested(
        "package a_test\n\nx := 1 if true\nx := y if y := count(\"ab\")\n\ntest_x if x == 1\n",
    );
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn the_embedded_pack_passes_its_own_tests() {
    let ran = run(&["test", "policies"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn the_environment_says_which_rego_tests_are_written_in() {
    let folder = folder(&[("a_test.rego", "package a\n\ntest_old { true }\n")]);
    let code = |args: &[&str], version: &str| {
        let mut command = manifestly_in(folder.path());
        command.env("MANIFESTLY_REGO_VERSION", version).args(["test", "a_test.rego"]).args(args);
        command.output().unwrap().status.code()
    };
    assert_eq!(code(&[], "auto"), Some(0));
    assert_eq!(code(&[], "v1"), Some(2));
    assert_eq!(code(&["--rego-version", "v0"], "v1"), Some(0), "flags go first");
    assert_eq!(code(&[], "v7"), Some(2));
}
