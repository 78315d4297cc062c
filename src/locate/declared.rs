//! What violations say of their places, in the ways in which policies say it.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{Node, Pointer, parse_path};
use crate::policy::Dialect;

/// What a violation says of one of its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// The path to it from the input.
    Path(Pointer),
    /// The line that it stands in.
    Line {
        /// From 1.
        line: usize,
        /// The file, if that is said too.
        file: Option<Arc<str>>,
    },
}

/// The keys that a place is looked for under. The first one that says any is the one that is meant.
const ONE: [&str; 7] = ["path", "field", "location", "_loc", "jsonPath", "json_path", "pointer"];

/// Keys for several places: of a list, each item is one.
const SEVERAL: [&str; 3] = ["paths", "fields", "locations"];

/// Those of Kubescape, which belong together: what is wrong, and what is not there.
const OF_KUBESCAPE: [&str; 4] = ["failedPaths", "reviewPaths", "deletePaths", "fixPaths"];

/// The places that a violation declares, in its own order, each once.
///
/// A path is a list of keys and numbers, a dotted path, or a JSON Pointer; an object may say it
/// under a key of its own, or say the line instead.
pub fn declared_places(violation: &Value) -> Vec<Declared> {
    let one = |key: &&str| violation.field(key).map(places).unwrap_or_default();
    let several = |key: &&str| violation.field(key).map(each).unwrap_or_default();
    let told = ONE.iter().map(one).chain(SEVERAL.iter().map(several));
    let mut found = told.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    // An empty path says there that nothing is known.
    let says = |place: &Declared| !matches!(place, Declared::Path(path) if path.0.is_empty());
    found.extend(OF_KUBESCAPE.iter().flat_map(several).filter(says));
    let mut once = Vec::new();
    for place in found {
        if !once.contains(&place) {
            once.push(place);
        }
    }
    once
}

/// The places that a violation of a policy in a dialect declares, in an object.
///
/// Gatekeeper leaves it to the policy what else a violation says in its `details`: a path there is
/// taken up, if it is one of the object and not, say, of a volume.
pub(crate) fn declared_in(violation: &Value, dialect: Dialect, object: &Node) -> Vec<Declared> {
    let mut declared = declared_places(violation);
    if dialect == Dialect::Gatekeeper && declared.is_empty() {
        declared = violation.field("details").map(declared_places).unwrap_or_default();
        declared.retain(|declared| match declared {
            Declared::Path(path) => dialect.path_in_object(path, object).is_some_and(|path| {
                path.0.first().is_none_or(|first| object.step(first).is_some())
            }),
            Declared::Line { .. } => true,
        });
    }
    declared
}

/// What a violation gives where a place is looked for, if it can't be read as one.
pub(crate) fn unreadable(violation: &Value) -> Option<&Value> {
    let keys = ONE.iter().chain(&SEVERAL).chain(&OF_KUBESCAPE);
    let is_meant = |given: &&Value| match given {
        Value::String(_, text) => !text.is_empty(),
        Value::Array(_, items) => !items.is_empty(),
        _ => false,
    };
    let given = keys.filter_map(|key| violation.field(key)).find(is_meant)?;
    declared_places(violation).is_empty().then_some(given)
}

/// The places of a list; what is no list is one.
fn each(value: &Value) -> Vec<Declared> {
    match value {
        Value::Array(_, items) | Value::Set(_, items) => items.iter().flat_map(places).collect(),
        value => places(value),
    }
}

fn places(value: &Value) -> Vec<Declared> {
    match value {
        Value::String(_, text) => parse_path(text).map(Declared::Path).into_iter().collect(),
        Value::Array(_, items) => match steps(items) {
            Some(path) => vec![Declared::Path(path)],
            None => each(value),
        },
        Value::Set(..) => each(value),
        Value::Object(..) => match line(value) {
            Some(line) => vec![line],
            None => declared_places(value),
        },
        _ => Vec::new(),
    }
}

/// The path that a list is, if it is one path and no list of several.
fn steps(items: &[Value]) -> Option<Pointer> {
    // The first key of a path is a plain word: `spec.containers` can't be one.
    let is_path =
        |text: &str| text.starts_with('/') || parse_path(text).is_some_and(|path| path.0.len() > 1);
    if items.first().and_then(Value::as_str).is_some_and(is_path) {
        return None;
    }
    crate::engine::steps(items).map(Pointer)
}

/// `{"file": "web.yaml", "line": 12}`, as conftest has it.
fn line(value: &Value) -> Option<Declared> {
    let line = ["line", "row"].into_iter().find_map(|key| value.field(key)?.as_i64())?;
    let file = value.field("file").and_then(Value::as_str).map(Arc::from);
    usize::try_from(line).ok().filter(|line| *line > 0).map(|line| Declared::Line { line, file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::builtins::{Caches, Context, lookup};

    fn told(json: &str) -> Vec<String> {
        let mut caches = Caches::default();
        let parse = lookup("json.unmarshal").unwrap().function;
        let value = parse(&mut Context::new(&mut caches, 0, 0), &[Value::string(json)]);
        let places = declared_places(&value.unwrap().unwrap());
        let shown = places.into_iter().map(|place| match place {
            Declared::Path(path) => path.to_string(),
            Declared::Line { line, file } => format!("{}:{line}", file.as_deref().unwrap_or("")),
        });
        shown.collect()
    }

    #[test]
    fn places_are_read_in_every_way_to_say_them() {
        for (violation, places) in [
            (r#"{"msg": "x"}"#, &[][..]),
            (r#"{"path": "spec.containers[0].image"}"#, &["/spec/containers/0/image"]),
            (r#"{"field": ["spec", "containers", 0]}"#, &["/spec/containers/0"]),
            (r#"{"location": "/spec/containers/0"}"#, &["/spec/containers/0"]),
            (r#"{"path": ["spec.a", "spec.b[1]"]}"#, &["/spec/a", "/spec/b/1"]),
            (r#"{"paths": ["/spec/a", "/spec/a", "/spec/b"]}"#, &["/spec/a", "/spec/b"]),
            (r#"{"paths": [["spec", "a"], ["spec", "b", 1]]}"#, &["/spec/a", "/spec/b/1"]),
            (r#"{"path": ["data", "a.b/c"]}"#, &["/data/a.b~1c"]),
            (r#"{"path": ""}"#, &[""]),
            (r#"{"path": 7, "field": "spec"}"#, &["/spec"]),
            (r#"{"location": {"path": "spec.a"}}"#, &["/spec/a"]),
            (r#"{"location": {"file": "a.yaml", "line": 3}}"#, &["a.yaml:3"]),
            (r#"{"_loc": {"line": 0}}"#, &[]),
            (r#"{"jsonPath": "{.spec.a}"}"#, &["/spec/a"]),
            (
                r#"{"failedPaths": ["spec.a", ""], "reviewPaths": [["spec.a"]],
                    "fixPaths": [{"path": "spec.b", "value": "1"}]}"#,
                &["/spec/a", "/spec/b"],
            ),
        ] {
            assert_eq!(told(violation), places, "{violation}");
        }
    }
}
