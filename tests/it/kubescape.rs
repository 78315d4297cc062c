//! Rules as Kubescape keeps them: each alone, about all resources, with places by their alerts.

use crate::run::{folder, run_in};

const PORTS: &str = r#"package armo_builtins

deny[msga] {
	wl := input[_]
	wl.kind == "Deployment"
	container := wl.spec.template.spec.containers[i]
	port := container.ports[j]
	is_wrong(port)
	msga := {
		"alertMessage": sprintf("%s has a port without a name", [container.name]),
		"alertScore": 7,
		"packagename": "armo_builtins",
		"reviewPaths": [port_path(i, j)],
		"failedPaths": [port_path(i, j)],
		"fixPaths": [{"path": sprintf("%s.name", [port_path(i, j)]), "value": "YOUR_VALUE"}],
		"alertObject": {"k8sApiObjects": [wl]},
	}
}

is_wrong(port) { not port.name }

port_path(i, j) := sprintf("spec.template.spec.containers[%d].ports[%d]", [i, j])
"#;

/// Has a helper of the same name that means something else, and names objects by a copy.
const SERVICES: &str = r#"package armo_builtins

deny[msga] {
	service := input[_]
	service.kind == "Service"
	wl := input[_]
	wl.kind == "Deployment"
	is_wrong(service)
	msga := {
		"alertMessage": sprintf("%s is open to the world", [wl.metadata.name]),
		"packagename": "armo_builtins",
		"failedPaths": [],
		"fixPaths": [],
		"alertObject": {"k8sApiObjects": [{"kind": wl.kind, "metadata": {"name": wl.metadata.name}}]},
		"relatedObjects": [{"object": service, "failedPaths": ["spec.type"]}],
	}
}

is_wrong(service) { service.spec.type == "NodePort" }
"#;

const SUBJECTS: &str = r#"package armo_builtins

deny[msga] {
	vector := input[_]
	role := vector.relatedObjects[i]
	binding := vector.relatedObjects[j]
	endswith(role.kind, "Role")
	endswith(binding.kind, "Binding")
	verb := role.rules[p].verbs[v]
	verb == "*"
	msga := {
		"alertMessage": sprintf("%s may do everything", [vector.name]),
		"alertScore": 9,
		"packagename": "armo_builtins",
		"failedPaths": [
			sprintf("relatedObjects[%d].rules[%d].verbs[%d]", [i, p, v]),
			sprintf("relatedObjects[%d].roleRef.name", [j]),
		],
		"fixPaths": [],
		"alertObject": {"k8sApiObjects": [], "externalObjects": vector},
	}
}
"#;

fn metadata(name: &str, kinds: &str, more: &str) -> String {
    format!(
        "{{\"name\": \"{name}\", \"attributes\": {{{more}}}, \"match\": [{{\"apiGroups\": [\"*\"], \
         \"apiVersions\": [\"*\"], \"resources\": [{kinds}]}}], \"description\": \"looks at \
         {name}\", \"remediation\": \"mend it\"}}"
    )
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: web
          ports:
            - containerPort: 80
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
";

const ROLES: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules:
  - apiGroups: [\"\"]
    resources: [pods]
    verbs: [get, \"*\"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {kind: ClusterRole, name: all}
subjects:
  - {kind: User, name: jane}
";

#[test]
fn rules_judge_as_they_are() {
    let folder = folder(&[
        ("rules/ports/raw.rego", PORTS),
        ("rules/ports/rule.metadata.json", &metadata("ports", "\"Deployment\"", "")),
        // What counts resources, tests, and what Kubescape doesn't use any more are no policies.
        ("rules/ports/filter.rego", PORTS),
        ("rules/ports/test/one/input/web.yaml", WEB),
        ("rules/ports/test/one/data.json", "{\"ports\": 1}"),
        ("rules/old/raw.rego", PORTS),
        (
            "rules/old/rule.metadata.json",
            &metadata("old", "\"*\"", "\"useUntilKubescapeVersion\": \"v2\""),
        ),
        ("rules/services/raw.rego", SERVICES),
        (
            "rules/services/rule.metadata.json",
            &metadata("services", "\"Deployment\", \"Service\"", ""),
        ),
        ("rules/subjects/raw.rego", SUBJECTS),
        (
            "rules/subjects/rule.metadata.json",
            &metadata(
                "subjects",
                "\"ClusterRole\", \"ClusterRoleBinding\"",
                "\"resourcesAggregator\": \"subject-role-rolebinding\"",
            ),
        ),
        ("deploy/roles.yaml", ROLES),
        ("deploy/web.yaml", WEB),
    ]);
    let ran = run_in(folder.path(), &["check", "-p", "rules", "deploy"]);
    insta::assert_snapshot!(ran.shown());
    let ran = run_in(folder.path(), &["policy", "show", "-p", "rules", "subjects"]);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn rules_read_the_settings_of_kubescape() {
    let rule = "package armo_builtins\n\ndeny[msga] {\n\twl := input[_]\n\t\
                wl.metadata.name == data.postureControlInputs.names[_]\n\t\
                msga := {\"alertMessage\": \"named\", \"alertObject\": {\"k8sApiObjects\": [wl]}}\n}\n";
    let settings =
        "{\"name\": \"default\", \"settings\": {\"postureControlInputs\": {\"names\": [\"all\"]}}}";
    let folder = folder(&[
        ("names/raw.rego", rule),
        ("default-config-inputs.json", settings),
        ("deploy/roles.yaml", ROLES),
    ]);
    let args =
        ["check", "-f", "json", "-p", "names", "--data", "default-config-inputs.json", "deploy"];
    let json = run_in(folder.path(), &args).json();
    let findings = json["findings"].as_array().unwrap();
    let lines: Vec<_> =
        findings.iter().map(|it| it["location"]["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 11], "{json:#}");
    assert_eq!(findings[0]["policy"], "armo-builtins/names");
}
