//! Sets that clauses give members to.

use crate::engine::ir::Clause;
use crate::engine::value::Value;

use super::trace::Mark;
use super::{Evaluation, LogId};

impl<'p> Evaluation<'p> {
    pub(super) fn set(&mut self, clauses: &'p [Clause], before: Mark) -> Option<Value> {
        let mut members = Vec::new();
        if self.trace.is_none() {
            for clause in clauses {
                self.members_of(clause, &mut |_, value| members.push(value));
            }
            return match members.as_slice() {
                _ if self.failed() => None,
                [] => Some(self.world.empty_set.clone()),
                _ => Some(Value::set(members)),
            };
        }
        let mut logs = Vec::new();
        for clause in clauses {
            let start = self.mark();
            self.members_of(clause, &mut |eval, value| {
                members.push(value);
                logs.push(eval.keep(start));
            });
        }
        if self.failed() {
            return None;
        }
        if members.is_empty() {
            return Some(self.made(self.world.empty_set.clone(), before, logs));
        }
        let (members, logs) = sorted_with_logs(members, logs);
        Some(self.made(Value::sorted_set(members), before, logs))
    }

    /// Hands over every value that the bodies of a clause give.
    fn members_of(&mut self, clause: &'p Clause, take: &mut dyn FnMut(&mut Self, Value)) {
        let before = self.mark();
        self.in_frame(clause.slots, &clause.place, |eval| {
            if clause.guard.is_some_and(|guard| eval.is_barred(guard, clause)) {
                return;
            }
            for (number, (body, value)) in clause.bodies.iter().enumerate() {
                eval.begins(clause, number);
                eval.traced(|trace| trace.go_back(before));
                eval.body(body, &mut |eval| {
                    eval.each_plainly(value, &mut |eval, value| {
                        eval.finds(clause, number);
                        eval.looks_into(&value);
                        take(eval, value);
                        eval.grows()
                    })
                });
            }
        });
    }
}

/// Members in order and each once, with the logs behind them.
pub(super) fn sorted_with_logs(members: Vec<Value>, logs: Vec<LogId>) -> (Vec<Value>, Vec<LogId>) {
    if members.is_sorted_by(|a, b| a < b) {
        return (members, logs);
    }
    let mut pairs: Vec<_> = members.into_iter().zip(logs).collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs.dedup_by(|b, a| a.0 == b.0);
    pairs.into_iter().unzip()
}
