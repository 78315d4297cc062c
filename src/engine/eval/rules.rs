//! Rules and functions: the values of their clauses, put together.

use std::collections::BTreeMap;

use crate::engine::ir::{Clause, Expr, Place, Rule, RuleId, RuleKind};
use crate::engine::value::Value;

use super::Evaluation;

impl<'p> Evaluation<'p> {
    /// The value of a rule, found once for an input; `None` where it is undefined.
    pub(super) fn rule(&mut self, id: RuleId) -> Option<Value> {
        if let Some(value) = &self.world.values[id] {
            return value.clone();
        }
        let rule = &self.program.rules[id];
        let value = match self.world.mocks.rule(id, rule) {
            Some(mock) => mock.value(self, id),
            None => self.rule_value(id),
        };
        if !self.failed() {
            self.world.values[id] = Some(value.clone());
        }
        value
    }

    /// What the clauses of a rule say, whatever stands in for it.
    pub(super) fn rule_value(&mut self, id: RuleId) -> Option<Value> {
        let rule = &self.program.rules[id];
        if self.enter() {
            return None;
        }
        let value = match rule.kind {
            RuleKind::Function => None,
            RuleKind::Complete => self.complete(rule, None),
            RuleKind::Set => self.set(rule),
            RuleKind::Object => self.object_of(rule),
        };
        self.depth -= 1;
        if self.failed() { None } else { value }
    }

    pub(super) fn function(&mut self, id: RuleId, args: &[Value]) -> Option<Value> {
        if self.enter() {
            return None;
        }
        let value = self.complete(&self.program.rules[id], Some(args));
        self.depth -= 1;
        value
    }

    /// Counts a rule under way. Tells whether there are too many.
    fn enter(&mut self) -> bool {
        if self.depth >= self.limits.depth {
            return self.fail_here("rules wait for each other too deeply");
        }
        self.depth += 1;
        self.tick()
    }

    /// The one value that all clauses which hold agree on; else the default.
    fn complete(&mut self, rule: &'p Rule, args: Option<&[Value]>) -> Option<Value> {
        let mut value = None;
        // The clause that the value is from.
        let mut from = None;
        for clause in &rule.clauses {
            self.clause(rule, clause, args, (&mut value, &mut from));
            if self.failed() {
                return None;
            }
            if value.is_some() && rule.uniform {
                break;
            }
        }
        match (&value, &rule.default) {
            (None, Some(default)) => {
                self.clause(rule, default, args, (&mut value, &mut from));
                if self.failed() { None } else { value }
            }
            _ => value,
        }
    }

    /// The value of the first body of a clause that holds.
    fn clause(
        &mut self,
        rule: &'p Rule,
        clause: &'p Clause,
        args: Option<&[Value]>,
        (known, from): (&mut Option<Value>, &mut Option<&'p Place>),
    ) {
        self.in_frame(clause.slots, &clause.place, |eval| {
            for (body, value) in &clause.bodies {
                let mut found = false;
                let mut then = |eval: &mut Self| {
                    eval.body(body, &mut |eval| {
                        eval.each(value, &mut |eval, value| {
                            found = true;
                            match known {
                                Some(known) if *known != value => {
                                    let what = if args.is_some() { "function" } else { "rule" };
                                    let message = format!(
                                        "{what} conflict: `{}` has two different values here",
                                        rule.name
                                    );
                                    let first = from.unwrap_or(&clause.place);
                                    eval.fail_between(&message, first, &clause.place)
                                }
                                Some(_) => rule.uniform,
                                None => {
                                    *known = Some(value);
                                    *from = Some(&clause.place);
                                    rule.uniform
                                }
                            }
                        })
                    })
                };
                match args {
                    Some(args) => eval.unify_all(&clause.args, args, &mut then),
                    None => then(eval),
                };
                if found || eval.failed() {
                    return;
                }
            }
        });
    }

    /// What one clause of a rule gives by itself: a value, or the members that it adds.
    pub(super) fn clause_value(&mut self, rule: &'p Rule, clause: &'p Clause) -> Option<Value> {
        match rule.kind {
            RuleKind::Function => None,
            RuleKind::Complete => {
                let mut value = None;
                self.clause(rule, clause, None, (&mut value, &mut None));
                value
            }
            RuleKind::Set | RuleKind::Object => {
                let mut members = Vec::new();
                self.members_of(clause, &mut members);
                (!self.failed()).then(|| Value::set(members))
            }
        }
    }

    fn set(&mut self, rule: &'p Rule) -> Option<Value> {
        let mut members = Vec::new();
        rule.clauses.iter().for_each(|clause| self.members_of(clause, &mut members));
        (!self.failed()).then(|| Value::set(members))
    }

    /// Every value that the bodies of a clause give.
    fn members_of(&mut self, clause: &'p Clause, members: &mut Vec<Value>) {
        self.in_frame(clause.slots, &clause.place, |eval| {
            for (body, value) in &clause.bodies {
                eval.body(body, &mut |eval| {
                    eval.each(value, &mut |eval, value| {
                        members.push(value);
                        eval.failed()
                    })
                });
            }
        });
    }

    /// An object that clauses give members to, at keys of any depth.
    fn object_of(&mut self, rule: &'p Rule) -> Option<Value> {
        let mut object = Members::default();
        for (number, clause) in rule.clauses.iter().enumerate() {
            let mut found: Vec<(Vec<Value>, Value)> = Vec::new();
            self.in_frame(clause.slots, &clause.place, |eval| {
                for (body, value) in &clause.bodies {
                    let before = found.len();
                    eval.body(body, &mut |eval| {
                        eval.each_of(&clause.keys, Vec::new(), &mut |eval, keys| {
                            eval.each(value, &mut |eval, value| {
                                found.push((keys.clone(), value));
                                eval.failed()
                            })
                        })
                    });
                    if found.len() > before {
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
            // A set at fixed keys is there even when nothing is in it.
            let fixed: Option<Vec<Value>> = clause.keys.iter().map(Expr::constant).collect();
            if let (true, Some(keys)) = (clause.is_member, fixed) {
                let _ = object.add(&keys, Members::Set(Vec::new(), number));
            }
        }
        if self.failed() { None } else { object.into_value() }
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
