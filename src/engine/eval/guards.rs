//! What clauses begin with that others begin with too, looked at once for an input.

use crate::engine::compile::guards;
use crate::engine::ir::{Clause, Rule, RuleId, RuleKind};
use crate::engine::value::Value;

use super::values::Known;
use super::{Evaluation, LogId};

impl<'p> Evaluation<'p> {
    /// Whether it is known of the guards of all clauses of a set that they let nothing through.
    pub(super) fn is_shut(&mut self, rule: &Rule) -> bool {
        let guards = || rule.clauses.iter().map(|clause| self.world.values.get(clause.guard?));
        let shut = |guard: Option<&Known>| guard.is_some_and(|known| known.value.is_none());
        if rule.kind != RuleKind::Set || !guards().all(shut) {
            return false;
        }
        // To ask it is a step.
        let steps = u64::from(guards().flatten().any(|known| known.varies));
        if self.trace.is_some() {
            guards().flatten().for_each(|known| self.note_rule(known));
        }
        self.steps += steps;
        true
    }

    /// Whether the guard of a clause lets nothing through.
    pub(super) fn is_barred(&mut self, guard: RuleId, clause: &'p Clause) -> bool {
        if let Some(known) = self.world.values.get(guard) {
            let passes = known.value.is_some();
            if !passes {
                self.note_rule(known);
            }
            return !passes;
        }
        let Some((body, _)) = clause.bodies.first() else { return false };
        let before = self.mark();
        let (passes, varies) = self
            .found_once(|eval| eval.body(&body[..guards::LENGTH], &mut |_| true) && !eval.failed());
        if !self.failed() {
            let log = if passes { LogId::default() } else { self.log_since(before) };
            let value = passes.then_some(Value::NULL);
            self.world.values.keep(guard, Known { value, log, varies });
        }
        !passes
    }
}
