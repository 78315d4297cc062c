//! Documents below `data`: packages, made of their rules' values and of base documents.

use std::sync::Arc;

use crate::engine::ir::{RuleKind, Tree};
use crate::engine::value::{NodeId, Value};

use super::Evaluation;

impl Evaluation<'_> {
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

    fn package(&mut self, tree: &Tree, path: &[Arc<str>], base: Option<Value>) -> Option<Value> {
        let mut fields = Vec::new();
        for (name, child) in &tree.children {
            let mut path = path.to_vec();
            path.push(Arc::clone(name));
            let value = match child.rule {
                Some(rule) if self.program.rules[rule].kind == RuleKind::Function => None,
                Some(rule) => self.rule(rule),
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
