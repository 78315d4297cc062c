//! Paths that stay what they are when lists are put into another order: members are told by what
//! they are known by, not by their number.

use std::fmt::Write as _;

use crate::manifest::{Node, NodeKind, Step};

/// What the members of a list are known by, by the key of the list: what Kubernetes merges them by,
/// where it does.
const KNOWN_BY: [(&str, &[&str]); 14] = [
    ("ports", &["containerPort", "protocol"]),
    ("ports", &["port", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("tolerations", &["key", "effect"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["kind", "name"]),
    ("subjects", &["kind", "namespace", "name"]),
    ("matchExpressions", &["key"]),
    ("rules", &["host"]),
    ("paths", &["path"]),
    ("items", &["kind", "metadata.namespace", "metadata.name"]),
];

/// What they are known by in lists that are not known here.
const ELSEWHERE: [&[&str]; 4] = [&["name"], &["metadata.name"], &["key"], &["id"]];

/// The path of `steps` in a resource, such as `spec.containers[name=web].image`. A member that
/// nothing names is any of its list, `[*]`: to know it by what else it holds would make it another
/// one as soon as something in it is mended.
pub(super) fn path(resource: &Node, steps: &[Step]) -> String {
    let mut text = String::new();
    let mut list = "";
    let mut node = Some(resource);
    for step in steps {
        let next = node.and_then(|node| node.step(step));
        match step {
            Step::Key(key) => {
                push_key(&mut text, key);
                list = key;
            }
            Step::Index(_) => {
                let member = next.and_then(|member| known_by(list, member));
                text.extend(["[", member.as_deref().unwrap_or("*"), "]"]);
            }
        }
        node = next;
    }
    text
}

/// What a member of a list is known by: fields that name it, or for a plain value itself.
fn known_by(list: &str, member: &Node) -> Option<String> {
    if let Some(value) = plain(member) {
        return Some(format!("={}", quoted(&value)));
    }
    let own = KNOWN_BY.iter().filter(|(of, _)| *of == list).map(|(_, fields)| *fields);
    own.chain(ELSEWHERE).find_map(|fields| {
        let mut told = String::new();
        for (at, field) in fields.iter().enumerate() {
            let value = field.split('.').try_fold(member, |node, key| node.get(key));
            let value = value.and_then(plain).filter(|value| !value.is_empty());
            match value {
                // A port without a protocol is one of TCP.
                Some(value) if *field == "protocol" && value == "TCP" => {}
                Some(value) => {
                    let comma = if told.is_empty() { "" } else { "," };
                    let _ = write!(told, "{comma}{field}={}", quoted(&value));
                }
                None if at == 0 => return None,
                None => {}
            }
        }
        Some(told)
    })
}

/// The text of a value that holds no others.
fn plain(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::String(text) | NodeKind::Number(text) => Some(text.to_string()),
        NodeKind::Integer(number) => Some(number.to_string()),
        NodeKind::Float(number) => Some(number.to_string()),
        NodeKind::Bool(is) => Some(is.to_string()),
        NodeKind::Null | NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
    }
}

fn push_key(text: &mut String, key: &str) {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if key.is_empty() || !key.chars().all(is_plain) {
        let _ = write!(text, "[{}]", serde_json::Value::from(key));
    } else {
        text.extend([if text.is_empty() { "" } else { "." }, key]);
    }
}

/// A value in brackets: in quotes, where it could be taken for something else.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@+%$".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        serde_json::Value::from(value).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, parse_path, read};
    use crate::source::SourceText;

    fn paths(text: &str, asked: &[&str]) -> Vec<String> {
        let text = Arc::new(SourceText::new("a.yaml", text));
        let reading = read(&text, Format::Manifest, &ReadLimits::default());
        let root = &reading.manifests[0].root;
        asked.iter().map(|asked| path(root, &parse_path(asked).unwrap().0)).collect()
    }

    #[test]
    fn members_are_known_by_what_names_them() {
        let text = r#"
spec:
  containers:
    - name: web
      args: [--verbose, "a]b c", 3]
      ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
      volumeMounts: [{name: data, mountPath: /data}, {name: data, mountPath: /logs}]
  rules: [{host: a.example, http: {paths: [{path: /x}]}}, {verbs: [get]}, null, [1]]
  subjects: [{kind: User, name: ann}]
  things: [{key: k, value: v}, {metadata: {name: m}}, {name: 7}, {name: {}}, {name: ""}]
"#;
        for (asked, stable) in [
            ("spec.containers[0].image", "spec.containers[name=web].image"),
            ("spec.containers[0].args[0]", "spec.containers[name=web].args[=--verbose]"),
            ("spec.containers[0].args[1]", "spec.containers[name=web].args[=\"a]b c\"]"),
            ("spec.containers[0].args[2]", "spec.containers[name=web].args[=3]"),
            ("spec.containers[0].args[7]", "spec.containers[name=web].args[*]"),
            ("spec.containers[0].ports[0]", "spec.containers[name=web].ports[containerPort=80]"),
            (
                "spec.containers[0].ports[1].name",
                "spec.containers[name=web].ports[containerPort=53,protocol=UDP].name",
            ),
            (
                "spec.containers[0].volumeMounts[1]",
                "spec.containers[name=web].volumeMounts[mountPath=/logs]",
            ),
            ("spec.rules[0].http.paths[0]", "spec.rules[host=a.example].http.paths[path=/x]"),
            ("spec.rules[1].verbs[0]", "spec.rules[*].verbs[=get]"),
            ("spec.rules[2]", "spec.rules[*]"),
            ("spec.rules[3][0]", "spec.rules[*][=1]"),
            ("spec.subjects[0]", "spec.subjects[kind=User,name=ann]"),
            ("spec.things[0]", "spec.things[key=k]"),
            ("spec.things[1]", "spec.things[metadata.name=m]"),
            ("spec.things[2]", "spec.things[name=7]"),
            ("spec.things[3]", "spec.things[*]"),
            ("spec.things[4]", "spec.things[*]"),
            ("metadata.labels['a.b/c']", "metadata.labels[\"a.b/c\"]"),
            ("['a.b']", "[\"a.b\"]"),
            ("", ""),
        ] {
            assert_eq!(paths(text, &[asked]), [stable], "{asked}");
        }
    }

    #[test]
    fn the_order_of_a_list_does_not_matter() {
        let one = "l: [{name: a, x: 1}, {name: b, x: 2}]";
        let other = "l: [{name: new}, {name: b, x: 3}, {name: a}]";
        assert_eq!(paths(one, &["l[0].x", "l[1].x"]), paths(other, &["l[2].x", "l[1].x"]));
    }
}
