//! The values that policies calculate with.
//!
//! ```
//! use manifestly::engine::value::Value;
//!
//! let set = Value::set(vec![Value::from(2), Value::from(1), Value::from(2)]);
//! assert_eq!(set.to_string(), "{1, 2}");
//! assert_eq!(set.to_json_string(), "[1,2]");
//! ```

mod convert;
mod items;
mod json;
mod order;
mod text;

use std::sync::Arc;

pub(in crate::engine) use items::with_room;
pub use items::{Items, Member};
pub(in crate::engine) use text::{escape, is_printable, quote};

use super::number::Number;

/// Where a value was read from: 0 for what the policy made, else a node of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Of values that no input holds.
    pub const NONE: Self = Self(0);

    /// From here on nodes stand for what policies made.
    pub(in crate::engine) const MADE: u32 = 1 << 31;

    /// Of a value that was put into an input to see what is asked of it.
    pub(crate) const PUT: Self = Self(Self::MADE - 1);

    /// Whether it is a node of the input, and not of what was put into it.
    pub(crate) fn is_of_input(self) -> bool {
        self != Self::NONE && self.0 < Self::PUT.0
    }

    /// The same, where it is a node of the input.
    pub(in crate::engine) fn of_input(self) -> Self {
        if self.0 < Self::MADE { self } else { Self::NONE }
    }
}

/// A value of Rego, with the node it was read from. The node does not matter to comparison.
//
// With a tag of the size of a node, what all values begin with is copied as one word.
#[derive(Clone, Debug)]
#[repr(u32)]
pub enum Value {
    /// `null`
    Null(NodeId),
    /// `true` or `false`
    Bool(NodeId, bool),
    /// A number.
    Number(NodeId, Number),
    /// A string.
    String(NodeId, Arc<str>),
    /// An array.
    Array(NodeId, Arc<Items<Value>>),
    /// A set: sorted, each member once.
    Set(NodeId, Arc<Items<Value>>),
    /// An object: sorted by key, each key once.
    Object(NodeId, Arc<Items<(Value, Value)>>),
}

/// One key was given two values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("object keys must be unique")]
pub struct Conflict {
    /// The key.
    pub key: Value,
}

impl Value {
    /// `null`.
    pub const NULL: Self = Self::Null(NodeId::NONE);

    /// A truth value.
    pub fn bool(value: bool) -> Self {
        Self::Bool(NodeId::NONE, value)
    }

    /// A string.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(NodeId::NONE, text.into())
    }

    /// An array.
    pub fn array(items: Vec<Self>) -> Self {
        Self::Array(NodeId::NONE, Arc::new(Items::new(items)))
    }

    /// The set of `members`, in any order and repeated as they may be.
    pub fn set(mut members: Vec<Self>) -> Self {
        if !members.is_sorted_by(|a, b| a < b) {
            members.sort();
            // Of equal members, the first that was given stays.
            members.dedup();
        }
        Self::Set(NodeId::NONE, Arc::new(Items::new(members)))
    }

    /// A set of members that are in order already, each once.
    pub(in crate::engine) fn sorted_set(members: Vec<Self>) -> Self {
        Self::Set(NodeId::NONE, Arc::new(Items::new(members)))
    }

    /// An object.
    ///
    /// # Errors
    ///
    /// A key that is given values that differ.
    pub fn object(mut entries: Vec<(Self, Self)>) -> Result<Self, Conflict> {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let repeats = |pair: &&[(Self, Self)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
            if let Some(pair) = entries.windows(2).find(repeats) {
                return Err(Conflict { key: pair[0].0.clone() });
            }
            entries.dedup_by(|b, a| a.0 == b.0);
        }
        Ok(Self::Object(NodeId::NONE, Arc::new(Items::new(entries))))
    }

    /// An object in which the last value of a key wins.
    pub(in crate::engine) fn object_of_last(mut entries: Vec<(Self, Self)>) -> Self {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|b, a| {
                let same = a.0 == b.0;
                if same {
                    std::mem::swap(&mut a.1, &mut b.1);
                }
                same
            });
        }
        Self::Object(NodeId::NONE, Arc::new(Items::new(entries)))
    }

    /// An object with the names of fields as keys.
    pub(crate) fn record<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::object_of_last(
            fields.into_iter().map(|(name, value)| (Self::string(name), value)).collect(),
        )
    }

    /// The node that the value was read from.
    pub fn node(&self) -> NodeId {
        match self {
            Self::Null(node)
            | Self::Bool(node, _)
            | Self::Number(node, _)
            | Self::String(node, _)
            | Self::Array(node, _)
            | Self::Set(node, _)
            | Self::Object(node, _) => *node,
        }
    }

    /// The same value, as read from `node`.
    #[must_use]
    pub fn with_node(mut self, node: NodeId) -> Self {
        self.set_node(node);
        self
    }

    pub(in crate::engine) fn set_node(&mut self, node: NodeId) {
        match self {
            Self::Null(own)
            | Self::Bool(own, _)
            | Self::Number(own, _)
            | Self::String(own, _)
            | Self::Array(own, _)
            | Self::Set(own, _)
            | Self::Object(own, _) => *own = node,
        }
    }

    /// The name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null(_) => "null",
            Self::Bool(..) => "boolean",
            Self::Number(..) => "number",
            Self::String(..) => "string",
            Self::Array(..) => "array",
            Self::Set(..) => "set",
            Self::Object(..) => "object",
        }
    }

    /// Whether an expression of this value holds: everything but `false`.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Self::Bool(_, false))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(_, value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(_, number) => Some(number),
            _ => None,
        }
    }

    /// The integer, if this is a number that can index.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(_, text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(_, items) => Some(items),
            _ => None,
        }
    }

    /// The members in order, if this is a set.
    pub fn as_set(&self) -> Option<&[Self]> {
        match self {
            Self::Set(_, members) => Some(members),
            _ => None,
        }
    }

    /// The entries in the order of their keys, if this is an object.
    pub fn as_object(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Object(_, entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of an array or the members of a set.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(_, items) | Self::Set(_, items) => Some(items),
            _ => None,
        }
    }

    /// How many items, members or entries there are, if this is a collection.
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::Array(_, items) | Self::Set(_, items) => Some(items.len()),
            Self::Object(_, entries) => Some(entries.len()),
            _ => None,
        }
    }

    /// Whether this is a collection without anything in it.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The value under a key of an object, at a position of an array, or the member of a set.
    pub fn get(&self, key: &Self) -> Option<&Self> {
        match self {
            Self::Object(_, entries) => {
                if let Self::String(_, text) = key {
                    return field(entries, text);
                }
                let found = entries.binary_search_by(|entry| entry.0.cmp(key));
                found.ok().map(|at| &entries[at].1)
            }
            Self::Array(_, items) => items.get(usize::try_from(key.as_i64()?).ok()?),
            Self::Set(_, members) => members.binary_search(key).ok().map(|at| &members[at]),
            _ => None,
        }
    }

    /// Which of the items, members or entries is found under a key.
    pub(in crate::engine) fn position(&self, key: &Self) -> Option<usize> {
        match self {
            Self::Object(_, entries) => entries.binary_search_by(|entry| entry.0.cmp(key)).ok(),
            Self::Array(_, items) => {
                usize::try_from(key.as_i64()?).ok().filter(|at| *at < items.len())
            }
            Self::Set(_, members) => members.binary_search(key).ok(),
            _ => None,
        }
    }

    /// The value under a key of an object that is a string.
    pub fn field(&self, key: &str) -> Option<&Self> {
        field(self.as_object()?, key)
    }

    /// Whether an array, set or object has the value among its items, members or values.
    pub fn has(&self, value: &Self) -> bool {
        match self {
            Self::Array(_, items) => items.contains(value),
            Self::Set(_, members) => members.binary_search(value).is_ok(),
            Self::Object(_, entries) => entries.iter().any(|entry| entry.1 == *value),
            _ => false,
        }
    }
}

/// The value under a key that is a string.
fn field<'e>(entries: &'e [(Value, Value)], key: &str) -> Option<&'e Value> {
    // Most objects are small. Lengths differ more often than not, and stand beside the pointers.
    if entries.len() <= 16 {
        let is_it =
            |entry: &&(Value, Value)| matches!(&entry.0, Value::String(_, text) if **text == *key);
        return entries.iter().find(is_it).map(|entry| &entry.1);
    }
    let found = entries.binary_search_by(|entry| order::with_text(&entry.0, key));
    found.ok().map(|at| &entries[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Option<Value>>(), 24);
    }

    #[test]
    fn sets_and_objects_are_sorted_and_unique() {
        let set = Value::set(vec![Value::from(3), Value::from(1), Value::from(3)]);
        assert_eq!(set.len(), Some(2));
        assert_eq!(set.get(&Value::from(3)), Some(&Value::from(3)));
        let pair = |key: &str, value: i64| (Value::string(key), Value::from(value));
        let object = Value::object(vec![pair("b", 1), pair("a", 2), pair("b", 1)]).unwrap();
        assert_eq!(object.to_string(), r#"{"a": 2, "b": 1}"#);
        assert!(Value::object(vec![pair("b", 1), pair("b", 2)]).is_err());
        let last = Value::object_of_last(vec![pair("b", 1), pair("a", 1), pair("b", 2)]);
        assert_eq!(last.field("b"), Some(&Value::from(2)));
    }

    #[test]
    fn nodes_do_not_matter_to_comparison() {
        assert_eq!(Value::from(1).with_node(NodeId(7)), Value::from(1));
        assert_eq!(Value::from(1).with_node(NodeId(7)).node(), NodeId(7));
    }
}
