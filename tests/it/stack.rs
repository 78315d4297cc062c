//! What is deep finds room: on a thread with a quarter of the usual stack nothing overflows.

use manifestly::check::{Checker, Inference, Options, Report};
use manifestly::policy::Loader;
use manifestly::rego::PolicyErrors;

/// Checks a manifest by a policy on a thread with little stack, all the way from text to report.
fn check(policy: String, manifest: String) -> Result<Report, PolicyErrors> {
    check_with(policy, manifest, Inference::Unwanted)
}

/// The same, and works out places.
fn check_with(
    policy: String,
    manifest: String,
    inference: Inference,
) -> Result<Report, PolicyErrors> {
    let judge = move || {
        let set = Loader::new().policy_text("p.rego", &policy).load()?;
        let checker = Checker::with_options(set, Options { inference, ..Options::default() })?;
        let text = manifestly::source::SourceText::new("m.yaml", manifest);
        let inputs = [manifestly::check::Input::Text(text.into())];
        // A pool of one's own, since the global one has threads of its own size.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(512 << 10);
        Ok(pool.build().unwrap().install(|| checker.check(&inputs, Vec::new(), &|| {})))
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(judge).unwrap().join().unwrap()
}

fn messages(report: &Report) -> Vec<&str> {
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let mut all: Vec<_> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    all.sort_unstable();
    all
}

const MANIFEST: &str = "apiVersion: v1\nkind: A\nmetadata: {name: a}\none: [1]\n";

#[test]
fn functions_and_rules_that_wait_for_each_other() {
    let mut policy = "package p\n\nimport rego.v1\n\n".to_owned();
    for number in 0..1_000 {
        let next = number + 1;
        policy.push_str(&format!("f{number}(x) := y if {{ some y in [f{next}(x)] }}\n"));
        policy.push_str(&format!("r{number} := y if {{ some y in [r{next}] }}\n"));
    }
    policy.push_str("f1000(x) := x\nr1000 := input.kind\n");
    policy.push_str("deny contains f0(\"f\") if true\n\ndeny contains r0 if true\n");
    let report = check(policy, MANIFEST.into()).unwrap();
    assert_eq!(messages(&report), ["A", "f"]);
}

#[test]
fn a_chain_without_end_is_an_error() {
    let mut policy = "package p\n\nimport rego.v1\n\n".to_owned();
    for number in 0..5_000 {
        policy.push_str(&format!("r{number} := [r{}]\n", number + 1));
    }
    policy.push_str("r5000 := 1\n\ndeny contains \"x\" if r0\n");
    let report = check(policy, MANIFEST.into()).unwrap();
    assert!(report.errors[0].message.contains("wait for each other too deeply"));
}

#[test]
fn long_bodies_and_long_lists_of_patterns() {
    let statements: String = (0..1_500).map(|n| format!("\tx{n} = input.one[_]\n")).collect();
    let items: Vec<_> = (0..1_500).map(|n| format!("input.one[i{n}]")).collect();
    let names: Vec<_> = (0..1_500).map(|n| format!("y{n}")).collect();
    let list = items.join(", ");
    let names = names.join(", ");
    let policy = format!(
        "package p\n\nimport rego.v1\n\ndeny contains \"body\" if {{\n{statements}}}\n\n\
         deny contains \"list\" if count([{list}]) == 1500\n\n\
         deny contains \"patterns\" if {{\n\tsome list in [numbers.range(1, 1500)]\n\t[{names}] = list\n\ty0 == 1\n}}\n"
    );
    let report = check(policy, MANIFEST.into()).unwrap();
    assert_eq!(messages(&report), ["body", "list", "patterns"]);
}

#[test]
fn manifests_as_deep_as_may_be() {
    let policy = "package p

import rego.v1

deny contains sprintf(\"%d\", [deepest]) if deepest := max([count(path) | walk(input, [path, _])])

deny contains \"same\" if json.unmarshal(json.marshal(input)) == input

deny contains \"text\" if contains(sprintf(\"%v\", [input]), \"x\")

deny contains \"merged\" if object.union(input, {\"a\": 1}).a == 1

deny contains \"yaml\" if yaml.unmarshal(yaml.marshal(input)) == input
";
    for (open, close) in [("[", "]"), ("{\"a\": ", "}")] {
        let deep = format!("{}x{}", open.repeat(254), close.repeat(254));
        let yaml = format!("apiVersion: v1\nkind: A\nspec: {deep}\n");
        let deep = deep.replace('x', "\"x\"");
        let json = format!("{{\"apiVersion\": \"v1\", \"kind\": \"A\", \"spec\": {deep}}}");
        for text in [yaml, json] {
            let report = check_with(policy.into(), text, Inference::Wanted).unwrap();
            assert_eq!(messages(&report), ["255", "merged", "same", "text", "yaml"]);
        }
    }
    let deep = format!("apiVersion: v1\nkind: A\nspec: {}", "[".repeat(100_000));
    assert_eq!(check(policy.into(), deep).unwrap().errors.len(), 1);
}

#[test]
fn policies_as_deep_as_may_be() {
    let shapes: [(&str, &str); 6] = [
        ("[", "]"),
        ("{\"a\": ", "}"),
        ("(", ")"),
        ("count([x | x := ", "])"),
        ("{1 | some _ in [", "]}"),
        ("abs(", ")"),
    ];
    for (open, close) in shapes {
        let policy = |depth: usize| {
            let term = format!("{}input.one{}", open.repeat(depth), close.repeat(depth));
            format!("package p\n\nimport rego.v1\n\ndeny contains \"x\" if {{ y := {term} }}\n")
        };
        let deepest = (1..200).rev().find(|depth| check(policy(*depth), MANIFEST.into()).is_ok());
        assert!(deepest.is_some_and(|deepest| deepest > 20), "{open}: {deepest:?}");
        assert!(check(policy(50_000), MANIFEST.into()).is_err(), "{open}");
    }
}

/// Rules that each put the last one's value into a list, in the order in which they are asked for.
fn nested(depth: usize) -> String {
    let mut policy = "package p\n\nimport rego.v1\n\nr00000 := input.one\n".to_owned();
    for number in 1..depth {
        policy.push_str(&format!("r{number:05} := [r{:05}]\n", number - 1));
    }
    // All rules of the package are asked for, the first ones first.
    policy
}

const JUDGE: &str = "package judge\n\nimport rego.v1\n\n";

/// Checks a manifest by several policies, on a thread with little stack.
fn check_all(policies: [String; 2]) -> Result<Report, PolicyErrors> {
    let judge = move || {
        let [one, other] = policies;
        let set = Loader::new().policy_text("a.rego", &one).policy_text("b.rego", &other).load()?;
        let options = Options { inference: Inference::Unwanted, ..Options::default() };
        let checker = Checker::with_options(set, options)?;
        let text = manifestly::source::SourceText::new("m.yaml", MANIFEST);
        let inputs = [manifestly::check::Input::Text(text.into())];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(512 << 10);
        Ok(pool.build().unwrap().install(|| checker.check(&inputs, Vec::new(), &|| {})))
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(judge).unwrap().join().unwrap()
}

#[test]
fn values_as_deep_as_may_be() {
    let deny = "deny contains \"same\" if data.p == data.p

deny contains \"sorted\" if count({data.p, [data.p], data.p}) == 2

deny contains \"text\" if count(sprintf(\"%v\", [data.p.r01990])) > 3000

deny contains \"json\" if contains(json.marshal(data.p.r01990), \"[[1]]\")

deny contains \"yaml\" if count(yaml.marshal(data.p.r01990)) > 1000

deny contains \"walked\" if max([count(path) | walk(data.p.r01990, [path, _])]) == 1991

deny contains \"merged\" if object.union(data.p, {\"a\": data.p}).a == data.p

deny contains \"called\" if f(data.p) == data.p

f(x) := y if some y in [x]
";
    let report = check_all([nested(1_991), format!("{JUDGE}{deny}")]).unwrap();
    let expected = ["called", "json", "merged", "same", "sorted", "text", "walked", "yaml"];
    assert_eq!(messages(&report), expected);
}

#[test]
fn values_without_end_are_an_error() {
    let deny = "deny contains \"x\" if count(data.p) > 0\n";
    let report = check_all([nested(5_000), format!("{JUDGE}{deny}")]).unwrap();
    assert!(report.errors[0].message.contains("nested deeper than 2000 levels"));
    let mut grown = "grow0(x) := [x]\n".to_owned();
    for number in 1..30 {
        let last = number - 1;
        grown.push_str(&format!("grow{number}(x) := grow{last}(grow{last}(grow{last}(x)))\n"));
    }
    let deny = "deny contains \"x\" if count(data.p.grow29(1)) > 0\n";
    let report =
        check_all([format!("package p\n\nimport rego.v1\n\n{grown}"), format!("{JUDGE}{deny}")]);
    assert!(report.unwrap().errors[0].message.contains("nested deeper than 2000 levels"));
}
