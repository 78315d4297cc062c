//! The values of rules for one input, as far as they are known.

use crate::engine::ir::RuleId;
use crate::engine::value::Value;

use super::LogId;

/// What is known of a rule, and what it rests on.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// `None` where it is undefined.
    pub(super) value: Option<Value>,
    pub(super) log: LogId,
    /// Whether it rests on more of the input than its sort.
    pub(super) varies: bool,
}

/// What is known of each rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    known: Vec<Option<Known>>,
    /// The rules that something is known of for this input: fewer than there are.
    found: Vec<RuleId>,
    /// Those of which the same is known for every input.
    lasting: Vec<RuleId>,
}

impl Values {
    /// Nothing is known yet of so many rules.
    pub(super) fn of(rules: usize) -> Self {
        Self { known: vec![None; rules], found: Vec::new(), lasting: Vec::new() }
    }

    /// Nothing is known yet of as many rules.
    pub(super) fn as_new(&self) -> Self {
        Self::of(self.known.len())
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    #[inline]
    pub(super) fn get(&self, rule: RuleId) -> Option<&Known> {
        self.known.get(rule)?.as_ref()
    }

    pub(super) fn keep(&mut self, rule: RuleId, known: Known) {
        if let Some(room) = self.known.get_mut(rule) {
            *room = Some(known);
            self.found.push(rule);
        }
    }

    /// The same, for the inputs that follow too.
    pub(super) fn keep_for_all(&mut self, rule: RuleId, known: Known) {
        if let Some(room) = self.known.get_mut(rule) {
            *room = Some(known);
            self.lasting.push(rule);
        }
    }

    /// Forgets what was found for one input.
    pub(super) fn clear(&mut self) {
        for rule in self.found.drain(..) {
            self.known[rule] = None;
        }
    }

    /// Forgets everything but the room it took.
    pub(super) fn clear_all(&mut self) {
        self.clear();
        for rule in self.lasting.drain(..) {
            self.known[rule] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_forgotten() {
        let mut values = Values::of(3);
        values.keep(1, Known { value: Some(Value::from(7)), ..Known::default() });
        assert_eq!(values.get(1).unwrap().value, Some(Value::from(7)));
        assert!(values.get(0).is_none() && values.get(2).is_none());
        values.clear();
        assert!(values.get(1).is_none());
        values.keep(1, Known::default());
        assert_eq!((values.get(1).unwrap().value.clone(), values.len()), (None, 3));
    }

    #[test]
    fn what_lasts_is_forgotten_with_everything() {
        let mut values = Values::of(2);
        values.keep(0, Known::default());
        values.keep_for_all(1, Known::default());
        values.clear();
        assert!(values.get(0).is_none() && values.get(1).is_some());
        values.clear_all();
        assert!(values.get(1).is_none());
    }
}
