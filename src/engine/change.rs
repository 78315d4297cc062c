//! What an input would be with something changed.

use super::value::{NodeId, Value};

/// A change of a value inside of an input.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is not there.
    Remove,
    /// Another value stands in its place.
    Replace(Value),
    /// Keys lead from it to a value; those that are not there are made.
    Add(Vec<Value>, Value),
}

/// The value with a change at the end of a way, which goes from node to node. `None` where the way
/// leads nowhere, and where nothing can be changed in this way. What is not changed stays what it
/// is, and knows its node.
pub(crate) fn changed(value: &Value, way: &[NodeId], change: &Change) -> Option<Value> {
    let Some((next, rest)) = way.split_first() else {
        return match change {
            Change::Remove => None,
            Change::Replace(new) => Some(new.clone()),
            Change::Add(keys, new) => added(value, keys, new),
        };
    };
    let drops = rest.is_empty() && matches!(change, Change::Remove);
    let node = value.node();
    let changed = match value {
        Value::Array(_, items) => {
            let at = items.iter().position(|item| item.node() == *next)?;
            let mut items = items.to_vec();
            if drops {
                items.remove(at);
            } else {
                items[at] = changed(&items[at], rest, change)?;
            }
            Value::array(items)
        }
        Value::Object(_, fields) => {
            let at = fields.iter().position(|(_, field)| field.node() == *next)?;
            let mut fields = fields.to_vec();
            if drops {
                fields.remove(at);
            } else {
                fields[at].1 = changed(&fields[at].1, rest, change)?;
            }
            Value::object_of_last(fields)
        }
        _ => return None,
    };
    Some(changed.with_node(node))
}

/// A value with another below it, where keys say. A key `n` of an array is its end.
fn added(value: &Value, keys: &[Value], new: &Value) -> Option<Value> {
    let Some((key, rest)) = keys.split_first() else { return Some(new.clone()) };
    let inner = |found: Option<&Value>| match found {
        Some(found) => added(found, rest, new),
        None => Some(built(rest, new)),
    };
    let node = value.node();
    let value = match value {
        Value::Object(_, fields) => {
            let mut fields = fields.to_vec();
            let found = fields.iter().position(|(known, _)| known == key);
            let inner = inner(found.map(|at| &fields[at].1))?;
            match found {
                Some(at) => fields[at].1 = inner,
                None => fields.push((key.clone(), inner)),
            }
            Value::object_of_last(fields)
        }
        Value::Array(_, items) if key.as_i64().is_some() => {
            let mut items = items.to_vec();
            let at = usize::try_from(key.as_i64()?).ok()?;
            let inner = inner(items.get(at))?;
            match items.get_mut(at) {
                Some(item) => *item = inner,
                None => items.push(inner),
            }
            Value::array(items)
        }
        Value::Null(_) => built(keys, new),
        _ => return None,
    };
    Some(value.with_node(node))
}

/// Objects and lists within each other, as keys say, around a value.
fn built(keys: &[Value], new: &Value) -> Value {
    keys.iter().rev().fold(new.clone(), |inner, key| match key.as_i64() {
        Some(_) => Value::array(vec![inner]),
        None => Value::object_of_last(vec![(key.clone(), inner)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"a": [1, {"b": true}]}`, numbered from the top.
    fn input() -> Value {
        let b = Value::bool(true).with_node(NodeId(5));
        let object = Value::record([("b", b)]).with_node(NodeId(4));
        let list = Value::array(vec![Value::from(1).with_node(NodeId(3)), object]);
        Value::record([("a", list.with_node(NodeId(2)))]).with_node(NodeId(1))
    }

    fn told(way: &[u32], change: &Change) -> Option<String> {
        let way: Vec<_> = way.iter().copied().map(NodeId).collect();
        changed(&input(), &way, change).map(|value| value.to_string())
    }

    #[test]
    fn values_are_changed_where_their_nodes_are() {
        let text = |text: &str| Some(text.to_owned());
        let new = || Value::from(7);
        let key = Value::string;
        assert_eq!(told(&[2, 3], &Change::Remove), text(r#"{"a": [{"b": true}]}"#));
        assert_eq!(told(&[2, 4, 5], &Change::Remove), text(r#"{"a": [1, {}]}"#));
        assert_eq!(told(&[2, 4, 5], &Change::Replace(new())), text(r#"{"a": [1, {"b": 7}]}"#));
        let keys = vec![key("c"), key("d")];
        let made = text(r#"{"a": [1, {"b": true, "c": {"d": 7}}]}"#);
        assert_eq!(told(&[2, 4], &Change::Add(keys, new())), made);
        let end = vec![Value::from(2)];
        assert_eq!(told(&[2], &Change::Add(end, new())), text(r#"{"a": [1, {"b": true}, 7]}"#));
        assert_eq!(told(&[], &Change::Replace(new())), text("7"));
    }

    #[test]
    fn what_can_t_be_changed_so_is_left() {
        assert_eq!(told(&[2, 9], &Change::Remove), None);
        assert_eq!(told(&[], &Change::Remove), None);
        assert_eq!(told(&[2, 3], &Change::Add(vec![Value::string("x")], Value::NULL)), None);
    }

    #[test]
    fn the_rest_keeps_its_nodes() {
        let value = changed(&input(), &[NodeId(2), NodeId(3)], &Change::Remove).unwrap();
        let list = value.field("a").unwrap();
        assert_eq!((list.node(), list.as_array().unwrap()[0].node()), (NodeId(2), NodeId(4)));
    }
}
