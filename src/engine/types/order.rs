//! The order in which statements give variables their types: that in which they would bind them.
//! What can't be put in order stays at the end; that it is unsafe is told elsewhere.

use std::collections::BTreeSet;

use super::core::{
    Base, Body, Callee, Expr, ExprKind, Kind, Reference, Replacement, Target, Term, Var,
};
use super::declarations::declared;
use super::kind::Type;

type Vars = BTreeSet<Var>;

/// Orders a body, given the variables that are bound around it. `arity` is that of a rule.
pub(super) fn order(body: Body, bound: &Vars, arity: &dyn Fn(&Callee) -> Option<usize>) -> Body {
    let mut all = Vars::new();
    body.iter().for_each(|expr| visible(expr, &mut all));
    let mut safe: Vars = all.intersection(bound).copied().collect();
    let mut waiting: Vec<(Expr, Vars)> = body
        .into_iter()
        .map(|expr| {
            let mut needs = Vars::new();
            visible(&expr, &mut needs);
            let needs = needs.difference(&safe).copied().collect();
            (expr, needs)
        })
        .collect();
    let mut ordered: Vec<Expr> = Vec::with_capacity(waiting.len());
    loop {
        let before = waiting.len();
        let mut still = Vec::new();
        for (expr, mut needs) in waiting {
            let outputs = outputs(&expr, &safe, arity);
            let mut closed = Vars::new();
            closures(&expr, &mut closed);
            closed.retain(|var| all.contains(var) && !bound.contains(var));
            if !closed.is_empty() {
                if closed == outputs {
                    still.push((expr, needs));
                    continue;
                }
                needs = closed;
            }
            needs.retain(|var| !outputs.contains(var) && !safe.contains(var));
            if needs.is_empty() {
                safe.extend(outputs);
                ordered.push(expr);
            } else {
                still.push((expr, needs));
            }
        }
        waiting = still;
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    ordered.extend(waiting.into_iter().map(|(expr, _)| expr));
    let mut around = bound.clone();
    for expr in &mut ordered {
        let mut names = Vars::new();
        visible(expr, &mut names);
        inside(expr, &mut around, arity);
        around.extend(names);
    }
    ordered
}

/// Orders what is within a statement.
fn inside(expr: &mut Expr, around: &mut Vars, arity: &dyn Fn(&Callee) -> Option<usize>) {
    match &mut expr.kind {
        ExprKind::Term(term) => inside_term(term, around, arity),
        ExprKind::Unify { left, right, .. } => {
            inside_term(left, around, arity);
            inside_term(right, around, arity);
        }
        ExprKind::Call(_, args) => args.iter_mut().for_each(|arg| inside_term(arg, around, arity)),
        ExprKind::Every { key, value, body, .. } => {
            around.extend([*key, *value]);
            *body = order(std::mem::take(body), around, arity);
        }
        ExprKind::Nested(bodies) => {
            for body in bodies {
                *body = order(std::mem::take(body), around, arity);
            }
        }
    }
}

fn inside_term(term: &mut Term, around: &Vars, arity: &dyn Fn(&Callee) -> Option<usize>) {
    match &mut term.kind {
        Kind::Comprehension(inner) => {
            inner.body = order(std::mem::take(&mut inner.body), around, arity);
        }
        Kind::Array(items) | Kind::Set(items) | Kind::Call(_, items) => {
            items.iter_mut().for_each(|item| inside_term(item, around, arity));
        }
        Kind::Object(fields) => {
            for (key, value) in fields {
                inside_term(key, around, arity);
                inside_term(value, around, arity);
            }
        }
        Kind::Reference(reference) => {
            reference.keys.iter_mut().for_each(|key| inside_term(key, around, arity));
        }
        Kind::Constant(_) | Kind::Variable(_) => {}
    }
}

/// The variables of a statement, those within closures aside.
fn visible(expr: &Expr, found: &mut Vars) {
    expr.terms().into_iter().for_each(|term| variables(term, found));
    with_variables(expr, found);
    if let ExprKind::Nested(bodies) = &expr.kind {
        // Bodies without braces share the variables around them.
        for body in bodies.iter().filter(|body| body.len() == 1) {
            body.iter().for_each(|inner| visible(inner, found));
        }
    }
}

fn with_variables(expr: &Expr, found: &mut Vars) {
    for with in expr.with.iter() {
        if let Target::Document(Reference { keys, .. }) = &with.target {
            keys.iter().for_each(|key| variables(key, found));
        }
        if let Replacement::Value(value) = &with.value {
            variables(value, found);
        }
    }
}

pub(super) fn variables(term: &Term, found: &mut Vars) {
    match &term.kind {
        Kind::Variable(var) => {
            found.insert(*var);
        }
        Kind::Reference(Reference { base: Base::Variable(var), .. }) => {
            found.insert(*var);
        }
        _ => {}
    }
    term.children().into_iter().for_each(|child| variables(child, found));
}

/// All variables within the closures of a statement.
fn closures(expr: &Expr, found: &mut Vars) {
    expr.terms().into_iter().for_each(|term| closures_of(term, found));
    if let ExprKind::Every { body, .. } = &expr.kind {
        body.iter().for_each(|inner| everything(inner, found));
    }
    if let ExprKind::Nested(bodies) = &expr.kind {
        bodies.iter().flatten().for_each(|inner| everything(inner, found));
    }
}

fn closures_of(term: &Term, found: &mut Vars) {
    if let Kind::Comprehension(inner) = &term.kind {
        for term in [&inner.key].into_iter().chain(&inner.value) {
            variables(term, found);
            closures_of(term, found);
        }
        inner.body.iter().for_each(|expr| everything(expr, found));
    }
    term.children().into_iter().for_each(|child| closures_of(child, found));
}

fn everything(expr: &Expr, found: &mut Vars) {
    expr.terms().into_iter().for_each(|term| variables(term, found));
    with_variables(expr, found);
    closures(expr, found);
}

/// What a statement binds, given what is bound.
fn outputs(expr: &Expr, safe: &Vars, arity: &dyn Fn(&Callee) -> Option<usize>) -> Vars {
    if expr.negated {
        return Vars::new();
    }
    let mut inputs = Vars::new();
    with_variables(expr, &mut inputs);
    if !inputs.is_subset(safe) {
        return Vars::new();
    }
    let mut found = Vars::new();
    match &expr.kind {
        ExprKind::Term(term) | ExprKind::Every { domain: term, .. } => {
            keys_of(term, safe, &mut found);
        }
        ExprKind::Unify { left, right, assigns } => {
            keys_of(left, safe, &mut found);
            keys_of(right, safe, &mut found);
            found.extend(safe);
            if *assigns {
                let mut assigned = Vars::new();
                variables(left, &mut assigned);
                found.retain(|var| !assigned.contains(var));
            }
            unify(left, right, &mut found);
            found.retain(|var| !safe.contains(var));
        }
        ExprKind::Call(callee, args) => {
            let count = match callee {
                Callee::Builtin(name) => match declared(name) {
                    Some(Type::Function(function)) if function.variadic.is_some() => args.len(),
                    Some(Type::Function(function)) => function.arguments.len(),
                    _ => return Vars::new(),
                },
                Callee::Rule(_) => match arity(callee) {
                    Some(arity) => arity,
                    None => return Vars::new(),
                },
            };
            args.iter().for_each(|arg| keys_of(arg, safe, &mut found));
            if count >= args.len() {
                return found;
            }
            let mut inputs = Vars::new();
            args[..count].iter().for_each(|arg| bindable(arg, &mut inputs));
            if inputs.iter().any(|var| !found.contains(var) && !safe.contains(var)) {
                return Vars::new();
            }
            args[count..].iter().for_each(|arg| bindable(arg, &mut found));
        }
        ExprKind::Nested(_) => {}
    }
    found
}

/// The keys of references whose base is bound.
fn keys_of(term: &Term, safe: &Vars, found: &mut Vars) {
    if let Kind::Reference(Reference { base, keys }) = &term.kind {
        if let Base::Variable(var) = base
            && !safe.contains(var)
        {
            return;
        }
        keys.iter().for_each(|key| bindable(key, found));
    }
    term.children().into_iter().for_each(|child| keys_of(child, safe, found));
}

/// The variables of a term that can get a value from it: not those in sets or in keys of objects.
fn bindable(term: &Term, found: &mut Vars) {
    match &term.kind {
        Kind::Variable(var) => {
            found.insert(*var);
        }
        Kind::Array(items) => items.iter().for_each(|item| bindable(item, found)),
        Kind::Object(fields) => fields.iter().for_each(|(_, value)| bindable(value, found)),
        Kind::Reference(Reference { keys, .. }) => keys.iter().for_each(|key| bindable(key, found)),
        _ => {}
    }
}

/// Whether all of a term is bound.
fn is_safe(term: &Term, safe: &Vars) -> bool {
    let mut found = Vars::new();
    variables(term, &mut found);
    found.is_subset(safe)
}

/// Adds what `left = right` binds.
fn unify(left: &Term, right: &Term, safe: &mut Vars) {
    loop {
        let before = safe.len();
        unify_once(left, right, safe);
        if safe.len() == before {
            return;
        }
    }
}

fn unify_once(left: &Term, right: &Term, safe: &mut Vars) {
    match (&left.kind, &right.kind) {
        (Kind::Array(a), Kind::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| unify_once(a, b, safe));
        }
        (Kind::Object(a), Kind::Object(b)) => {
            for (key, value) in a {
                let same =
                    |other: &Term| key.constant().is_some_and(|key| other.constant() == Some(key));
                let other = b.iter().find(|(other, _)| same(other));
                if let Some((_, other)) = other {
                    unify_once(value, other, safe);
                }
            }
        }
        _ => {
            if is_safe(left, safe) {
                bindable_pattern(right, safe);
            }
            if is_safe(right, safe) {
                bindable_pattern(left, safe);
            }
        }
    }
}

fn bindable_pattern(term: &Term, safe: &mut Vars) {
    match &term.kind {
        Kind::Variable(_) | Kind::Array(_) => match &term.kind {
            Kind::Array(items) => items.iter().for_each(|item| bindable_pattern(item, safe)),
            _ => bindable(term, safe),
        },
        Kind::Object(fields) => fields.iter().for_each(|(_, value)| bindable_pattern(value, safe)),
        _ => {}
    }
}
