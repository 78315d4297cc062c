//! Variables: which read their values and which get them, given those that have theirs.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::ir::{Expr, Slot, Statement};

use super::visit::{self, Visitor};

/// The variables that have their values.
pub(super) type Bound = BTreeSet<Slot>;

/// A term whose variables all have values; `None` while one of them has not.
pub(super) fn settle(expr: &Expr, bound: &mut Bound) -> Option<Expr> {
    let settled = settle_parts(expr, bound)?.folded();
    let simple =
        matches!(settled, Expr::Constant(_) | Expr::Slot(_) | Expr::Document(_) | Expr::Single(_));
    Some(if simple || !settled.is_single() { settled } else { Expr::Single(Box::new(settled)) })
}

fn settle_all(exprs: &[Expr], bound: &mut Bound) -> Option<Vec<Expr>> {
    exprs.iter().map(|expr| settle(expr, bound)).collect()
}

fn settle_box(expr: &Expr, bound: &mut Bound) -> Option<Box<Expr>> {
    settle(expr, bound).map(Box::new)
}

fn settle_parts(expr: &Expr, bound: &mut Bound) -> Option<Expr> {
    Some(match expr {
        Expr::Slot(slot) => {
            if !bound.contains(slot) {
                return None;
            }
            Expr::Slot(*slot)
        }
        Expr::Any => return None,
        Expr::Array(items) => Expr::Array(settle_all(items, bound)?),
        Expr::Set(items) => Expr::Set(settle_all(items, bound)?),
        Expr::Template(items) => Expr::Template(settle_all(items, bound)?),
        Expr::Call(callee, args, span) => Expr::Call(*callee, settle_all(args, bound)?, *span),
        Expr::Object(fields) => {
            let settled = fields.iter().map(|(k, v)| Some((settle(k, bound)?, settle(v, bound)?)));
            Expr::Object(settled.collect::<Option<_>>()?)
        }
        Expr::Get(base, keys) => {
            let base = settle_box(base, bound)?;
            let keys = keys.iter().map(|key| settle_key(key, bound)).collect();
            Expr::Get(base, keys)
        }
        Expr::Walk(inner) => Expr::Walk(settle_box(inner, bound)?),
        Expr::Infix(infix, left, right, span) => {
            Expr::Infix(*infix, settle_box(left, bound)?, settle_box(right, bound)?, *span)
        }
        Expr::In { key, value, collection } => {
            let key = match key {
                Some(key) => Some(settle_box(key, bound)?),
                None => None,
            };
            let value = settle_box(value, bound)?;
            Expr::In { key, value, collection: settle_box(collection, bound)? }
        }
        other => other.clone(),
    })
}

/// The key of a reference, which may give values to variables. Where it takes a variable to tell
/// what it matches, as in the key of an object, it matches nothing; what is behind it is never
/// asked.
fn settle_key(key: &Expr, bound: &mut Bound) -> Expr {
    let mut after = bound.clone();
    if let Some(settled) = settle_pattern(key, &mut after) {
        *bound = after;
        return settled;
    }
    Slots(bound).expr(key);
    Expr::undefined()
}

/// Every variable is as good as bound.
struct Slots<'b>(&'b mut Bound);

impl Visitor for Slots<'_> {
    fn expr(&mut self, seen: &Expr) {
        if let Expr::Slot(slot) = seen {
            self.0.insert(*slot);
        }
        visit::expr(self, seen);
    }
}

/// A term that may give values to variables.
pub(super) fn settle_pattern(expr: &Expr, bound: &mut Bound) -> Option<Expr> {
    match expr {
        Expr::Any => Some(Expr::Any),
        Expr::Slot(slot) if bound.insert(*slot) => Some(Expr::Bind(*slot)),
        Expr::Array(items) => settled_whole(expr, bound).or_else(|| {
            let items = items.iter().map(|item| settle_pattern(item, bound));
            items.collect::<Option<_>>().map(Expr::Array)
        }),
        Expr::Object(fields) => settled_whole(expr, bound).or_else(|| {
            let fields =
                fields.iter().map(|(k, v)| Some((settle(k, bound)?, settle_pattern(v, bound)?)));
            fields.collect::<Option<_>>().map(Expr::Object)
        }),
        _ => settle(expr, bound),
    }
}

/// Settles without leaving traces where it fails.
fn settled_whole(expr: &Expr, bound: &mut Bound) -> Option<Expr> {
    let mut after = bound.clone();
    let settled = settle(expr, &mut after)?;
    *bound = after;
    Some(settled)
}

/// What must all be equal, in an order in which it can be told.
fn settle_pairs(pairs: Vec<Statement>, bound: &mut Bound) -> Option<Vec<Statement>> {
    let mut settled = Vec::with_capacity(pairs.len());
    let mut waiting = pairs;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for pair in waiting {
            let mut after = bound.clone();
            let one = match &pair {
                Statement::Unify(left, right) => settle_unify(left, right, &mut after),
                Statement::Test(expr) => settle(expr, &mut after).map(Statement::Test),
                _ => None,
            };
            match one {
                Some(one) => {
                    *bound = after;
                    settled.push(one);
                }
                None => still.push(pair),
            }
        }
        if still.len() == before {
            return None;
        }
        waiting = still;
    }
    Some(settled)
}

/// An equation, in the direction that works.
pub(super) fn settle_unify(left: &Expr, right: &Expr, bound: &mut Bound) -> Option<Statement> {
    // `[a, b] = [1, c]` is `a = 1` and `b = c`, each in the direction that works.
    if let (Expr::Array(lefts), Expr::Array(rights)) = (left, right)
        && lefts.len() == rights.len()
    {
        let pairs = lefts.iter().zip(rights);
        let pairs = pairs.map(|(l, r)| Statement::Unify(l.clone(), r.clone())).collect();
        return settle_pairs(pairs, bound).map(|pairs| Statement::With(Vec::new(), pairs));
    }
    if let (Expr::Object(lefts), Expr::Object(rights)) = (left, right)
        && let Some(pairs) = matching_fields(lefts, rights)
    {
        let mut after = bound.clone();
        if let Some(pairs) = settle_pairs(pairs, &mut after) {
            *bound = after;
            return Some(Statement::With(Vec::new(), pairs));
        }
    }
    for (pattern, value) in [(left, right), (right, left)] {
        let mut after = bound.clone();
        if let Some(value) = settle(value, &mut after)
            && let Some(pattern) = settle_pattern(pattern, &mut after)
        {
            *bound = after;
            return Some(Statement::Unify(pattern, value));
        }
    }
    None
}

/// The values of two objects with the same keys, pair by pair. The keys are constants, or one
/// variable.
fn matching_fields(lefts: &[(Expr, Expr)], rights: &[(Expr, Expr)]) -> Option<Vec<Statement>> {
    let name = |key: &Expr| match key {
        Expr::Slot(slot) => Some(Err(*slot)),
        key => key.constant().map(Ok),
    };
    let by_key = |fields: &[(Expr, Expr)]| {
        let keyed = fields.iter().map(|(key, value)| Some((name(key)?, value.clone())));
        keyed.collect::<Option<BTreeMap<_, _>>>()
    };
    let slots = lefts.iter().filter(|(key, _)| matches!(key, Expr::Slot(_))).count();
    if slots > 1 || (slots == 1 && lefts.len() > 1) {
        return None;
    }
    let keys = lefts.iter().map(|(key, _)| Statement::Test(Expr::Array(vec![key.clone()])));
    let keys: Vec<_> = keys.take(slots).collect();
    let (lefts, rights) = (by_key(lefts)?, by_key(rights)?);
    lefts.keys().eq(rights.keys()).then(|| {
        let pairs = lefts.into_values().zip(rights.into_values());
        keys.into_iter().chain(pairs.map(|(l, r)| Statement::Unify(l, r))).collect()
    })
}
