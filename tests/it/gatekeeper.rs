//! Gatekeeper's templates, constraints and suites, from the command line.

use crate::run::{folder, run, run_in};

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: nopods
spec:
  crd:
    spec:
      names:
        kind: NoPods
      validation:
        openAPIV3Schema:
          type: object
          required: [names]
          properties:
            names:
              type: array
              items: {type: string}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package nopods

        violation[{\"msg\": msg}] {
          msg := sprintf(\"no %v\", [input.review.name])
        }
";

const CONSTRAINT: &str = "\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoPods
metadata:
  name: anywhere
spec:
  parameters:
    names: [a]
";

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\n";

fn checked(template: &str, constraint: &str) -> String {
    let files = [("p/t.yaml", template), ("p/c.yaml", constraint), ("m.yaml", POD)];
    let ran = run_in(folder(&files).path(), &["check", "-p", "p", "m.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    ran.shown()
}

fn with_template(from: &str, to: &str) -> String {
    assert!(TEMPLATE.contains(from));
    checked(&TEMPLATE.replace(from, to), CONSTRAINT)
}

fn with_constraint(from: &str, to: &str) -> String {
    assert!(CONSTRAINT.contains(from));
    checked(TEMPLATE, &CONSTRAINT.replace(from, to))
}

#[test]
fn constraints_judge_beside_other_policies() {
    let ran = run(&[
        "check",
        "-p",
        "fixtures/gatekeeper/policies",
        "--inventory",
        "fixtures/gatekeeper/suite/other-ingress.yaml",
        "fixtures/gatekeeper/deploy",
    ]);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn another_enforcement_point_has_other_actions() {
    let folder = "fixtures/gatekeeper";
    let policies = format!("{folder}/policies");
    let deploy = format!("{folder}/deploy");
    let levels = |point: &str| -> Vec<String> {
        let args = ["check", "-f", "json", "-p", &policies, "--enforcement-point", point, &deploy];
        let report = run(&args).json();
        let findings = report["findings"].as_array().unwrap().clone();
        let of = |finding: &&serde_json::Value| finding["policy"] == "TeamLabel/namespaces";
        findings.iter().filter(of).map(|f| f["level"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(levels("gator.gatekeeper.sh"), ["warn"]);
    assert_eq!(levels("validation.gatekeeper.sh"), ["deny"]);
    assert_eq!(levels("audit.gatekeeper.sh"), [""; 0]);
}

#[test]
fn operations_count_at_the_webhook() {
    let deleted = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  \
                   operation: DELETE\n  name: b\n  oldObject: {apiVersion: v1, kind: Pod, \
                   metadata: {name: b}}\n";
    let found = |operations: &str, point: &str| -> Vec<String> {
        let target = format!("target: admission.k8s.gatekeeper.sh\n      operations: {operations}");
        let template = TEMPLATE.replace("target: admission.k8s.gatekeeper.sh", &target).replace(
            "\"no %v\", [input.review.name]",
            "\"%v %v\", [input.review.name, input.review.operation]",
        );
        let files = [
            ("p/t.yaml", &*template),
            ("p/c.yaml", CONSTRAINT),
            ("m.yaml", POD),
            ("r.yaml", deleted),
        ];
        let args =
            ["check", "-f", "json", "--enforcement-point", point, "-p", "p", "m.yaml", "r.yaml"];
        let report = run_in(folder(&files).path(), &args).json();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|f| f["message"].as_str().unwrap().to_owned()).collect()
    };
    let webhook = "validation.gatekeeper.sh";
    assert_eq!(found("[DELETE]", "gator.gatekeeper.sh"), ["a", "b DELETE"]);
    assert_eq!(found("[DELETE]", webhook), ["b DELETE"]);
    assert_eq!(found("[CREATE, UPDATE]", webhook), ["a CREATE"]);
    assert_eq!(found("['*']", webhook), ["a CREATE", "b DELETE"]);
    assert_eq!(found("[]", webhook), ["a CREATE", "b DELETE"]);
}

#[test]
fn a_namespace_that_is_not_known_is_no_pass() {
    let constraint =
        CONSTRAINT.replace("spec:", "spec:\n  match: {namespaceSelector: {matchLabels: {a: b}}}");
    insta::assert_snapshot!(checked(TEMPLATE, &constraint));
}

#[test]
fn constraints_for_pods_judge_what_controllers_will_make() {
    let template = TEMPLATE.replace(
        "violation[{\"msg\": msg}] {",
        "violation[{\"msg\": msg, \"path\": [\"spec\", \"hostPID\"]}] {\n          \
         input.review.object.spec.hostPID",
    );
    let pods = "spec:\n  match: {kinds: [{apiGroups: [\"\"], kinds: [Pod]}]}";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: b}\n\
                      spec:\n  template:\n    spec:\n      hostPID: true\n";
    let check = |constraint: &str| {
        let files = [("p/t.yaml", &*template), ("p/c.yaml", constraint), ("m.yaml", deployment)];
        run_in(folder(&files).path(), &["check", "-p", "p", "m.yaml"])
    };
    insta::assert_snapshot!(check(&CONSTRAINT.replace("spec:", pods)).shown());
    // Those that see the Deployment see it once.
    assert_eq!(check(CONSTRAINT).code, 0);
    let original = pods.replace("match: {", "match: {source: Original, ");
    assert_eq!(check(&CONSTRAINT.replace("spec:", &original)).code, 0);
}

#[test]
fn a_constraint_without_a_template() {
    insta::assert_snapshot!(with_constraint("kind: NoPods", "kind: NoPodz"));
}

#[test]
fn a_template_without_a_constraint() {
    insta::assert_snapshot!(checked(TEMPLATE, "a: 1"));
}

#[test]
fn parameters_that_do_not_fit_the_schema() {
    insta::assert_snapshot!(with_constraint("names: [a]", "names: [a, 1]\n    name: b"));
    insta::assert_snapshot!(with_constraint("names: [a]", "names: [a]\n    name: b"));
    insta::assert_snapshot!(with_constraint("  parameters:\n    names: [a]", "  parameters: {}"));
}

#[test]
fn match_keys_that_mean_nothing() {
    let with = |field: &str| with_constraint("spec:", &format!("spec:\n  match: {{{field}}}"));
    insta::assert_snapshot!(with("excludedNamespace: [kube-system]"));
    insta::assert_snapshot!(with("scope: namespaced"));
    insta::assert_snapshot!(with("labelSelector: {matchExpressions: [{key: a, operator: In}]}"));
    insta::assert_snapshot!(with("namespaces: [a*b]"));
}

#[test]
fn actions_that_mean_nothing() {
    let with = |field: &str| with_constraint("spec:", &format!("spec:\n  {field}"));
    insta::assert_snapshot!(with("enforcementAction: block"));
    insta::assert_snapshot!(with("enforcementAction: scoped"));
}

#[test]
fn rego_that_does_not_parse_is_located_in_its_file() {
    insta::assert_snapshot!(with_template("msg := sprintf(", "msg := := sprintf("));
}

#[test]
fn rego_that_does_not_compile_is_located_in_its_file() {
    insta::assert_snapshot!(with_template("sprintf(\"no %v\"", "sprintg(\"no %v\""));
    insta::assert_snapshot!(with_template("[input.review.name]", "[data.names.a]"));
    insta::assert_snapshot!(with_template("violation[", "violations["));
    let outside = "external_data({\"provider\": \"p\", \"keys\": [input.review.name]})";
    insta::assert_snapshot!(with_template("[input.review.name]", &format!("[{outside}]")));
}

#[test]
fn templates_that_gatekeeper_would_refuse() {
    let second = "  targets:\n    - {target: other}\n";
    insta::assert_snapshot!(with_template("  targets:\n", second));
    insta::assert_snapshot!(with_template("name: nopods", "name: no-pods"));
    insta::assert_snapshot!(with_template("type: array\n", "nullable: true\n"));
    let operations = |list: &str| {
        let target = "target: admission.k8s.gatekeeper.sh";
        with_template(target, &format!("{target}\n      operations: {list}"))
    };
    insta::assert_snapshot!(operations("[create]"));
    insta::assert_snapshot!(operations("[CREATE, '*']"));
    let cel =
        "code:\n        - {engine: K8sNativeValidation, source: {validations: []}}\n      x: |";
    insta::assert_snapshot!(with_template("rego: |", cel));
}

#[test]
fn a_violation_without_a_message_is_no_pass() {
    insta::assert_snapshot!(with_template("violation[{\"msg\": msg}]", "violation[msg]"));
}

#[test]
fn two_constraints_of_one_name_are_refused() {
    let other = format!("{CONSTRAINT}---\n{}", CONSTRAINT.replace("[a]", "[b]"));
    insta::assert_snapshot!(checked(TEMPLATE, &other));
}
