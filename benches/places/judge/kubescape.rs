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
        let Some((number, is_own)) = number_of(object, input) else { continue };
        let Some(item) = root.step(&Step::Index(number)) else { continue };
        let paths = told_by(told).filter_map(|path| parse_path(path));
        let paths = paths.map(|path| settled(&path, item));
        // An object that a rule makes may have paths of its own.
        let is_there = |path: &Pointer| is_own || item.at(&path.0[..1]).is_some();
        let paths = paths.filter(|path| !path.0.is_empty() && is_there(path));
        found.extend(paths.map(|path| Pointer(vec![Step::Index(number)]).join(&path.0)));
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

/// Which item of the input an object is, and whether it is that one or a part of it. Else it is
/// taken for the item of its names, or the only one.
fn number_of(object: Option<&Value>, input: &serde_json::Value) -> Option<(usize, bool)> {
    let items = input.as_array()?;
    let object = object?.to_serde();
    let names = |value: &serde_json::Value| {
        let text = |path: &str| value.pointer(path).and_then(serde_json::Value::as_str);
        let names = [text("/kind"), text("/metadata/name").or_else(|| text("/name"))];
        names.map(|name| name.map(str::to_owned))
    };
    let own = || items.iter().position(|item| is_part_of(&object, item));
    let named = || {
        let wanted = names(&object);
        let has_names = wanted.iter().any(Option::is_some);
        has_names.then(|| items.iter().position(|item| names(item) == wanted))?
    };
    let only = || (items.len() == 1).then_some(0);
    let guessed = || named().or_else(only).map(|number| (number, false));
    own().map(|number| (number, true)).or_else(guessed)
}

/// Whether everything that an object says, something else says too.
fn is_part_of(part: &serde_json::Value, whole: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (part, whole) {
        (Object(part), Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|other| is_part_of(value, other))),
        (Array(part), Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(a, b)| is_part_of(a, b))
        }
        _ => part == whole,
    }
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
        let input = json!([
            {"kind": "Info", "name": "a", "data": {"x": 1}},
            {"kind": "Info", "name": "b", "data": {"x": 2, "y": 1}},
        ]);
        let alert = |object: serde_json::Value, path: &str| {
            told(
                &json!({"alertObject": {"externalObjects": object}, "failedPaths": [path]}),
                &input,
            )
        };
        let part = json!({"kind": "Info", "name": "b", "data": {"y": 1}});
        assert_eq!(alert(part.clone(), "data.x"), ["/1/data/x"]);
        assert_eq!(alert(part, "spec"), ["/1/spec"]);
        let made = json!({"kind": "Info", "name": "b", "spec": {}});
        assert_eq!(alert(made.clone(), "data.x"), ["/1/data/x"]);
        assert!(alert(made, "spec").is_empty());
    }
}
