//! Bad input: a located, friendly error and exit code 2; never a pass, never a panic.

use crate::run::{folder, run_in, run_with_input};

const POLICY: &str = "package main\n\ndeny contains \"no\" if input.kind == \"Bad\"\n";
const GOOD: &str = "apiVersion: v1\nkind: Good\nmetadata: {name: a}\n";

fn shown(files: &[(&str, &str)], args: &[&str]) -> String {
    let folder = folder(files);
    let ran = run_in(folder.path(), args);
    assert_eq!(ran.code, 2, "{ran:?}");
    ran.shown()
}

#[test]
fn one_broken_document_does_not_hide_the_others() {
    let text =
        format!("{GOOD}---\nkind: [\n---\napiVersion: v1\nkind: Bad\nmetadata: {{name: b}}\n");
    let files = [("p.rego", POLICY), ("m.yaml", text.as_str())];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p.rego", "m.yaml"]));
}

#[test]
fn a_policy_that_does_not_parse() {
    let files =
        [("p/a.rego", "package a\n\ndeny contains msg if {\n\tmsg := \n}\n"), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "m.yaml"]));
}

#[test]
fn a_policy_that_does_not_compile() {
    let unsafe_variable = "package a\n\ndeny contains msg if {\n\tinput.kind == \"Good\"\n}\n";
    let files = [("p/a.rego", unsafe_variable), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "m.yaml"]));
}

#[test]
fn an_unknown_function_is_an_error_even_where_it_is_not_reached() {
    let policy = "package a\n\nimport data.lib\n\ndeny contains \"x\" if {\n\tinput.kind == \"Other\"\n\tlib.is_bad(input)\n}\n";
    let lib = "package lib\n\nis_good(x) if x.ok\n";
    let files = [("p/a.rego", policy), ("p/lib.rego", lib), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "m.yaml"]));
}

#[test]
fn a_rule_that_fails_costs_itself_alone() {
    let policy = "package a\n\nlimit := 1 if input.kind\nlimit := 2 if input.kind\n\ndeny contains \"over\" if limit > 0\n";
    let files = [
        ("p/a.rego", policy),
        ("p/b.rego", POLICY),
        (
            "m.yaml",
            "apiVersion: v1\nkind: Bad\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Bad\nmetadata: {name: b}\n",
        ),
    ];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "m.yaml"]));
}

#[test]
fn a_path_without_policies() {
    let files = [("empty/readme.md", "x"), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "empty", "-p", "nowhere", "m.yaml"]));
}

#[test]
fn policies_without_rules() {
    let files = [("p/lib.rego", "package lib\n\nx := 1\n"), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "m.yaml"]));
}

#[test]
fn a_namespace_that_matches_nothing() {
    let files = [("p.rego", POLICY), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p.rego", "-n", "mian", "m.yaml"]));
}

#[test]
fn data_that_contradicts_itself() {
    let files = [
        ("p/a.rego", POLICY),
        ("p/data.json", "{\"limit\": 1}"),
        ("d/more.yaml", "# limits\nlimit: 2\n"),
        ("m.yaml", GOOD),
    ];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p", "-d", "d", "m.yaml"]));
}

#[test]
fn metadata_that_makes_no_sense() {
    let policy = "# METADATA\n# title: T\n# custom:\n#   severity: awful\npackage a\n\ndeny contains 1 if true\n";
    let files = [("p.rego", policy), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p.rego", "m.yaml"]));
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let folder = folder(&[("p.rego", POLICY)]);
    std::fs::write(folder.path().join("latin.yaml"), b"kind: Good\nname: caf\xe9\n").unwrap();
    let ran = run_in(folder.path(), &["check", "-p", "p.rego", "latin.yaml", "nowhere.yaml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn templates_are_named_as_such() {
    let files = [
        ("p.rego", POLICY),
        ("chart/Chart.yaml", "name: c\n"),
        ("chart/templates/a.yaml", "kind: Bad\nmetadata: {name: \"{{ .Values.name }}\"}\n"),
        ("jinja.yaml", "kind: Bad\nspec:\n  {% if x %}\n  a: 1\n  {% endif %}\n"),
    ];
    insta::assert_snapshot!(shown(&files, &["check", "-p", "p.rego", "."]));
}

#[test]
fn settings_that_can_not_be_read() {
    let files = [("manifestly.toml", "policies = [\"p\"]\nfail_on = \"warn\"\n"), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "m.yaml"]));
    let files = [("manifestly.toml", "fail-on = \"sometimes\"\n"), ("m.yaml", GOOD)];
    insta::assert_snapshot!(shown(&files, &["check", "m.yaml"]));
}

#[test]
fn deep_and_large_input_is_refused_not_overflowed() {
    let folder = folder(&[("p.rego", POLICY)]);
    for open in ["[", "{\"a\":", "- "] {
        let text = format!("kind: Bad\nspec: \n  {}", open.repeat(100_000));
        let ran = run_with_input(folder.path(), &["check", "-p", "p.rego", "-"], text.as_bytes());
        assert_eq!(ran.code, 2, "{open}");
    }
    let json = format!("{{\"kind\":\"Bad\",\"apiVersion\":\"v1\",\"x\":{}", "[".repeat(100_000));
    let ran = run_with_input(folder.path(), &["check", "-p", "p.rego", "-"], json.as_bytes());
    assert_eq!(ran.code, 2);
    let args = ["check", "-p", "p.rego", "--max-file-size", "10", "-"];
    let ran = run_with_input(folder.path(), &args, GOOD.as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("larger than 10 bytes"), "{}", ran.out);
}

#[test]
fn a_list_that_no_memory_holds_is_not_made() {
    let policy = "package a\n\ndeny contains \"x\" if count(numbers.range(1, 1000000000000)) > 0\n";
    let files = [("p.rego", policy), ("m.yaml", GOOD)];
    let told = shown(&files, &["check", "-p", "p.rego", "m.yaml"]);
    assert!(told.contains("numbers.range: it takes more than"), "{told}");
}

#[test]
fn an_endless_rule_is_stopped() {
    let policy = "package a\n\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 3000)\n\t\
                  some j in numbers.range(1, 3000)\n\tsome k in numbers.range(1, 3000)\n\t\
                  i * j * k == -1\n}\n";
    let folder = folder(&[("p.rego", policy), ("m.yaml", GOOD)]);
    let args = ["check", "-p", "p.rego", "--rule-timeout", "1", "m.yaml"];
    let ran = run_in(folder.path(), &args);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn limits_are_told_with_the_rule_and_the_resource() {
    use manifestly::check::{Checker, Options};
    use manifestly::engine::EngineLimits;
    use manifestly::policy::Loader;

    let told = |policy: &str, engine: EngineLimits| {
        let policies = Loader::new().policy_text("p.rego", policy).load().unwrap();
        let options = Options { engine, ..Options::default() };
        let checker = Checker::with_options(policies, options).unwrap();
        let manifest = serde_json::json!({
            "kind": "Good", "apiVersion": "v1", "metadata": {"name": "a"}
        });
        let report = checker.check_value(&manifest);
        assert!(report.findings.is_empty(), "{report:?}");
        let error = &report.errors[0];
        assert_eq!(error.location().and_then(|at| at.line), Some(3), "{error:?}");
        error.message.clone()
    };
    let rule = "package p\n\ndeny contains i if some i in numbers.range(1, 5000)\n";
    let limits = EngineLimits { results: 100, ..EngineLimits::default() };
    assert_eq!(told(rule, limits), "the rule has more than 100 results (judging Good a)");
    let limits = EngineLimits { members: 100, ..EngineLimits::default() };
    assert_eq!(told(rule, limits), "the rule made more than 100 members (judging Good a)");
    let limits = EngineLimits { steps: 100, ..EngineLimits::default() };
    let steps =
        "package p\n\ndeny contains i if { some i in numbers.range(1, 5000); i < 0; true }\n";
    assert_eq!(told(steps, limits), "the rule took more than 100 steps (judging Good a)");
}
