//! What Kubescape puts together before it asks a rule.

use serde_json::{Value, json};

/// What a rule is asked about that wants resources put together in some way.
pub(super) fn by(aggregator: Option<&str>, resources: Vec<Value>) -> Vec<Value> {
    match aggregator {
        Some("subject-role-rolebinding") => subjects(&resources),
        Some("apiserver-pod") => resources.into_iter().filter(is_api_server).take(1).collect(),
        _ => resources,
    }
}

/// Each subject of a binding, with the binding and its role beside it.
fn subjects(resources: &[Value]) -> Vec<Value> {
    let of_kind = |ending: &'static str| {
        resources.iter().filter(move |resource| text(resource, "/kind").ends_with(ending))
    };
    let mut found = Vec::new();
    for binding in of_kind("Binding") {
        let names = |role: &&Value| {
            text(role, "/kind") == text(binding, "/roleRef/kind")
                && text(role, "/metadata/name") == text(binding, "/roleRef/name")
        };
        for role in of_kind("Role").filter(names) {
            let subjects = binding.get("subjects").and_then(Value::as_array);
            for subject in subjects.into_iter().flatten().filter_map(Value::as_object) {
                let mut subject = subject.clone();
                subject.insert("relatedObjects".into(), json!([binding, role]));
                found.push(subject.into());
            }
        }
    }
    found
}

fn is_api_server(resource: &Value) -> bool {
    let name = text(resource, "/metadata/name");
    text(resource, "/kind") == "Pod"
        && text(resource, "/metadata/namespace") == "kube-system"
        && (name.contains("apiserver") || name.contains("api-server"))
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_come_with_their_bindings_and_roles() {
        let role = json!({"kind": "Role", "metadata": {"name": "r"}});
        let binding = json!({
            "kind": "RoleBinding",
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"name": "a"}, {"name": "b"}],
        });
        let other = json!({"kind": "Role", "metadata": {"name": "other"}});
        let found =
            by(Some("subject-role-rolebinding"), vec![role.clone(), binding.clone(), other]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], json!({"name": "b", "relatedObjects": [binding, role]}));
    }
}
