//! Going through one collection, from each member of it on to the statements behind.

use crate::engine::builtins::Glance;
use crate::engine::ir::{Callee, Expr, Found, Slot, Statement};
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

/// What every member of a collection is looked at beside, where nothing else is done with it: a
/// text that stays the same, as one that may begin with a member.
struct Beside {
    glance: Glance,
    text: Value,
    /// Whether the text is the first of the two that are looked at.
    is_first: bool,
    slot: Slot,
}

impl<'p> Evaluation<'p> {
    /// Goes through a collection, and on from each member that has what is looked for.
    pub(super) fn scan(&mut self, collection: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
        self.looks_into(collection);
        if let [Statement::Test(test)] = scan.rest
            && let Some(beside) = self.beside(test, scan)
        {
            return self.scan_beside(collection, &beside, scan, then);
        }
        self.each_member(collection, scan, then)
    }

    fn each_member(&mut self, collection: &Value, scan: &Scan<'p>, then: Then<'_, 'p>) -> bool {
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

    fn beside(&self, test: &Expr, scan: &Scan<'p>) -> Option<Beside> {
        let (Expr::Single(test), Found::Value(slot)) = (test, scan.found) else { return None };
        let Expr::Call(callee @ Callee::Builtin(builtin), args, _) = &**test else { return None };
        let (glance, [one, two]) = (builtin.glance?, args.as_slice()) else { return None };
        let is_member = |arg: &Expr| matches!(arg, Expr::Slot(other) if other == slot);
        let (text, is_first) = match (is_member(one), is_member(two)) {
            (false, true) => (one, true),
            (true, false) => (two, false),
            _ => return None,
        };
        let (Expr::Slot(_) | Expr::Constant(_), Seen::Value(text)) = (text, self.peek(text)) else {
            return None;
        };
        let is_bare = scan.key.is_none() && scan.path.is_empty();
        if !is_bare || text.as_str().is_none() || self.world.mocks.function(callee).is_some() {
            return None;
        }
        Some(Beside { glance, text: text.clone(), is_first, slot: *slot })
    }

    /// Looks at each member of a collection beside a text, and goes on from those of which that
    /// tells something. Members that are no texts are handed to the function, as any are.
    fn scan_beside(
        &mut self,
        collection: &Value,
        beside: &Beside,
        scan: &Scan<'p>,
        then: Then<'_, 'p>,
    ) -> bool {
        let (Some(items), Some(text)) = (collection.items(), beside.text.as_str()) else {
            return self.each_member(collection, scan, then);
        };
        self.traced(|trace| trace.stepped(collection));
        let mark = self.mark();
        for (at, item) in items.iter().enumerate() {
            self.traced(|trace| {
                trace.go_back(mark);
                trace.member(collection, || Some(at));
            });
            let Some(member) = item.as_str() else {
                if self.scanned(item, scan, then) {
                    return true;
                }
                continue;
            };
            // The test is a step, and so is the call in it.
            if self.tick() {
                return true;
            }
            self.steps += 1;
            let (one, two) = if beside.is_first { (text, member) } else { (member, text) };
            self.traced(|trace| {
                let (one, two) =
                    if beside.is_first { (&beside.text, item) } else { (item, &beside.text) };
                trace.compared(one, two);
            });
            if (beside.glance)(one, two) {
                self.bind(beside.slot, item.clone());
                if then(self) {
                    return true;
                }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::{EngineLimits, Program};
    use crate::manifest::{Format, ReadLimits, read};
    use crate::policy::Loader;
    use crate::source::SourceText;

    /// What is found, and the proof of each.
    fn found(condition: &str, proofs: bool) -> Vec<String> {
        let text = format!(
            "package p\n\ndeny contains name if {{\n\tsome name in input.names\n\tfits(name)\n}}\n\n\
             fits(name) if {{\n\t{condition}\n}}\n"
        );
        let policies = Loader::new().policy_text("p.rego", &text).load().unwrap();
        let program = Program::compile(&policies, EngineLimits::default()).unwrap();
        let input = "names: [ab, bc, 7, cab]\nparts: [7, b, c, {}]\n";
        let source = Arc::new(SourceText::new("m.yaml", input));
        let manifest = &read(&source, Format::Manifest, &ReadLimits::default()).manifests[0];
        let mut evaluator = program.evaluator();
        evaluator.keep_proofs(proofs);
        evaluator.set_input(&manifest.root, "m.yaml");
        let outcome = evaluator.evaluate(&policies.entry_points[0]).unwrap();
        let told = outcome.results.iter().map(|result| {
            format!(
                "{} {:?} {:?}",
                result.value,
                evaluator.proof(result),
                evaluator.readings(result)
            )
        });
        told.collect()
    }

    #[test]
    fn a_look_at_each_member_tells_what_a_call_for_each_does() {
        for (look, most) in [
            ("startswith(name, part)", "bc, cab"),
            ("startswith(part, name)", ""),
            ("contains(name, part)", "ab, bc, cab"),
            ("endswith(name, \"c\"); contains(part, \"c\")", "bc"),
        ] {
            for proofs in [false, true] {
                let quick = found(&format!("some part in input.parts; {look}"), proofs);
                let slow = found(&format!("some part in input.parts; {look}; part != 1"), proofs);
                assert_eq!(quick, slow, "{look}");
                let names: Vec<_> =
                    quick.iter().filter_map(|told| told.split('"').nth(1)).collect();
                assert_eq!(names.join(", "), most, "{look}");
            }
        }
    }
}
