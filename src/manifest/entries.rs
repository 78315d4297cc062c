//! The keys of a mapping as they are read, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::Trouble;
use super::node::{Entry, Node, NodeKind};

/// Keys in the order of the text; the last of several with the same name wins, in its own place.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) list: Vec<Entry>,
    index: HashMap<Arc<str>, usize>,
}

/// Below this many keys a scan is quicker than a hash.
const SMALL: usize = 16;

impl Entries {
    pub(super) fn set(&mut self, entry: Entry) {
        let found = if self.list.len() < SMALL {
            self.list.iter().position(|known| known.key == entry.key)
        } else {
            if self.index.is_empty() {
                self.index =
                    self.list.iter().enumerate().map(|(i, e)| (Arc::clone(&e.key), i)).collect();
            }
            self.index.get(&entry.key).copied()
        };
        match found {
            Some(at) => self.list[at] = entry,
            None => {
                if !self.index.is_empty() {
                    self.index.insert(Arc::clone(&entry.key), self.list.len());
                }
                self.list.push(entry);
            }
        }
    }
}

/// `<<`: what is merged replaces keys that stand above it, and is replaced by keys below.
pub(super) fn merge(entries: &mut Entries, value: &Node) -> Result<(), Trouble> {
    let wrong = |span| Trouble::syntax("`<<` takes a map or a list of maps", span);
    match &value.kind {
        NodeKind::Mapping(merged) => merged.iter().for_each(|entry| entries.set(entry.clone())),
        NodeKind::Sequence(items) => {
            for item in items.iter().rev() {
                let merged = item.entries().ok_or_else(|| wrong(item.span))?;
                merged.iter().for_each(|entry| entries.set(entry.clone()));
            }
        }
        _ => return Err(wrong(value.span)),
    }
    Ok(())
}
