//! Rules that say the same of every input are found once, and nobody can tell.

use manifestly::engine::{EngineLimits, Evaluator, Program};
use manifestly::manifest::{Format, ReadLimits};
use manifestly::manifest::{Manifest, read};
use manifestly::policy::{Loader, PolicySet};
use manifestly::source::SourceText;

fn policies(text: &str) -> PolicySet {
    Loader::new().policy_text("p.rego", text).load().unwrap()
}

fn manifest(text: &str) -> Manifest {
    let source = SourceText::new("m.yaml", text).into();
    read(&source, Format::Manifest, &ReadLimits::default()).manifests.remove(0)
}

/// What each rule finds, as text; the message of the error where there is one.
fn found(evaluator: &mut Evaluator, policies: &PolicySet, input: &str) -> Vec<String> {
    evaluator.set_input(&manifest(input).root, "m.yaml");
    let outcomes = policies.entry_points.iter().map(|entry| match evaluator.evaluate(entry) {
        Ok(outcome) => outcome.results.iter().map(|result| result.value.to_string()).collect(),
        Err(error) => error.message,
    });
    outcomes.collect()
}

#[test]
fn answers_are_those_of_a_new_evaluator() {
    let policies = policies(
        r#"package main

registries := {"a.io", "b.io"}

longest := max([count(r) | some r in registries])

drawn := rand.intn("drawn", 1000000)

names contains upper(input.name)

deny contains msg if {
	not input.registry in registries
	msg := sprintf("%s %d %v %v", [input.registry, longest, names, drawn])
}

deny contains msg if {
	deny_all with registries as {"other"}
	msg := "replaced"
}

deny_all if "other" in registries

warn contains data.main.longest
"#,
    );
    let program = Program::compile(&policies, EngineLimits::default()).unwrap();
    let inputs =
        ["{name: x, registry: c.io}", "{name: y, registry: a.io}", "{name: z, registry: d}"];
    for proofs in [false, true] {
        let mut one = program.evaluator();
        one.keep_proofs(proofs);
        for input in inputs.iter().chain(&inputs) {
            let mut fresh = program.evaluator();
            fresh.keep_proofs(proofs);
            let told = found(&mut one, &policies, input);
            assert_eq!(told, found(&mut fresh, &policies, input));
            assert!(told[0].contains("replaced") && told[2].contains('4'), "{told:?}");
        }
    }
}

#[test]
fn what_is_known_without_proofs_is_found_anew_with_them() {
    let policies = policies(
        "package main\n\nallowed := {\"a\"}\n\ndeny contains x if {\n\tx := input.x\n\tnot x in allowed\n}\n",
    );
    let program = Program::compile(&policies, EngineLimits::default()).unwrap();
    let mut evaluator = program.evaluator();
    for proofs in [false, true, false, true] {
        evaluator.keep_proofs(proofs);
        evaluator.set_input(&manifest("{x: b}").root, "m.yaml");
        let outcome = evaluator.evaluate(&policies.entry_points[0]).unwrap();
        let [result] = outcome.results.as_slice() else { panic!("{outcome:?}") };
        let used = evaluator.proof(result).map(|proof| format!("{:?}", proof.used));
        assert_eq!(used.is_some_and(|used| used.contains("\"x\"")), proofs);
    }
}

#[test]
fn whoever_asks_first_does_not_pay() {
    let policies = policies(
        r"package main

squares := [(x * x) | some x in numbers.range(1, 3000)]

deny contains n if {
	n := count(squares) + count([x | some x in numbers.range(1, 3000); x > input.least])
}

warn contains n if {
	n := count(squares)
}
",
    );
    let asked = |members: usize| {
        let limits = EngineLimits { members, ..EngineLimits::default() };
        let program = Program::compile(&policies, limits).unwrap();
        let mut evaluator = program.evaluator();
        let first = found(&mut evaluator, &policies, "{least: 0}");
        assert_eq!(found(&mut evaluator, &policies, "{least: 0}"), first);
        first
    };
    assert_eq!(asked(4_000), ["6000", "3000"]);
    let refused = "the rule made more than 2000 members";
    assert_eq!(asked(2_000), [refused, refused]);
}

/// Rules that look at kinds alone, and all ways to look at more.
const LOOKING: &str = r#"package main

thing := input if not is_review

thing := input.review.object if is_review

default is_review := false

is_review if has(input, "review")

has(thing, key) if thing[key]

kind := thing.kind

is_pod if kind == "Pod"

name := thing.metadata.name

label(thing) := thing.metadata.name if thing.kind == "Pod"

else := "none"

objects contains thing

by_kind[kind] := thing if thing.metadata

paths contains path if some path, _ in input

violation contains "no pod" if not is_pod

violation contains {"msg": sprintf("%s of %s", [kind, input.apiVersion])} if is_pod

violation contains name if is_pod

violation contains label(thing)

violation contains sprintf("%v", [thing])

violation contains "known" if thing == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}

violation contains "held" if {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}} in objects

violation contains "member" if {"name": "b"} in thing

violation contains "under" if thing.kind in {"Pod", "Job"}

violation contains object.get(thing, ["metadata", "name"], "nobody")

violation contains "walked" if walk(thing, [_, "b"])

violation contains count(thing.metadata)

violation contains "every" if {
	every key, _ in thing { key != "metadata" }
}

violation contains "pattern" if {
	{"apiVersion": _, "kind": "Pod", "metadata": {"name": "b"}} = thing
}

violation contains "two" if [thing, 1] == [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}, 1]

violation contains json.marshal([o | o := thing; is_pod])

violation contains json.marshal({k: o | some k in ["x"]; o := thing})

violation contains by_kind[kind].metadata.name

violation contains "replaced" if is_pod with input as {"kind": "Pod"}

violation contains "replaced in part" if kind == "Job" with input.kind as "Job"

violation contains data.main.inner.all.metadata.name

violation contains $"named {thing.metadata}"

inner.all := thing
"#;

#[test]
fn what_is_said_of_a_sort_is_what_a_new_evaluator_says() {
    let policies = policies(LOOKING);
    let program = Program::compile(&policies, EngineLimits::default()).unwrap();
    let inputs = [
        "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: b}}",
        "{apiVersion: v1, kind: Pod, metadata: [b]}",
        "{apiVersion: v1, kind: Pod, metadata: null}",
        "{apiVersion: v2, kind: Pod, metadata: {name: b}}",
        "{apiVersion: v1, kind: Job, metadata: {name: b}}",
        "{apiVersion: v1, kind: Job, metadata: {name: c}}",
        "{apiVersion: v1, kind: Pod, review: false}",
        "{apiVersion: v1, kind: Pod, review: {object: {kind: Job, metadata: {name: d}}}}",
        "{apiVersion: v1, kind: Pod, review: {object: {kind: Pod, metadata: {name: e}}}}",
        "{kind: [Pod], metadata: {name: b}}",
        "{kind: Pod, Above: {name: b}}",
        "{kind: Pod, Above: b}",
    ];
    for proofs in [false, true] {
        let mut one = program.evaluator();
        one.keep_proofs(proofs);
        for input in inputs.iter().chain(inputs.iter().rev()) {
            let mut fresh = program.evaluator();
            fresh.keep_proofs(proofs);
            let told = found(&mut one, &policies, input);
            assert_eq!(told, found(&mut fresh, &policies, input), "{input}");
            assert_eq!(one.reads(), fresh.reads(), "{input}");
            if *input == inputs[1] {
                let all = ["known", "held", "member", "walked", "pattern", "two", "every"];
                let missing: Vec<_> = all.iter().filter(|word| !told[0].contains(*word)).collect();
                assert_eq!(missing, [&"every"], "{told:?}");
            }
        }
    }
}

#[test]
fn what_checks_begin_with_is_found_once() {
    let policies = policies(
        r#"package main

containers contains container if some container in input.containers

runs(container, program) if container.command[0] == program

deny contains container.name if {
	container := containers[_]
	runs(container, "etcd")
	not container.safe
}

warn contains container.name if {
	container := containers[_]
	runs(container, "etcd")
	container.old
}

violation contains container.name if {
	container := containers[_]
	runs(container, "proxy")
}

violation contains "other" if {
	container := containers[_]
	runs(container, "proxy")
	container.name == "other"
}

deny_replaced contains found if {
	found := warn with containers as {{"name": "made", "command": ["etcd"], "old": true}}
}

deny_mocked contains found if found := warn with runs as true
"#,
    );
    let program = Program::compile(&policies, EngineLimits::default()).unwrap();
    let inputs = [
        "containers: [{name: a, command: [etcd]}, {name: b, command: [etcd], old: true, safe: true}]",
        "containers: [{name: c, command: [proxy]}]",
        "containers: [{name: d, old: true}]",
        "containers: []",
    ];
    let expected = [
        r#""a",{"b"},{"made"},,"b""#,
        r#",set(),{"made"},"c","#,
        r#",{"d"},{"made"},,"#,
        r#",set(),{"made"},,"#,
    ];
    for proofs in [false, true] {
        let mut one = program.evaluator();
        one.keep_proofs(proofs);
        for (input, expected) in inputs.iter().zip(expected) {
            let told = found(&mut one, &policies, input);
            assert_eq!(told.join(","), expected, "{input}");
            // All at once, and in the other order.
            let mut all = program.evaluator();
            all.keep_proofs(proofs);
            all.set_input(&manifest(input).root, "m.yaml");
            let entries: Vec<_> = policies.entry_points.iter().rev().collect();
            let outcomes = all.evaluate_all(&entries).into_iter().map(|outcome| {
                let results = outcome.unwrap().results;
                results.iter().map(|result| result.value.to_string()).collect::<String>()
            });
            let mut outcomes: Vec<_> = outcomes.collect();
            outcomes.reverse();
            assert_eq!(outcomes, told, "{input}");
        }
    }
}

#[test]
fn what_small_functions_begin_with_holds_for_one_input_and_one_world() {
    let policies = policies(
        r#"package main

strict if input.mode == "strict"

says(name) := "no" if {
	strict
	name == "a"
}

says(name) := name if not strict

deny contains says(name) if some name in input.names

warn contains said if {
	some name in input.names
	said := says(name) with input.mode as "strict"
}
"#,
    );
    let program = Program::compile(&policies, EngineLimits::default()).unwrap();
    for proofs in [false, true] {
        let mut evaluator = program.evaluator();
        evaluator.keep_proofs(proofs);
        for _ in 0..2 {
            for (mode, denied) in [("strict", "\"no\""), ("lax", "\"a\"\"b\"")] {
                let input = format!("{{mode: {mode}, names: [a, b]}}");
                assert_eq!(found(&mut evaluator, &policies, &input), [denied, "\"no\""]);
            }
        }
    }
}
