//! What an evaluation reads of its input, recorded as it goes.
//!
//! Two logs are kept. `proof` holds the reads of the way that is being tried, and is cut back when
//! evaluation goes back; what is in it when a result is found is why the result holds. `all` is
//! never cut: why something does *not* hold (under `not`, before `else` or a default, in a
//! comprehension) is everything that was tried, a stretch of it.
//!
//! Values know the node of the input that they were read from. Sets, objects and arrays that
//! policies make have nodes of their own, which lead to the reads behind each member.

use std::sync::Arc;

use crate::engine::value::{NodeId, Value};

/// The most reads that are kept; a proof that would need more says that it is not whole.
const MOST: usize = 1 << 20;

const MADE: u32 = NodeId::MADE;

/// Which stretch of a log: 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LogId(u32);

/// One thing that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) enum Read {
    /// Compared, tested, or handed to a function.
    Used(NodeId),
    /// Gone through, member by member.
    Stepped(NodeId),
    /// Written into a text.
    Printed(NodeId),
    /// Looked for in vain: an entry of [`Trace::missing`].
    Missing(u32),
    /// What another result rests on.
    Log(LogId),
}

/// One thing that was read, in words that the trace of another input of the same sort knows too.
#[derive(Clone, Debug)]
pub(super) enum Noted {
    Read(Read),
    Missing(NodeId, Arc<Vec<Value>>),
}

/// A stretch of one of the logs.
#[derive(Clone, Copy, Debug)]
enum Log {
    All(u32, u32),
    Kept(u32, u32),
}

/// What is behind a value that a policy made.
#[derive(Clone, Debug)]
struct Made {
    whole: LogId,
    /// In the order of the members; empty where they are not told apart.
    members: Vec<LogId>,
}

/// How far the logs were at some point.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Mark {
    proof: usize,
    all: usize,
}

/// The logs.
#[derive(Debug, Default)]
pub(in crate::engine) struct Trace {
    proof: Vec<Read>,
    all: Vec<Read>,
    /// Proofs of results, kept when they were found.
    kept: Vec<Read>,
    logs: Vec<Log>,
    made: Vec<Made>,
    /// Where something was looked for in vain: a node, and the keys of which the first is not there.
    missing: Vec<(NodeId, Arc<Vec<Value>>)>,
    /// Whether something was not written down for want of room.
    full: bool,
}

impl Trace {
    pub(super) fn mark(&self) -> Mark {
        Mark { proof: self.proof.len(), all: self.all.len() }
    }

    /// Forgets the reads of a way that is given up.
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.proof.truncate(mark.proof);
    }

    fn note(&mut self, read: Read) {
        if self.all.len() + self.kept.len() >= MOST {
            self.full = true;
            return;
        }
        self.proof.push(read);
        self.all.push(read);
    }

    pub(super) fn note_log(&mut self, log: LogId) {
        if log != LogId::default() {
            self.note(Read::Log(log));
        }
    }

    /// A value was compared, tested, or handed to a function.
    pub(super) fn used(&mut self, value: &Value) {
        self.each_node(value, Read::Used, 4);
    }

    /// A value was written into a text.
    pub(super) fn printed(&mut self, value: &Value) {
        self.each_node(value, Read::Printed, 4);
    }

    /// A value was written into a text as a member of a list.
    pub(super) fn printed_within(&mut self, value: &Value) {
        self.each_node(value, Read::Printed, 3);
    }

    /// Notes the node of a value, or the nodes in what the policy put together.
    fn each_node(&mut self, value: &Value, read: fn(NodeId) -> Read, depth: usize) {
        let node = value.node();
        if node.0 >= MADE {
            self.note_log(self.made[(node.0 - MADE) as usize].whole);
        } else if node != NodeId::NONE {
            self.note(read(node));
        } else if let Some(depth) = depth.checked_sub(1) {
            match value {
                Value::Array(_, items) | Value::Set(_, items) => {
                    items.iter().for_each(|item| self.each_node(item, read, depth));
                }
                Value::Object(_, fields) => fields.iter().for_each(|(key, value)| {
                    self.each_node(key, read, depth);
                    self.each_node(value, read, depth);
                }),
                _ => {}
            }
        }
    }

    /// A collection is gone through.
    pub(super) fn stepped(&mut self, collection: &Value) {
        let node = collection.node();
        if node.0 >= MADE {
            if collection.is_empty() {
                self.note_log(self.made[(node.0 - MADE) as usize].whole);
            }
        } else if node != NodeId::NONE {
            self.note(Read::Stepped(node));
        }
    }

    /// A member was taken from a collection: which one matters where a policy made that.
    pub(super) fn member(&mut self, collection: &Value, at: impl FnOnce() -> Option<usize>) {
        let node = collection.node();
        if node.0 >= MADE {
            let made = &self.made[(node.0 - MADE) as usize];
            let log = at().and_then(|at| made.members.get(at)).copied().unwrap_or(made.whole);
            self.note_log(log);
        }
    }

    /// A key was looked for in vain.
    pub(super) fn missing(&mut self, container: &Value, key: &Value) {
        let node = container.node();
        if node.0 >= MADE {
            self.note_log(self.made[(node.0 - MADE) as usize].whole);
        } else if node != NodeId::NONE {
            let number = u32::try_from(self.missing.len()).unwrap_or(u32::MAX);
            if self.missing.len() < MOST {
                self.missing.push((node, Arc::new(vec![key.clone()])));
                self.note(Read::Missing(number));
            }
        }
    }

    /// Every single read behind a log.
    pub(super) fn noted(&self, log: LogId) -> Vec<Noted> {
        let reads = self.reads(log).into_iter();
        let noted = reads.map(|read| match read {
            Read::Missing(number) => {
                let (node, keys) = self.missing_at(number);
                Noted::Missing(*node, Arc::clone(keys))
            }
            read => Noted::Read(read),
        });
        noted.collect()
    }

    /// Reads what was read of another input.
    pub(super) fn replay(&mut self, noted: &[Noted]) {
        for noted in noted {
            if let Some(read) = self.renewed(noted) {
                self.note(read);
            }
        }
    }

    /// The proof of a result, as it was with another input.
    pub(super) fn kept(&mut self, noted: &[Noted]) -> LogId {
        if noted.is_empty() {
            return LogId::default();
        }
        let start = size(self.kept.len());
        for noted in noted {
            if self.kept.len() >= MOST {
                self.full = true;
            } else if let Some(read) = self.renewed(noted) {
                self.kept.push(read);
            }
        }
        self.log(Log::Kept(start, size(self.kept.len())))
    }

    fn renewed(&mut self, noted: &Noted) -> Option<Read> {
        match noted {
            Noted::Read(read) => Some(*read),
            Noted::Missing(node, keys) => {
                let number = u32::try_from(self.missing.len()).unwrap_or(u32::MAX);
                (self.missing.len() < MOST).then(|| {
                    self.missing.push((*node, Arc::clone(keys)));
                    Read::Missing(number)
                })
            }
        }
    }

    /// The key that would have been looked for next, had the last one been there.
    pub(super) fn missing_further(&mut self, key: &Value) {
        let number = size(self.missing.len()).wrapping_sub(1);
        if self.all.last() == Some(&Read::Missing(number))
            && let Some((_, keys)) = self.missing.last_mut()
        {
            Arc::make_mut(keys).push(key.clone());
        }
    }

    /// The logs behind the members of a value that a policy made.
    pub(super) fn member_logs(&self, value: &Value) -> Vec<LogId> {
        let made = value.node().0.checked_sub(MADE).map(|number| &self.made[number as usize]);
        made.map(|made| made.members.clone()).unwrap_or_default()
    }

    fn log(&mut self, log: Log) -> LogId {
        self.logs.push(log);
        LogId(u32::try_from(self.logs.len()).unwrap_or_default())
    }

    /// The way from `mark` to here, kept as the proof of a result.
    pub(super) fn keep(&mut self, mark: Mark) -> LogId {
        let reads = &self.proof[mark.proof.min(self.proof.len())..];
        if let [Read::Log(log)] = reads {
            return *log;
        }
        if reads.is_empty() {
            return LogId::default();
        }
        if self.kept.len() + reads.len() >= MOST {
            self.full = true;
            return LogId::default();
        }
        let start = size(self.kept.len());
        self.kept.extend_from_slice(reads);
        self.log(Log::Kept(start, size(self.kept.len())))
    }

    /// Everything that was read since `mark`, whether it led anywhere or not.
    pub(super) fn everything(&mut self, mark: Mark) -> LogId {
        match &self.all[mark.all..] {
            [] => LogId::default(),
            [Read::Log(log)] => *log,
            _ => self.log(Log::All(size(mark.all), size(self.all.len()))),
        }
    }

    /// Since `mark`, only that something did not hold matters: all that was tried is why.
    pub(super) fn settle_on_everything(&mut self, mark: Mark) {
        let log = self.everything(mark);
        self.proof.truncate(mark.proof);
        if log != LogId::default() && self.proof.len() < MOST {
            // It stands in the other log already.
            self.proof.push(Read::Log(log));
        }
    }

    /// A value that a policy made, with what is behind it and its members.
    pub(super) fn made(&mut self, value: Value, whole: LogId, members: Vec<LogId>) -> Value {
        if whole == LogId::default() && members.iter().all(|log| *log == LogId::default()) {
            return value;
        }
        let node = MADE + size(self.made.len());
        self.made.push(Made { whole, members });
        value.with_node(NodeId(node))
    }

    /// Every single read behind a log, in the order in which they were made.
    pub(in crate::engine) fn reads(&self, log: LogId) -> Vec<Read> {
        let mut seen = std::collections::HashSet::from([LogId::default()]);
        let mut found = Vec::new();
        let mut open = Vec::new();
        if seen.insert(log) {
            open.push(self.stretch(log).iter());
        }
        while let Some(stretch) = open.last_mut() {
            match stretch.next() {
                Some(Read::Log(inner)) if seen.insert(*inner) => {
                    open.push(self.stretch(*inner).iter());
                }
                Some(Read::Log(_)) => {}
                Some(read) => found.push(*read),
                None => {
                    open.pop();
                }
            }
        }
        found
    }

    /// Every single read, in order.
    pub(in crate::engine) fn all_reads(&self) -> &[Read] {
        &self.all
    }

    fn stretch(&self, log: LogId) -> &[Read] {
        let range = |start: u32, end: u32| start as usize..end as usize;
        match self.logs[log.0 as usize - 1] {
            Log::All(start, end) => &self.all[range(start, end)],
            Log::Kept(start, end) => &self.kept[range(start, end)],
        }
    }

    pub(in crate::engine) fn missing_at(&self, number: u32) -> &(NodeId, Arc<Vec<Value>>) {
        &self.missing[number as usize]
    }

    pub(in crate::engine) fn is_full(&self) -> bool {
        self.full
    }
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
