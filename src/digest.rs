//! Digests: what tells, in a few characters, whether two things are the same.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::manifest::{Node, NodeKind};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A SHA-256 digest. Displays in small hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// How many characters are enough for people.
    pub const SHORT: usize = 12;

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first characters, for people.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(Self::SHORT);
        text
    }

    /// Whether this is the digest that someone wrote, in full or by its first characters; fewer
    /// than people are shown say nothing.
    pub fn is_written(&self, text: &str) -> bool {
        text.len() >= Self::SHORT && self.to_string().starts_with(&text.to_ascii_lowercase())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A digest over parts, each with its length, so that none can pass for a piece of another.
pub(crate) struct Parts(Sha256);

impl Parts {
    pub(crate) fn new(of: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.add(of.as_bytes());
        parts
    }

    pub(crate) fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// Adds a value, the same whatever the order of its keys and wherever it stands.
    pub(crate) fn add_value(&mut self, value: &Node) {
        match &value.kind {
            NodeKind::Null => self.add(b"null"),
            NodeKind::Bool(is) => self.add(if *is { b"true" } else { b"false" }),
            NodeKind::Integer(number) => self.add(format!("number {number}").as_bytes()),
            NodeKind::Float(number) => self.add(format!("number {number}").as_bytes()),
            NodeKind::Number(text) => self.add(format!("number {text}").as_bytes()),
            NodeKind::String(text) => self.add(format!("string {text}").as_bytes()),
            NodeKind::Sequence(items) => {
                self.add(format!("list {}", items.len()).as_bytes());
                items.iter().for_each(|item| self.add_value(item));
            }
            NodeKind::Mapping(entries) => {
                self.add(format!("map {}", entries.len()).as_bytes());
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                for entry in entries {
                    self.add(entry.key.as_bytes());
                    self.add_value(&entry.value);
                }
            }
        }
    }

    pub(crate) fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl Digest {
    /// The digest of a text alone.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

/// The digest of parts that have no order of their own.
pub(crate) fn unordered(of: &str, parts: impl Iterator<Item = Digest>) -> Digest {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    let mut all = Parts::new(of);
    parts.iter().for_each(|part| all.add(part.as_bytes()));
    all.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &serde_json::Value) -> Digest {
        let mut parts = Parts::new("value");
        parts.add_value(&value.into());
        parts.digest()
    }

    #[test]
    fn values_are_told_apart_by_what_they_are() {
        use serde_json::json;
        let values = [
            json!(null),
            json!("null"),
            json!(true),
            json!(1),
            json!("1"),
            json!([1, 2]),
            json!([[1], 2]),
            json!([1, [2]]),
            json!({"a": 1}),
            json!(["a", 1]),
            json!({"a": {"b": 1}}),
            json!({"a": {}, "b": 1}),
        ];
        let digests: std::collections::BTreeSet<_> = values.iter().map(of).collect();
        assert_eq!(digests.len(), values.len());
    }

    #[test]
    fn a_digest_may_be_written_short_but_not_too_short() {
        let digest = of(&serde_json::json!(1));
        assert!(digest.is_written(&digest.to_string()));
        assert!(digest.is_written(&digest.short().to_uppercase()));
        assert!(!digest.is_written(&digest.short()[1..]));
        assert!(!digest.is_written(""));
    }
}
