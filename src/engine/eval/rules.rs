//! Rules and functions: the values of their clauses, put together.

use crate::engine::ir::{Clause, Expr, Rule, RuleId, RuleKind};
use crate::engine::value::{NodeId, Value};

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
        for clause in &rule.clauses {
            self.clause(rule, clause, args, &mut value);
            if self.failed() {
                return None;
            }
            if value.is_some() && rule.uniform {
                break;
            }
        }
        match (&value, &rule.default) {
            (None, Some(default)) => {
                self.clause(rule, default, args, &mut value);
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
        known: &mut Option<Value>,
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
                                    eval.fail(&message, &clause.place)
                                }
                                Some(_) => rule.uniform,
                                None => {
                                    *known = Some(value);
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
                self.clause(rule, clause, None, &mut value);
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
        let mut object = Value::object(Vec::new()).ok()?;
        for clause in &rule.clauses {
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
        (!self.failed()).then_some(object)
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
