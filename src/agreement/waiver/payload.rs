//! What a signature is made over: the meaning of a waiver, in one way of writing it.

use serde_json::{Map, Value, json};

use super::Waiver;
use super::glob::Glob;
use super::read::{API_VERSION, KIND};

/// JSON with the keys in order, indented by two, and a line break at the end. What is not said is
/// left out; lists in `match` are sets, and are sorted.
pub(super) fn of(waiver: &Waiver) -> String {
    let set = |mut texts: Vec<String>| -> Option<Value> {
        texts.sort();
        texts.dedup();
        (!texts.is_empty()).then(|| texts.into())
    };
    let globs = |globs: &[Glob]| set(globs.iter().map(|glob| glob.text.clone()).collect());
    let text = |text: &Option<String>| text.clone().map(Value::from);
    let selector = &waiver.selector;
    let labels: Map<String, Value> =
        selector.labels.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    let matched = object([
        ("files", globs(&selector.files)),
        ("kinds", set(selector.kinds.iter().map(ToString::to_string).collect())),
        ("labels", (!labels.is_empty()).then(|| labels.into())),
        ("names", globs(&selector.names)),
        ("namespaces", globs(&selector.namespaces)),
        ("paths", set(selector.paths.iter().map(|(text, _)| text.clone()).collect())),
    ]);
    let spec = object([
        ("approvedBy", text(&waiver.approved_by)),
        ("expires", Some(waiver.expires.to_string().into())),
        ("from", waiver.from.map(|from| from.to_string().into())),
        ("match", Some(matched)),
        ("policy", Some(waiver.policy.as_str().into())),
        ("reason", Some(waiver.reason.as_str().into())),
        ("requestedBy", text(&waiver.requested_by)),
        ("ticket", text(&waiver.ticket)),
    ]);
    let whole = object([
        ("apiVersion", Some(API_VERSION.into())),
        ("kind", Some(KIND.into())),
        ("metadata", waiver.name.as_ref().map(|name| json!({"name": name}))),
        ("spec", Some(spec)),
    ]);
    format!("{whole:#}\n")
}

/// An object with the entries that there are; they come in order.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let there = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(there.collect())
}
