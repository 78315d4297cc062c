//! Equality, order and hashes of values, all blind to nodes.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Value;

/// The order of types: that of OPA.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null(_) => 0,
        Value::Bool(..) => 1,
        Value::Number(..) => 2,
        Value::String(..) => 3,
        Value::Array(..) => 4,
        Value::Object(..) => 5,
        Value::Set(..) => 6,
    }
}

/// How `value` compares to a string of that text.
pub(super) fn with_text(value: &Value, text: &str) -> Ordering {
    match value {
        Value::String(_, own) => (**own).cmp(text),
        other => rank(other).cmp(&3),
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(_, a), Self::String(_, b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Array(_, a), Self::Array(_, b)) | (Self::Set(_, a), Self::Set(_, b)) => {
                Arc::ptr_eq(a, b) || a == b
            }
            (Self::Object(_, a), Self::Object(_, b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Number(_, a), Self::Number(_, b)) => a == b,
            (Self::Bool(_, a), Self::Bool(_, b)) => a == b,
            (Self::Null(_), Self::Null(_)) => true,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(_, a), Self::String(_, b)) => a.cmp(b),
            (Self::Number(_, a), Self::Number(_, b)) => a.cmp(b),
            (Self::Bool(_, a), Self::Bool(_, b)) => a.cmp(b),
            (Self::Array(_, a), Self::Array(_, b)) | (Self::Set(_, a), Self::Set(_, b)) => {
                if Arc::ptr_eq(a, b) {
                    Ordering::Equal
                } else {
                    a.cmp(b)
                }
            }
            // Keys and values in turn, as pairs of a tuple compare.
            (Self::Object(_, a), Self::Object(_, b)) => {
                if Arc::ptr_eq(a, b) {
                    Ordering::Equal
                } else {
                    a.cmp(b)
                }
            }
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(rank(self));
        match self {
            Self::Null(_) => {}
            Self::Bool(_, value) => value.hash(state),
            Self::Number(_, number) => number.hash(state),
            Self::String(_, text) => text.hash(state),
            Self::Array(_, items) | Self::Set(_, items) => items.hash(state),
            Self::Object(_, entries) => entries.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_ordered_as_opa_orders_them() {
        let ordered = [
            Value::NULL,
            Value::bool(false),
            Value::bool(true),
            Value::from(-1),
            Value::from(2),
            Value::string("a"),
            Value::array(vec![]),
            Value::array(vec![Value::from(1)]),
            Value::record([]),
            Value::record([("a", Value::from(1))]),
            Value::record([("a", Value::from(2))]),
            Value::record([("a", Value::from(2)), ("b", Value::NULL)]),
            Value::set(vec![]),
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0] < pair[1], "{} < {}", pair[0], pair[1]);
        }
    }
}
