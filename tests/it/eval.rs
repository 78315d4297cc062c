//! `manifestly eval`: queries and their answers.

use serde_json::{Value, json};

use crate::run::{Ran, folder, run, run_in, run_with_input};

const POLICY: &str = r#"package main

deny contains msg if {
	some c in input.spec.containers
	not c.resources
	msg := sprintf("%s has no resources", [c.name])
}

limit := data.limits.cpu

broken := to_number("x")

double(x) := x * 2
"#;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: yes
  containers:
    - name: app
    - name: proxy
    - {name: tidy, resources: {}}
";

/// The answer with the policy, data and pod above.
fn asked(query: &str, more: &[&str]) -> Ran {
    let folder = folder(&[("p.rego", POLICY), ("d/limits.yaml", "cpu: 2\n"), ("pod.yaml", POD)]);
    std::fs::write(folder.path().join("d/limits.yaml"), "limits: {cpu: 2}\n").unwrap();
    let args = ["eval", query, "-p", "p.rego", "-d", "d", "--input", "pod.yaml"];
    run_in(folder.path(), &[&args, more].concat())
}

fn answer(query: &str) -> Value {
    let ran = asked(query, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

#[test]
fn the_value_of_the_last_statement_is_told() {
    assert_eq!(answer("1 + 1"), json!({"value": 2}));
    assert_eq!(
        answer("data.main.deny"),
        json!({"value": ["app has no resources", "proxy has no resources"]})
    );
    assert_eq!(answer("data.main.limit; data.main.limit * 10"), json!({"value": 20}));
    assert_eq!(answer("input.spec.hostNetwork"), json!({"value": true}));
    assert_eq!(answer("false"), json!({"value": false}));
    assert_eq!(answer("0.1 + 0.2"), json!({"value": 0.3}));
    assert_eq!(answer("{3, 1, 2}"), json!({"value": [1, 2, 3]}));
}

#[test]
fn what_is_undefined_is_an_empty_object() {
    for query in ["input.nope", "data.main.nope", "1 == 2; true", "data.main.broken"] {
        assert_eq!(answer(query), json!({}), "{query}");
    }
    assert_eq!(run(&["eval", "input"]).json(), json!({}));
}

#[test]
fn variables_and_further_solutions_are_told() {
    assert_eq!(answer("x := 2; y := x + 1"), json!({"value": true, "bindings": {"x": 2, "y": 3}}));
    assert_eq!(
        answer("input.spec.containers[i].name"),
        json!({
            "value": "app",
            "bindings": {"i": 0},
            "others": [
                {"value": "proxy", "bindings": {"i": 1}},
                {"value": "tidy", "bindings": {"i": 2}},
            ],
        })
    );
}

#[test]
fn people_get_the_same_in_short() {
    let pretty = |query: &str| asked(query, &["--format", "pretty"]).out;
    assert_eq!(pretty("input.spec.containers[i].name; i < 2"), "i = 0\n\ni = 1\n");
    assert_eq!(pretty("i = 1; input.spec.containers[i].name"), "i = 1\n\"proxy\"\n");
    assert_eq!(pretty("input.nope"), "undefined\n");
    assert_eq!(pretty("{\"a\": [1]}"), "{\n  \"a\": [\n    1\n  ]\n}\n");
}

#[test]
fn a_query_can_stand_in_a_package() {
    assert_eq!(asked("double(4)", &["--package", "main"]).json(), json!({"value": 8}));
    assert_eq!(asked("double(4)", &[]).code, 2);
}

#[test]
fn the_embedded_pack_can_be_asked_and_input_can_be_piped() {
    let pod = "{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"spec\": {\"hostNetwork\": true}}";
    let folder = folder(&[]);
    let query = "some m in data.kubernetes.host_namespaces.deny; m.path";
    let ran = run_with_input(folder.path(), &["eval", query, "--input", "-"], pod.as_bytes());
    assert_eq!(ran.json()["value"], json!(["spec", "hostNetwork"]), "{ran:?}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |query: &str, more: &[&str]| {
        let ran = asked(query, more);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        ran.shown()
    };
    let told = [
        wrong("1 +", &[]),
        wrong("count(x)", &[]),
        wrong("nothing(1)", &[]),
        wrong("data.main.broken", &["--strict-builtin-errors"]),
        wrong("true", &["-p", "nowhere"]),
        run(&["eval", "true", "-i", "nowhere.yaml"]).shown(),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_input_is_one_document() {
    let folder = folder(&[
        ("two.yaml", "a: 1\n---\na: 2\n"),
        ("none.yaml", "# x\n"),
        ("bad.yaml", "a: [\n"),
    ]);
    let told = ["two.yaml", "none.yaml", "bad.yaml"].map(|file| {
        let ran = run_in(folder.path(), &["eval", "input", "--input", file]);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.shown()
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn checks_can_be_strict_about_builtins_too() {
    let folder = folder(&[
        ("p.rego", "package p\n\ndeny contains \"x\" if to_number(input.kind) > 1\n"),
        ("m.yaml", "apiVersion: v1\nkind: A\n"),
    ]);
    let args = ["check", "-p", "p.rego", "m.yaml"];
    assert_eq!(run_in(folder.path(), &args).code, 0);
    let strict = run_in(folder.path(), &[&args[..], &["--strict-builtin-errors"]].concat());
    assert_eq!(strict.code, 2);
    insta::assert_snapshot!(strict.shown());
}

#[test]
fn the_help_teaches() {
    insta::assert_snapshot!(run(&["eval", "--help"]).shown());
}

/// What docs/eval.md shows.
#[test]
fn why_is_told_by_rules_statements_and_what_was_read() {
    let policy = "\
package main

deny contains msg if {
	some c in input.spec.containers
	not c.resources.limits.cpu
	msg := sprintf(\"%s has no cpu limit\", [c.name])
}

deny contains \"host network\" if {
	input.spec.hostNetwork == true
	is_web
}

is_web if startswith(input.metadata.name, \"web\")
";
    let pod = "\
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  hostNetwork: yes
  containers:
    - name: app
    - name: proxy
    - {name: tidy, resources: {limits: {cpu: 1}}}
";
    let folder = folder(&[("main.rego", policy), ("pod.yaml", pod)]);
    let args = ["eval", "--explain", "--coverage", "data.main.deny", "-p", "main.rego"];
    let args = [&args[..], &["--input", "pod.yaml"]].concat();
    let told = run_in(folder.path(), &[&args[..], &["-f", "pretty"]].concat());
    let docs = std::fs::read_to_string(crate::run::root().join("docs/eval.md")).unwrap();
    assert!(docs.contains(&told.out), "{}", told.out);
    let told = run_in(folder.path(), &args).json();
    assert_eq!(told["coverage"]["covered_lines"], json!(6));
    assert_eq!(told["coverage"]["files"]["main.rego"]["partly"], json!([14]));
    assert_eq!(told["coverage"]["files"]["main.rego"]["not_covered"], json!([9]));
    let why = &told["explanation"];
    assert_eq!(why["read"]["/spec/hostNetwork"], json!(true));
    let missing = json!([
        "/spec/containers/0/resources/limits/cpu",
        "/spec/containers/1/resources/limits/cpu"
    ]);
    assert_eq!(why["missing"], missing);
    let statement = &why["rules"][0]["bodies"][0]["statements"][1];
    let expected =
        json!({"line": 5, "text": "not c.resources.limits.cpu", "reached": 3, "held": 2});
    assert_eq!(*statement, expected);
}

#[cfg(feature = "second-opinion")]
#[test]
fn another_engine_is_asked_for_its_opinion() {
    let told = asked("data.main.deny", &["--second-opinion"]).json();
    assert_eq!(told["second_opinion"], json!({"same": true}));
    let told = asked("data.main.limit * 2", &["--second-opinion", "-f", "pretty"]);
    assert_eq!(told.out, "4\n\nregorus says the same\n");
    // OPA takes `\\d` for ASCII digits.
    let differs = asked(r#"regex.match("^\\d$", "\u0663")"#, &["--second-opinion"]).json();
    assert_eq!(differs["value"], json!(false));
    let solutions = json!({"same": false, "solutions": [{"value": true}]});
    assert_eq!(differs["second_opinion"], solutions);
    let fails = asked("json.verify_schema({})", &["--second-opinion"]).json();
    assert!(fails["second_opinion"]["error"].is_string(), "{fails}");
}

#[test]
fn a_function_is_asked_once_for_the_same_argument() {
    use std::fmt::Write as _;

    // Two calls at each level are more than anybody could wait for, were each made anew.
    let mut policy = "package main\n\nf0(x) := count(x.spec.containers)\n".to_owned();
    for level in 1..=50 {
        let below = level - 1;
        writeln!(policy, "f{level}(x) := f{below}(x) + f{below}(x)").unwrap();
    }
    policy
        .push_str("\nall := f50(input)\n\nfewer := x if {\n\tx := f50(input) with input.spec.containers as [1]\n}\n");
    let folder = folder(&[("p.rego", &policy), ("pod.yaml", POD)]);
    for (query, factor) in [("data.main.all", 3_u64), ("data.main.fewer", 1)] {
        for more in [&[][..], &["--coverage"], &["--explain"]] {
            let args = ["eval", query, "-p", "p.rego", "--input", "pod.yaml"];
            let ran = run_in(folder.path(), &[&args, more].concat());
            assert_eq!(ran.code, 0, "{ran:?}");
            let shown = (factor << 50).to_string();
            assert!(ran.out.contains(&shown), "{query} {more:?}: {}", ran.out);
        }
    }
}

/// Data is read as OPA reads it: numbers of JSON as they are written, those of YAML as Go writes
/// them, and words are words.
#[test]
fn data_keeps_its_digits_and_words() {
    let folder = folder(&[
        ("p.rego", "package p\n\nlarge if data.json.large == 123456789012345678901234567890\n"),
        (
            "d/json/data.json",
            "{\"large\": 123456789012345678901234567890, \"half\": 1.50, \"exp\": 1e3, \"no\": -0}",
        ),
        (
            "d/yaml/data.yaml",
            "large: 12345678901234567890\nhalf: 1.50\nexp: 1e3\nmode: 0777\nyes: &x no\nsame: *x\n",
        ),
    ]);
    let answer = |query: &str| {
        let ran = run_in(folder.path(), &["eval", query, "-p", "p.rego", "-d", "d"]);
        ran.out.split_whitespace().collect::<String>()
    };
    assert_eq!(
        answer("data.json"),
        r#"{"value":{"exp":1e3,"half":1.50,"large":123456789012345678901234567890,"no":-0}}"#
    );
    assert_eq!(
        answer("data.yaml"),
        r#"{"value":{"exp":1000,"half":1.5,"large":12345678901234567890,"mode":511,"same":"no","yes":"no"}}"#
    );
    assert_eq!(answer("data.p.large"), r#"{"value":true}"#);
}
