//! Functions: what they give for arguments, remembered where it is worth it.

use crate::engine::ir::{Rule, RuleId};
use crate::engine::value::Value;

use super::Evaluation;
use super::memo::Call;

impl<'p> Evaluation<'p> {
    /// What a function gives for arguments, which it may take away.
    pub(super) fn function(&mut self, id: RuleId, args: &mut [Value]) -> Option<Value> {
        let rule = &self.program.rules[id];
        if rule.is_plain && !rule.is_kept {
            return self.plainly(rule, args);
        }
        self.asks(id);
        let call = if rule.is_kept { Call::new(id, args, self.is_informed()) } else { None };
        if let Some(call) = &call
            && let Some(made) = self.world.memo.get(call)
        {
            let (value, spent) = (made.known.value.clone(), made.spent);
            self.note_rule(&made.known);
            if self.takes_again(spent) {
                return value;
            }
        }
        self.calculated(rule, args, call)
    }

    /// What a function gives for arguments that it was not given before.
    #[inline(never)]
    fn calculated(
        &mut self,
        rule: &'p Rule,
        args: &mut [Value],
        call: Option<Call>,
    ) -> Option<Value> {
        if self.enter() {
            return None;
        }
        let before = self.mark();
        let spent = self.spent();
        let is_informed = self.is_informed();
        let was_told = std::mem::replace(&mut self.is_told, is_informed);
        let varied = self.varies.replace(false);
        let mut known = if rule.is_plain {
            self.plain_known(rule, args)
        } else {
            self.complete(rule, Some(args))
        };
        known.varies = self.varies.get();
        self.varies.set(varied | known.varies);
        self.is_told = was_told;
        if let (Some(call), false) = (call, self.failed()) {
            let spent = self.spent().since(spent);
            self.world.memo.keep(call, args, known.clone(), spent);
        }
        self.depth -= 1;
        self.traced(|trace| {
            trace.go_back(before);
            trace.note_log(known.log);
        });
        known.value
    }
}
