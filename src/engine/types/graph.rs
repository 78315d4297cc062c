//! Which rules ask for which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::value::Value;

use super::core::{Base, Callee, Expr, ExprKind, Kind, Reference, Replacement, Rule, Target, Term};

/// The rules, by their paths.
#[derive(Debug, Default)]
struct Tree {
    rules: Vec<usize>,
    children: BTreeMap<Value, Tree>,
}

#[derive(Debug)]
pub(super) struct Graph {
    tree: Tree,
    /// The rules that each rule asks for.
    pub(super) asked: Vec<BTreeSet<usize>>,
    /// The rules that ask for each rule.
    asking: Vec<BTreeSet<usize>>,
}

impl Graph {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut tree = Tree::default();
        for (number, rule) in rules.iter().enumerate() {
            let mut node = &mut tree;
            for part in rule.document() {
                node = node.children.entry(part).or_default();
            }
            node.rules.push(number);
        }
        let mut asked = vec![BTreeSet::new(); rules.len()];
        let mut asking = vec![BTreeSet::new(); rules.len()];
        for (number, rule) in rules.iter().enumerate() {
            let mut search = Search { tree: &tree, found: BTreeSet::new() };
            search.rule(rule);
            for other in &search.found {
                asking[*other].insert(number);
            }
            asked[number] = search.found;
        }
        Self { tree, asked, asking }
    }

    /// The rules, each behind those that it asks for.
    pub(super) fn sorted(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.asked.len());
        let mut seen = vec![false; self.asked.len()];
        for start in 0..self.asked.len() {
            let mut open = vec![(start, false)];
            while let Some((rule, is_done)) = open.pop() {
                if is_done {
                    order.push(rule);
                } else if !std::mem::replace(&mut seen[rule], true) {
                    open.push((rule, true));
                    open.extend(self.asked[rule].iter().rev().map(|next| (*next, false)));
                }
            }
        }
        order
    }

    /// The rules that a reference below `data` can lead to, and all that depend on them.
    pub(super) fn affected(&self, keys: &[Option<Value>]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        self.tree.matching(keys, &mut found);
        let mut open: Vec<usize> = found.iter().copied().collect();
        while let Some(rule) = open.pop() {
            open.extend(self.asking[rule].iter().copied().filter(|other| found.insert(*other)));
        }
        found
    }
}

impl Tree {
    fn matching(&self, keys: &[Option<Value>], found: &mut BTreeSet<usize>) {
        found.extend(&self.rules);
        let next = match keys.first() {
            Some(Some(key)) => {
                if let Some(child) = self.children.get(key) {
                    child.matching(&keys[1..], found);
                }
                return;
            }
            Some(None) => &keys[1..],
            None => keys,
        };
        self.children.values().for_each(|child| child.matching(next, found));
    }
}

struct Search<'t> {
    tree: &'t Tree,
    found: BTreeSet<usize>,
}

impl Search<'_> {
    fn rule(&mut self, rule: &Rule) {
        rule.keys.iter().chain(&rule.args).chain([&rule.value]).for_each(|term| self.term(term));
        rule.body.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Call(callee, _) = &expr.kind {
            self.callee(callee);
        }
        expr.terms().into_iter().for_each(|term| self.term(term));
        expr.bodies().iter().flatten().for_each(|inner| self.expr(inner));
        for with in expr.with.iter() {
            match &with.target {
                Target::Document(reference) => self.reference(reference),
                Target::Function(callee) => self.callee(callee),
            }
            match &with.value {
                Replacement::Value(term) => self.term(term),
                Replacement::Document(path) => self.path(path),
                Replacement::Function(callee) => self.callee(callee),
            }
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            Kind::Reference(reference) => self.reference(reference),
            Kind::Comprehension(inner) => {
                self.term(&inner.key);
                inner.value.iter().for_each(|value| self.term(value));
                inner.body.iter().for_each(|expr| self.expr(expr));
            }
            Kind::Call(callee, _) => self.callee(callee),
            _ => {}
        }
        term.children().into_iter().for_each(|child| self.term(child));
    }

    fn callee(&mut self, callee: &Callee) {
        if let Callee::Rule(path) = callee
            && !path.is_empty()
        {
            self.path(path);
        }
    }

    fn path(&mut self, path: &[Arc<str>]) {
        let keys: Vec<_> = path.iter().map(|part| Some(Value::string(part.clone()))).collect();
        self.tree.matching(&keys, &mut self.found);
    }

    fn reference(&mut self, reference: &Reference) {
        if matches!(reference.base, Base::Root("data")) {
            let keys: Vec<_> = reference.keys.iter().map(Term::constant).collect();
            self.tree.matching(&keys, &mut self.found);
        }
    }
}
