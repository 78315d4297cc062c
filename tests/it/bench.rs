//! `manifestly bench`: what is measured, told and compared. No test depends on how long anything
//! takes.

use manifestly::bench::{self, Allowed, Comparison, Format, Latency, Record, Setup};
use serde_json::{Value, json};

use crate::run::{Ran, folder, run, run_in};

const POLICY: &str = "package shop

deny contains \"no team\" if not input.metadata.labels.team

warn contains \"latest\" if endswith(input.spec.containers[_].image, \":latest\")
";

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: 'shop/web:latest'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, labels: {team: a}}
spec: {containers: [{name: api, image: 'shop/api:1'}]}
";

fn shop() -> tempfile::TempDir {
    folder(&[("policies/shop.rego", POLICY), ("deploy/pods.yaml", PODS)])
}

/// Runs in the shop's folder, where the policies are known.
fn benched(folder: &tempfile::TempDir, args: &[&str]) -> Ran {
    let few = ["bench", "-p", "policies", "--iterations", "3", "--warmup", "1"];
    run_in(folder.path(), &[&few, args, &["deploy"]].concat())
}

#[test]
fn what_is_measured_is_told() {
    let folder = shop();
    let ran = benched(&folder, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let first = "1 policy, 2 resources, 3 iterations on 1 thread, after 1 to warm up\n";
    assert!(ran.out.starts_with(first), "{}", ran.out);
    assert!(ran.out.contains("violations  2 in each iteration"), "{}", ran.out);
    let ran = benched(&folder, &["-f", "markdown"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("### manifestly bench\n\n1 policy, "), "{}", ran.out);
}

#[test]
fn programs_get_a_record() {
    let folder = shop();
    let record = benched(&folder, &["-f", "json", "--concurrency", "2"]).json();
    let counts = |record: &Value| {
        let names = ["policies", "resources", "iterations", "warmup", "concurrency", "reviews"];
        let counts: Vec<_> = names.iter().map(|name| record[name].clone()).collect();
        (counts, record["violations"].clone())
    };
    let expected = [1, 2, 3, 1, 2, 6].map(Value::from).to_vec();
    assert_eq!(counts(&record), (expected, json!(2)));
    for name in ["min_ns", "mean_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns"] {
        assert!(record["latency"][name].is_u64(), "{record}");
    }
    let ordered = ["min_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns"];
    let times = ordered.map(|name| record["latency"][name].as_u64().unwrap());
    assert!(times.is_sorted(), "{record}");
    assert!(record["reviews_per_second"].as_f64().unwrap() > 0.0, "{record}");
}

#[test]
fn constraints_and_requests_are_reviewed_as_check_does() {
    let found = |policies: &[&str], manifests: &str| {
        let checked = run(&[&["check", "-f", "json"], policies, &[manifests]].concat());
        let few = ["bench", "-f", "json", "--iterations", "1"];
        let benched = run(&[&few, policies, &[manifests]].concat());
        assert_eq!(benched.code, 0, "{benched:?}");
        let found = checked.json()["findings"].as_array().unwrap().len();
        assert!(found > 0, "{checked:?}");
        assert_eq!(benched.json()["violations"], json!(found));
    };
    found(&[], "fixtures/shop");
    let folder = folder(&[("things.yaml", THINGS)]);
    let things = folder.path().join("things.yaml");
    found(&["-p", "fixtures/admission/policy"], "fixtures/admission/manifests");
    found(&["-p", things.to_str().unwrap()], things.to_str().unwrap());
}

const THINGS: &str = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: noname}
spec:
  crd: {spec: {names: {kind: NoName}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package noname
        violation[{\"msg\": msg}] {
          input.review.object.kind == \"Pod\"
          msg := input.review.object.metadata.name
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoName
metadata: {name: none}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
";

#[test]
fn what_was_saved_is_compared_with() {
    let folder = shop();
    let path = folder.path().join("out/base.json");
    assert_eq!(benched(&folder, &["--save", "out/base.json"]).code, 0);
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(saved["version"], json!(1));
    // Beside what took forever everything is fast; beside what took no time nothing is.
    let with = |time: u64, per_second: f64, more: &[&str]| {
        let mut changed = saved.clone();
        for name in ["mean_ns", "p50_ns", "p95_ns", "p99_ns"] {
            changed["latency"][name] = json!(time);
        }
        changed["reviews_per_second"] = json!(per_second);
        changed["policies"] = json!(7);
        std::fs::write(&path, changed.to_string()).unwrap();
        benched(&folder, &[&["--compare", "out/base.json"], more].concat())
    };
    let faster = with(u64::MAX / 4, 1e-9, &["-f", "json"]);
    assert_eq!(faster.code, 0, "{faster:?}");
    assert_eq!(faster.json()["comparison"]["differences"], json!(["7 policies then, 1 now"]));
    let slower = with(1, 1e15, &["--threshold", "25%"]);
    assert_eq!(slower.code, 1, "{slower:?}");
    let worse = slower.out.matches("worse than the 25 % that are allowed").count();
    assert_eq!(worse, 5, "{}", slower.out);
    let hour = "3600000000";
    assert_eq!(with(1, 1e15, &["--min-change", hour]).code, 0);
}

#[test]
fn what_can_not_be_judged_is_not_measured() {
    let folder = shop();
    let told = |args: &[&str]| {
        let ran = benched(&folder, args);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.err
    };
    insta::assert_snapshot!(told(&["--compare", "nowhere.json"]));
    std::fs::write(folder.path().join("other.json"), "{}").unwrap();
    insta::assert_snapshot!(told(&["--compare", "other.json"]));
    insta::assert_snapshot!(told(&["-p", "nowhere"]));
    assert_eq!(benched(&folder, &["--iterations", "0"]).code, 2);
    assert_eq!(benched(&folder, &["--threshold", "-1"]).code, 2);
    std::fs::write(folder.path().join("deploy/broken.yaml"), "kind: [").unwrap();
    let said = told(&["--save", "base.json"]);
    assert!(said.contains("broken.yaml"), "{said}");
    assert!(!folder.path().join("base.json").exists());
    std::fs::remove_file(folder.path().join("deploy/broken.yaml")).unwrap();
    std::fs::remove_file(folder.path().join("deploy/pods.yaml")).unwrap();
    insta::assert_snapshot!(told(&[]));
}

fn record() -> Record {
    Record {
        version: 1,
        policies: 16,
        resources: 42,
        iterations: 1000,
        warmup: 10,
        concurrency: 1,
        setup: Setup { policies_ns: 11_040_000, manifests_ns: 950_000 },
        latency: Latency {
            mean_ns: 28_500,
            p50_ns: 21_000,
            p95_ns: 70_200,
            p99_ns: 91_000,
            min_ns: 950,
            max_ns: 1_500_000,
        },
        reviews: 42_000,
        total_ns: 1_200_000_000,
        reviews_per_second: 35_000.0,
        violations: 17,
    }
}

fn told(format: Format) -> String {
    let before = Latency { mean_ns: 25_000, p99_ns: 100_000, ..record().latency };
    let before =
        Record { latency: before, reviews_per_second: 40_000.0, resources: 41, ..record() };
    let allowed = Allowed { percent: 12.5, least_ns: 0 };
    let comparison = Comparison::of(&before, &record(), "base.json", allowed);
    let mut out = Vec::new();
    bench::write(&record(), Some(&comparison), format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn people_read() {
    insta::assert_snapshot!(told(Format::Human));
    insta::assert_snapshot!(told(Format::Markdown));
}

#[test]
fn what_is_written_for_programs_can_be_compared_with() {
    let told: serde_json::Value = serde_json::from_str(&told(Format::Json)).unwrap();
    let read: Record = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(read, record());
    let worse = told["comparison"]["metrics"].as_array().unwrap().iter();
    let worse = worse.filter(|metric| metric["is_worse"] == true);
    let worse: Vec<_> = worse.map(|metric| metric["name"].as_str().unwrap()).collect();
    assert_eq!(worse, ["mean"]);
}

#[test]
fn files_are_left_out_as_check_leaves_them_out() {
    let folder = shop();
    let more = PODS.replace("name: web", "name: other").replace("name: api", "name: more");
    std::fs::write(folder.path().join("deploy/more.yaml"), more).unwrap();
    let reviewed = |args: &[&str]| benched(&folder, args).out;
    assert!(reviewed(&[]).starts_with("1 policy, 4 resources,"));
    assert!(reviewed(&["--exclude", "more.*"]).starts_with("1 policy, 2 resources,"));
}
