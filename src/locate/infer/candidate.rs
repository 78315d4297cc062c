//! What may be the cause of a violation: what its proof read, and what it looked for in vain.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Reading};

/// A place that may be the cause.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// The deepest node that exists.
    pub(super) node: NodeId,
    /// The keys behind it that lead nowhere; none for what is there.
    pub(super) missing: Vec<Value>,
    pub(super) read: Read,
    /// Whether it is also written into a text.
    pub(super) printed: bool,
    /// Which reading it is.
    pub(super) order: usize,
}

impl Candidate {
    /// The change that puts a value where it is.
    pub(super) fn setting(&self, value: Value) -> Change {
        match self.missing.as_slice() {
            [] => Change::Replace(value),
            keys => Change::Add(keys.to_vec(), value),
        }
    }
}

/// How it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Read {
    /// Only written into a text.
    Printed,
    /// Gone through.
    Stepped,
    /// Compared, tested, or handed to a function; or looked for in vain.
    Used,
}

/// The candidates among readings, in the order in which they were read last.
pub(super) fn candidates(readings: &[Reading]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut known: HashMap<(NodeId, Vec<Value>), usize> = HashMap::new();
    for (order, reading) in readings.iter().enumerate() {
        let (node, missing, read) = match reading {
            Reading::Used(node) => (*node, Vec::new(), Read::Used),
            Reading::Stepped(node) => (*node, Vec::new(), Read::Stepped),
            Reading::Printed(node) => (*node, Vec::new(), Read::Printed),
            Reading::Missing(node, keys) => (*node, keys.clone(), Read::Used),
        };
        let printed = read == Read::Printed;
        match known.entry((node, missing)) {
            Entry::Occupied(at) => {
                let known = &mut found[*at.get()];
                known.printed |= printed;
                known.read = known.read.max(read);
            }
            Entry::Vacant(room) => {
                let missing = room.key().1.clone();
                room.insert(found.len());
                found.push(Candidate { node, missing, read, printed, order });
            }
        }
    }
    found
}
