//! What collections hold. They know how deep they go, so that what walks them finds room.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::Value;
use crate::stack;

/// Up to this depth a walk needs little of the stack.
const SHALLOW: usize = 64;

/// Runs `inner`, one round of a walk through values that go so deep.
#[inline]
pub(in crate::engine) fn with_room<T>(depth: usize, inner: impl FnOnce() -> T) -> T {
    if depth > SHALLOW { stack::enough(inner) } else { inner() }
}

/// What a collection has for members: values, or keys with values.
pub trait Member {
    /// How many collections it holds within each other.
    fn depth(&self) -> usize;
}

impl Member for Value {
    fn depth(&self) -> usize {
        match self {
            Self::Array(_, items) | Self::Set(_, items) => items.depth,
            Self::Object(_, entries) => entries.depth,
            _ => 0,
        }
    }
}

impl Member for (Value, Value) {
    fn depth(&self) -> usize {
        self.0.depth().max(self.1.depth())
    }
}

/// The members of a collection: a list that can't be changed.
#[derive(Clone, Debug)]
pub struct Items<T: Member> {
    list: Vec<T>,
    depth: usize,
}

impl<T: Member> Items<T> {
    pub(super) fn new(list: Vec<T>) -> Self {
        let depth = list.iter().map(Member::depth).max().unwrap_or(0) + 1;
        Self { list, depth }
    }

    /// The members, to be given other nodes and nothing else.
    pub(in crate::engine) fn members_mut(&mut self) -> &mut [T] {
        &mut self.list
    }

    /// How many collections there are within each other, this one counted.
    pub fn depth(&self) -> usize {
        self.depth
    }
}

impl<T: Member> Deref for Items<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.list
    }
}

impl<'i, T: Member> IntoIterator for &'i Items<T> {
    type Item = &'i T;
    type IntoIter = std::slice::Iter<'i, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl<T: Member + PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        self.depth == other.depth && with_room(self.depth, || self.list == other.list)
    }
}

impl<T: Member + Eq> Eq for Items<T> {}

impl<T: Member + Ord> PartialOrd for Items<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Member + Ord> Ord for Items<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        with_room(self.depth, || self.list.cmp(&other.list))
    }
}

impl<T: Member + Hash> Hash for Items<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        with_room(self.depth, || self.list.hash(state));
    }
}

impl<T: Member> Drop for Items<T> {
    fn drop(&mut self) {
        if self.depth > SHALLOW {
            let list = std::mem::take(&mut self.list);
            stack::enough(|| drop(list));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrays within each other, built without a stack.
    fn deep(depth: usize, inner: Value) -> Value {
        (0..depth).fold(inner, |value, _| Value::array(vec![value]))
    }

    #[test]
    fn depth_is_counted() {
        let object = Value::record([("a", Value::from(1)), ("b", deep(3, Value::NULL))]);
        assert_eq!((Value::NULL.depth(), deep(2, Value::NULL).depth(), object.depth()), (0, 2, 4));
    }

    #[test]
    fn deep_values_need_little_of_the_stack() {
        let walk = || {
            let (value, other) = (deep(100_000, Value::from(1)), deep(100_000, Value::from(2)));
            assert!(value < other && value != other);
            assert_eq!(value, deep(100_000, Value::from(1)));
            assert_eq!(value.to_string().len(), 200_001);
            assert_eq!(value.to_json_string().len(), 200_001);
            let mut hasher = std::hash::DefaultHasher::new();
            value.hash(&mut hasher);
            drop(value.clone());
        };
        std::thread::Builder::new().stack_size(128 << 10).spawn(walk).unwrap().join().unwrap();
    }
}
