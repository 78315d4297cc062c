//! What functions gave for arguments that they were given before.
//!
//! Arguments are told apart by where they are in memory, not by what they hold: a container that
//! many rules hand to one function is found at once, however large it is. Values that are equal
//! but not the same are calculated again. Texts of a few bytes are told apart by these: a policy
//! that has one written out has it elsewhere than others.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::engine::ir::RuleId;
use crate::engine::value::{NodeId, Value};

use super::values::Known;

/// The most results that are kept for an input.
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
    pub(super) fn new(function: RuleId, args: &[Value]) -> Option<Self> {
        let mut call = Self { function, args: [NOBODY; ARGS] };
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

/// Results of functions for one input.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    results: FxHashMap<Call, Known>,
    /// The arguments: while they live, nothing else has their addresses.
    held: Vec<Value>,
}

impl Memo {
    #[inline]
    pub(super) fn get(&self, call: &Call) -> Option<&Known> {
        self.results.get(call)
    }

    pub(super) fn keep(&mut self, call: Call, args: &[Value], known: &Known) {
        if self.results.len() < MOST {
            self.held.extend_from_slice(args);
            self.results.insert(call, known.clone());
        }
    }

    /// Forgets everything but the room it took.
    pub(super) fn clear(&mut self) {
        self.results.clear();
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
        assert_eq!(Call::new(7, &args), None, "nobody else holds the text");
        let short = || [container.clone(), Value::string("é flag")];
        assert_eq!(Call::new(7, &short()), Call::new(7, &short()));
        assert!(Call::new(7, &short()).is_some());
        let args = [container.clone(), Value::from(1)];
        let call = Call::new(7, &args).unwrap();
        let mut memo = Memo::default();
        memo.keep(call, &args, &Known { value: Some(Value::from(3)), ..Known::default() });
        let found = |args: &[Value]| memo.get(&Call::new(7, args).unwrap()).is_some();
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
        assert_ne!(Call::new(0, &[whole]), Call::new(0, &[point]));
    }

    #[test]
    fn calls_with_many_arguments_are_not_kept() {
        assert_eq!(Call::new(0, &[Value::NULL, Value::NULL, Value::NULL, Value::NULL]), None);
    }
}
