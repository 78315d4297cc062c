//! What functions gave for arguments that they were given before.
//!
//! Arguments are told apart by where they are in memory, not by what they hold: a container that
//! many rules hand to one function is found at once, however large it is. Values that are equal
//! but not the same are calculated again. Texts of a few bytes are told apart by these: a policy
//! that has one written out has it elsewhere than others.
//!
//! Calls that nothing of the input can be behind are kept apart from others, and count each time
//! as if they were made: rules that are found once for many inputs make them for one alone.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::engine::ir::RuleId;
use crate::engine::value::{NodeId, Value};

use super::limits::Spent;
use super::values::Known;

/// The most results of either kind that are kept for an input.
const MOST: usize = 4_096;
/// The most arguments of a call that is kept.
const ARGS: usize = 3;

/// The most bytes of a text that is told apart by them.
const SHORT: usize = 8;

/// A function and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// A rule by its number, a builtin by where it stands in memory.
    function: usize,
    args: [Identity; ARGS],
    /// Whether something of the input may be behind it.
    is_informed: bool,
}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Kinds differ where this does, but for accidents.
        let mixed = self.args.iter().fold(self.function as u64, |mixed, (_, node, bits)| {
            mixed.rotate_left(23) ^ bits ^ (u64::from(node.0) << 40)
        });
        state.write_u64(mixed);
    }
}

/// A value: of which kind, from where, and the bits or the address of what it holds.
type Identity = (u8, NodeId, u64);

/// In the place of arguments that a function does not take.
const NOBODY: Identity = (0, NodeId::NONE, 0);

impl Call {
    /// `None` if it can't come again, as a text can't that nobody else holds.
    #[inline]
    pub(super) fn new(function: RuleId, args: &[Value], is_informed: bool) -> Option<Self> {
        let mut call = Self { function, args: [NOBODY; ARGS], is_informed };
        for (at, arg) in args.iter().enumerate() {
            *call.args.get_mut(at)? = identity(arg)?;
        }
        Some(call)
    }
}

fn identity(value: &Value) -> Option<Identity> {
    fn shared<T: ?Sized>(held: &Arc<T>) -> Option<u64> {
        (Arc::strong_count(held) > 1).then(|| Arc::as_ptr(held).addr() as u64)
    }
    let (kind, bits) = match value {
        Value::Null(_) => (1, 0),
        Value::Bool(_, value) => (2, u64::from(*value)),
        Value::Number(_, number) => (3, number.small()?.cast_unsigned()),
        Value::String(_, text) => match short(text) {
            Some(bytes) => (8 + u8::try_from(text.len()).ok()?, bytes),
            None => (4, shared(text)?),
        },
        Value::Array(_, items) => (5, shared(items)?),
        Value::Set(_, members) => (6, shared(members)?),
        Value::Object(_, entries) => (7, shared(entries)?),
    };
    Some((kind, value.node(), bits))
}

/// The bytes of a text that has but a few.
#[inline]
fn short(text: &str) -> Option<u64> {
    let mut bytes = [0; SHORT];
    bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(u64::from_le_bytes(bytes))
}

/// What a call gave, and what it takes to be given it again.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) known: Known,
    pub(super) spent: Spent,
}

/// Results of functions for one input.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    results: FxHashMap<Call, Made>,
    /// How many of them something of the input may be behind.
    informed: usize,
    /// The arguments: while they live, nothing else has their addresses.
    held: Vec<Value>,
}

impl Memo {
    #[inline]
    pub(super) fn get(&self, call: &Call) -> Option<&Made> {
        self.results.get(call)
    }

    pub(super) fn keep(&mut self, call: Call, args: &[Value], known: Known, spent: Spent) {
        let others = self.results.len() - self.informed;
        let (kept, spent) =
            if call.is_informed { (self.informed, Spent::default()) } else { (others, spent) };
        if kept < MOST {
            self.held.extend_from_slice(args);
            self.informed += usize::from(call.is_informed);
            self.results.insert(call, Made { known, spent });
        }
    }

    /// Forgets everything but the room it took.
    pub(super) fn clear(&mut self) {
        self.results.clear();
        self.informed = 0;
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_is_found_again_and_an_equal_one_is_not() {
        let container = Value::array(vec![Value::from(1)]);
        let args = [container.clone(), Value::string("--anonymous")];
        assert_eq!(Call::new(7, &args, true), None, "nobody else holds the text");
        let short = || [container.clone(), Value::string("é flag")];
        assert_eq!(Call::new(7, &short(), true), Call::new(7, &short(), true));
        assert!(Call::new(7, &short(), true).is_some());
        let args = [container.clone(), Value::from(1)];
        let call = Call::new(7, &args, true).unwrap();
        let mut memo = Memo::default();
        let known = Known { value: Some(Value::from(3)), ..Known::default() };
        memo.keep(call, &args, known, Spent::default());
        let found = |args: &[Value]| memo.get(&Call::new(7, args, true).unwrap()).is_some();
        assert!(found(&[container.clone(), Value::from(1)]));
        let equal = Value::array(vec![Value::from(1)]);
        assert!(!found(&[equal.clone(), Value::from(1)]));
        drop(equal);
        assert!(!found(&[container, Value::from(2)]));
    }

    #[test]
    fn numbers_written_in_two_ways_are_two() {
        let whole = Value::from(1);
        let point =
            Value::Number(NodeId::NONE, crate::engine::number::Number::parse("1.0").unwrap());
        assert_ne!(Call::new(0, &[whole], true), Call::new(0, &[point], true));
    }

    #[test]
    fn calls_with_many_arguments_are_not_kept() {
        assert_eq!(Call::new(0, &[Value::NULL, Value::NULL, Value::NULL, Value::NULL], true), None);
    }
}
