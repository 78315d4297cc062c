use super::*;
use crate::policy::Loader;

/// What the policies reach, a line for each resource.
fn requests(loader: Loader) -> Vec<String> {
    let reach = Reach::of(&loader.load().unwrap()).unwrap();
    let requests = reach.requests(&[], &[]);
    let line = |(target, operations): (&Target, &BTreeSet<Operation>)| {
        let Target { group, version, resource, guessed } = target;
        let operations: Vec<_> = operations.iter().map(|operation| operation.as_str()).collect();
        let guess = if guessed.is_some() { "?" } else { "" };
        format!("{group}/{version}/{resource}{guess} {}", operations.join(","))
    };
    requests.targets.iter().map(line).collect()
}

fn of_rego(rules: &str) -> Vec<String> {
    requests(Loader::new().policy_text("p.rego", &format!("package p\n\n{rules}\n")))
}

const CONTROLLERS: [&str; 8] = [
    "/v1/pods CREATE,UPDATE",
    "/v1/replicationcontrollers CREATE,UPDATE",
    "apps/v1/daemonsets CREATE,UPDATE",
    "apps/v1/deployments CREATE,UPDATE",
    "apps/v1/replicasets CREATE,UPDATE",
    "apps/v1/statefulsets CREATE,UPDATE",
    "batch/v1/cronjobs CREATE,UPDATE",
    "batch/v1/jobs CREATE,UPDATE",
];

#[test]
fn policies_about_pods_see_controllers_too() {
    let said = "# METADATA\n# custom:\n#   kinds: [Pod]\ndeny contains 1 if input.spec.hostNetwork";
    assert_eq!(of_rego(said), CONTROLLERS);
    let not = "# METADATA\n# custom:\n#   kinds: [Pod]\n#   pod_templates: false\ndeny contains 1 if input.spec.x";
    assert_eq!(of_rego(not), ["/v1/pods CREATE,UPDATE"]);
}

#[test]
fn kinds_are_found_in_the_rules() {
    for (rules, wanted) in [
        ("deny contains 1 if { input.kind == \"Service\"\n input.spec.x }", "/v1/services"),
        (
            "deny contains 1 if { input.spec.x\n input.kind == \"Ingress\" }",
            "networking.k8s.io/v1/ingresses",
        ),
        (
            "deny contains 1 if { is_one\n input.spec.x }\nis_one if input.kind == \"Secret\"",
            "/v1/secrets",
        ),
        ("deny contains 1 if { r := input\n r.kind == \"Node\"\n r.spec.x }", "/v1/nodes"),
        (
            "deny contains 1 if { k := {\"Role\"}\n k[input.kind]\n input.rules[_].x }",
            "rbac.authorization.k8s.io/v1/roles",
        ),
        (
            "deny contains 1 if { input.kind in {\"RoleList\", \"Role\"}\n input.x }",
            "rbac.authorization.k8s.io/v1/roles",
        ),
        ("deny contains 1 if input.kind == \"Endpoints\"", "/v1/endpoints"),
        (
            "deny contains 1 if { input.apiVersion == \"autoscaling/v2\"\n input.spec.x }",
            "autoscaling/v2/horizontalpodautoscalers",
        ),
    ] {
        assert_eq!(of_rego(rules), [format!("{wanted} CREATE,UPDATE")], "{rules}");
    }
}

#[test]
fn what_pins_no_kind_sees_every_kind() {
    for rules in [
        "deny contains 1 if input.metadata.namespace == \"default\"",
        "deny contains 1 if { not input.kind == \"Pod\"\n input.spec.x }",
        "deny contains 1 if { input.kind != \"Pod\"\n not input.metadata.labels.team }",
    ] {
        assert_eq!(of_rego(rules), ["*/*/* CREATE,UPDATE"], "{rules}");
    }
}

#[test]
fn custom_kinds_are_guessed() {
    for (rules, wanted) in [
        (
            "deny contains 1 if { input.kind == \"Rollout\"\n input.apiVersion == \"argoproj.io/v1alpha1\"\n input.spec.x }",
            "argoproj.io/*/rollouts? CREATE,UPDATE",
        ),
        (
            "deny contains 1 if { input.kind == \"Widget\"\n input.spec.x }",
            "*/*/widgets? CREATE,UPDATE",
        ),
        (
            "deny contains 1 if { input.kind == \"Service\"\n startswith(input.apiVersion, \"serving.knative.dev/\")\n input.spec.x }",
            "serving.knative.dev/*/services? CREATE,UPDATE",
        ),
        (
            "# METADATA\n# custom:\n#   kinds: [example.com/Gateway]\ndeny contains 1 if input.spec.x",
            "example.com/*/gateways? CREATE,UPDATE",
        ),
        (
            "# METADATA\n# custom:\n#   kinds: [\"example.com/*\"]\ndeny contains 1 if input.spec.x",
            "example.com/*/* CREATE,UPDATE",
        ),
    ] {
        assert_eq!(of_rego(rules), [wanted], "{rules}");
    }
}

#[test]
fn what_only_looks_like_a_group_is_none() {
    let rules = "deny contains 1 if { input.kind == \"Service\"\n not input.metadata.labels[\"example.com/team\"] == \"a.b\" }";
    assert_eq!(of_rego(rules), ["/v1/services CREATE,UPDATE"]);
}

#[test]
fn policies_about_requests_are_sent_what_they_ask_for() {
    for (rules, wanted) in [
        (
            "deny contains 1 if { input.request.kind.kind == \"Pod\"\n input.request.object.spec.x }",
            vec!["/v1/pods CREATE,UPDATE"],
        ),
        (
            "deny contains 1 if { input.request.operation == \"DELETE\"\n input.request.kind.kind == \"Namespace\"\n input.request.userInfo.username != \"admin\" }",
            vec!["/v1/namespaces DELETE"],
        ),
        (
            "deny contains 1 if { input.request.operation in {\"CREATE\", \"DELETE\"}\n input.request.resource.resource == \"secrets\"\n input.request.oldObject.x }",
            vec!["/v1/secrets CREATE,DELETE"],
        ),
        (
            "deny contains 1 if { input.request.operation != \"DELETE\"\n input.request.kind.kind == \"Secret\"\n input.request.object.x }",
            vec!["/v1/secrets CREATE,UPDATE"],
        ),
        (
            "deny contains 1 if { input.request.operation == \"CONNECT\"\n input.request.resource.resource == \"pods\"\n input.request.subResource == \"exec\"\n input.request.userInfo.groups[_] == \"x\" }",
            vec!["/v1/pods/exec CONNECT"],
        ),
        (
            "deny contains 1 if { input.request.kind.kind == \"Scale\"\n input.request.object.spec.replicas > 9 }",
            vec!["*/*/*/scale UPDATE"],
        ),
        (
            "deny contains 1 if { input.request.resource.resource == \"widgets\"\n input.request.object.x }",
            vec!["*/*/widgets CREATE,UPDATE"],
        ),
    ] {
        assert_eq!(of_rego(rules), wanted, "{rules}");
    }
}

#[test]
fn constraints_are_sent_what_they_match() {
    let template = |operations: &str, rego: &str| {
        format!(
            "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: k}}\nspec:\n  \
             crd: {{spec: {{names: {{kind: K}}}}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      \
             operations: [{operations}]\n      rego: |\n        package k\n        violation[{{\"msg\": \"no\"}}] {{ {rego} }}\n"
        )
    };
    let constraint = |kinds: &str| {
        format!(
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K\nmetadata: {{name: a}}\nspec:\n  \
             match: {{kinds: {kinds}}}\n"
        )
    };
    let of = |operations: &str, rego: &str, kinds: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k.yaml");
        std::fs::write(&file, template(operations, rego) + &constraint(kinds)).unwrap();
        requests(Loader::new().policy(file))
    };
    let services = "[{apiGroups: [''], kinds: [Service]}]";
    let looks = "input.review.object.spec.x";
    let deletes = "input.review.operation == \"DELETE\"";
    assert_eq!(of("", looks, services), ["/v1/services CREATE,UPDATE"]);
    assert_eq!(of("", deletes, services), ["/v1/services CREATE,UPDATE,DELETE"]);
    assert_eq!(of("DELETE", looks, services), ["/v1/services DELETE"]);
    assert_eq!(of("", looks, "[{apiGroups: [''], kinds: [Pod]}]"), CONTROLLERS);
    assert_eq!(of("", looks, "[]"), ["*/*/* CREATE,UPDATE"]);
    assert_eq!(
        of("", looks, "[{apiGroups: [''], kinds: [PodExecOptions]}]"),
        ["/v1/pods/exec CONNECT"]
    );
    assert_eq!(
        of("", looks, "[{apiGroups: [example.com], kinds: [Widget]}]"),
        ["example.com/*/widgets? CREATE,UPDATE"]
    );
}

#[test]
fn some_of_the_policies_can_be_asked_by_themselves() {
    let policies = Loader::new()
        .policy_text(
            "a.rego",
            "package a\n\ndeny contains 1 if { input.kind == \"Secret\"\n input.x }",
        )
        .policy_text("b.rego", "package b\n\ndeny contains 1 if input.x")
        .policy_text(
            "c.rego",
            "package c\n\ndeny contains 1 if { input.kind == \"secret\"\n input.x }",
        );
    let reach = Reach::of(&policies.load().unwrap()).unwrap();
    let ids = |glob: &str| Ids::new(glob).unwrap();
    let (a, c) = (ids("a"), ids("c"));
    let some = reach.requests(&[&a], &[Operation::Update]);
    assert_eq!(some.targets.len(), 1);
    assert_eq!(some.targets.values().next().unwrap().len(), 1);
    assert!(some.of_any.is_empty());
    let all = reach.requests(&[], &[]);
    assert_eq!(all.of_any.iter().collect::<Vec<_>>(), ["b"]);
    assert_eq!(reach.requests(&[&c], &[]).of_none.iter().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn some_mend_what_they_can() {
    let rego = "package p\n\n# METADATA\n# custom: {mutate: true}\ndeny_a contains 1 if { input.kind == \"Secret\"\n input.x }\n\n\
                deny_b contains 1 if { input.kind == \"Node\"\n input.x }\n";
    let reach = Reach::of(&Loader::new().policy_text("p.rego", rego).load().unwrap()).unwrap();
    let resources = |requests: Requests| -> Vec<String> {
        requests.targets.into_keys().map(|target| target.resource).collect()
    };
    assert_eq!(resources(reach.requests_to_mend(&[])), ["secrets"]);
    assert_eq!(resources(reach.requests_to_mend(&[Operation::Delete])), Vec::<String>::new());
}

#[test]
fn policies_over_all_documents_are_not_asked() {
    let said =
        "package p\n\n# METADATA\n# custom:\n#   combine: true\ndeny contains 1 if input[_].x";
    let policies = Loader::new().policy_text("p.rego", said).load().unwrap();
    let reach = Reach::of(&policies).unwrap();
    assert_eq!(reach.combined().collect::<Vec<_>>(), ["p"]);
    assert_eq!(reach.requests(&[], &[]), Requests::default());
}
