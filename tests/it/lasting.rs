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
