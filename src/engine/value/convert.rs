//! Values from and to the other trees of this crate.

use crate::manifest::{Node, NodeKind};

use super::super::number::Number;
use super::{Member as _, NodeId, Value, json, with_room};

impl Value {
    /// The value as a JSON tree: sets become arrays, numbers what the tree can hold.
    pub fn to_serde(&self) -> serde_json::Value {
        with_room(self.depth(), || self.to_serde_in_room())
    }

    fn to_serde_in_room(&self) -> serde_json::Value {
        use serde_json::Value as Json;

        match self {
            Self::Null(_) => Json::Null,
            Self::Bool(_, value) => Json::Bool(*value),
            Self::Number(_, number) => serde_number(number),
            Self::String(_, text) => Json::String(text.to_string()),
            Self::Array(_, items) | Self::Set(_, items) => {
                items.iter().map(Self::to_serde).collect()
            }
            Self::Object(_, entries) => Json::Object(
                entries.iter().map(|(key, value)| (json::key(key), value.to_serde())).collect(),
            ),
        }
    }
}

fn serde_number(number: &Number) -> serde_json::Value {
    if let Ok(integer) = number.to_string().parse::<i64>() {
        return integer.into();
    }
    if let Ok(integer) = number.to_string().parse::<u64>() {
        return integer.into();
    }
    // What is no double has no place in the tree.
    serde_json::Number::from_f64(number.as_f64()).map_or(serde_json::Value::Null, Into::into)
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(NodeId::NONE, value.into())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(NodeId::NONE, value.into())
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Number(NodeId::NONE, value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(NodeId::NONE, number)
    }
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;

        match json {
            Json::Null => Self::NULL,
            Json::Bool(value) => Self::bool(*value),
            Json::Number(number) => Self::from(if let Some(integer) = number.as_i64() {
                Number::from(integer)
            } else if let Some(integer) = number.as_u64() {
                Number::from(integer)
            } else {
                Number::from_double(number.as_f64().unwrap_or_default())
            }),
            Json::String(text) => Self::string(text.as_str()),
            Json::Array(items) => Self::array(items.iter().map(Self::from).collect()),
            Json::Object(entries) => Self::object_of_last(
                entries
                    .iter()
                    .map(|(key, value)| (Self::string(key.as_str()), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match &node.kind {
            NodeKind::Null => Self::NULL,
            NodeKind::Bool(value) => Self::bool(*value),
            NodeKind::Integer(value) => Self::from(*value),
            NodeKind::Float(value) => Self::from(Number::from_double(*value)),
            NodeKind::Number(text) => {
                let float = || Number::from_double(text.parse().unwrap_or_default());
                Self::from(Number::parse(text).unwrap_or_else(float))
            }
            NodeKind::String(text) => Self::string(text.clone()),
            NodeKind::Sequence(items) => Self::array(items.iter().map(Self::from).collect()),
            NodeKind::Mapping(entries) => Self::object_of_last(
                entries
                    .iter()
                    .map(|entry| (Self::string(entry.key.clone()), Self::from(&entry.value)))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_in_and_out() {
        let json = serde_json::json!({"a": [1, 2.5, null, true, "x"], "b": {}});
        assert_eq!(Value::from(&json).to_serde(), json);
        assert_eq!(Value::from(&serde_json::json!(1e21)).to_string(), "1e+21");
    }
}
