//! Rules: the value of each, found once for an input.

use crate::engine::ir::{Rule, RuleId, RuleKind};
use crate::engine::value::Value;

use super::Evaluation;
use super::values::Known;

impl<'p> Evaluation<'p> {
    /// The value of a rule, found once for an input; `None` where it is undefined.
    #[inline]
    pub(super) fn rule(&mut self, id: RuleId) -> Option<Value> {
        if let Some(known) = self.world.values.get(id) {
            self.note_rule(known);
            return known.value.clone();
        }
        self.found_rule(id)
    }

    #[inline(never)]
    fn found_rule(&mut self, id: RuleId) -> Option<Value> {
        if self.is_said(id) {
            return self.repeated(id);
        }
        let rule = &self.program.rules[id];
        let before = self.mark();
        let (mut known, varies) = self.found_once(|eval| match eval.world.mocks.rule(id, rule) {
            Some(mock) => Known { value: mock.value(eval), ..Known::default() },
            None if rule.lasts => eval.lasting_value(id, rule),
            None => eval.rule_value(id, rule),
        });
        known.varies = varies;
        if !varies && self.has_sort() && !self.failed() {
            self.keep_said(id, &known, before);
        }
        let value = known.value.clone();
        // What is recorded is recorded for each input.
        let lasts = rule.lasts && self.trace.is_none() && self.progress.is_none();
        match self.failed() {
            true => {}
            false if lasts => self.world.values.keep_for_all(id, known),
            false => self.world.values.keep(id, known),
        }
        value
    }

    /// What a rule says of every input of this sort.
    #[inline(never)]
    fn repeated(&mut self, id: RuleId) -> Option<Value> {
        let known = self.said(id)?;
        let value = known.value.clone();
        self.world.values.keep(id, known);
        value
    }

    /// What a rule says of every input.
    #[cold]
    fn lasting_value(&mut self, id: RuleId, rule: &'p Rule) -> Known {
        // Wherever it is asked for first.
        let depth = std::mem::take(&mut self.depth);
        let known = self.rule_value(id, rule);
        self.depth = depth;
        known
    }

    /// What the clauses of a rule say, whatever stands in for it.
    #[expect(clippy::inline_always, reason = "it is most of what finds a rule")]
    #[inline(always)]
    fn rule_value(&mut self, id: RuleId, rule: &'p Rule) -> Known {
        self.asks(id);
        if self.enter() {
            return Known::default();
        }
        let before = self.mark();
        let known = match rule.kind {
            RuleKind::Function => Known::default(),
            RuleKind::Complete if rule.is_plain => self.plain_known(rule, &mut []),
            RuleKind::Complete => self.complete(rule, None),
            RuleKind::Set => {
                let value = self.set(&rule.clauses, before);
                Known { value, ..Known::default() }
            }
            RuleKind::Object => Known { value: self.object_of(rule), ..Known::default() },
        };
        self.depth -= 1;
        self.traced(|trace| {
            trace.go_back(before);
            trace.note_log(known.log);
        });
        let value = known.value.and_then(|value| self.bounded(value));
        if self.failed() { Known::default() } else { Known { value, ..known } }
    }
}
