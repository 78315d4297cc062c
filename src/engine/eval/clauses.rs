//! Clauses that have to agree: those of rules with one value, and of functions.

use crate::engine::ir::{Clause, Expr, Place, Rule, RuleKind, Statement};
use crate::engine::value::Value;

use super::Evaluation;
use super::trace::Mark;
use super::values::Known;

/// What clauses of a rule or function have given so far.
#[derive(Default)]
struct Answer<'p> {
    known: Known,
    /// Where the value is from.
    from: Option<&'p Place>,
}

/// The body of a clause that is asked.
#[derive(Clone, Copy)]
struct Asked<'p> {
    rule: &'p Rule,
    clause: &'p Clause,
    before: Mark,
    /// Which of its bodies.
    number: usize,
}

impl<'p> Evaluation<'p> {
    /// The one value that all clauses which hold agree on; else the default.
    pub(super) fn complete(&mut self, rule: &'p Rule, args: Option<&[Value]>) -> Known {
        let before = self.mark();
        let mut answer = Answer::default();
        for clause in &rule.clauses {
            self.clause(rule, clause, args, &mut answer);
            if self.failed() {
                return Known::default();
            }
            if answer.known.value.is_some() && rule.uniform {
                break;
            }
        }
        if answer.known.value.is_some() {
            return answer.known;
        }
        self.by_default(rule, args, before)
    }

    /// What holds where no clause does. That nothing held is why: all that was tried.
    pub(super) fn by_default(
        &mut self,
        rule: &'p Rule,
        args: Option<&[Value]>,
        before: Mark,
    ) -> Known {
        let mut answer = Answer::default();
        if let Some(default) = &rule.default {
            self.clause(rule, default, args, &mut answer);
            if self.failed() {
                return Known::default();
            }
        }
        self.traced(|trace| answer.known.log = trace.everything(before));
        answer.known
    }

    /// The value of the first body of a clause that holds.
    fn clause(
        &mut self,
        rule: &'p Rule,
        clause: &'p Clause,
        args: Option<&[Value]>,
        answer: &mut Answer<'p>,
    ) {
        let before = self.mark();
        self.in_frame(clause.slots, &clause.place, |eval| {
            for (number, (body, value)) in clause.bodies.iter().enumerate() {
                eval.begins(clause, number);
                let asked = Asked { rule, clause, before, number };
                let found = match args.and_then(|args| eval.argued(&clause.args, args)) {
                    Some((patterns, args)) => {
                        let mut found = false;
                        eval.unify_all(patterns, args, &mut |eval| {
                            eval.answers(body, value, asked, answer, &mut found)
                        });
                        found
                    }
                    None if clause.is_straight => {
                        let value = if eval.straight(body) { eval.single(value) } else { None };
                        value.map(|value| eval.answer(value, asked, answer)).is_some()
                    }
                    None => {
                        let mut found = false;
                        eval.answers(body, value, asked, answer, &mut found);
                        found
                    }
                };
                if found || eval.failed() {
                    return;
                }
                eval.traced(|trace| {
                    if clause.bodies.len() > 1 {
                        trace.settle_on_everything(before);
                    } else {
                        trace.go_back(before);
                    }
                });
            }
        });
    }

    /// Takes every value that a body gives.
    fn answers(
        &mut self,
        body: &'p [Statement],
        value: &'p Expr,
        asked: Asked<'p>,
        answer: &mut Answer<'p>,
        found: &mut bool,
    ) -> bool {
        self.body(body, &mut |eval| {
            eval.each_plainly(value, &mut |eval, value| {
                *found = true;
                eval.answer(value, asked, answer)
            })
        })
    }

    /// Takes a value that a clause gives, which every other has to agree with. Tells whether to
    /// stop.
    fn answer(&mut self, value: Value, asked: Asked<'p>, answer: &mut Answer<'p>) -> bool {
        let Asked { rule, clause, before, number } = asked;
        self.finds(clause, number);
        let Some(known) = &answer.known.value else {
            answer.known.value = Some(value);
            answer.known.log = self.keep(before);
            answer.from = Some(&clause.place);
            return rule.uniform;
        };
        self.looks_into(&value);
        if *known == value {
            return rule.uniform;
        }
        let first = answer.from.unwrap_or(&clause.place);
        self.fail_differing(rule, first, &clause.place)
    }

    #[cold]
    pub(super) fn fail_differing(&mut self, rule: &Rule, first: &Place, second: &Place) -> bool {
        let what = if rule.kind == RuleKind::Function { "function" } else { "rule" };
        let name = &rule.name;
        let message = format!("{what} conflict: `{name}` has two different values here");
        self.fail_between(&message, first, second)
    }

    /// Gives parameters that are names their values. Tells what is left from the first on that is
    /// none, if there is one.
    #[inline]
    fn argued<'a>(
        &mut self,
        mut patterns: &'p [Expr],
        mut args: &'a [Value],
    ) -> Option<(&'p [Expr], &'a [Value])> {
        while let ([Expr::Bind(slot), other_patterns @ ..], [value, other_args @ ..]) =
            (patterns, args)
        {
            self.bind(*slot, value.clone());
            (patterns, args) = (other_patterns, other_args);
        }
        (!patterns.is_empty()).then_some((patterns, args))
    }

    /// What one clause of a rule gives by itself: a value, or the members that it adds.
    pub(super) fn clause_value(&mut self, rule: &'p Rule, clause: &'p Clause) -> Option<Value> {
        match rule.kind {
            RuleKind::Function => None,
            RuleKind::Complete => {
                let mut answer = Answer::default();
                self.clause(rule, clause, None, &mut answer);
                answer.known.value
            }
            RuleKind::Set | RuleKind::Object => {
                let before = self.mark();
                self.set(std::slice::from_ref(clause), before)
            }
        }
    }
}
