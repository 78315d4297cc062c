//! What rules say of inputs of one sort: those that have the same apiVersion, the same kind and the
//! same keys at their top.
//!
//! Most rules look at the kind first, and have nothing to say of most kinds. What was found without
//! looking at anything else is the same for every other input of the sort. Whether something else
//! was looked at is noted as evaluation goes: the input itself may be handed around, and only who
//! looks into it learns something. What it holds can't be had without looking into it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::engine::ir::RuleId;
use crate::engine::value::{Member as _, NodeId, Value, with_room};

use super::Evaluation;
use super::trace::Noted;
use super::values::Known;

/// The most sorts that are told apart; beyond, all are forgotten.
const MOST: usize = 256;
/// The most keys at the top of an input that has a sort.
const KEYS: usize = 64;

/// The sorts that inputs had so far.
#[derive(Debug, Default)]
pub(super) struct Sorts {
    others: FxHashMap<u64, Sort>,
    /// That of the present input, if it has one.
    present: Option<Sort>,
    /// Whether proofs are kept, and whether builtins that fail end the evaluation.
    mode: (bool, bool),
}

#[derive(Debug)]
struct Sort {
    number: u64,
    /// The keys at the top; those that are looked at with their values.
    top: Vec<(Value, Option<Value>)>,
    /// By rule.
    said: Vec<Option<Said>>,
    /// Of which rules it is known that they find nothing.
    silent: Vec<bool>,
}

/// What a rule says, and how it was found.
#[derive(Debug)]
pub(super) struct Said {
    what: What,
    /// What was read, whether it led anywhere or not.
    tried: Arc<[Noted]>,
    /// What the value rests on.
    log: Arc<[Noted]>,
}

#[derive(Clone, Debug)]
enum What {
    Undefined,
    Value(Value),
    /// A collection without members, which rests on what was tried.
    Bare(Value),
    /// The input, whichever it is.
    Input,
}

impl Sorts {
    /// Looks for the sort of the next input.
    pub(super) fn begin(&mut self, input: Option<&Value>) {
        if let Some(before) = self.present.take() {
            if self.others.len() >= MOST {
                self.others.clear();
            }
            self.others.insert(before.number, before);
        }
        let Some(entries) = input.and_then(Value::as_object) else { return };
        let Some(number) = number(entries) else { return };
        let known = self.others.remove(&number).filter(|sort| sort.is_of(entries));
        self.present = Some(known.unwrap_or_else(|| Sort::of(number, entries)));
    }

    /// Forgets the sort of the present input.
    pub(super) fn leave(&mut self) {
        self.begin(None);
    }

    /// What is known in one mode is not known in another.
    pub(super) fn set_mode(&mut self, traces: bool, strict: bool) {
        if std::mem::replace(&mut self.mode, (traces, strict)) != (traces, strict) {
            self.others.clear();
            self.present.iter_mut().for_each(Sort::forget);
        }
    }

    #[inline]
    fn get(&self, rule: RuleId) -> Option<&Said> {
        self.present.as_ref()?.said.get(rule)?.as_ref()
    }

    fn keep(&mut self, rule: RuleId, said: Said) {
        let Some(sort) = &mut self.present else { return };
        if sort.said.len() <= rule {
            sort.said.resize_with(rule + 1, || None);
            sort.silent.resize(rule + 1, false);
        }
        sort.silent[rule] = match &said.what {
            What::Undefined => true,
            What::Value(value) | What::Bare(value) => !finds(value),
            What::Input => false,
        };
        sort.said[rule] = Some(said);
    }

    #[inline]
    fn is_silent(&self, rule: RuleId) -> bool {
        self.present.as_ref().is_some_and(|sort| sort.silent.get(rule) == Some(&true))
    }
}

impl Sort {
    fn of(number: u64, entries: &[(Value, Value)]) -> Self {
        let fact =
            |(key, value): &(Value, Value)| (key.clone(), is_fact(key).then(|| value.clone()));
        Self {
            number,
            top: entries.iter().map(fact).collect(),
            said: Vec::new(),
            silent: Vec::new(),
        }
    }

    fn forget(&mut self) {
        self.said.clear();
        self.silent.clear();
    }

    fn is_of(&self, entries: &[(Value, Value)]) -> bool {
        let same = |(known, (key, value)): (&(Value, Option<Value>), &(Value, Value))| {
            known.0 == *key && known.1.as_ref().is_none_or(|known| known == value)
        };
        self.top.len() == entries.len() && self.top.iter().zip(entries).all(same)
    }
}

/// Whether a rule of this value found anything.
pub(in crate::engine) fn finds(value: &Value) -> bool {
    match value {
        Value::Bool(_, false) | Value::Null(_) => false,
        value => !value.is_empty(),
    }
}

/// Whether the value under a key at the top belongs to the sort.
pub(super) fn is_fact(key: &Value) -> bool {
    matches!(key.as_str(), Some("apiVersion" | "kind"))
}

/// A number for the sort. There is none where a kind is no text, and where it has another place
/// among the nodes of the input than it has in others.
fn number(entries: &[(Value, Value)]) -> Option<u64> {
    if entries.len() > KEYS {
        return None;
    }
    let mut hasher = FxHasher::default();
    let mut facts_end = false;
    for (key, value) in entries {
        key.as_str()?.hash(&mut hasher);
        if !is_fact(key) {
            facts_end = true;
        } else if facts_end {
            return None;
        } else {
            value.as_str()?.hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

impl Evaluation<'_> {
    /// Whether it is known what a rule says of every input of this sort.
    #[inline]
    pub(super) fn is_said(&self, rule: RuleId) -> bool {
        self.world.is_real && self.sorts.get(rule).is_some()
    }

    /// What a rule says of every input of this sort, if that is known. It counts as read.
    pub(super) fn said(&mut self, rule: RuleId) -> Option<Known> {
        let said = self.sorts.get(rule)?;
        let value = match &said.what {
            What::Undefined => None,
            What::Value(value) | What::Bare(value) => Some(value.clone()),
            What::Input => self.world.input.clone(),
        };
        let Some(trace) = &self.trace else { return Some(Known { value, ..Known::default() }) };
        let mut trace = trace.borrow_mut();
        let before = trace.mark();
        if !Arc::ptr_eq(&said.tried, &said.log) {
            trace.tried(&said.tried);
        }
        let value = match (value, &said.what) {
            (Some(value), What::Bare(_)) => {
                let whole = trace.everything(before);
                Some(trace.made(value, whole, &[]))
            }
            (value, _) => value,
        };
        let log = trace.shared(&said.log);
        trace.note_log(log);
        Some(Known { value, log, varies: false })
    }

    /// Whether it is known that a rule finds nothing, before it is asked: nothing in any input of
    /// this sort, or nothing behind its guards. If so, it counts as asked.
    #[inline]
    pub(in crate::engine) fn is_silent(&mut self, rule: RuleId) -> bool {
        if !self.sorts.is_silent(rule) {
            let program = self.program;
            return self.is_shut(&program.rules[rule]);
        }
        if let (Some(_), Some(said)) = (&self.trace, self.sorts.get(rule)) {
            self.traced(|trace| trace.tried(&said.tried));
        }
        true
    }

    /// Keeps what a rule says of every input of this sort.
    pub(super) fn keep_said(&mut self, rule: RuleId, known: &Known, before: super::Mark) {
        let what = match &known.value {
            None => What::Undefined,
            Some(value) if self.is_input(value) => What::Input,
            Some(value) if is_made(value) && value.is_empty() => {
                What::Bare(value.clone().with_node(NodeId::NONE))
            }
            Some(value) if self.trace.is_some() && holds_made(value) => return,
            Some(value) => What::Value(value.clone()),
        };
        let Some(trace) = &self.trace else {
            let nothing: Arc<[Noted]> = Arc::default();
            return self.sorts.keep(rule, Said { what, tried: Arc::clone(&nothing), log: nothing });
        };
        let mut trace = trace.borrow_mut();
        if trace.is_full() {
            return;
        }
        let everything = trace.everything(before);
        let tried: Arc<[Noted]> = trace.reads(everything).into();
        let log = trace.reads(known.log);
        drop(trace);
        let log = if *log == *tried { Arc::clone(&tried) } else { log.into() };
        self.sorts.keep(rule, Said { what, tried, log });
    }

    /// Whether there is a sort that what is found can be kept for.
    #[inline]
    pub(super) fn has_sort(&self) -> bool {
        self.sorts.present.is_some() && self.world.is_real
    }

    /// Whether a value is the input itself.
    #[inline]
    fn is_input(&self, value: &Value) -> bool {
        match (value, &self.world.input) {
            (Value::Object(_, value), Some(Value::Object(_, input))) => Arc::ptr_eq(value, input),
            _ => false,
        }
    }

    /// Whether what is asked now may be asked for what the input holds. If not, a later input of
    /// the sort may be given what comes of it.
    #[inline]
    pub(super) fn is_informed(&self) -> bool {
        self.is_told || self.varies.get()
    }

    /// Something is done with a value that depends on what it holds.
    #[inline]
    pub(super) fn looks_into(&self, value: &Value) {
        if matches!(value, Value::Object(..)) && self.is_input(value) {
            self.varies.set(true);
        }
    }

    /// Something is taken from a collection, if it is there.
    #[inline]
    pub(super) fn takes(&self, collection: &Value, key: &Value, found: Option<&Value>) {
        if found.is_some() && self.is_input(collection) && !is_fact(key) {
            self.varies.set(true);
        }
        self.looks_into(key);
    }
}

fn is_made(value: &Value) -> bool {
    value.node().0 >= NodeId::MADE
}

/// Whether there are reads behind a value, or behind a part of it, that only this trace knows.
fn holds_made(value: &Value) -> bool {
    let inner = || match value {
        Value::Array(_, items) | Value::Set(_, items) => items.iter().any(holds_made),
        Value::Object(_, fields) => fields.iter().any(|(k, v)| holds_made(k) || holds_made(v)),
        _ => false,
    };
    is_made(value) || with_room(value.depth(), inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(kind: &str, name: i64) -> Value {
        let (kind, name) = (Value::string(kind), Value::from(name));
        Value::record([("apiVersion", Value::string("v1")), ("kind", kind), ("metadata", name)])
    }

    fn says(sorts: &Sorts) -> bool {
        sorts.get(3).is_some()
    }

    fn keep(sorts: &mut Sorts) {
        let (tried, log) = (Arc::default(), Arc::default());
        sorts.keep(3, Said { what: What::Undefined, tried, log });
    }

    #[test]
    fn what_is_said_of_one_input_is_said_of_its_sort() {
        let mut sorts = Sorts::default();
        sorts.begin(Some(&input("Pod", 1)));
        keep(&mut sorts);
        sorts.begin(Some(&input("Service", 1)));
        assert!(!says(&sorts));
        sorts.begin(Some(&input("Pod", 2)));
        assert!(says(&sorts));
        let more = Value::record([("kind", Value::string("Pod")), ("spec", Value::NULL)]);
        sorts.begin(Some(&more));
        assert!(!says(&sorts), "other keys, another sort");
        sorts.begin(Some(&input("Pod", 2)));
        sorts.set_mode(true, false);
        assert!(!says(&sorts));
    }

    #[test]
    fn odd_inputs_have_no_sort() {
        let odd = [
            Value::from(1),
            Value::record([("kind", Value::from(1))]),
            Value::record([("aaa", Value::from(1)), ("kind", Value::string("Pod"))]),
            Value::object(vec![(Value::from(1), Value::from(1))]).unwrap(),
        ];
        for input in odd {
            let mut sorts = Sorts::default();
            sorts.begin(Some(&input));
            keep(&mut sorts);
            assert!(!says(&sorts), "{input}");
        }
    }
}
