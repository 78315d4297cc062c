//! Documents below `data`: packages, made of their rules' values and of base documents.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::ir::{Expr, RuleId, RuleKind, Tree};
use crate::engine::value::{NodeId, Value};

use super::{Evaluation, Next};

impl<'p> Evaluation<'p> {
    /// The document at a path below `data`.
    pub(super) fn document(&mut self, path: &[Arc<str>]) -> Option<Value> {
        let base = self.base_document(path);
        if self.world.mocks.hides(path) {
            return base;
        }
        match self.program.tree.at(path) {
            Some(tree) => self.package(tree, path, base),
            None => base,
        }
    }

    pub(super) fn base_document(&self, path: &[Arc<str>]) -> Option<Value> {
        let text = |part: &Arc<str>| Value::String(NodeId::default(), Arc::clone(part));
        let root = self.world.data.as_ref()?;
        path.iter().try_fold(root, |document, part| document.get(&text(part))).cloned()
    }

    /// The value of a rule as a document, which functions are not.
    fn rule_document(&mut self, rule: RuleId) -> Option<Value> {
        match self.program.rules[rule].kind {
            RuleKind::Function => None,
            _ => self.rule(rule),
        }
    }

    /// Follows keys below `data` without finding the values of rules that they don't lead to.
    pub(super) fn dispatch(
        &mut self,
        path: &mut Vec<Arc<str>>,
        keys: &'p [Expr],
        next: Next<'_, 'p>,
    ) -> bool {
        let Some((key, rest)) = keys.split_first() else {
            return match self.document(path) {
                Some(value) => next(self, value),
                None => self.failed(),
            };
        };
        let tree = self.program.tree.at(path).filter(|_| !self.world.mocks.hides(path));
        let base = self.base_document(path);
        if tree.is_none() && !matches!(base, Some(Value::Object(..))) {
            return base.is_some_and(|base| self.look_up(&base, keys, next));
        }
        if key.is_single() {
            let Some(key) = self.single(key) else { return self.failed() };
            // Base documents have their places in a store, which takes numbers for names.
            let name: Arc<str> = match &key {
                Value::String(_, text) => Arc::clone(text),
                Value::Number(_, number) => number.to_string().into(),
                _ => return false,
            };
            let child = key.as_str().and_then(|name| tree?.children.get(name));
            return self.dispatch_child(child, name, path, rest, next);
        }
        let mut names: BTreeSet<Value> =
            tree.into_iter().flat_map(|t| t.children.keys().cloned().map(Value::string)).collect();
        if let Some(Value::Object(_, fields)) = &base {
            names.extend(fields.iter().map(|(name, _)| name.clone()));
        }
        names.into_iter().any(|name| {
            let Value::String(_, text) = &name else { return false };
            let text = Arc::clone(text);
            let child = tree.and_then(|tree| tree.children.get(&text));
            self.unify(key, name, &mut |eval| {
                eval.dispatch_child(child, Arc::clone(&text), path, rest, next)
            })
        })
    }

    fn dispatch_child(
        &mut self,
        child: Option<&'p Tree>,
        name: Arc<str>,
        path: &mut Vec<Arc<str>>,
        keys: &'p [Expr],
        next: Next<'_, 'p>,
    ) -> bool {
        path.push(name);
        let stop = match child {
            Some(Tree { rule: Some(rule), .. }) => match self.rule_document(*rule) {
                Some(value) => self.look_up(&value, keys, next),
                None => self.failed(),
            },
            Some(_) => self.dispatch(path, keys, next),
            None => match self.base_document(path) {
                Some(Value::Object(..)) if !keys.is_empty() => self.dispatch(path, keys, next),
                Some(value) => self.look_up(&value, keys, next),
                None => false,
            },
        };
        path.pop();
        stop
    }

    fn package(&mut self, tree: &Tree, path: &[Arc<str>], base: Option<Value>) -> Option<Value> {
        // What rules say becomes a part of it, be it the input.
        self.varies.set(true);
        let mut fields = Vec::new();
        for (name, child) in &tree.children {
            let mut path = path.to_vec();
            path.push(Arc::clone(name));
            let value = match child.rule {
                Some(rule) => self.rule_document(rule),
                None => self.document(&path),
            };
            if let Some(value) = value {
                fields.push((Value::String(NodeId::default(), Arc::clone(name)), value));
            }
        }
        // Where data and rules have the same name, data is what counts; packages have both.
        if let Some(Value::Object(_, known)) = base {
            let is_package = |name: &Value| {
                let name = name.as_str().and_then(|name| tree.children.get(name));
                name.is_some_and(|child| child.rule.is_none())
            };
            let known: Vec<_> = known.iter().filter(|(key, _)| !is_package(key)).cloned().collect();
            fields.retain(|(key, _)| known.iter().all(|(known, _)| known != key));
            fields.extend(known);
        }
        Value::object(fields).ok()
    }
}
