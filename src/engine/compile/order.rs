//! Safety: statements are put into an order in which every variable has its value before it is
//! read, as OPA orders them; what can't be ordered is unsafe.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::ir::{Closure, Expr, Mock, Replacement, Slot, Statement};

/// The variables that have their values.
pub(super) type Bound = BTreeSet<Slot>;

/// Orders statements; the error holds the variables that nothing binds.
pub(super) fn order(
    statements: Vec<Statement>,
    bound: &mut Bound,
) -> Result<Vec<Statement>, BTreeSet<Slot>> {
    let mut ordered = Vec::with_capacity(statements.len());
    let mut waiting = statements;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for statement in waiting {
            let mut after = bound.clone();
            if let Some(settled) = settle_statement(&statement, &mut after) {
                *bound = after;
                ordered.push(settled);
            } else {
                still.push(statement);
            }
        }
        if still.len() == before {
            let mut unbound = BTreeSet::new();
            for statement in &still {
                slots_of_statement(statement, &mut unbound);
            }
            unbound.retain(|slot| !bound.contains(slot));
            if unbound.is_empty() {
                still.iter().for_each(|statement| unbound_inside(statement, bound, &mut unbound));
            }
            return Err(unbound);
        }
        waiting = still;
    }
    Ok(ordered)
}

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
            let keys = keys.iter().map(|key| settle_pattern(key, bound)).collect::<Option<_>>()?;
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
        Expr::Comprehension(kind, body, head, closure) => {
            if !free(body, [&head.0, &head.1], *closure).is_subset(bound) {
                return None;
            }
            let mut inner = bound.clone();
            let body = order(body.clone(), &mut inner).ok()?;
            let head = (settle(&head.0, &mut inner)?, settle(&head.1, &mut inner)?);
            Expr::Comprehension(*kind, body, Box::new(head), *closure)
        }
        other => other.clone(),
    })
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

fn settle_statement(statement: &Statement, bound: &mut Bound) -> Option<Statement> {
    Some(match statement {
        Statement::Test(expr) => Statement::Test(settle(expr, bound)?),
        Statement::Unify(left, right) => settle_unify(left, right, bound)?,
        Statement::Not(body) => {
            let mut inner = bound.clone();
            let body = order(body.clone(), &mut inner).ok()?;
            // What is negated gives no values to what stands outside, nor goes through members.
            if inner.len() != bound.len() || matches!(body.as_slice(), [one] if has_wildcard(one)) {
                return None;
            }
            Statement::Not(body)
        }
        Statement::Reached(span, piece) => Statement::Reached(*span, *piece),
        Statement::Print(parts, span) => Statement::Print(settle_all(parts, bound)?, *span),
        Statement::Either(bodies, closure) => {
            let settled = bodies.iter().map(|body| {
                if !free(body, [], *closure).is_subset(bound) {
                    return None;
                }
                order(body.clone(), &mut bound.clone()).ok()
            });
            Statement::Either(settled.collect::<Option<_>>()?, *closure)
        }
        Statement::SomeIn { key, value, collection } => {
            let collection = settle(collection, bound)?;
            let key = match key {
                Some(key) => Some(settle_pattern(key, bound)?),
                None => None,
            };
            Statement::SomeIn { key, value: settle_pattern(value, bound)?, collection }
        }
        Statement::Every { key, value, domain, body, closure } => {
            let domain = settle(domain, bound)?;
            if !free(body, [], *closure).is_subset(bound) {
                return None;
            }
            let mut inner = bound.clone();
            inner.extend(key.iter().chain([value]));
            let body = order(body.clone(), &mut inner).ok()?;
            Statement::Every { key: *key, value: *value, domain, body, closure: *closure }
        }
        Statement::With(replacements, body) => {
            let replacements = replacements
                .iter()
                .map(|replacement| {
                    let value = match &replacement.value {
                        Mock::Value(value) => Mock::Value(settle(value, bound)?),
                        Mock::Function(callee) => Mock::Function(*callee),
                    };
                    Some(Replacement { target: replacement.target.clone(), value })
                })
                .collect::<Option<_>>()?;
            let body = body.iter().map(|s| settle_statement(s, bound)).collect::<Option<_>>()?;
            Statement::With(replacements, body)
        }
    })
}

fn settle_unify(left: &Expr, right: &Expr, bound: &mut Bound) -> Option<Statement> {
    // `[a, b] = [1, c]` is `a = 1` and `b = c`, each in the direction that works.
    if let (Expr::Array(lefts), Expr::Array(rights)) = (left, right)
        && lefts.len() == rights.len()
    {
        let pairs = lefts.iter().zip(rights);
        let pairs = pairs.map(|(l, r)| Statement::Unify(l.clone(), r.clone())).collect();
        return order(pairs, bound).ok().map(|pairs| Statement::With(Vec::new(), pairs));
    }
    if let (Expr::Object(lefts), Expr::Object(rights)) = (left, right)
        && let Some(pairs) = matching_fields(lefts, rights)
    {
        let mut after = bound.clone();
        if let Ok(pairs) = order(pairs, &mut after) {
            *bound = after;
            return Some(Statement::With(Vec::new(), pairs));
        }
    }
    for (pattern, value) in [(left, right), (right, left)] {
        let mut after = bound.clone();
        let settle_left = if may_fit(pattern, value) { settle_pattern } else { settle };
        if let Some(value) = settle(value, &mut after)
            && let Some(pattern) = settle_left(pattern, &mut after)
        {
            *bound = after;
            return Some(Statement::Unify(pattern, value));
        }
    }
    None
}

/// Whether a value may give the variables of a pattern theirs, as far as OPA looks.
fn may_fit(pattern: &Expr, value: &Expr) -> bool {
    match pattern {
        Expr::Array(_) => match value {
            Expr::Object(_) | Expr::Set(_) | Expr::Constant(_) | Expr::Array(_) => {
                value.constant().is_some_and(|value| value.as_array().is_some())
            }
            _ => true,
        },
        Expr::Object(fields) => match value {
            Expr::Comprehension(..) | Expr::Array(_) | Expr::Set(_) => false,
            Expr::Constant(_) | Expr::Object(_) => {
                let known = value.constant();
                fields.iter().all(|(key, _)| {
                    let key = key.constant();
                    key.is_some_and(|key| known.as_ref().is_some_and(|v| v.get(&key).is_some()))
                })
            }
            _ => true,
        },
        _ => true,
    }
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

/// Whether a negated statement looks into every member of something with `_`.
fn has_wildcard(statement: &Statement) -> bool {
    fn in_expr(expr: &Expr) -> bool {
        match expr {
            Expr::Any => true,
            Expr::Array(items)
            | Expr::Set(items)
            | Expr::Template(items)
            | Expr::Call(_, items, _) => items.iter().any(in_expr),
            Expr::Object(fields) => {
                fields.iter().any(|(key, value)| in_expr(key) || in_expr(value))
            }
            Expr::Get(base, keys) => in_expr(base) || keys.iter().any(in_expr),
            Expr::Walk(inner) | Expr::Single(inner) => in_expr(inner),
            Expr::Infix(_, left, right, _) => in_expr(left) || in_expr(right),
            Expr::In { key, value, collection } => {
                key.iter().chain([value, collection]).any(|part| in_expr(part))
            }
            _ => false,
        }
    }
    match statement {
        Statement::Test(expr) => in_expr(expr),
        Statement::Unify(left, right) => in_expr(left) || in_expr(right),
        _ => false,
    }
}

/// Every variable that a statement speaks of, but for those that live inside of it alone.
fn slots_of_statement(statement: &Statement, found: &mut BTreeSet<Slot>) {
    match statement {
        Statement::Test(expr) => slots_of(expr, found),
        Statement::Unify(left, right) => [left, right].into_iter().for_each(|e| slots_of(e, found)),
        Statement::Not(body) => body.iter().for_each(|s| slots_of_statement(s, found)),
        Statement::Reached(..) => {}
        Statement::Print(parts, _) => parts.iter().for_each(|part| slots_of(part, found)),
        Statement::Either(bodies, closure) => {
            bodies.iter().for_each(|body| found.extend(free(body, [], *closure)));
        }
        Statement::SomeIn { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|e| slots_of(e, found));
        }
        Statement::Every { domain, body, closure, .. } => {
            slots_of(domain, found);
            found.extend(free(body, [], *closure));
        }
        Statement::With(replacements, body) => {
            for replacement in replacements {
                if let Mock::Value(value) = &replacement.value {
                    slots_of(value, found);
                }
            }
            body.iter().for_each(|s| slots_of_statement(s, found));
        }
    }
}

/// The variables of closures in a statement that nothing binds, where all around them is bound.
fn unbound_inside(statement: &Statement, bound: &Bound, found: &mut BTreeSet<Slot>) {
    let mut exprs = Vec::new();
    match statement {
        Statement::Test(expr) => exprs.push(expr),
        Statement::Unify(left, right) => exprs.extend([left, right]),
        Statement::SomeIn { collection, .. } => exprs.push(collection),
        Statement::Not(body) | Statement::With(_, body) => {
            body.iter().for_each(|inner| unbound_inside(inner, bound, found));
        }
        Statement::Reached(..) => {}
        Statement::Print(parts, _) => exprs.extend(parts),
        Statement::Either(bodies, _) => {
            for body in bodies {
                let unbound = order(body.clone(), &mut bound.clone()).err();
                found.extend(unbound.unwrap_or_default());
            }
        }
        Statement::Every { key, value, body, .. } => {
            let mut inner = bound.clone();
            inner.extend(key.iter().chain([value]));
            found.extend(order(body.clone(), &mut inner).err().unwrap_or_default());
        }
    }
    while let Some(expr) = exprs.pop() {
        match expr {
            Expr::Comprehension(_, body, head, _) => {
                let mut inner = bound.clone();
                match order(body.clone(), &mut inner) {
                    Err(unbound) => found.extend(unbound),
                    Ok(_) => {
                        let mut heads = BTreeSet::new();
                        slots_of(&head.0, &mut heads);
                        slots_of(&head.1, &mut heads);
                        found.extend(heads.difference(&inner));
                    }
                }
            }
            Expr::Array(items) | Expr::Set(items) | Expr::Call(_, items, _) => exprs.extend(items),
            Expr::Object(fields) => {
                exprs.extend(fields.iter().flat_map(|(key, value)| [key, value]));
            }
            Expr::Get(base, keys) => exprs.extend(keys.iter().chain([&**base])),
            Expr::Walk(inner) | Expr::Single(inner) => exprs.push(inner),
            Expr::Infix(_, left, right, _) => exprs.extend([&**left, &**right]),
            Expr::In { key, value, collection } => {
                exprs.extend(key.iter().chain([value, collection]).map(|part| &**part));
            }
            _ => {}
        }
    }
}

/// The variables of the surroundings that a closure uses.
fn free<'e>(
    body: &[Statement],
    heads: impl IntoIterator<Item = &'e Expr>,
    closure: Closure,
) -> BTreeSet<Slot> {
    let mut found = BTreeSet::new();
    body.iter().for_each(|statement| slots_of_statement(statement, &mut found));
    heads.into_iter().for_each(|head| slots_of(head, &mut found));
    found.retain(|slot| *slot < closure.0);
    found
}

pub(super) fn slots_of(expr: &Expr, found: &mut BTreeSet<Slot>) {
    match expr {
        Expr::Slot(slot) | Expr::Bind(slot) => {
            found.insert(*slot);
        }
        Expr::Array(items) | Expr::Set(items) | Expr::Template(items) | Expr::Call(_, items, _) => {
            items.iter().for_each(|item| slots_of(item, found));
        }
        Expr::Object(fields) => {
            fields.iter().flat_map(|(k, v)| [k, v]).for_each(|e| slots_of(e, found));
        }
        Expr::Get(base, keys) => {
            slots_of(base, found);
            keys.iter().for_each(|key| slots_of(key, found));
        }
        Expr::Walk(inner) | Expr::Single(inner) => slots_of(inner, found),
        Expr::Infix(_, left, right, _) => {
            [left, right].into_iter().for_each(|e| slots_of(e, found));
        }
        Expr::In { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|e| slots_of(e, found));
        }
        Expr::Comprehension(_, body, head, closure) => {
            found.extend(free(body, [&head.0, &head.1], *closure));
        }
        Expr::Constant(_) | Expr::Any | Expr::Input | Expr::Document(_) | Expr::Rule(_) => {}
    }
}
