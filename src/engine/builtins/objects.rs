//! Objects.

use super::super::value::{NodeId, Value};
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("object.filter", 2, |_, args| select(args, true)),
    Builtin::supported("object.get", 3, get),
    Builtin::supported("object.keys", 1, |_, args| {
        let keys = operand::object(args, 0)?.iter().map(|entry| entry.0.clone());
        Ok(Some(Value::sorted_set(keys.collect())))
    }),
    Builtin::supported("object.remove", 2, |_, args| select(args, false)),
    Builtin::supported("object.subset", 2, subset),
    Builtin::supported("object.union", 2, |_, args| {
        operand::object(args, 0)?;
        operand::object(args, 1)?;
        Ok(Some(union(operand::any(args, 0)?, operand::any(args, 1)?)))
    }),
    Builtin::supported("object.union_n", 1, union_n),
];

/// A key, or an array of keys to follow.
fn get(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    operand::object(args, 0)?;
    let object = operand::any(args, 0)?;
    let (key, default) = (operand::any(args, 1)?, operand::any(args, 2)?);
    let found = match key.as_array() {
        Some(path) => path.iter().try_fold(object, |value, key| value.get(key)),
        None => object.get(key),
    };
    Ok(Some(found.unwrap_or(default).clone()))
}

/// The entries whose key is, or is not, among the keys given by an array, a set or an object.
fn select(args: &[Value], wanted: bool) -> Outcome {
    let entries = operand::object(args, 0)?;
    let keys = operand::any(args, 1)?;
    let holds = |key: &Value| match keys {
        Value::Object(..) => keys.get(key).is_some(),
        keys => keys.has(key),
    };
    if keys.len().is_none() {
        return Err(operand::wrong_type(1, keys, &["object", "set", "array"]));
    }
    let kept = entries.iter().filter(|entry| holds(&entry.0) == wanted).cloned();
    Ok(Some(Value::object_of_last(kept.collect())))
}

/// Objects are merged; of anything else, the second stays.
pub(super) fn union(first: &Value, second: &Value) -> Value {
    let (Some(mut a), Some(mut b)) = (first.as_object(), second.as_object()) else {
        return second.clone();
    };
    if a.is_empty() {
        return second.clone();
    }
    if b.is_empty() {
        return first.clone();
    }
    // What is missing in both is missing where they were read from; what overrides is nearer.
    let node = match second.node().of_input() {
        NodeId::NONE => first.node().of_input(),
        node => node,
    };
    let mut entries = Vec::with_capacity(a.len() + b.len());
    loop {
        let entry = match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                (a, b) = (&a[1..], &b[1..]);
                (x.0.clone(), union(&x.1, &y.1))
            }
            (Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
                a = &a[1..];
                x.clone()
            }
            (_, Some(y)) => {
                b = &b[1..];
                y.clone()
            }
            _ => return Value::object_of_last(entries).with_node(node),
        };
        entries.push(entry);
    }
}

fn union_n(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let whole = operand::any(args, 0)?;
    let mut result = Value::record([]);
    for object in operand::array(args, 0)? {
        let Some(entries) = object.as_object() else {
            return Err(operand::wrong_element(0, whole, object, "object"));
        };
        context.tick(entries.len())?;
        result = union(&result, object);
    }
    Ok(Some(result))
}

fn subset(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (whole, part) = (operand::any(args, 0)?, operand::any(args, 1)?);
    context.tick(whole.len().unwrap_or(0))?;
    match (whole, part) {
        (Value::Array(_, items), Value::Set(_, members)) => {
            // An empty set needs an item to be found in.
            let found = members.iter().all(|member| items.contains(member));
            some(found && !items.is_empty())
        }
        (Value::Object(..), Value::Object(..))
        | (Value::Set(..), Value::Set(..))
        | (Value::Array(..), Value::Array(..)) => some(contains(whole, part)),
        _ => Err(BuiltinError::new(
            "both arguments object.subset must be of the same type or array and set",
        )),
    }
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(..), Value::Object(_, entries)) => entries
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|own| contains(own, value))),
        (Value::Set(..), Value::Set(_, members)) => members.iter().all(|member| whole.has(member)),
        (Value::Array(_, items), Value::Array(_, run)) => has_run(items, run),
        (whole, part) => whole == part,
    }
}

/// Whether the items of `run` follow one another somewhere, searched as OPA does it: after a
/// partial find, the search goes on one further.
fn has_run(items: &[Value], run: &[Value]) -> bool {
    run.is_empty() || items.windows(run.len()).any(|window| window == run)
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn objects() {
        for (name, arguments, result) in [
            ("object.get", vec!["{\"a\": {\"b\": [7]}}", "[\"a\", \"b\", 0]", "1"], "7"),
            ("object.get", vec!["{\"a\": 1}", "\"b\"", "\"default\""], "\"default\""),
            ("object.get", vec!["{\"a\": 1}", "[]", "0"], "{\"a\": 1}"),
            ("object.keys", vec!["{\"b\": 1, \"a\": 1}"], "{\"a\", \"b\"}"),
            ("object.remove", vec!["{\"a\": 1, \"b\": 2}", "[\"a\"]"], "{\"b\": 2}"),
            ("object.filter", vec!["{\"a\": 1, \"b\": 2}", "{\"a\": 0}"], "{\"a\": 1}"),
            (
                "object.union",
                vec!["{\"a\": {\"b\": 1}}", "{\"a\": {\"c\": 2}}"],
                "{\"a\": {\"b\": 1, \"c\": 2}}",
            ),
            (
                "object.union_n",
                vec!["[{\"a\": {\"b\": 2}}, {\"a\": 4}, {\"a\": {\"c\": 3}}]"],
                "{\"a\": {\"c\": 3}}",
            ),
            ("object.subset", vec!["{\"a\": [1, 2, 3]}", "{\"a\": [2, 3]}"], "true"),
            ("object.subset", vec!["[1, 2]", "[2, 1]"], "false"),
        ] {
            assert_eq!(eval(name, &arguments), result, "{name}{arguments:?}");
        }
    }
}
