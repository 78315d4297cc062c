//! Rules and functions with nothing to them but statements that hold in one way at most. Most
//! functions of a library are such, and are called for every container by every rule.

use crate::engine::ir::{Clause, Expr, Rule, RuleId, Statement};
use crate::engine::value::Value;
use crate::stack;

use super::Evaluation;
use super::values::Known;

impl<'p> Evaluation<'p> {
    /// What a plain function gives whose results are not kept. It may take arguments away.
    pub(super) fn plainly(&mut self, rule: &'p Rule, args: &mut [Value]) -> Option<Value> {
        if self.enter() {
            return None;
        }
        // A few functions deeper there is still room: not every one has to look.
        let value = if self.depth.is_multiple_of(16) {
            stack::enough(|| self.plain_value(rule, args, true))
        } else {
            self.plain_value(rule, args, true)
        };
        self.depth -= 1;
        value
    }

    /// The value that all clauses which hold agree on. Arguments can be taken away where `takes`.
    fn plain_value(&mut self, rule: &'p Rule, args: &mut [Value], takes: bool) -> Option<Value> {
        let before = self.mark();
        let mut answer = None;
        // What is read by clauses that do not hold is no part of the proof.
        let mut kept = before;
        for (number, clause) in rule.clauses.iter().enumerate() {
            let Some((body, value)) = clause.bodies.first() else { continue };
            // Nobody asks for the arguments after the last clause.
            let takes = takes && number + 1 == rule.clauses.len();
            let start = clause.start.map_or(0, |(_, length)| length);
            let (start, body) = body.split_at(start);
            let found = match clause.start {
                Some((number, _)) if !self.starts(number, start, clause) => None,
                _ => self.plain_clause(clause, body, value, args, takes),
            };
            if self.failed() {
                return None;
            }
            match (found, &answer) {
                (None, _) => {}
                (Some(found), None) => {
                    answer = Some((found, &clause.place));
                    kept = self.mark();
                    if rule.uniform {
                        break;
                    }
                }
                (Some(found), Some((known, first))) => {
                    self.looks_into(&found);
                    if *known != found {
                        self.fail_differing(rule, first, &clause.place);
                        return None;
                    }
                }
            }
            self.traced(|trace| trace.go_back(kept));
        }
        if answer.is_none() {
            self.traced(|trace| trace.settle_on_everything(before));
        }
        answer.map(|(value, _)| value)
    }

    #[inline]
    fn plain_clause(
        &mut self,
        clause: &'p Clause,
        body: &'p [Statement],
        value: &'p Expr,
        args: &mut [Value],
        takes: bool,
    ) -> Option<Value> {
        let given = |value: &mut Value| {
            if takes { std::mem::replace(value, Value::NULL) } else { value.clone() }
        };
        let mut args = clause.args.iter().zip(args);
        if let (true, Expr::Slot(slot)) = (body.is_empty(), value) {
            let mut own = args.filter(|(arg, _)| matches!(arg, Expr::Bind(own) if own == slot));
            return own.next().map(|(_, value)| given(value));
        }
        self.in_frame(clause.slots, &clause.place, |eval| {
            for (arg, value) in args.by_ref() {
                if let Expr::Bind(slot) = arg {
                    eval.bind(*slot, given(value));
                }
            }
            if body.is_empty() || eval.straight(body) { eval.single(value) } else { None }
        })
    }

    /// Whether what a clause begins with holds, whatever its arguments are.
    #[inline]
    fn starts(&mut self, number: RuleId, start: &'p [Statement], clause: &'p Clause) -> bool {
        match self.world.values.get(number) {
            Some(known) => {
                self.note_rule(known);
                known.value.is_some()
            }
            None => self.starts_at_first(number, start, clause),
        }
    }

    #[inline(never)]
    fn starts_at_first(
        &mut self,
        number: RuleId,
        start: &'p [Statement],
        clause: &'p Clause,
    ) -> bool {
        let before = self.mark();
        let (holds, varies) =
            self.found_once(|eval| eval.in_frame(0, &clause.place, |eval| eval.straight(start)));
        if !self.failed() {
            let log = if holds { self.keep(before) } else { self.log_since(before) };
            let value = holds.then_some(Value::NULL);
            self.traced(|trace| {
                trace.go_back(before);
                trace.note_log(log);
            });
            self.world.values.keep(number, Known { value, log, varies });
        }
        holds
    }

    /// What a plain rule says, or a plain function whose results are kept; else the default.
    pub(super) fn plain_known(&mut self, rule: &'p Rule, args: &mut [Value]) -> Known {
        let before = self.mark();
        let value = self.plain_value(rule, args, false);
        if self.failed() {
            return Known::default();
        }
        if value.is_none() {
            return self.by_default(rule, Some(args), before);
        }
        Known { value, log: self.keep(before), varies: false }
    }
}
