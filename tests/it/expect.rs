//! `manifestly expect`: which policies look at a manifest or a kind.

use serde_json::Value;

use crate::run::{Ran, folder, root, run, run_in, run_with_input};

fn ids(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let policies = json["policies"].as_array().unwrap().iter();
    policies.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

/// What is said of one policy.
fn policy(ran: &Ran, id: &str) -> Value {
    let json = ran.json();
    let policies = json["policies"].as_array().unwrap();
    let found = policies.iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {json:#}")).clone()
}

#[test]
fn a_kind_is_looked_at_by_what_asks_for_it() {
    let elsewhere = folder(&[]);
    let ran = run_in(elsewhere.path(), &["expect", "Service"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let deployment = run(&["expect", "-f", "json", "deployments"]);
    let privileged = policy(&deployment, "kubernetes/privileged");
    assert_eq!(privileged["looks_at"][0]["itself"], false);
    assert_eq!(privileged["looks_at"][0]["pods"], true);
    assert_eq!(privileged["looks_at"][0]["violations"], Value::Null);
    let ids = ids(&run(&["expect", "-f", "json", "ConfigMap"]));
    assert_eq!(ids, ["kubernetes/default-namespace"]);
}

#[test]
fn a_manifest_is_looked_at_and_what_is_violated_is_counted() {
    let manifest = "fixtures/shop/jobs/cart-cleanup.json";
    let ran = run(&["expect", manifest, "-n", "kubernetes.resource_*", "-n", "kubernetes.probes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let ran = run(&["expect", "-f", "json", manifest]);
    let found = |id: &str| policy(&ran, id)["looks_at"][0]["violations"].clone();
    assert_eq!(found("kubernetes/resource-limits"), 1);
    assert_eq!(found("kubernetes/privileged"), 0);
}

const KINDS: &str = "\
package kinds

deny contains \"no replicas\" if {
	input.kind == \"Deployment\"
	not input.spec.replicas
}

deny_by_helper contains \"a name\" if {
	is_config
	input.metadata.name == \"x\"
}

is_config if input.kind in {\"ConfigMap\", \"Secret\"}

deny_version contains msg if {
	input.apiVersion == \"v1beta1\"
	msg := sprintf(\"%s is old\", [input.kind])
}

warn_all contains \"walks\" if {
	walk(input, [path, \"x\"])
	count(path) > 3
}
";

#[test]
fn a_policy_without_kinds_looks_at_what_its_rules_read() {
    let folder = folder(&[("p.rego", KINDS)]);
    let looks =
        |kind: &str| ids(&run_in(folder.path(), &["expect", "-p", ".", "-f", "json", kind]));
    assert_eq!(looks("Deployment"), ["kinds", "kinds/all"]);
    assert_eq!(looks("ConfigMap"), ["kinds/by-helper", "kinds/all"]);
    assert_eq!(looks("Pod"), ["kinds/all"]);
    // What a rule finds it has looked at, whatever it read.
    assert_eq!(looks("example.com/v1beta1/Thing"), ["kinds/all"]);
    let old = run_with_input(
        folder.path(),
        &["expect", "-p", ".", "-f", "json", "-"],
        b"apiVersion: v1beta1\nkind: Thing\nmetadata: {name: a}\n",
    );
    assert_eq!(ids(&old), ["kinds/version", "kinds/all"]);
}

const CONSTRAINTS: &str = "\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsLabel
metadata: {name: pods-in-prod}
spec:
  match:
    kinds: [{apiGroups: ['*'], kinds: [Pod]}]
    namespaces: [prod]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsLabel
metadata: {name: by-namespace}
spec:
  enforcementAction: warn
  match:
    kinds: [{apiGroups: [''], kinds: [Service]}]
    namespaceSelector: {matchLabels: {stage: prod}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsLabel
metadata: {name: elsewhere}
spec:
  enforcementAction: scoped
  scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}]
";

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: needslabel}
spec:
  crd: {spec: {names: {kind: NeedsLabel}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needslabel
        violation[{\"msg\": msg}] {
          not input.review.object.metadata.labels.team
          msg := \"no team\"
        }
";

#[test]
fn constraints_look_at_what_they_match() {
    let manifest = |namespace: &str, kind: &str, spec: &str| {
        format!(
            "apiVersion: {kind}\nmetadata: {{name: web, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    let pods = "{selector: {}, template: {metadata: {labels: {a: b}}, spec: {containers: []}}}";
    let files = [
        ("g/template.yaml", TEMPLATE),
        ("g/constraints.yaml", CONSTRAINTS),
        ("prod.yaml", &*manifest("prod", "apps/v1\nkind: Deployment", pods)),
        ("test.yaml", &manifest("test", "apps/v1\nkind: Deployment", pods)),
    ];
    let folder = folder(&files);
    let expect = |what: &str| run_in(folder.path(), &["expect", "-p", "g", "-f", "json", what]);
    let prod = expect("prod.yaml");
    assert_eq!(ids(&prod), ["NeedsLabel/pods-in-prod"]);
    let look = policy(&prod, "NeedsLabel/pods-in-prod")["looks_at"][0].clone();
    assert_eq!((&look["pods"], &look["violations"]), (&Value::from(true), &Value::from(1)));
    assert_eq!(ids(&expect("test.yaml")), Vec::<String>::new());
    // What is not written yet may be written so that it matches.
    let text = run_in(folder.path(), &["expect", "-p", "g", "Deployment", "Service"]);
    insta::assert_snapshot!(text.shown());
}

#[test]
fn several_are_looked_at_together() {
    let files = [
        (
            "d/web.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
        ),
        (
            "p.rego",
            "# METADATA\n# title: Services have a port\n# custom: {kinds: [Service], owner: net}\npackage p\n\ndeny contains \"no port\" if not input.spec.ports\n",
        ),
    ];
    let folder = folder(&files);
    let ran = run_in(folder.path(), &["expect", "-p", "p.rego", "d", "Ingress"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn what_can_not_be_looked_at_is_no_pass() {
    let files = [
        ("bad.yaml", "a: [\n"),
        ("none.yaml", "just: data\n"),
        ("broken.rego", "package b\n\ndeny contains no_such if true\n"),
    ];
    let folder = folder(&files);
    let fails = |args: &[&str], told: &str| {
        let ran = run_in(folder.path(), &[&["expect"], args].concat());
        assert!(ran.code == 2 && ran.err.contains(told), "{args:?}: {ran:?}");
    };
    fails(&["Deploymnt"], "did you mean `Deployment`?");
    fails(&["Widget"], "is written with its group, as in `example.com/Widget`");
    fails(&["no/such.yaml"], "no/such.yaml");
    fails(&["bad.yaml"], "bad.yaml");
    fails(&["none.yaml"], "no manifest was found");
    fails(&["-p", "broken.rego", "Pod"], "no_such");
    fails(&["-p", "nowhere", "Pod"], "nowhere");
}

#[test]
fn what_a_waiver_lets_pass_is_counted_apart() {
    let waiver = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: p\n  match: {kinds: [Service], names: \
                  [web]}\n  reason: it moves\n  approvedBy: alice\n  expires: 2026-12-31\n";
    let files = [
        ("web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
        (
            "p.rego",
            "# METADATA\n# custom: {id: p, kinds: [Service]}\npackage p\n\ndeny contains \"no port\" if not input.spec.ports\n",
        ),
        ("waivers/web.yaml", waiver),
    ];
    let folder = folder(&files);
    let args = ["expect", "-p", "p.rego", "web.yaml"];
    let ran = run_in(folder.path(), &args);
    assert!(ran.out.contains("nothing to mend, 1 let pass"), "{ran:?}");
    let json = run_in(folder.path(), &[&args[..], &["-f", "json"]].concat());
    let look = policy(&json, "p")["looks_at"][0].clone();
    assert_eq!((&look["violations"], &look["let_pass"]), (&Value::from(0), &Value::from(1)));
}

#[test]
fn what_is_said_to_look_at_nothing_finds_nothing() {
    // Every policy that finds something in a manifest has been announced to look at it.
    for file in ["fixtures/shop/checkout/checkout.yaml", "fixtures/shop/jobs/cart-cleanup.json"] {
        assert!(root().join(file).is_file());
        let found = run(&["check", "-f", "json", file]).json();
        let expected = ids(&run(&["expect", "-f", "json", file]));
        let findings = found["findings"].as_array().unwrap();
        assert!(!findings.is_empty());
        for finding in findings {
            assert!(
                expected.contains(&finding["policy"].as_str().unwrap().to_owned()),
                "{finding}"
            );
        }
    }
}

fn dated(id: &str, rollout: &str) -> String {
    format!(
        "# METADATA\n# custom: {{id: {id}, kinds: [Service], rollout: {rollout}}}\npackage {id}\n\n\
         deny contains \"no ports\" if not input.spec.ports\n"
    )
}

#[test]
fn what_is_to_come_is_told_the_soonest_first() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let files = [
        ("p/a.rego", &*dated("later", "{enforce_from: 2027-01-15}")),
        ("p/b.rego", &*dated("soon", "{warn_from: 2026-12-01, enforce_from: 2026-12-15}")),
        ("p/c.rego", &*dated("undated", "{announced: 2026-11-01}")),
        ("p/d.rego", &*dated("now", "{}")),
        ("p/e.rego", &*dated("secret", "{announced: 2026-12-20, enforce_from: 2027-02-01}")),
        ("web.yaml", service),
    ];
    let folder = folder(&files);
    let expect = |more: &[&str]| {
        let args = ["expect", "-p", "p", "--as-of", "2026-11-22"];
        run_in(folder.path(), &[&args[..], more].concat())
    };
    assert_eq!(ids(&expect(&["-f", "json", "Service"])), ["now", "soon", "later", "undated"]);
    insta::assert_snapshot!(expect(&["web.yaml"]).shown());
    let all = ids(&expect(&["-f", "json", "--upcoming", "Service"]));
    assert_eq!(all, ["now", "soon", "secret", "later", "undated"]);
}
