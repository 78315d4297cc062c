//! Rules and functions: the values of their clauses, put together.

use std::collections::BTreeMap;

use crate::engine::ir::{Clause, Expr, Rule, RuleId, RuleKind};
use crate::engine::value::{NodeId, Value};

use super::mocks::Known;
use super::trace::Mark;
use super::{Evaluation, LogId, Then};

impl<'p> Evaluation<'p> {
    /// The value of a rule, found once for an input; `None` where it is undefined.
    pub(super) fn rule(&mut self, id: RuleId) -> Option<Value> {
        if let Some(known) = &self.world.values[id] {
            self.note_rule(known);
            return known.value.clone();
        }
        let rule = &self.program.rules[id];
        let known = match self.world.mocks.rule(id, rule) {
            Some(mock) => Known { value: mock.value(self, id), log: LogId::default() },
            None => self.rule_value(id),
        };
        let value = known.value.clone();
        if !self.failed() {
            self.world.values[id] = Some(known);
        }
        value
    }

    /// What the clauses of a rule say, whatever stands in for it.
    pub(super) fn rule_value(&mut self, id: RuleId) -> Known {
        let rule = &self.program.rules[id];
        if self.enter() {
            return Known::default();
        }
        let before = self.mark();
        let known = match rule.kind {
            RuleKind::Function => Known::default(),
            RuleKind::Complete => self.complete(rule, None),
            RuleKind::Set => {
                let value = self.set(&rule.clauses, before);
                Known { value, log: LogId::default() }
            }
            RuleKind::Object => Known { value: self.object_of(rule), log: LogId::default() },
        };
        self.depth -= 1;
        self.traced(|trace| {
            trace.go_back(before);
            trace.note_log(known.log);
        });
        if self.failed() { Known::default() } else { known }
    }

    pub(super) fn function(&mut self, id: RuleId, args: &[Value]) -> Option<Value> {
        if self.enter() {
            return None;
        }
        let before = self.mark();
        let known = self.complete(&self.program.rules[id], Some(args));
        self.depth -= 1;
        self.traced(|trace| {
            trace.go_back(before);
            trace.note_log(known.log);
        });
        known.value
    }

    /// Counts a rule under way. Tells whether there are too many.
    fn enter(&mut self) -> bool {
        if self.depth >= self.limits.depth {
            return self.fail_nowhere("rules wait for each other too deeply");
        }
        self.depth += 1;
        self.tick()
    }

    /// The one value that all clauses which hold agree on; else the default.
    fn complete(&mut self, rule: &'p Rule, args: Option<&[Value]>) -> Known {
        let before = self.mark();
        let mut known = Known::default();
        for clause in &rule.clauses {
            self.clause(rule, clause, args, &mut known);
            if self.failed() {
                return Known::default();
            }
            if known.value.is_some() && rule.uniform {
                break;
            }
        }
        if known.value.is_some() {
            return known;
        }
        // That nothing held is why: all that was tried.
        if let Some(default) = &rule.default {
            self.clause(rule, default, args, &mut known);
            if self.failed() {
                return Known::default();
            }
        }
        self.traced(|trace| known.log = trace.everything(before));
        known
    }

    /// The value of the first body of a clause that holds.
    fn clause(
        &mut self,
        rule: &'p Rule,
        clause: &'p Clause,
        args: Option<&[Value]>,
        known: &mut Known,
    ) {
        let before = self.mark();
        self.in_frame(&clause.place, clause.slots, |eval| {
            for (body, value) in &clause.bodies {
                let mut found = false;
                let mut then = |eval: &mut Self| {
                    eval.body(body, &mut |eval| {
                        eval.each(value, &mut |eval, value| {
                            found = true;
                            match &known.value {
                                Some(known) if *known != value => {
                                    let what = if args.is_some() { "function" } else { "rule" };
                                    let message = format!(
                                        "{what} conflict: `{}` has two different values here",
                                        rule.name
                                    );
                                    eval.fail(&message, &clause.place)
                                }
                                Some(_) => rule.uniform,
                                None => {
                                    *known = Known { value: Some(value), log: eval.keep(before) };
                                    rule.uniform
                                }
                            }
                        })
                    })
                };
                match args {
                    Some(args) => eval.arguments(&clause.args, args, &mut then),
                    None => then(eval),
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

    /// Gives the parameters of a function their values.
    fn arguments(&mut self, patterns: &'p [Expr], args: &[Value], then: Then<'_, 'p>) -> bool {
        let names = patterns.iter().take_while(|pattern| matches!(pattern, Expr::Bind(_))).count();
        for (pattern, value) in patterns.iter().zip(args).take(names) {
            if let Expr::Bind(slot) = pattern {
                self.bind(*slot, value.clone());
            }
        }
        if names == patterns.len() {
            return then(self);
        }
        self.unify_all(&patterns[names..], &args[names.min(args.len())..], then)
    }

    /// What one clause of a rule gives by itself: a value, or the members that it adds.
    pub(super) fn clause_value(&mut self, rule: &'p Rule, clause: &'p Clause) -> Option<Value> {
        match rule.kind {
            RuleKind::Function => None,
            RuleKind::Complete => {
                let mut known = Known::default();
                self.clause(rule, clause, None, &mut known);
                known.value
            }
            RuleKind::Set | RuleKind::Object => {
                let before = self.mark();
                self.set(std::slice::from_ref(clause), before)
            }
        }
    }

    fn set(&mut self, clauses: &'p [Clause], before: Mark) -> Option<Value> {
        let mut members: Vec<(Value, LogId)> = Vec::new();
        clauses.iter().for_each(|clause| self.members_of(clause, &mut members));
        if self.failed() {
            return None;
        }
        if members.is_empty() && self.trace.is_none() {
            return Some(self.world.empty_set.clone());
        }
        if !members.is_sorted_by(|a, b| a.0 < b.0) {
            members.sort_by(|a, b| a.0.cmp(&b.0));
            members.dedup_by(|b, a| a.0 == b.0);
        }
        let logs = members.iter().map(|member| member.1).collect();
        let set = Value::sorted_set(members.into_iter().map(|member| member.0).collect());
        Some(self.made(set, before, logs))
    }

    /// Every value that the bodies of a clause give.
    fn members_of(&mut self, clause: &'p Clause, members: &mut Vec<(Value, LogId)>) {
        let before = self.mark();
        self.in_frame(&clause.place, clause.slots, |eval| {
            for (body, value) in &clause.bodies {
                eval.traced(|trace| trace.go_back(before));
                eval.body(body, &mut |eval| {
                    eval.each(value, &mut |eval, value| {
                        members.push((value, eval.keep(before)));
                        eval.failed()
                    })
                });
            }
        });
    }

    /// An object that clauses give members to, at keys of any depth.
    fn object_of(&mut self, rule: &'p Rule) -> Option<Value> {
        let before = self.mark();
        let mut object = Value::object(Vec::new()).ok()?;
        let mut logs: BTreeMap<Value, Vec<LogId>> = BTreeMap::new();
        for clause in &rule.clauses {
            let mut found: Vec<(Vec<Value>, Value)> = Vec::new();
            self.in_frame(&clause.place, clause.slots, |eval| {
                for (body, value) in &clause.bodies {
                    let known = found.len();
                    eval.body(body, &mut |eval| {
                        eval.each_of(&clause.keys, Vec::new(), &mut |eval, keys| {
                            eval.each(value, &mut |eval, value| {
                                if let (true, Some(key)) = (eval.trace.is_some(), keys.first()) {
                                    logs.entry(key.clone()).or_default().push(eval.keep(before));
                                }
                                found.push((keys.clone(), value));
                                eval.failed()
                            })
                        })
                    });
                    if found.len() > known {
                        break;
                    }
                }
            });
            for (keys, value) in found {
                match inserted(&object, &keys, &value, clause.is_member) {
                    Some(more) => object = more,
                    None => {
                        let message =
                            format!("object conflict: `{}` has two values for one key", rule.name);
                        self.fail(&message, &clause.place);
                        return None;
                    }
                }
            }
            // A set at fixed keys is there even when nothing is in it.
            let fixed: Option<Vec<Value>> = clause.keys.iter().map(Expr::constant).collect();
            if let (true, Some(keys)) = (clause.is_member, fixed)
                && keys.iter().try_fold(&object, |object, key| object.get(key)).is_none()
                && let Some(more) = inserted(&object, &keys, &Value::set(Vec::new()), false)
            {
                object = more;
            }
        }
        if self.failed() {
            return None;
        }
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

/// The object with one member more; `None` where another value stands there already.
fn inserted(object: &Value, keys: &[Value], value: &Value, is_member: bool) -> Option<Value> {
    let (key, rest) = keys.split_first()?;
    let Value::Object(_, fields) = object else { return None };
    let mut fields = fields.to_vec();
    let at = fields.binary_search_by(|(known, _)| known.cmp(key));
    match (at, rest.is_empty()) {
        (Err(at), true) => {
            let value = if is_member { Value::set(vec![value.clone()]) } else { value.clone() };
            fields.insert(at, (key.clone(), value));
        }
        (Err(at), false) => {
            let empty = Value::object(Vec::new()).ok()?;
            fields.insert(at, (key.clone(), inserted(&empty, rest, value, is_member)?));
        }
        (Ok(at), true) if is_member => {
            let Value::Set(_, members) = &fields[at].1 else { return None };
            let mut members = members.to_vec();
            members.push(value.clone());
            fields[at].1 = Value::set(members);
        }
        (Ok(at), true) => {
            if fields[at].1 != *value {
                return None;
            }
        }
        (Ok(at), false) => fields[at].1 = inserted(&fields[at].1, rest, value, is_member)?,
    }
    Some(Value::Object(NodeId::default(), fields.into()))
}
