//! Safety: statements are put into the order in which OPA evaluates them, so that every variable
//! has its value before it is read. What can't be put in order is unsafe.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::Span;

use super::binding;
use super::core::{
    Base, Body, Callee, Expr, ExprKind, Kind, Reference, Replacement, Rule, Target, Term, Var,
};
use super::declarations::declared;
use super::kind::Type;

pub(super) type Vars = BTreeSet<Var>;

/// Variables that have values.
pub(super) trait Bound {
    fn has(&self, var: Var) -> bool;
}

impl Bound for Vars {
    fn has(&self, var: Var) -> bool {
        self.contains(&var)
    }
}

/// What has a value where an equation stands: what is safe and more, but for what it assigns. The
/// safe ones may be many, and are not copied.
pub(super) struct Known<'k> {
    safe: &'k Vars,
    more: &'k Vars,
    without: &'k Vars,
}

impl Bound for Known<'_> {
    fn has(&self, var: Var) -> bool {
        (self.safe.contains(&var) || self.more.contains(&var)) && !self.without.contains(&var)
    }
}

/// The variables of statements that nothing binds, each statement with its own.
pub(super) type Unsafe = Vec<(Span, Vars)>;

/// How many arguments a rule takes.
pub(super) type Arity<'a> = dyn Fn(&Callee) -> Option<usize> + 'a;

/// What all bodies of a rule are ordered with.
pub(super) struct Ordering<'o> {
    /// How many arguments a rule takes.
    pub(super) arity: &'o Arity<'o>,
    pub(super) unbound: Unsafe,
}

impl Ordering<'_> {
    /// Orders a body, given the variables that are bound around it.
    pub(super) fn order(&mut self, body: Body, bound: &Vars) -> Body {
        let mut all = Vars::new();
        body.iter().for_each(|expr| visible(expr, &mut all, self.arity));
        let mut safe: Vars = all.intersection(bound).copied().collect();
        let mut waiting: Vec<(Expr, Vars)> = body
            .into_iter()
            .map(|expr| {
                let mut needs = Vars::new();
                visible(&expr, &mut needs, self.arity);
                let needs = needs.difference(&safe).copied().collect();
                (expr, needs)
            })
            .collect();
        let mut ordered: Vec<Expr> = Vec::with_capacity(waiting.len());
        let mut bindings = Bindings::default();
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for (expr, mut needs) in waiting {
                let outputs = bindings.of(&expr, &safe, self.arity);
                let mut closed = Vars::new();
                closures(&expr, &mut closed);
                closed.retain(|var| all.contains(var) && !bound.contains(var));
                if !closed.is_empty() {
                    let known = self.outputs_of_all(&ordered, &safe);
                    closed.retain(|var| !known.contains(var));
                }
                if !closed.is_empty() {
                    if closed == outputs {
                        still.push((expr, needs));
                        continue;
                    }
                    // What the statement itself needs is forgotten over what it closes over. OPA
                    // has it so, and accepts what follows from it.
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
        let mut around = bound.clone();
        for expr in &mut ordered {
            let mut names = Vars::new();
            visible(expr, &mut names, self.arity);
            self.inside(expr, &mut around);
            around.extend(names);
        }
        for (expr, needs) in waiting {
            self.unbound.push((expr.span, needs));
            ordered.push(expr);
        }
        ordered
    }

    fn outputs_of_all(&self, body: &[Expr], safe: &Vars) -> Vars {
        let mut known = safe.clone();
        let mut bindings = Bindings::default();
        for expr in body {
            known.extend(bindings.of(expr, &known, self.arity));
        }
        known.difference(safe).copied().collect()
    }

    /// Orders what is within a statement.
    fn inside(&mut self, expr: &mut Expr, around: &mut Vars) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.inside_term(term, around),
            ExprKind::Unify { left, right, .. } => {
                self.inside_term(left, around);
                self.inside_term(right, around);
            }
            ExprKind::Call(_, args) => {
                args.iter_mut().for_each(|arg| self.inside_term(arg, around));
            }
            ExprKind::Every { key, value, body, .. } => {
                around.extend([*key, *value]);
                *body = self.order(std::mem::take(body), around);
            }
            ExprKind::Nested(_, bodies) => {
                for body in bodies {
                    *body = self.order(std::mem::take(body), around);
                }
            }
        }
    }

    fn inside_term(&mut self, term: &mut Term, around: &Vars) {
        let span = term.span;
        match &mut term.kind {
            Kind::Comprehension(inner) => {
                let mut heads = Vars::new();
                for head in [&inner.key].into_iter().chain(&inner.value) {
                    variables(head, &mut heads);
                }
                let mut names = around.clone();
                inner.body.iter().for_each(|expr| visible(expr, &mut names, self.arity));
                heads.retain(|var| !names.contains(var));
                if !heads.is_empty() {
                    self.unbound.push((span, heads));
                }
                inner.body = self.order(std::mem::take(&mut inner.body), around);
            }
            Kind::Array(items) | Kind::Set(items) | Kind::Call(_, items) => {
                items.iter_mut().for_each(|item| self.inside_term(item, around));
            }
            Kind::Object(fields) => {
                for (key, value) in fields {
                    self.inside_term(key, around);
                    self.inside_term(value, around);
                }
            }
            Kind::Reference(reference) => {
                reference.keys.iter_mut().for_each(|key| self.inside_term(key, around));
            }
            Kind::Constant(_) | Kind::Variable(_) => {}
        }
    }
}

/// The variables in the head of a rule that neither its arguments nor its body speak of.
pub(super) fn unbound_in_head(rule: &Rule, unbound: &mut Unsafe) {
    let mut known = Vars::new();
    rule.body.iter().for_each(|expr| own(expr, &mut known));
    rule.args.iter().for_each(|arg| variables(arg, &mut known));
    for term in rule.keys.iter().chain([&rule.value]) {
        let mut needs = Vars::new();
        variables(term, &mut needs);
        needs.retain(|var| !known.contains(var));
        if !needs.is_empty() {
            unbound.push((term.span, needs));
        }
    }
}

/// The variables of a statement, those within closures aside.
fn visible(expr: &Expr, found: &mut Vars, arity: &Arity<'_>) {
    own(expr, found);
    if let ExprKind::Nested(nesting, bodies) = &expr.kind {
        // Bodies without braces share the variables around them.
        for (body, _) in bodies.iter().zip(nesting.braced).filter(|(_, braced)| !braced) {
            promoted(body, found, arity);
        }
    }
}

/// The same, what is shared by bodies without braces aside.
fn own(expr: &Expr, found: &mut Vars) {
    expr.terms().into_iter().for_each(|term| variables(term, found));
    with_variables(expr, found);
}

/// What a body without braces needs from around it: variables that nothing in it binds, or that
/// nothing but what binds them speaks of.
fn promoted(body: &[Expr], found: &mut Vars, arity: &Arity<'_>) {
    let mut times: BTreeMap<Var, usize> = BTreeMap::new();
    for expr in body {
        let mut vars = Vars::new();
        own(expr, &mut vars);
        vars.into_iter().for_each(|var| *times.entry(var).or_default() += 1);
    }
    if body.len() == 1 {
        found.extend(times.into_keys());
        return;
    }
    let mut safe: Vars = times.keys().copied().collect();
    for expr in body {
        if let ExprKind::Unify { left, right, .. } = &expr.kind {
            for side in [left, right] {
                if let Kind::Variable(var) = side.kind {
                    safe.remove(&var);
                }
            }
        }
    }
    let mut bindings = Vars::new();
    loop {
        let before = bindings.len();
        for expr in body.iter().filter(|expr| matches!(expr.kind, ExprKind::Unify { .. })) {
            let bound = outputs(
                &Expr { with: Arc::default(), negated: false, ..expr.clone() },
                &safe,
                arity,
            );
            safe.extend(&bound);
            bindings.extend(bound);
        }
        if bindings.len() == before {
            break;
        }
    }
    for expr in body {
        if let ExprKind::Call(callee, args) = &expr.kind
            && let Some(count) = inputs_of(callee, args, arity)
            && count < args.len()
        {
            args[count..].iter().for_each(|arg| bindable(arg, &mut bindings));
        }
    }
    let open = times.into_iter().filter(|(var, times)| *times == 1 || !bindings.contains(var));
    found.extend(open.map(|(var, _)| var));
}

/// How many arguments of a call are no results of it.
fn inputs_of(callee: &Callee, args: &[Term], arity: &Arity<'_>) -> Option<usize> {
    match callee {
        Callee::Builtin(name) => match declared(name) {
            Some(Type::Function(function)) if function.variadic.is_some() => Some(args.len()),
            Some(Type::Function(function)) => Some(function.arguments.len()),
            _ => None,
        },
        Callee::Rule(_) => arity(callee),
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
    if let ExprKind::Nested(_, bodies) = &expr.kind {
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

/// All variables of a statement, wherever in it.
pub(super) fn everything(expr: &Expr, found: &mut Vars) {
    expr.terms().into_iter().for_each(|term| variables(term, found));
    with_variables(expr, found);
    closures(expr, found);
}

/// What statements bind, one after the other. OPA takes `every` to bind what a call bound that it
/// looked at before, and nothing else since.
#[derive(Default)]
pub(super) struct Bindings {
    left: Vars,
}

impl Bindings {
    pub(super) fn of(&mut self, expr: &Expr, safe: &Vars, arity: &Arity<'_>) -> Vars {
        let found = outputs(expr, safe, arity);
        if expr.negated || !has_inputs(expr, safe) {
            return found;
        }
        match &expr.kind {
            ExprKind::Unify { .. } => self.left.clear(),
            ExprKind::Call(callee, args) if inputs_of(callee, args, arity).is_some() => {
                self.left.clone_from(&found);
                args.iter().for_each(|arg| keys_of(arg, safe, &mut self.left));
            }
            ExprKind::Every { .. } => {
                self.left.extend(found);
                return self.left.clone();
            }
            _ => {}
        }
        found
    }
}

/// Whether what a statement replaces by `with` has its values.
fn has_inputs(expr: &Expr, safe: &Vars) -> bool {
    let mut inputs = Vars::new();
    with_variables(expr, &mut inputs);
    inputs.is_subset(safe)
}

/// What a statement binds, given what is bound.
pub(super) fn outputs(expr: &Expr, safe: &Vars, arity: &Arity<'_>) -> Vars {
    if expr.negated || !has_inputs(expr, safe) {
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
            let mut assigned = Vars::new();
            if *assigns {
                variables(left, &mut assigned);
                found.retain(|var| !assigned.contains(var));
            }
            let known = Known { safe, more: &found, without: &assigned };
            let bound = binding::bound_by(left, right, &known);
            found.extend(bound);
            found.retain(|var| !safe.contains(var));
        }
        ExprKind::Call(callee, args) => {
            let Some(count) = inputs_of(callee, args, arity) else { return Vars::new() };
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
        ExprKind::Nested(..) => {}
    }
    found
}

/// The keys of references whose base is bound. Templates give no values.
fn keys_of(term: &Term, safe: &Vars, found: &mut Vars) {
    if let Kind::Reference(reference) = &term.kind {
        if !is_followed(reference, safe) {
            return;
        }
        reference.keys.iter().for_each(|key| taken(key, found));
    }
    if !term.is_template() {
        term.children().into_iter().for_each(|child| keys_of(child, safe, found));
    }
}

/// Whether there is something that a reference can look into.
pub(super) fn is_followed(reference: &Reference, safe: &impl Bound) -> bool {
    match &reference.base {
        Base::Variable(var) => safe.has(*var),
        Base::Term(term) => has_all(term, safe),
        Base::Root(_) => true,
    }
}

/// Whether all variables of a term have values, those within closures aside.
pub(super) fn has_all(term: &Term, safe: &impl Bound) -> bool {
    let mut all = Vars::new();
    variables(term, &mut all);
    all.into_iter().all(|var| safe.has(var))
}

/// The variables of a reference's key. OPA takes all of them to get values, those in sets and in
/// keys of objects too, which nothing ever gives one: with them the key matches nothing.
fn taken(key: &Term, found: &mut Vars) {
    match &key.kind {
        Kind::Variable(var) => {
            found.insert(*var);
        }
        Kind::Reference(Reference { keys, .. }) => keys.iter().for_each(|key| taken(key, found)),
        _ => key.children().into_iter().for_each(|child| taken(child, found)),
    }
}

/// The variables of a term that can get a value from it: not those in sets or in keys of objects.
pub(super) fn bindable(term: &Term, found: &mut Vars) {
    match &term.kind {
        Kind::Variable(var) => {
            found.insert(*var);
        }
        Kind::Array(items) | Kind::Call(_, items) => {
            items.iter().for_each(|item| bindable(item, found));
        }
        Kind::Object(fields) => fields.iter().for_each(|(_, value)| bindable(value, found)),
        Kind::Reference(Reference { keys, .. }) => keys.iter().for_each(|key| bindable(key, found)),
        _ => {}
    }
}
