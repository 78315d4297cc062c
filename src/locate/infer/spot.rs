//! Candidates at their places in the input, and what was found out about them.

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, steps};
use crate::manifest::{Pointer, Step};

use super::candidate::Candidate;
use super::links::Link;
use super::probe::{Effect, Probed};

/// A candidate at its place.
pub(super) struct Spot {
    pub(super) candidate: Candidate,
    pub(super) way: Vec<NodeId>,
    /// With what is missing.
    pub(super) path: Pointer,
    /// What stands there now, or where the missing begins.
    pub(super) value: Value,
    /// How many steps lead to the object that it is part of.
    pub(super) base: usize,
}

impl Spot {
    /// The name of the field.
    pub(super) fn field(&self) -> &str {
        self.path.0.iter().rev().find_map(Step::as_key).unwrap_or_default()
    }

    /// The steps from the top of the object that it is part of.
    pub(super) fn in_object(&self) -> &[Step] {
        &self.path.0[self.base..]
    }

    /// Whether it is what an object is known by.
    pub(super) fn is_identity(&self) -> bool {
        let keys: Vec<_> = self.in_object().iter().filter_map(Step::as_key).collect();
        matches!(keys.as_slice(), ["kind" | "apiVersion"] | ["metadata", "name" | "namespace"])
    }

    /// Whether it says of what kind an object is.
    pub(super) fn is_kind(&self) -> bool {
        matches!(self.in_object(), [Step::Key(key)] if matches!(&**key, "kind" | "apiVersion"))
    }

    pub(super) fn is_missing(&self) -> bool {
        !self.candidate.missing.is_empty()
    }

    /// The same spot with more keys missing.
    pub(super) fn further(&self, keys: &[Value]) -> Option<Self> {
        let path = self.path.join(&steps(keys)?);
        let missing = self.candidate.missing.iter().chain(keys).cloned().collect();
        let candidate = Candidate { missing, ..self.candidate.clone() };
        let (way, value) = (self.way.clone(), self.value.clone());
        Some(Self { candidate, way, path, value, base: self.base })
    }
}

/// A spot with what its probes did, and how much speaks for it.
pub(super) struct Ranked {
    pub(super) spot: Spot,
    pub(super) probed: Probed,
    pub(super) score: i64,
    /// What it has lost of that for what is not read any more with its change.
    pub(super) lost: i64,
    /// How it links the object that it is in with another one.
    pub(super) link: Link,
}

impl Ranked {
    /// Whether it is an element of many fields that is not there.
    pub(super) fn lacks_element(&self) -> bool {
        let is_end = matches!(self.spot.path.0.last(), Some(Step::Index(_)));
        let is_block = self.probed.value.as_ref().is_some_and(|value| value.len().is_some());
        self.spot.candidate.missing.len() == 1 && is_end && is_block
    }

    /// What makes the violation go.
    pub(super) fn change(&self) -> Option<Change> {
        match &self.probed.value {
            _ if self.probed.effect <= Effect::Quoted => None,
            Some(value) => Some(self.spot.candidate.setting(value.clone())),
            None => (!self.spot.is_missing()).then_some(Change::Remove),
        }
    }
}

/// How many steps of a way lead to the last object on it that says what it is.
pub(super) fn object_on(value: &Value, way: &[NodeId]) -> usize {
    let says = |value: &Value, key: &str| value.field(key).is_some();
    let is_object = |value: &Value| {
        says(value, "kind") && ["apiVersion", "metadata", "spec"].iter().any(|key| says(value, key))
    };
    let is_there = |depth: &usize| at(value, &way[..*depth]).is_some_and(is_object);
    (0..=way.len()).rev().find(is_there).unwrap_or_default()
}

/// The value at the end of a way.
pub(super) fn at<'v>(value: &'v Value, way: &[NodeId]) -> Option<&'v Value> {
    way.iter().try_fold(value, |value, node| match value {
        Value::Array(_, items) => items.iter().find(|item| item.node() == *node),
        Value::Object(_, fields) => {
            fields.iter().map(|(_, value)| value).find(|value| value.node() == *node)
        }
        _ => None,
    })
}
