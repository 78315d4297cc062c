//! Which variables an equation gives values to, as OPA has it.

use std::collections::{BTreeMap, BTreeSet};

use super::core::{Kind, Term, Var};
use super::order::{Bound as _, Known, bindable, has_all, is_followed};

type Vars = BTreeSet<Var>;

/// The variables that `left = right` binds, given those that have values.
pub(super) fn bound_by(left: &Term, right: &Term, safe: &Known<'_>) -> Vars {
    let mut search = Search { safe, found: Vars::new(), waiting: BTreeMap::new() };
    search.equation(left, right);
    search.found
}

struct Search<'s> {
    safe: &'s Known<'s>,
    found: Vars,
    /// The variables that others wait for.
    waiting: BTreeMap<Var, Vars>,
}

impl Search<'_> {
    fn is_bound(&self, var: Var) -> bool {
        self.safe.has(var) || self.found.contains(&var)
    }

    fn equation(&mut self, left: &Term, right: &Term) {
        match (&left.kind, &right.kind) {
            (Kind::Variable(a), Kind::Variable(b)) => {
                if self.is_bound(*b) {
                    self.bind(*a);
                } else if self.is_bound(*a) {
                    self.bind(*b);
                } else {
                    self.waiting.entry(*a).or_default().insert(*b);
                    self.waiting.entry(*b).or_default().insert(*a);
                }
            }
            (Kind::Variable(var), Kind::Array(_) | Kind::Object(_)) => self.whole(*var, right),
            (Kind::Array(_) | Kind::Object(_), Kind::Variable(var)) => self.whole(*var, left),
            (Kind::Variable(var), _) if self.is_known(right) => self.bind(*var),
            (_, Kind::Variable(var)) if self.is_known(left) => self.bind(*var),
            (Kind::Reference(_) | Kind::Call(..), Kind::Array(_) | Kind::Object(_))
                if self.is_known(left) =>
            {
                self.bind_all(right);
            }
            (Kind::Array(_) | Kind::Object(_), Kind::Reference(_) | Kind::Call(..))
                if self.is_known(right) =>
            {
                self.bind_all(left);
            }
            (Kind::Array(_), Kind::Comprehension(_)) => self.bind_all(left),
            (Kind::Comprehension(inner), Kind::Array(_) | Kind::Object(_)) => {
                use super::core::Collection;
                let is_object = matches!(right.kind, Kind::Object(_));
                if inner.collection
                    == if is_object { Collection::Object } else { Collection::Array }
                {
                    self.bind_all(right);
                }
            }
            (Kind::Array(a), Kind::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| self.equation(a, b));
            }
            (Kind::Object(a), Kind::Object(b)) if a.len() == b.len() => {
                for (key, value) in a {
                    if let Some((_, other)) = b.iter().find(|(other, _)| same(key, other)) {
                        self.equation(value, other);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a term has a value by itself: a reference whose base has one, a call whose arguments
    /// have theirs.
    fn is_known(&self, term: &Term) -> bool {
        match &term.kind {
            Kind::Reference(reference) => is_followed(reference, self.safe),
            Kind::Call(..) if !term.is_template() => has_all(term, self.safe),
            _ => true,
        }
    }

    /// A variable that is the same as an array or object.
    fn whole(&mut self, var: Var, term: &Term) {
        if self.is_bound(var) {
            return self.bind_all(term);
        }
        let mut open = Vars::new();
        bindable(term, &mut open);
        sets(term, &mut open);
        open.retain(|var| !self.is_bound(*var));
        if open.is_empty() {
            self.bind(var);
        } else {
            self.waiting.entry(var).or_default().extend(open);
        }
    }

    fn bind_all(&mut self, term: &Term) {
        let mut vars = Vars::new();
        bindable(term, &mut vars);
        // Sets are looked into as well.
        sets(term, &mut vars);
        vars.into_iter().for_each(|var| self.bind(var));
    }

    fn bind(&mut self, var: Var) {
        self.found.insert(var);
        // What it waits for is known with it, and what waits for nothing else.
        for other in self.waiting.remove(&var).unwrap_or_default() {
            self.bind(other);
        }
        let mut ready = Vec::new();
        for (other, open) in &mut self.waiting {
            if open.remove(&var) && open.is_empty() {
                ready.push(*other);
            }
        }
        ready.into_iter().for_each(|other| self.bind(other));
    }
}

fn sets(term: &Term, found: &mut Vars) {
    match &term.kind {
        Kind::Set(items) => items.iter().for_each(|item| {
            bindable(item, found);
            sets(item, found);
        }),
        Kind::Array(items) => items.iter().for_each(|item| sets(item, found)),
        Kind::Object(fields) => fields.iter().for_each(|(_, value)| sets(value, found)),
        _ => {}
    }
}

fn same(a: &Term, b: &Term) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Variable(a), Kind::Variable(b)) => a == b,
        _ => a.constant().is_some_and(|a| b.constant() == Some(a)),
    }
}
