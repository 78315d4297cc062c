//! What OPA's compiler refuses is refused here, with its place: types that never match, names
//! declared twice or in vain, rules that contradict each other. Each was compared with the real
//! `opa check`.

use std::sync::Arc;

use manifestly::engine::{EngineLimits, Program};
use manifestly::policy::PolicySet;
use manifestly::rego::{self, PolicyLimits, VersionChoice};
use manifestly::source::SourceText;
use serde_json::Map;

/// Where and why policies are refused: the text that each error marks, its message, its hint.
fn refused(policies: &[&str], version: VersionChoice, strict: bool) -> Vec<[String; 3]> {
    let parse = |text: &&str| {
        let source = Arc::new(SourceText::new("p.rego", *text));
        rego::parse(&source, version, &PolicyLimits::default()).unwrap()
    };
    let policies = PolicySet::new(policies.iter().map(parse).collect(), Map::new()).unwrap();
    let limits = EngineLimits { strict, ..EngineLimits::default() };
    let Err(errors) = Program::compile(&policies, limits) else { return Vec::new() };
    let all = errors.0.iter().map(|error| {
        let place = error.text.as_ref().unwrap().slice(error.span.unwrap());
        let message = error.message.trim_start_matches("the policy does not compile: ");
        [place.to_owned(), message.to_owned(), error.help.clone().unwrap_or_default()]
    });
    all.collect()
}

fn check(rules: &str) -> Vec<[String; 3]> {
    refused(&[&format!("package t\n\n{rules}\n")], VersionChoice::V1, false)
}

/// The one thing that is wrong with some rules.
fn fault(rules: &str) -> [String; 3] {
    let mut all = check(rules);
    assert_eq!(all.len(), 1, "{rules}: {all:?}");
    all.pop().unwrap()
}

#[test]
fn types_that_never_match_are_refused() {
    for (rules, place, message, help) in [
        (
            "p if startswith(1, \"a\")",
            "1",
            "`startswith` can't take this, argument 1",
            "found number, expected string",
        ),
        (
            "p if count(null) > 0",
            "null",
            "`count` can't take this",
            "found null, expected string or array[any] or object[any: any] or set[any]",
        ),
        (
            "p := x if { input.x == 1; x := \"a\" + 1 }",
            "\"a\"",
            "`+` can't take this, argument 1",
            "found string, expected number",
        ),
        (
            "r := {\"a\": 1}\n\np if data.t.r.b",
            "b",
            "there is no `\"b\"` in here",
            "it has `\"a\"`",
        ),
        (
            "p if { x := 1; x == \"a\" }",
            "x == \"a\"",
            "the two sides can never be equal",
            "the left side is number, the right side is string",
        ),
        (
            "p if { x := [y | y := 1 + \"b\"]; x }",
            "\"b\"",
            "`+` can't take this, argument 2",
            "found string, expected number",
        ),
        (
            "p if { some x in [1, 2]; x.a }",
            "x.a",
            "there is nothing to look into here",
            "found number, expected an array, an object or a set",
        ),
        (
            "p if { \"a\" in [1, 2] }",
            "\"a\" in [1, 2]",
            "what `in` looks for can never be found",
            "it looks for string, the collection holds number",
        ),
        (
            "f(x) := x if x > 1\n\np := f",
            "f",
            "a function is used as a value",
            "call it with its arguments: `f(x)`",
        ),
    ] {
        assert_eq!(fault(rules), [place, message, help], "{rules}");
    }
}

#[test]
fn what_may_match_passes() {
    for rules in [
        "p if startswith(input.x, \"a\")",
        "p if { x := input.x; x == 1; x == \"a\" }",
        "r := {\"a\": 1}\n\np if data.t.r[input.k] == 1",
        "p if 1 < \"a\"",
        "p if { every x in [1, 2] { startswith(x, \"a\") } }",
        "q := 1\n\np if q == \"a\" with data.t.q as \"a\"",
        "f(x) := 1 if x == 1\n\nf(x) := \"s\" if x == 2\n\np if f(1) == \"s\"",
        "p if data.other.x == 1\n\nq if data.other.x == \"a\"",
        "a[x] := 1 if some x in [\"k\"]\n\np if a.z == 1",
        "p if { [x, y] := split(input.x, \"/\"); x != y }",
    ] {
        assert_eq!(check(rules), Vec::<[String; 3]>::new(), "{rules}");
    }
}

#[test]
fn all_faults_are_told() {
    let all = check("p if startswith(1, \"a\")\n\nq if count(null) > 1\n\nr if p + q");
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn names_are_declared_once_and_before_they_are_used() {
    for (rules, place, message) in [
        ("p if { x := 1; x := 2 }", "x", "`x` is declared twice: it is assigned above"),
        ("p if { some x; x := 2; x }", "x", "`x` is declared twice: it is declared above"),
        ("f(x) := y if { x := 2; y := x }", "x", "`x` is declared twice: it is a parameter"),
        (
            "f(x) := y if { some y, [_, input.a[x]] in input.b }",
            "x",
            "`x` is declared twice: it is a parameter",
        ),
        (
            "p if { x := 1; ys := input.b; some [_, input.a[x]] in ys }",
            "x",
            "`x` is declared twice: it is assigned above",
        ),
        (
            "p := [1 | some x in input.a[x]] if { x := 1 }",
            "x",
            "`x` is declared here, and is in what is searched",
        ),
        ("p if { x > 1; x := 2 }", "x", "`x` is used above, before it is declared"),
        ("p if { some x; input.y }", "x", "the variable `x` is never used"),
        ("p if { input := 1; input > 0 }", "input", "a variable can't hide `input`"),
        ("f(data) := 1", "data", "a variable can't hide `data`"),
        ("p if any([true])", "any", "`any` is deprecated, and gone in Rego v1"),
    ] {
        let all = check(rules);
        assert!(
            all.iter().any(|fault| fault[0] == place && fault[1] == message),
            "{rules}: {all:?}"
        );
    }
    let imports = "package t\n\nimport data.a\nimport data.b.a\n\np if a";
    let all = refused(&[imports], VersionChoice::V1, false);
    assert_eq!(all[0][..2], ["import data.b.a", "two imports go by the name `a`"]);
    let v0 = "package t\n\nimport data.a\nimport data.b.a\n\np { any([true]); a }";
    assert!(refused(&[v0], VersionChoice::V0, false).is_empty());
}

#[test]
fn rules_do_not_contradict_each_other() {
    let two_kinds = "this name is defined as two different kinds of rule";
    for (rules, message) in [
        ("default p := 1\n\ndefault p := 2", "this rule has two defaults"),
        ("p := 1\n\np contains 2", two_kinds),
        (
            "f(x) := x\n\nf(x, y) := x + y",
            "this function is defined with different numbers of arguments",
        ),
        ("p := {}\n\np.q := 1", "this rule stands inside of another rule's value"),
    ] {
        assert_eq!(fault(rules)[1], message, "{rules}");
    }
    let packages = ["package a\n\nb := 1", "package a.b\n\nc := 1"];
    let all = refused(&packages, VersionChoice::V1, false);
    assert_eq!(all[0][..2], ["b := 1", "this rule has the name of a package"]);
}

#[test]
fn strict_policies_have_nothing_in_vain() {
    let strict = |rules: &str, version| {
        refused(&[&format!("package t\n\n{rules}\n")], version, true)
            .into_iter()
            .map(|[place, message, _]| format!("{place}: {message}"))
            .collect::<Vec<_>>()
    };
    let v1 = VersionChoice::V1;
    assert_eq!(strict("p if { x := 1 }", v1), ["x: the variable `x` is never used"]);
    assert_eq!(strict("f(x) := 1", v1), ["x: the argument `x` is never used"]);
    assert_eq!(
        strict("import data.a\n\np := 1", v1),
        ["import data.a: the import `a` is never used"]
    );
    assert_eq!(
        strict("p { any([true]) }", VersionChoice::V0),
        ["any: `any` is deprecated, and gone in Rego v1"]
    );
    assert!(strict("import data.a\n\nf(_) := x if { x := a }", v1).is_empty());
    assert!(strict("p contains x if { x := 1 }", v1).is_empty());
    assert!(check("f(x) := 1").is_empty());
}
