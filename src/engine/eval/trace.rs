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

use super::watch::{Watch, Watched};

/// The most reads that are kept; a proof that would need more says that it is not whole.
const MOST: usize = 1 << 20;

/// How long lists may be whose room is kept for the next input.
const ROOM: usize = 1 << 16;

const MADE: u32 = NodeId::MADE;

/// Which stretch of a log: 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LogId(u32);

/// One thing that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Read {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Noted {
    /// Compared, tested, or handed to a function.
    Used(NodeId),
    /// Gone through, member by member.
    Stepped(NodeId),
    /// Written into a text.
    Printed(NodeId),
    /// Looked for in vain in a node: keys, of which the first is not there.
    Missing(NodeId, Arc<[Value]>),
}

/// A stretch of one of the logs.
#[derive(Clone, Copy, Debug)]
enum Log {
    All(u32, u32),
    Kept(u32, u32),
    /// What was read of another input of the same sort, by its number.
    Shared(u32),
}

/// What is behind a value that a policy made.
#[derive(Clone, Copy, Debug)]
struct Made {
    whole: LogId,
    /// Where the logs of the members begin, in their order, and how many there are: none where
    /// they are not told apart.
    members: (u32, u32),
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
    /// What was read of other inputs of the same sort, and of this one as it goes without saying.
    shared: Vec<Arc<[Noted]>>,
    made: Vec<Made>,
    /// The logs behind the members of all that was made.
    members: Vec<LogId>,
    /// Where something was looked for in vain: a node, and which keys: the first is not there.
    missing: Vec<(NodeId, u32, u32)>,
    /// The keys of all that was looked for in vain.
    keys: Vec<Value>,
    /// Whether something was not written down for want of room.
    full: bool,
    /// A text that was put into the input to see what becomes of it.
    watch: Option<Box<Watch>>,
}

impl Trace {
    /// Forgets everything but the room it took, unless that is much.
    pub(super) fn clear(&mut self) {
        emptied(&mut self.proof);
        emptied(&mut self.all);
        emptied(&mut self.kept);
        emptied(&mut self.logs);
        emptied(&mut self.shared);
        emptied(&mut self.made);
        emptied(&mut self.members);
        emptied(&mut self.missing);
        emptied(&mut self.keys);
        self.full = false;
        self.watch = None;
    }

    /// From here on, notes what becomes of a text.
    pub(super) fn watch(&mut self, text: &'static str) {
        self.watch = Some(Box::new(Watch::new(text)));
    }

    /// What became of the text that was watched.
    pub(in crate::engine) fn watched(&mut self) -> Option<Watched> {
        self.watch.take().map(|watch| watch.into_watched())
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { proof: self.proof.len(), all: self.all.len() }
    }

    /// Forgets the reads of a way that is given up.
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.proof.truncate(mark.proof);
    }

    #[inline]
    fn note(&mut self, read: Read) {
        if self.all.len() + self.kept.len() >= MOST {
            self.full = true;
            return;
        }
        self.proof.push(read);
        self.all.push(read);
    }

    #[inline]
    pub(super) fn note_log(&mut self, log: LogId) {
        if log != LogId::default() {
            self.note(Read::Log(log));
        }
    }

    /// A value was compared, tested, or handed to a function.
    #[inline]
    pub(super) fn used(&mut self, value: &Value) {
        self.each_node(value, Read::Used, 4);
        if let Some(watch) = &mut self.watch {
            watch.used(value);
        }
    }

    /// Two values were held against each other, or one was looked for in the other.
    #[inline]
    pub(super) fn compared(&mut self, one: &Value, other: &Value) {
        self.each_node(one, Read::Used, 4);
        self.each_node(other, Read::Used, 4);
        if let Some(watch) = &mut self.watch {
            watch.against(one, other);
        }
    }

    /// The same, where it is noted already that they were used.
    pub(super) fn against(&mut self, one: &Value, other: &Value) {
        if let Some(watch) = &mut self.watch {
            watch.against(one, other);
        }
    }

    /// A function was called.
    pub(super) fn called(&mut self, name: &str, args: &[Value]) {
        if let Some(watch) = &mut self.watch {
            watch.called(name, args);
        }
    }

    /// A key was looked for in a collection.
    pub(super) fn key(&mut self, collection: &Value, key: &Value) {
        if let Some(watch) = &mut self.watch {
            watch.key(collection, key);
        }
    }

    /// A value was written into a text.
    #[inline]
    pub(super) fn printed(&mut self, value: &Value) {
        self.each_node(value, Read::Printed, 4);
    }

    /// A value was written into a text as a member of a list.
    #[inline]
    pub(super) fn printed_within(&mut self, value: &Value) {
        self.each_node(value, Read::Printed, 3);
    }

    /// Notes the node of a value, or the nodes in what the policy put together.
    #[inline]
    fn each_node(&mut self, value: &Value, read: impl Fn(NodeId) -> Read + Copy, depth: usize) {
        let node = value.node();
        if node != NodeId::NONE {
            self.node(node, read(node));
        } else if let (true, Some(depth)) = (value.len().is_some(), depth.checked_sub(1)) {
            self.nodes_within(value, read, depth);
        }
    }

    #[inline(never)]
    fn node(&mut self, node: NodeId, read: Read) {
        if node.0 >= MADE {
            self.note_log(self.made[(node.0 - MADE) as usize].whole);
        } else {
            self.note(read);
        }
    }

    #[inline(never)]
    fn nodes_within(&mut self, value: &Value, read: impl Fn(NodeId) -> Read + Copy, depth: usize) {
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

    /// A collection is gone through.
    pub(super) fn stepped(&mut self, collection: &Value) {
        if let Some(watch) = &mut self.watch {
            watch.entered(collection);
        }
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
    #[inline]
    pub(super) fn member(&mut self, collection: &Value, at: impl FnOnce() -> Option<usize>) {
        let node = collection.node();
        if node.0 >= MADE {
            let made = self.made[(node.0 - MADE) as usize];
            let log = at().and_then(|at| self.members_of(made).get(at)).copied();
            let log = log.unwrap_or(made.whole);
            self.note_log(log);
        }
    }

    /// A key was looked for in vain.
    pub(super) fn missing(&mut self, container: &Value, key: &Value) {
        if let Some(watch) = &mut self.watch {
            watch.entered(container);
        }
        let node = container.node();
        if node.0 >= MADE {
            self.note_log(self.made[(node.0 - MADE) as usize].whole);
        } else if node != NodeId::NONE && self.missing.len() < MOST {
            let (number, start) = (size(self.missing.len()), size(self.keys.len()));
            self.missing.push((node, start, start + 1));
            self.keys.push(key.clone());
            self.note(Read::Missing(number));
        }
    }

    /// Something was tried that was tried with another input of the same sort: it led nowhere, or
    /// to what else is noted.
    pub(super) fn tried(&mut self, noted: &Arc<[Noted]>) {
        if !noted.is_empty() {
            let log = self.shared(noted);
            // What was merely tried is on no way to a result.
            self.all.push(Read::Log(log));
        }
    }

    /// The proof of a result, as it was with another input.
    pub(super) fn shared(&mut self, noted: &Arc<[Noted]>) -> LogId {
        if noted.is_empty() {
            return LogId::default();
        }
        let number = size(self.shared.len());
        self.shared.push(Arc::clone(noted));
        self.log(Log::Shared(number))
    }

    /// The key that would have been looked for next, had the last one been there.
    pub(super) fn missing_further(&mut self, key: &Value) {
        let number = size(self.missing.len()).wrapping_sub(1);
        if self.all.last() == Some(&Read::Missing(number))
            && let Some((_, _, end)) = self.missing.last_mut()
        {
            *end += 1;
            self.keys.push(key.clone());
        }
    }

    /// The logs behind the members of a value that a policy made.
    pub(super) fn member_logs(&self, value: &Value) -> Vec<LogId> {
        let made = value.node().0.checked_sub(MADE).map(|number| self.made[number as usize]);
        made.map(|made| self.members_of(made).to_vec()).unwrap_or_default()
    }

    fn members_of(&self, made: Made) -> &[LogId] {
        let (start, count) = made.members;
        &self.members[start as usize..][..count as usize]
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
    pub(super) fn made(&mut self, value: Value, whole: LogId, members: &[LogId]) -> Value {
        if whole == LogId::default() && members.iter().all(|log| *log == LogId::default()) {
            return value;
        }
        let node = MADE + size(self.made.len());
        let start = size(self.members.len());
        self.members.extend_from_slice(members);
        self.made.push(Made { whole, members: (start, size(members.len())) });
        value.with_node(NodeId(node))
    }

    /// Every single read behind a log, in the order in which they were made.
    pub(in crate::engine) fn reads(&self, log: LogId) -> Vec<Noted> {
        self.told(&[Read::Log(log)])
    }

    /// Every single read, in order.
    pub(in crate::engine) fn all_reads(&self) -> Vec<Noted> {
        // What else is behind logs stands in here itself.
        let apart = |read: &&Read| match read {
            Read::Log(log) => matches!(self.log_at(*log), Some(Log::Shared(_))),
            _ => true,
        };
        let reads: Vec<_> = self.all.iter().filter(apart).copied().collect();
        self.told(&reads)
    }

    fn told(&self, reads: &[Read]) -> Vec<Noted> {
        let mut seen = std::collections::HashSet::new();
        let mut found = Vec::new();
        let mut open = vec![reads.iter()];
        while let Some(stretch) = open.last_mut() {
            match stretch.next() {
                Some(Read::Log(inner)) => {
                    let stretch = self.log_at(*inner).filter(|_| seen.insert(*inner));
                    match stretch {
                        Some(Log::Shared(number)) => {
                            found.extend_from_slice(&self.shared[number as usize]);
                        }
                        Some(Log::All(start, end)) => open.push(range(&self.all, start, end)),
                        Some(Log::Kept(start, end)) => open.push(range(&self.kept, start, end)),
                        None => {}
                    }
                }
                Some(Read::Used(node)) => found.push(Noted::Used(*node)),
                Some(Read::Stepped(node)) => found.push(Noted::Stepped(*node)),
                Some(Read::Printed(node)) => found.push(Noted::Printed(*node)),
                Some(Read::Missing(number)) => {
                    let (node, start, end) = self.missing[*number as usize];
                    let keys = &self.keys[start as usize..end as usize];
                    found.push(Noted::Missing(node, keys.into()));
                }
                None => {
                    open.pop();
                }
            }
        }
        found
    }

    /// `None` for the log without anything in it.
    fn log_at(&self, log: LogId) -> Option<Log> {
        self.logs.get((log.0 as usize).checked_sub(1)?).copied()
    }

    pub(in crate::engine) fn is_full(&self) -> bool {
        self.full
    }
}

fn range(reads: &[Read], start: u32, end: u32) -> std::slice::Iter<'_, Read> {
    reads[start as usize..end as usize].iter()
}

/// Takes everything out of a list, and its room where that is much.
fn emptied<T>(list: &mut Vec<T>) {
    if list.capacity() > ROOM {
        *list = Vec::new();
    } else {
        list.clear();
    }
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
