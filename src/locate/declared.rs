//! What violations say of their places.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::manifest::{Pointer, Step, parse_path};

/// The path that a violation declares, if it does: under `path`, `field` or `location`, as a list
/// of keys and numbers, a dotted path or a JSON Pointer.
pub fn declared_path(violation: &Value) -> Option<Pointer> {
    ["path", "field", "location"].into_iter().find_map(|key| match violation.field(key)? {
        Value::String(_, text) => parse_path(text),
        Value::Array(_, steps) => steps.iter().map(step).collect::<Option<_>>().map(Pointer),
        _ => None,
    })
}

fn step(value: &Value) -> Option<Step> {
    match value {
        Value::String(_, key) => Some(Step::Key(Arc::clone(key))),
        value => value.as_i64().and_then(|at| usize::try_from(at).ok()).map(Step::Index),
    }
}
