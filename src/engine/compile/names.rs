//! What names stand for: rules of the package, imports, functions, documents.

use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{Callee, RuleKind, Tree};
use crate::rego::ast::Term;

use super::lower::{Lowering, parts};

impl Lowering<'_> {
    pub(super) fn is_global(&self, name: &str) -> bool {
        matches!(name, "input" | "data")
            || self.import(name).is_some()
            || self.package_tree().is_some_and(|tree| tree.children.contains_key(name))
    }

    fn package_tree(&self) -> Option<&Tree> {
        self.program.tree.at(&self.unit.module.package)
    }

    fn import(&self, name: &str) -> Option<&[Arc<str>]> {
        let imports = self.unit.module.imports.iter();
        let mut documents =
            imports.filter(|i| matches!(i.path.first().map(|p| &**p), Some("input" | "data")));
        documents
            .find(|import| match &import.alias {
                Some(alias) => &**alias == name,
                None => import.path.last().is_some_and(|last| &**last == name),
            })
            .map(|import| import.path.as_slice())
    }

    /// A path with its first name replaced by what it stands for.
    pub(super) fn expand(&self, path: &[Arc<str>]) -> Vec<Arc<str>> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        if self.scopes.look_up(first).is_some() {
            return path.to_vec();
        }
        let in_package = self.package_tree().is_some_and(|tree| tree.children.contains_key(first));
        if in_package {
            let mut full: Vec<Arc<str>> = vec!["data".into()];
            full.extend(self.unit.module.package.iter().chain(path).cloned());
            return full;
        }
        match self.import(first) {
            Some(import) => import.iter().chain(rest).cloned().collect(),
            None => path.to_vec(),
        }
    }

    /// The rule that a path below `data` leads to, and how much of the path leads there.
    pub(super) fn rule_at(&self, path: &[Arc<str>]) -> Option<(usize, usize)> {
        let mut tree = &self.program.tree;
        for (used, part) in path.iter().enumerate() {
            tree = tree.children.get(part)?;
            if let Some(rule) = tree.rule {
                return Some((rule, used + 1));
            }
        }
        None
    }

    pub(super) fn callee(&self, function: &Term) -> Option<Callee> {
        let path = self.expand(&parts(function)?);
        if path.first().is_some_and(|first| &**first == "data") {
            let (rule, used) = self.rule_at(&path[1..])?;
            let is_function = self.program.rules[rule].kind == RuleKind::Function;
            return (is_function && used + 1 == path.len()).then_some(Callee::Rule(rule));
        }
        builtins::lookup(&path.join(".")).map(Callee::Builtin)
    }

    /// Whether a term names a complete rule, and all of it.
    pub(super) fn names_document(&self, term: &Term) -> bool {
        let path = parts(term).map(|parts| self.expand(&parts)).unwrap_or_default();
        let rule = match path.split_first() {
            Some((first, rest)) if &**first == "data" => self.rule_at(rest),
            _ => None,
        };
        rule.is_some_and(|(rule, used)| {
            self.program.rules[rule].kind == RuleKind::Complete && used + 1 == path.len()
        })
    }

    pub(super) fn arity(&self, function: &Term) -> Option<usize> {
        match self.callee(function)? {
            Callee::Rule(rule) => Some(self.program.rules[rule].arity),
            Callee::Builtin(builtin) => Some(builtin.arity),
        }
    }
}
