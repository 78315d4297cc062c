//! Rules and functions: the values of their clauses, put together.

use std::collections::BTreeMap;

use crate::engine::compile::guards;
use crate::engine::ir::{Clause, Expr, Place, Rule, RuleId, RuleKind, Statement};
use crate::engine::value::Value;

use super::memo::Call;
use super::trace::Mark;
use super::values::Known;
use super::{Evaluation, LogId};

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

    pub(super) fn asks(&mut self, rule: RuleId) {
        if let Some(progress) = &mut self.progress {
            progress.asked(rule);
        }
    }

    #[inline]
    fn begins(&mut self, clause: &Clause, body: usize) {
        if let Some(progress) = &mut self.progress {
            progress.began(clause, body);
        }
    }

    #[inline]
    fn finds(&mut self, clause: &Clause, body: usize) {
        if let Some(progress) = &mut self.progress {
            progress.found(clause, body);
        }
    }

    /// The one value that all clauses which hold agree on; else the default.
    fn complete(&mut self, rule: &'p Rule, args: Option<&[Value]>) -> Known {
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

    fn set(&mut self, clauses: &'p [Clause], before: Mark) -> Option<Value> {
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
    fn is_barred(&mut self, guard: RuleId, clause: &'p Clause) -> bool {
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

    /// An object that clauses give members to, at keys of any depth.
    fn object_of(&mut self, rule: &'p Rule) -> Option<Value> {
        let before = self.mark();
        let heads: Vec<_> = rule.clauses.iter().map(|c| (c.keys.as_slice(), c.is_member)).collect();
        let mut object = Members::of_heads(&heads).unwrap_or_default();
        let mut logs: BTreeMap<Value, Vec<LogId>> = BTreeMap::new();
        for (number, clause) in rule.clauses.iter().enumerate() {
            let mut found: Vec<(Vec<Value>, Value)> = Vec::new();
            self.in_frame(clause.slots, &clause.place, |eval| {
                for (at, (body, value)) in clause.bodies.iter().enumerate() {
                    eval.begins(clause, at);
                    let known = found.len();
                    eval.body(body, &mut |eval| {
                        eval.each_of(&clause.keys, Vec::new(), &mut |eval, keys| {
                            eval.each(value, &mut |eval, value| {
                                eval.looks_into(&value);
                                if let (true, Some(key)) = (eval.trace.is_some(), keys.first()) {
                                    logs.entry(key.clone()).or_default().push(eval.keep(before));
                                }
                                eval.finds(clause, at);
                                found.push((keys.clone(), value));
                                eval.grows()
                            })
                        })
                    });
                    if found.len() > known {
                        break;
                    }
                }
            });
            for (keys, value) in found {
                let added = if clause.is_member {
                    object.add(&keys, Members::Set(vec![value], number))
                } else {
                    object.add(&keys, Members::Value(value, number))
                };
                if let Err(other) = added {
                    let message =
                        format!("object conflict: `{}` has two values for one key", rule.name);
                    let other = rule.clauses.get(other).unwrap_or(clause);
                    self.fail_between(&message, &other.place, &clause.place);
                    return None;
                }
            }
        }
        if self.failed() {
            return None;
        }
        let object = object.into_value()?;
        // A member that several results went into rests on all that was read.
        let mut whole = LogId::default();
        self.traced(|trace| whole = trace.everything(before));
        let alone = |key| match logs.get(key).map(Vec::as_slice) {
            Some([log]) => *log,
            _ => whole,
        };
        let members = object.as_object().unwrap_or_default();
        let members = members.iter().map(|(key, _)| alone(key)).collect();
        Some(self.made(object, before, members))
    }
}

/// What an object rule's clauses have given so far. Only what they made of keys can be added to:
/// what is inside of their values can't.
enum Members {
    Keys(BTreeMap<Value, Members>),
    /// A value, and the clause that it is from.
    Value(Value, usize),
    /// A set's members, and a clause that they are from.
    Set(Vec<Value>, usize),
}

impl Default for Members {
    fn default() -> Self {
        Self::Keys(BTreeMap::new())
    }
}

impl Members {
    /// What is there before any clause gives something: the objects along fixed keys, and the
    /// empty sets at their ends. Where a key is open, all begins with an empty object.
    fn of_heads(heads: &[(&[Expr], bool)]) -> Option<Self> {
        let mut by_key: BTreeMap<Value, Vec<(&[Expr], bool)>> = BTreeMap::new();
        for (keys, is_member) in heads {
            match keys.split_first().map(|(key, rest)| (key.constant(), rest)) {
                Some((Some(key), rest)) => by_key.entry(key).or_default().push((rest, *is_member)),
                Some((None, _)) => return Some(Self::default()),
                None => {}
            }
        }
        if by_key.is_empty() {
            let is_set = heads.iter().any(|(_, is_member)| *is_member);
            return is_set.then(|| Self::Set(Vec::new(), 0));
        }
        let members = by_key.into_iter();
        let members = members.filter_map(|(key, heads)| Some((key, Self::of_heads(&heads)?)));
        Some(Self::Keys(members.collect()))
    }

    /// The error is the clause that gave another value.
    fn add(&mut self, keys: &[Value], member: Self) -> Result<(), usize> {
        match (self, keys.split_first(), member) {
            (Self::Keys(members), Some((key, [])), member) if !members.contains_key(key) => {
                members.insert(key.clone(), member);
                Ok(())
            }
            (Self::Keys(members), Some((key, rest)), member) => {
                members.entry(key.clone()).or_default().add(rest, member)
            }
            (Self::Value(known, _), None, Self::Value(value, _)) if *known == value => Ok(()),
            (Self::Set(known, _), None, Self::Set(more, _)) => {
                known.extend(more);
                Ok(())
            }
            (Self::Value(_, clause) | Self::Set(_, clause), ..) => Err(*clause),
            (Self::Keys(members), None, _) => {
                Err(members.values().next().map_or(0, Self::first_clause))
            }
        }
    }

    fn first_clause(&self) -> usize {
        match self {
            Self::Keys(members) => members.values().next().map_or(0, Self::first_clause),
            Self::Value(_, clause) | Self::Set(_, clause) => *clause,
        }
    }

    fn into_value(self) -> Option<Value> {
        match self {
            Self::Keys(members) => {
                let fields = members.into_iter();
                let fields = fields.map(|(key, member)| Some((key, member.into_value()?)));
                Value::object(fields.collect::<Option<_>>()?).ok()
            }
            Self::Value(value, _) => Some(value),
            Self::Set(members, _) => Some(Value::set(members)),
        }
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
