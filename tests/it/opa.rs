//! The engine gives the real OPA's answers. They stand in fixtures/opa: `value` (sets as lists in
//! OPA's order), `undefined`, or `error` while loading or evaluating.

use std::sync::Arc;

use manifestly::engine::value::Value as Rego;
use manifestly::engine::{EngineLimits, Program};
use manifestly::policy::PolicySet;
use manifestly::rego::{self, PolicyLimits, VersionChoice};
use manifestly::source::SourceText;
use serde_json::{Map, Value};

use crate::run::root;

fn fixture(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(root().join("fixtures/opa").join(name)).unwrap()).unwrap()
}

/// What the engine says of `data.t.all`, as OPA's answers are written.
fn answer(policy: &str, input: &Value) -> Value {
    let error = |kind: &str| serde_json::json!({ "error": kind });
    let source = Arc::new(SourceText::new("t.rego", policy));
    let Ok(module) = rego::parse(&source, VersionChoice::V1, &PolicyLimits::default()) else {
        return error("load");
    };
    let policies = PolicySet::new(vec![module], Map::new()).unwrap();
    let Ok(program) = Program::compile(&policies, EngineLimits::default()) else {
        return error("load");
    };
    let mut evaluator = program.evaluator();
    // What is known of inputs that are alike must not show.
    for cousin in cousins(input) {
        evaluator.set_value(Some(Rego::from(&cousin)));
        let _ = evaluator.ask(&["t", "all"]);
    }
    evaluator.set_value(Some(Rego::from(input)));
    match evaluator.ask(&["t", "all"]) {
        Ok(Some(value)) => serde_json::json!({ "value": value.to_serde() }),
        Ok(None) => serde_json::json!({ "undefined": true }),
        Err(_) => error("eval"),
    }
}

/// OPA's answer where it is a value, in JSON, or else refuses to load the policy.
fn loaded(value: Option<&str>) -> Value {
    match value {
        Some(value) => serde_json::json!({"value": serde_json::from_str::<Value>(value).unwrap()}),
        None => serde_json::json!({"error": "load"}),
    }
}

/// Inputs with the same keys at their top and other values.
fn cousins(input: &Value) -> Vec<Value> {
    let Some(fields) = input.as_object() else { return Vec::new() };
    let alike = |other: &dyn Fn(&str, &Value) -> Value| {
        let field = |(key, value): (&String, &Value)| (key.clone(), other(key, value));
        Value::Object(fields.iter().map(field).collect())
    };
    let odd = serde_json::json!({"containers": [{"name": "odd"}], "odd": [1, "a"]});
    let nothing = |value: &Value| match value {
        Value::Object(_) => serde_json::json!({}),
        Value::Array(_) => serde_json::json!([]),
        other => other.clone(),
    };
    vec![alike(&|_, _| Value::Null), alike(&|_, _| odd.clone()), alike(&|_, old| nothing(old))]
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Compared on a thread with room for deep policies, as the command line judges.
fn with_room(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap();
    thread.join().unwrap();
}

#[test]
fn minimal_cases_have_opas_answers() {
    // Not here: input and output. And where OPA 1.22 answers otherwise than 1.20, from which these
    // answers are, it is followed: in how `sprintf` writes exponents, and in YAML's `yes`.
    const DIFFERENT: [&str; 8] = [
        "net.lookup_ip_addr(\"localhost\")",
        "opa.runtime()",
        "opa_runtime",
        "sprintf_52 %v [1e10]",
        "sprintf_55 %v [1e-7]",
        "sprintf_75 %s [1e21]",
        "sprintf_from_input",
        "yaml.unmarshal(\"a: yes\\nb: 0o17\\nc: 1e3\\nd: 012\\ne: ~\\nf: 2020-01-01\")",
    ];
    with_room(|| {
        let cases = fixture("minimal.json");
        let mut different = Vec::new();
        for case in cases.as_array().unwrap() {
            let ours = answer(case["policy"].as_str().unwrap(), &case["input"]);
            if !same(&ours, &case["opa"]) {
                different.push(case["name"].as_str().unwrap());
            }
        }
        different.sort_unstable();
        assert_eq!(different, DIFFERENT);
    });
}

/// A comprehension waits for the variables that it shares with the statements around it.
#[test]
fn closures_see_the_variables_around_them() {
    let policy = "package t\n\nall contains v if {\n\tnames := {n | n := input.rules[i].names[_]}\n\t\
                  names & {\"secrets\"} != set()\n\tv := input.rules[i].verbs[_]\n}\n";
    let input = serde_json::json!({"rules": [
        {"names": ["pods"], "verbs": ["get"]},
        {"names": ["secrets"], "verbs": ["list"]},
    ]});
    assert_eq!(answer(policy, &input), serde_json::json!({"value": ["list"]}));
    let every =
        "package t\n\nall contains y if {\n\ty := input.b[_]\n\tevery x in input.a { x > y }\n}\n";
    let input = serde_json::json!({"a": [3, 4], "b": [1, 2, 3]});
    assert_eq!(answer(every, &input), serde_json::json!({"value": [1, 2]}));
    // What is declared further down is another variable.
    let before = "package t\n\nall contains y if {\n\tevery x in input.a { x > y }\n\t\
                  y := input.b[_]\n}\n";
    assert_eq!(answer(before, &input), serde_json::json!({"error": "load"}));
    let loose = "package t\n\nall contains [a, b] if {\n\tsome i\n\ta := [x | x := input.a[i]]\n\t\
                 b := [x | input.b[i] > 1; x := input.b[i]]\n}\n";
    assert_eq!(answer(loose, &input), serde_json::json!({"value": [[[3, 4], [2, 3]]]}));
    let unsafe_inside = "package t\n\nall := [x | y := 1]\n";
    assert_eq!(answer(unsafe_inside, &input), serde_json::json!({"error": "load"}));
}

/// What `some` declares hides what it is called outside. Each was asked of OPA 1.22.
#[test]
fn variables_in_patterns_are_new_where_opa_says_so() {
    let input = serde_json::json!({
        "a": {"p": 1, "q": 2}, "b": {"k": ["m", 1], "l": ["n", 2]}, "xs": [[1, 1], [2, 2]],
    });
    for (rule, value) in [
        ("[z | some z, [_, input.a[x]] in input.b] if { x := \"p\" }", Some("[\"k\", \"l\"]")),
        ("[1 | some input.a[x] in [2]] if { x := \"p\" }", Some("[]")),
        ("[1 | some input.a[x] in input.b.k] if { x := \"p\" }", Some("[1]")),
        ("[1 | some count(x) in [2]] if { x := [1, 2] }", Some("[1]")),
        ("[1 | some {[1, x]} in [{[1, 5]}]] if { x := 5 }", Some("[1]")),
        ("[1 | some {\"u\": x}, v in {{\"u\": \"b\"}: 2}] if { x := \"c\" }", Some("[1]")),
        ("[x | some x in [x | some x in [3]]]", Some("[3]")),
        ("[x | some x, _ in {x: 1 | some x in [3]}] if { x := 1 }", Some("[]")),
        ("[y | some y in {z | z := y}] if { y := 1 }", Some("[1]")),
        ("[y | some y in [z | z := $\"{y}\"]] if { y := 1 }", None),
        ("[y | some {\"k\": y, input.a[x]: 1} in input.xs] if { x := \"p\" }", Some("[]")),
        ("[1 | some [count(x)] in [[2]]] if { x := [1, 2] }", None),
        ("[1 | some count(x), v in [3, 4, 5]] if { x := [1] }", None),
        ("[1 | some x in input.a[x]] if { x := 1 }", None),
        ("[x | some x in [1, x]] if { x := 1 }", None),
        ("y if { x := \"p\"; some [y, input.a[x]] in input.b }", None),
        ("y if { x := \"p\"; ys := input.b; some [y, input.a[x]] in ys }", None),
        ("y if { x := \"p\"; some [y, {\"p\": 1}[x]] in input.xs }", None),
    ] {
        let opa = loaded(value);
        assert_eq!(answer(&format!("package t\n\nall := {rule}\n"), &input), opa, "{rule}");
    }
}

/// What stands in a reference's key is matched with what there is. A variable in the key of an object
/// there, or in a set, is none of what is found: without a value it matches nothing. Each was asked of
/// OPA 1.22.
#[test]
fn variables_that_no_key_gives_a_value_match_nothing() {
    let input = serde_json::json!({"x": "a", "o": {"b": 1}});
    let none = Some("[]");
    for (rule, value) in [
        ("v if { some {x: k}, v in {{\"a\": 1}: 2} }", none),
        ("x if { some {x: k}, v in {{\"a\": 1}: 2} }", none),
        ("1 if { some {x: 1}, _ in {{\"a\": 1}: 2} }", none),
        ("1 if { some {_: k}, v in {{\"a\": 1}: 2} }", none),
        ("k if { some {x: k}, x in {{\"a\": 1}: \"a\"} }", none),
        ("k if { some {x: k}, v in {{\"a\": 1}: 2}; x = \"a\" }", none),
        ("v if { some {x: k}, v in input.o }", none),
        ("x if { some {x}, v in input }", none),
        ("1 if { some x; {{\"a\"}}[{x}] }", none),
        ("k if { some [{x: k}], v in {[{\"a\": 1}]: 2} }", none),
        ("k if { some [{x: k}, x], v in {[{\"b\": 1}, \"b\"]: 2} }", none),
        (
            "k if { some {\"b\": x, \"a\": {x: k}}, v in {{\"b\": \"z\", \"a\": {\"z\": 1}}: 2} }",
            none,
        ),
        ("k if { some {[x, 1]: k}, v in {{[\"a\", 1]: 1}: 2} }", none),
        ("k if { some {lower(x): k}, v in {{\"a\": 1}: 2}; x = \"A\" }", none),
        ("k if { some {$\"{x}\": k}, v in {{\"a\": 1}: 2}; x = \"a\" }", none),
        ("k if { some x, k; _ = {{\"a\": 1}: 2}[{x: k}]; x = \"a\" }", none),
        ("1 if { every z in [1] { some {x: k}, v in {{\"a\": z}: 2}; k == 1 } }", none),
        ("1 if { not found }\n\nfound if { some {x: k}, v in {{\"a\": 1}: 2} }", Some("[1]")),
        ("[k | some {x: k}, v in {{\"a\": 1}: 2}; x == \"a\"]", Some("[[]]")),
        // What has its value is looked for.
        ("k if { some {x: k}, v in c; c = {{\"a\": 1}: 2}; x = \"a\" }", Some("[1]")),
        ("k if { some x in [\"a\", \"b\"]; _ = {{\"a\": 1}: 2}[{x: k}] }", Some("[1]")),
        ("k if { some [x, {x: k}], v in {[\"b\", {\"b\": 1}]: 2} }", Some("[1]")),
        (
            "k if { some {\"a\": x, \"b\": {x: k}}, v in {{\"a\": \"z\", \"b\": {\"z\": 1}}: 2} }",
            Some("[1]"),
        ),
        ("x if { some x in [\"a\", \"b\"]; {{\"a\"}}[{x}] }", Some("[\"a\"]")),
        ("k if { some {input.x: k}, v in {{\"a\": 1}: 2} }", Some("[1]")),
        ("v if { x := \"a\"; some k, {x: v} in {1: {\"a\": 2}} }", Some("[2]")),
        // Elsewhere it is unsafe.
        ("k if { some k, {x: v} in {1: {\"a\": 2}} }", None),
        ("v if { some {x: v} in [{\"a\": 2}] }", None),
        ("k if { {x: k}, v in {{\"a\": 1}: 2} }", None),
        ("1 if { some {x: k}, v in [1, 2] }", None),
        ("1 if { x := \"a\"; some {x: k}, v in {{\"a\": 1}: 2} }", None),
        ("1 if { every {x: k}, v in {{\"a\": 1}: 2} { k == 1 } }", None),
    ] {
        let opa = loaded(value);
        assert_eq!(answer(&format!("package t\n\nall contains {rule}\n"), &input), opa, "{rule}");
    }
}

/// What is used in a nested body, and not declared there, can't be declared after it in the body around it.
/// Each was asked of OPA 1.22.
#[test]
fn names_that_operands_used_are_not_declared_after_them() {
    let no_input = serde_json::json!({});
    for (body, is_loaded) in [
        ("{ v = 1 } or { true }\n\tv := 1", false),
        ("{ true } and { v = 1 }\n\tv := 1", false),
        ("{ true } and { v = 1 }\n\tsome v in [1]", false),
        ("{ not { v = 1 } } or { true }\n\tv := 1", false),
        ("{ every e in [1] { v = e } } or { true }\n\tv := 1", false),
        ("not v = 2\n\tv := 1", false),
        ("v := 1\n\t{ v = 1 } or { false }", true),
        ("{ v := 1; v == 1 } or { false }\n\tv := 1", true),
        ("not { v = 2; v == 1 }\n\tv := 1", true),
        ("every e in [1] { v = e }\n\tv := 1", true),
        ("not { { v = 2; v == 1 } or { false } }\n\tv := 1", true),
        ("x := [1 | { v = 1 } or { true }]\n\tv := 1", true),
    ] {
        let policy = format!("package t\n\nimport rego.v2\n\nall := 1 if {{\n\t{body}\n}}\n");
        let error = serde_json::json!({"error": "load"});
        assert_eq!(answer(&policy, &no_input) != error, is_loaded, "{body}");
    }
}

/// OPA's index leaves out rules that can't hold, and with them their errors. Each was asked of OPA 1.22.
#[test]
fn rules_that_cannot_hold_have_no_errors() {
    let input = serde_json::json!({
        "many": [1, 2], "list": ["a", "b"], "map": {"k": "a"}, "name": "web-1", "tag": "v1",
    });
    for (condition, fails) in [
        ("\"x\" in input.list", false),
        ("\"x\" in input.map", false),
        ("input.list[_] == \"x\"", false),
        ("some i; input.map[i] == \"x\"", false),
        ("x := \"x\"; input.list[_] == x", false),
        ("input.name in [\"a\", \"b\"]", false),
        ("input.name in {\"k\": \"a\"}", false),
        ("startswith(input.name, \"db-\")", false),
        ("endswith(input.name, \"-2\")", false),
        ("\"a\" in input.list", true),
        ("input.map[_] == \"a\"", true),
        ("input.name in [\"web-1\"]", true),
        ("startswith(input.name, \"web-\")", true),
        ("\"x\" in [input.name]", true),
        ("input.name in [\"x\", input.tag]", true),
        ("not \"a\" in input.list", true),
        ("input.name in []", true),
        ("[\"x\"] in input.list", true),
        ("contains(input.name, \"db\")", true),
    ] {
        let policy = format!(
            "package t\n\nf(_) := n if n := input.many[_]\n\nall := 1 if {{\n\tf(1)\n\t{condition}\n}}\n"
        );
        let opa = if fails {
            serde_json::json!({"error": "eval"})
        } else {
            serde_json::json!({"undefined": true})
        };
        assert_eq!(answer(&policy, &input), opa, "{condition}");
    }
}

/// A variable that a reference gives its value may stand before it in the same call.
#[test]
fn arguments_give_values_to_those_before_them() {
    let input = serde_json::json!({"a": {"x": 1, "y": "y"}, "b": {"n": "name"}});
    for (rule, value) in [
        ("v if { v in [input.a[v]] }", serde_json::json!(["y"])),
        ("v if { 0, v in [input.a[v]] }", serde_json::json!(["y"])),
        ("v if { startswith(input.b[v], v) }", serde_json::json!(["n"])),
        ("v if { v == lower(input.a[v]) }", serde_json::json!(["y"])),
        ("n if { n := concat(v, [\"a\", input.b[v]]) }", serde_json::json!(["anname"])),
        ("n if { n := [v, input.b[v]] }", serde_json::json!([["n", "name"]])),
    ] {
        let policy = format!("package t\n\nall contains {rule}\n");
        assert_eq!(answer(&policy, &input), serde_json::json!({ "value": value }), "{rule}");
    }
}

/// Beside a scalar OPA does not even look whether there is what stands behind `with`.
#[test]
fn scalars_in_templates_lose_what_they_are_asked_with() {
    let input = serde_json::json!({"a": 5});
    for (part, told) in [
        ("1 with data.t.one as input.nothing", "1"),
        ("-1 with nobody as nowhere", "-1"),
        ("null with input.a as input.nothing", "null"),
        ("\"s\" with input.a as input.nothing", "s"),
        ("input.a with input.a as input.nothing", "<undefined>"),
        ("[1] with input.a as input.nothing", "<undefined>"),
        ("input.a with input.a as 7", "7"),
    ] {
        let policy = format!("package t\n\none := 1\n\nall := $\"{{{part}}}!\"\n");
        let opa = serde_json::json!({"value": format!("{told}!")});
        assert_eq!(answer(&policy, &input), opa, "{part}");
    }
}

#[test]
fn generated_cases_have_opas_answers() {
    with_room(|| {
        let generated = fixture("generated.json");
        let library = generated["library"].as_str().unwrap();
        let inputs = generated["inputs"].as_array().unwrap();
        let mut compared = 0;
        for case in generated["cases"].as_array().unwrap() {
            let policy = format!("{library}\n{}", case["rules"].as_str().unwrap());
            for (input, theirs) in inputs.iter().zip(case["opa"].as_array().unwrap()) {
                let ours = answer(&policy, input);
                assert!(
                    same(&ours, theirs),
                    "{}\n{policy}\nOPA: {theirs}\nours: {ours}",
                    case["name"]
                );
                compared += 1;
            }
        }
        assert!(compared > 2400, "{compared} compared");
    });
}

/// A function without arguments is a rule: it may be named, and called where its type is open.
#[test]
fn functions_without_arguments_are_rules() {
    let policy = "package t\n\nf() := input.x\n\nall := [f, data.t.f]\n";
    let input = serde_json::json!({"x": 1});
    assert_eq!(answer(policy, &input), serde_json::json!({"value": [1, 1]}));
    let called = "package t\n\nf() := input.x\n\nall := [f()]\n";
    assert_eq!(answer(called, &input), serde_json::json!({"value": [1]}));
    let known = "package t\n\nf() := 1\n\nall := [f()]\n";
    assert_eq!(answer(known, &input), serde_json::json!({"error": "load"}));
}
