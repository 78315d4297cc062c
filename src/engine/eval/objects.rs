//! Objects that clauses give members to, at keys of any depth.

use std::collections::BTreeMap;

use crate::engine::ir::{Expr, Rule};
use crate::engine::value::Value;

use super::{Evaluation, LogId};

impl<'p> Evaluation<'p> {
    /// An object that clauses give members to, at keys of any depth.
    pub(super) fn object_of(&mut self, rule: &'p Rule) -> Option<Value> {
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
