//! `manifestly policy lint`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use manifestly::engine::{EngineLimits, Program};
use manifestly::lint::{self, LINTS, Lint, Options};
use manifestly::policy::{Loader, PolicySet};
use manifestly::rego::{self, Module, PolicyLimits, RegoVersion, VersionChoice};
use manifestly::source::SourceText;
use proptest::prelude::*;
use serde_json::Map;

use crate::conformance::{self, Case};
use crate::run::{folder, root, run, run_in};

/// The lints but one, to be switched off.
fn but(name: &str) -> Vec<Lint> {
    LINTS.iter().filter(|lint| lint.name != name).copied().collect()
}

/// Which lints find something in a policy.
fn found(text: &str) -> BTreeSet<&'static str> {
    let policies = Loader::new().policy_text("p.rego", text).load_all().unwrap();
    let linted = lint::lint(&policies, &Options::default());
    linted.findings.iter().map(|finding| finding.lint.name).collect()
}

#[test]
fn the_pack_is_clean() {
    for args in [&["policy", "lint"][..], &["policy", "lint", "policies"]] {
        let ran = run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        insta::assert_snapshot!("clean", ran.shown());
    }
}

const POOR: &str = "\
package shop

import rego.v1

deny if {
	input.kind == \"Service\"
	input.kind in {\"Pod\", \"Job\"}
}

warn contains {\"path\": [\"spec\"]} if trace(\"x\")
";

#[test]
fn findings_have_their_places() {
    let files = [("p/shop.rego", POOR), ("p/old.rego", "package old\n\ndeny[\"x\"] { input.a }\n")];
    let folder = folder(&files);
    let ran = run_in(folder.path(), &["policy", "lint", "p"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!("human", ran.shown());
    let ran = run_in(folder.path(), &["policy", "lint", "-f", "json", "p"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!("json", ran.out);
    let ran = run_in(folder.path(), &["policy", "lint", "--snippets", "0", "p"]);
    insta::assert_snapshot!("lines", ran.shown());
}

#[test]
fn lints_are_switched_off_by_their_names() {
    let repo = folder(&[("p/shop.rego", POOR)]);
    let lints = |args: &[&str]| {
        let ran = run_in(repo.path(), &[&["policy", "lint", "-f", "json"], args].concat());
        let json = ran.json();
        let findings = json["findings"].as_array().unwrap().clone();
        let names = findings.iter().map(|finding| finding["lint"].as_str().unwrap().to_owned());
        names.collect::<BTreeSet<_>>()
    };
    assert!(lints(&["p"]).contains("never-fires"));
    assert!(!lints(&["p", "--allow", "never-fires"]).contains("never-fires"));
    let set = |text: &str| std::fs::write(repo.path().join("manifestly.toml"), text).unwrap();
    set("policies = [\"p\"]\nallow-lints = [\"never-fires\", \"no-message\"]\n");
    let left = lints(&[]);
    assert!(!left.contains("never-fires") && left.contains("needless-import"), "{left:?}");
    // A flag takes the place of what the file says.
    assert!(lints(&["--allow", "missing-why"]).contains("never-fires"));
    set("policies = [\"p\"]\nallow-lints = [\"never-fire\"]\n");
    let ran = run_in(repo.path(), &["policy", "lint"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!("unknown", ran.shown());
    let ran = run_in(repo.path(), &["policy", "lint", "--no-config", "--allow", "x", "p"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("there is no lint `x`"), "{ran:?}");
}

#[test]
fn what_can_not_be_looked_at_is_no_pass() {
    let code = |text: &str| {
        let repo = folder(&[("p.rego", text)]);
        run_in(repo.path(), &["policy", "lint", "p.rego"])
    };
    let ran = code("package p\n\ndeny contains x if x := http.send({})\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!("refused", ran.shown());
    assert_eq!(code("package p\n\ndeny contains x if\n").code, 2);
    assert_eq!(run(&["policy", "lint", "nowhere"]).code, 2);
}

const LABELS: &str = "\
package labels

deny contains {\"msg\": \"no team\", \"path\": [\"metadata\", \"labels\", \"team\"]} if {
	not input.metadata.labels.team
}

deny_limits contains {\"msg\": msg, \"path\": [\"spec\", \"conatiners\", i]} if {
	some i, container in input.spec.containers
	not container.resources.limits
	msg := container.name
}

deny_odd contains {\"msg\": \"odd\", \"path\": \"spec..x\"} if input.spec

deny_several contains {\"msg\": \"two\", \"paths\": [\"spec.containers[name=a]\", \"spec.container[0]\"]} if {
	input.spec.containers[0].name
}
";

/// The same slip, and a path that is right, where requests are read.
const REQUESTS: &str = "\
package requests

deny contains {\"msg\": \"no team\", \"path\": [\"request\", \"object\", \"metadata\", \"labels\", \"team\"]} if {
	not input.request.object.metadata.labels.team
}

deny_limits contains {\"msg\": msg, \"path\": [\"request\", \"object\", \"spec\", \"conatiners\", i]} if {
	some i, container in input.request.object.spec.containers
	not container.resources.limits
	msg := container.name
}
";

const REVIEWS: &str = "\
package reviews

violation contains {\"msg\": \"no team\", \"path\": [\"metadata\", \"label\", \"team\"]} if {
	not input.review.object.metadata.labels.team
	input.parameters
}

violation_detailed contains {\"msg\": \"no team\", \"details\": details} if {
	not input.review.object.metadata.labels.team
	details := {\"path\": [\"metadata\", \"label\", \"team\"]}
}

violation_file contains {\"msg\": \"a socket\", \"details\": {\"path\": \"/var/run/x.sock\"}} if {
	input.review.object.spec
}
";

#[test]
fn paths_are_tried_on_the_examples_of_their_policies() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a}]}\n";
    let files = [
        ("p/labels.rego", LABELS),
        ("p/requests.rego", REQUESTS),
        ("p/reviews.rego", REVIEWS),
        ("p/examples/bad.yaml", pod),
    ];
    let folder = folder(&files);
    let allow: Vec<_> =
        but("unresolved-path").iter().flat_map(|lint| ["--allow", lint.name]).collect();
    let ran = run_in(folder.path(), &[&["policy", "lint", "p"], &allow[..]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!("paths", ran.shown());
}

/// Ways to find out that something is not there, each with a path that leads to it.
const MISSES: &[&str] = &[
    "deny contains {\"path\": [\"metadata\", \"labels\", \"team\"]} if not input.metadata.labels.team",
    "deny contains {\"path\": \"metadata.labels.team\"} if {\n\t\
     labels := object.get(input, [\"metadata\", \"labels\"], {})\n\tnot labels.team\n}",
    "deny contains {\"path\": \"metadata.labels.team\"} if {\n\t\
     labels := object.get(input.metadata, \"labels\", {})\n\tnot \"team\" in object.keys(labels)\n}",
    "deny contains {\"path\": [\"metadata\", \"labels\", name]} if {\n\t\
     some name in {\"team\"} - {key | input.metadata.labels[key]}\n}",
    "deny contains {\"path\": [\"metadata\", \"labels\", name]} if {\n\t\
     given := {key | some key, _ in input.metadata.labels}\n\tsome name in {\"team\"}\n\tnot name in given\n}",
    "deny contains {\"path\": [\"metadata\", \"labels\", name]} if {\n\t\
     some name in [\"team\"]\n\tobject.get(input.metadata.labels, name, \"\") == \"\"\n}\n\n\
     deny contains {\"path\": [\"metadata\", \"labels\", \"x\"]} if not input.metadata.labels",
    "deny contains {\"path\": [\"metadata\", \"labels\", \"team\"]} if not has(input, [\"metadata\", \"labels\", \"team\"])\n\n\
     has(value, path) if object.get(value, path, null) != null",
    "deny contains {\"path\": [\"metadata\", \"labels\", \"team\"]} if {\n\t\
     not json.match_schema(input, {\"properties\": {\"metadata\": {\"required\": [\"x\"]}}})[0]\n}",
    "deny contains {\"path\": [\"spec\", \"containers\", i, \"resources\", \"limits\"]} if {\n\t\
     some i, container in input.spec.containers\n\tnot limited(container)\n}\n\n\
     limited(container) if container.resources.limits.memory\nlimited(container) if container.resources.limits.cpu",
    "deny contains {\"path\": [\"spec\", \"containers\", i, \"image\"]} if {\n\t\
     some i\n\tinput.spec.containers[i]\n\tnot contains(input.spec.containers[i].image, \":\")\n}\n\n\
     deny contains {\"path\": [\"spec\", \"containers\", i, \"image\"]} if {\n\t\
     some i, container in input.spec.containers\n\tnot container.image\n}",
];

#[test]
fn paths_to_what_is_missing_are_fine() {
    let pod = |labels: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web{labels}}}\nspec: {{containers: [{{name: a}}]}}\n"
        )
    };
    for policy in MISSES {
        let text = format!("package p\n\n{policy}\n");
        let (none, other) = (pod(""), pod(", labels: {app: web}"));
        let folder = folder(&[
            ("p.rego", &*text),
            ("examples/bad/none.yaml", &*none),
            ("examples/bad/other.yaml", &*other),
        ]);
        let ran = run_in(folder.path(), &["policy", "lint", "-f", "json", "."]);
        let json = ran.json();
        assert_eq!(json["errors"].as_array().unwrap().len(), 0, "{policy} {ran:?}");
        let lints = json["findings"].as_array().unwrap().iter().map(|it| &it["lint"]);
        assert!(!lints.into_iter().any(|lint| lint == "unresolved-path"), "{policy} {ran:?}");
    }
}

#[test]
fn templates_of_gatekeeper_are_looked_over() {
    let template = std::fs::read_to_string(root().join("fixtures/gatekeeper/suite/template.yaml"));
    let never = template
        .unwrap()
        .replace("not excepted", "1 == 2")
        .replace("[{\"msg\": msg}]", "[{\"message\": msg}]");
    let folder = folder(&[("template.yaml", &*never)]);
    let ran = run_in(folder.path(), &["policy", "lint", "template.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!("template", ran.shown());
}

#[test]
fn a_constraint_may_match_what_its_template_never_looks_at() {
    let read = |file: &str| {
        std::fs::read_to_string(root().join("fixtures/gatekeeper/suite").join(file)).unwrap()
    };
    let pinned = "input.review.object.kind == \"Thing\"\n          ";
    let template = read("template.yaml")
        .replace("input.review.operation ==", &format!("{pinned}input.review.operation =="))
        .replace("name := data", &format!("{pinned}name := data"));
    let constraint = read("constraint.yaml");
    let linted = |constraint: &str| {
        let folder = folder(&[("template.yaml", &*template), ("constraint.yaml", constraint)]);
        let allow = but("never-fires");
        let allow: Vec<_> = allow.iter().flat_map(|lint| ["--allow", lint.name]).collect();
        run_in(folder.path(), &[&["policy", "lint", "."], &allow[..]].concat())
    };
    assert_eq!(linted(&constraint).code, 0);
    assert_eq!(linted(&constraint.replace("kinds: [Thing]", "kinds: [\"*\"]")).code, 0);
    let ran = linted(&constraint.replace("kinds: [Thing]", "kinds: [Other]"));
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!("constraint", ran.shown());
}

/// The lints that a policy with a bad example beside it is caught by.
fn found_beside(policy: &str, example: &str) -> BTreeSet<String> {
    let folder = folder(&[("p.rego", policy), ("examples/bad.yaml", example)]);
    let ran = run_in(folder.path(), &["policy", "lint", "-f", "json", "."]);
    let json = ran.json();
    assert_eq!(json["errors"].as_array().unwrap().len(), 0, "{policy} {ran:?}");
    let findings = json["findings"].as_array().unwrap();
    findings.iter().map(|it| it["lint"].as_str().unwrap().to_owned()).collect()
}

/// The page about lints: under each name a policy that is caught, and one that is fine.
#[test]
fn the_page_tells_of_every_lint() {
    let page = std::fs::read_to_string(root().join("docs/lints.md")).unwrap();
    let mut sections = page.split("\n## ").skip(1).peekable();
    let mut names = Vec::new();
    for section in sections.by_ref().take_while(|section| !section.starts_with("In `")) {
        let (name, rest) = section.split_once('\n').unwrap();
        names.push(name);
        let policies: Vec<_> = rest
            .split("```rego\n")
            .skip(1)
            .map(|block| block.split("```").next().unwrap())
            .collect();
        let [bad, good] = policies[..] else { panic!("{name} has {} policies", policies.len()) };
        // A manifest that is caught, for lints that look at examples.
        let example = rest.split_once("```yaml\n").and_then(|(_, rest)| rest.split("```").next());
        let found = |policy: &str| match example {
            Some(example) => found_beside(policy, example),
            None => found(policy).into_iter().map(str::to_owned).collect(),
        };
        assert!(found(bad).contains(name), "{name} does not catch its bad example");
        assert!(!found(good).contains(name), "{name} catches its good example");
    }
    assert_eq!(names, LINTS.iter().map(|lint| lint.name).collect::<Vec<_>>());
    let listed = run(&["policy", "lint", "--explain"]).out;
    assert_eq!(listed.lines().count(), LINTS.len());
    assert!(LINTS.iter().all(|lint| page.contains(lint.summary)), "a summary is not on the page");
}

fn module(case: &Case, number: usize, text: &str) -> Option<Module> {
    let name = format!("{number}.rego");
    let source = Arc::new(SourceText::new(name, text));
    let version = match case.version {
        RegoVersion::V0 => VersionChoice::V0,
        RegoVersion::V1 => VersionChoice::V1,
    };
    rego::parse(&source, version, &PolicyLimits::default()).ok()
}

/// Rules of OPA's cases that are said never to hold.
#[derive(Default)]
struct Said {
    all: usize,
    /// Those that were asked for all the same.
    asked: usize,
    /// Those that gave something.
    wrong: Vec<String>,
}

fn said_of(case: &Case) -> Said {
    let modules: Option<Vec<_>> =
        case.modules().iter().enumerate().map(|(n, text)| module(case, n, text)).collect();
    let Some(set) = modules.and_then(|modules| PolicySet::new(modules, Map::new()).ok()) else {
        return Said::default();
    };
    let options = Options { allowed: but("never-fires"), examples: Vec::new() };
    let findings = lint::lint(&set, &options).findings;
    let mut said = Said { all: findings.len(), ..Said::default() };
    if findings.is_empty() {
        return said;
    }
    let limits = EngineLimits { explain: true, ..EngineLimits::default() };
    let Ok(program) = Program::compile_with_data(&set, case.data(), limits) else { return said };
    let mut evaluator = program.evaluator();
    let _ = case.answer(&program, &mut evaluator);
    let explanation = evaluator.explanation().unwrap_or_default();
    for finding in &findings {
        let is_there = |module: &&Module| module.source.name() == finding.text.name();
        let module = set.modules.iter().find(is_there).unwrap();
        let holds = |rule: &&rego::RuleClause| {
            rule.span.start <= finding.span.start && finding.span.end <= rule.span.end
        };
        let rule = module.rules.iter().find(holds).unwrap().span;
        let bodies = explanation.rules.iter().flat_map(|rule| &rule.bodies).filter(|body| {
            body.source.name() == finding.text.name()
                && rule.start <= body.head.start
                && body.head.start < rule.end
        });
        let (begun, results) =
            bodies.fold((0, 0), |sum, body| (sum.0 + body.begun, sum.1 + body.results));
        said.asked += usize::from(begun > 0);
        if results > 0 {
            said.wrong.push(format!("{}: {finding}", case.name()));
        }
    }
    said
}

#[test]
fn no_rule_that_opa_finds_defined_is_said_never_to_hold() {
    let Some(all) = conformance::all() else {
        eprintln!("skipped: OPA's Go module is not installed (go mod download, or OPA_TESTDATA)");
        return;
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Said::default();
        while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let said = said_of(case);
            found.all += said.all;
            found.asked += said.asked;
            found.wrong.extend(said.wrong);
        }
        found
    };
    let found: Vec<_> = std::thread::scope(|scope| {
        let spawn = || std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work);
        let threads: Vec<_> = (0..4).map(|_| spawn().unwrap()).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count: usize = found.iter().map(|said| said.all).sum();
    let asked: usize = found.iter().map(|said| said.asked).sum();
    let wrong: Vec<_> = found.into_iter().flat_map(|said| said.wrong).collect();
    eprintln!("{count} rules of OPA's cases are said never to hold; {asked} were asked for");
    assert!(asked > 100 && wrong.is_empty(), "{asked} {}", wrong.join("\n"));
}

/// Statements that often contradict each other, over a few places and a few values.
fn statement() -> impl Strategy<Value = String> {
    let place = prop::sample::select(vec![
        "input.a",
        "input.b",
        "input.a.x",
        "input.l[i]",
        "input.l[i].x",
        "input.l[_]",
        "v",
        "v.x",
    ]);
    let value = prop::sample::select(vec![
        "1", "2", "3.5", "\"s\"", "\"t\"", "true", "false", "null", "-1",
    ]);
    let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let kind = prop::sample::select(vec!["string", "number", "boolean", "null", "array", "object"]);
    let values = prop::collection::vec(value.clone(), 0..3);
    prop_oneof![
        4 => (place.clone(), operator.clone(), value.clone()).prop_map(|(p, o, v)| format!("{p} {o} {v}")),
        1 => (value.clone(), operator, place.clone()).prop_map(|(v, o, p)| format!("{v} {o} {p}")),
        1 => (place.clone(), value.clone()).prop_map(|(p, v)| format!("{p} = {v}")),
        1 => place.clone().prop_map(str::to_owned),
        1 => place.clone().prop_map(|p| format!("not {p}")),
        1 => (place.clone(), kind).prop_map(|(p, k)| format!("is_{k}({p})")),
        1 => (place.clone(), values).prop_map(|(p, vs)| format!("{p} in [{}]", vs.join(", "))),
        1 => (place.clone(), place.clone()).prop_map(|(p, q)| format!("{p} != {q}")),
        1 => (place, value).prop_map(|(p, v)| format!("{p} == {v} with input as {{\"a\": {v}}}")),
    ]
}

/// Inputs over the same places and values.
fn input() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop::sample::select(vec![
        serde_json::json!(1),
        serde_json::json!(2),
        serde_json::json!(3.5),
        serde_json::json!("s"),
        serde_json::json!(true),
        serde_json::json!(false),
        serde_json::json!(null),
    ]);
    let value = prop_oneof![
        3 => scalar.clone(),
        1 => scalar.clone().prop_map(|x| serde_json::json!({"x": x})),
        1 => Just(serde_json::json!([])),
    ];
    let list = prop::collection::vec(value.clone(), 0..3);
    (value.clone(), value, list).prop_map(|(a, b, l)| serde_json::json!({"a": a, "b": b, "l": l}))
}

/// Whether a rule is said never to hold, and whether it holds for one of some inputs.
fn said_and_done(statements: &[String], inputs: &[serde_json::Value]) -> Option<(bool, bool)> {
    let text = format!(
        "package p\n\ndeny contains \"x\" if {{\n\tsome i\n\tinput.l[i] = _\n\tv := input.l[i]\n\t{}\n}}\n",
        statements.join("\n\t")
    );
    let policies = Loader::new().policy_text("p.rego", &text).load().unwrap();
    let program = Program::compile(&policies, EngineLimits::default()).ok()?;
    let options = Options { allowed: but("never-fires"), examples: Vec::new() };
    let is_said = !lint::lint(&policies, &options).findings.is_empty();
    let mut evaluator = program.evaluator();
    let is_done = inputs.iter().any(|input| {
        evaluator.set_value(Some(manifestly::engine::value::Value::from(input)));
        let outcome = evaluator.evaluate(&policies.entry_points[0]);
        outcome.is_ok_and(|outcome| !outcome.results.is_empty())
    });
    Some((is_said, is_done))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_said_never_to_hold_never_does(
        statements in prop::collection::vec(statement(), 1..4),
        inputs in prop::collection::vec(input(), 12),
    ) {
        let both = said_and_done(&statements, &inputs);
        prop_assert!(both != Some((true, true)), "{statements:#?} {inputs:?}");
    }
}
