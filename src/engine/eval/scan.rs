//! Going through one collection, from each member of it on to the statements behind.

use crate::engine::ir::{Expr, Found, Slot, Statement};
use crate::engine::value::Value;

use super::body::holds;
use super::peek::Seen;
use super::{Evaluation, Then};

/// What is looked for in each member of a collection, and what comes behind it.
pub(super) struct Scan<'p> {
    pub(super) key: Option<Slot>,
    pub(super) path: &'p [Expr],
    pub(super) found: &'p Found,
    pub(super) rest: &'p [Statement],
}

impl<'p> Evaluation<'p> {
    /// Goes through a collection, and on from each member that has what is looked for.
    pub(super) fn scan(&mut self, collection: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
        self.looks_into(collection);
        if self.trace.is_some() {
            return self.traced_scan(collection, scan, then);
        }
        match collection {
            Value::Array(_, items) => items.iter().enumerate().any(|(at, item)| {
                self.bind_key(scan.key, || Value::from(at)) && self.scanned(item, scan, then)
            }),
            Value::Set(_, items) => items.iter().any(|item| {
                self.bind_key(scan.key, || item.clone()) && self.scanned(item, scan, then)
            }),
            Value::Object(_, fields) => fields.iter().any(|(key, value)| {
                self.bind_key(scan.key, || key.clone()) && self.scanned(value, scan, then)
            }),
            _ => false,
        }
    }

    /// The same, noting what is gone through. Each member is a way of its own.
    fn traced_scan(&mut self, collection: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
        self.traced(|trace| trace.stepped(collection));
        let mark = self.mark();
        for at in 0..collection.len().unwrap_or(0) {
            self.traced(|trace| {
                trace.go_back(mark);
                trace.member(collection, || Some(at));
            });
            let (key, member) = match collection {
                Value::Array(_, items) => (None, &items[at]),
                Value::Set(_, items) => (Some(&items[at]), &items[at]),
                Value::Object(_, fields) => (Some(&fields[at].0), &fields[at].1),
                _ => return false,
            };
            self.bind_key(scan.key, || key.cloned().unwrap_or_else(|| Value::from(at)));
            if self.scanned(member, scan, then) {
                return true;
            }
        }
        false
    }

    #[inline]
    fn bind_key(&mut self, slot: Option<Slot>, key: impl FnOnce() -> Value) -> bool {
        if let Some(slot) = slot {
            self.bind(slot, key());
        }
        true
    }

    /// Goes on with what is at a path into a member, if it is what is looked for.
    #[inline]
    fn scanned(&mut self, member: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
        if let (Found::Value(slot), []) = (scan.found, scan.path) {
            self.bind(*slot, member.clone());
            return self.goes_on(scan.rest, then);
        }
        self.scanned_inside(member, scan, then)
    }

    fn goes_on(&mut self, rest: &'p [Statement], then: Then<'_, 'p>) -> bool {
        if rest.is_empty() { then(self) } else { self.body(rest, then) }
    }

    fn scanned_inside(&mut self, member: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
        let mut value = member;
        for (at, key) in scan.path.iter().enumerate() {
            let found = match self.peek(key) {
                Seen::Value(key) => self.member(value, key),
                Seen::Undefined => return false,
                Seen::Unknown => {
                    let Some(key) = self.single(key) else { return self.failed() };
                    self.member(value, &key)
                }
            };
            match found {
                Some(found) => value = found,
                None => {
                    self.note_behind(&scan.path[at + 1..]);
                    return false;
                }
            }
        }
        let fits = match scan.found {
            Found::Value(slot) => {
                self.bind(*slot, value.clone());
                true
            }
            Found::Anything => true,
            Found::Truth => {
                self.traced(|trace| trace.used(value));
                holds(value)
            }
            Found::Same(expr) => match self.peek(expr) {
                Seen::Value(known) => {
                    self.note_compared(known, value);
                    known == value
                }
                Seen::Undefined => false,
                Seen::Unknown => match self.single(expr) {
                    Some(known) => {
                        self.note_compared(&known, value);
                        known == *value
                    }
                    None => return self.failed(),
                },
            },
        };
        fits && self.goes_on(scan.rest, then)
    }
}
