//! The places that results of Kubescape's rules tell.

use std::sync::Arc;

use manifestly::engine::value::Value;
use manifestly::manifest::{Node, Pointer, Step, parse_path};

use super::super::spot::settled;

/// The paths of a result from the root of its input, which is a list of what the rule was asked
/// about. What a result tells is relative to the object of its alert.
pub(super) fn paths(result: &Value, input: &serde_json::Value, root: &Node) -> Vec<Pointer> {
    let alert = result.field("alertObject");
    let objects = alert.and_then(|alert| alert.field("k8sApiObjects")).and_then(Value::as_array);
    let own = objects.and_then(|objects| objects.first());
    let own = own.or_else(|| alert.and_then(|alert| alert.field("externalObjects")));
    let related = result.field("relatedObjects").and_then(Value::as_array).unwrap_or_default();
    let related = related.iter().map(|related| (related.field("object"), related));
    let mut found = Vec::new();
    for (object, told) in std::iter::once((own, result)).chain(related) {
        let Some(number) = number_of(object, input) else { continue };
        let Some(item) = root.step(&Step::Index(number)) else { continue };
        for path in told_by(told) {
            if let Some(path) = parse_path(path) {
                found.push(Pointer(vec![Step::Index(number)]).join(&settled(&path, item).0));
            }
        }
    }
    found
}

/// What a result, or one of its related objects, says of paths.
fn told_by<'v>(result: &'v Value) -> impl Iterator<Item = &'v Arc<str>> {
    let lists = ["failedPaths", "reviewPaths", "deletePaths", "fixPaths"];
    let items = lists.into_iter().filter_map(|key| result.field(key)?.items()).flatten();
    let text = |item: &'v Value| match item {
        Value::String(_, text) => Some(text),
        fix => match fix.field("path")? {
            Value::String(_, text) => Some(text),
            _ => None,
        },
    };
    items.filter_map(text).filter(|path| !path.is_empty())
}

/// Which item of the input an object is: the same one, else the one of its names, else the only
/// one.
fn number_of(object: Option<&Value>, input: &serde_json::Value) -> Option<usize> {
    let items = input.as_array()?;
    let object = object?.to_serde();
    let names = |value: &serde_json::Value| {
        let text =
            |path: &str| value.pointer(path).and_then(|text| text.as_str().map(str::to_owned));
        (text("/kind"), text("/metadata/name").or_else(|| text("/name")))
    };
    let same = || items.iter().position(|item| *item == object);
    let named = || {
        let wanted = names(&object);
        (wanted != (None, None)).then(|| items.iter().position(|item| names(item) == wanted))?
    };
    same().or_else(named).or_else(|| (items.len() == 1).then_some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(result: &serde_json::Value, input: &serde_json::Value) -> Vec<String> {
        let paths = paths(&Value::from(&Node::from(result)), input, &Node::from(input));
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn paths_lead_from_the_object_of_the_alert() {
        let pod = |name: &str| json!({"kind": "Pod", "metadata": {"name": name}, "spec": {}});
        let input = json!([pod("a"), pod("b")]);
        let result = json!({
            "alertObject": {"k8sApiObjects": [pod("b")]},
            "failedPaths": ["spec.x", ""],
            "fixPaths": [{"path": "spec.y[0]", "value": "1"}],
            "relatedObjects": [{"object": pod("a"), "reviewPaths": ["metadata"]}],
        });
        assert_eq!(told(&result, &input), ["/1/spec/x", "/1/spec/y/0", "/0/metadata"]);
    }

    #[test]
    fn an_object_that_is_made_is_known_by_its_names() {
        let input =
            json!([{"kind": "User", "name": "a", "more": 1}, {"kind": "User", "name": "b"}]);
        let object = json!({"kind": "User", "name": "b", "relatedObjects": []});
        let result = json!({"alertObject": {"externalObjects": object}, "failedPaths": ["relatedObjects[0]"]});
        assert_eq!(told(&result, &input), ["/1/relatedObjects/0"]);
    }
}
