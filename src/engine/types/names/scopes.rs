//! What a name stands for where it is used, scope within scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::types::core::Var;
use crate::engine::types::scope::{Entry, Level, Origin};
use crate::rego::PolicyError;
use crate::rego::ast;
use crate::source::Span;

use super::Names;

impl Names<'_> {
    /// Whether a name is declared so far.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        let mut entries = self.levels.iter().filter_map(|level| level.entries.get(name));
        entries.any(|entry| entry.origin != Origin::Used)
    }

    pub(super) fn is_local(&self, name: &str) -> bool {
        let is_declared = |entry: &Entry| entry.origin != Origin::Used;
        let mut levels = self.levels.iter();
        levels.any(|l| l.local.contains(name) || l.entries.get(name).is_some_and(is_declared))
    }

    /// The path that a name stands for, if it is none of the rule's own.
    pub(super) fn global(&mut self, name: &Arc<str>) -> Option<Vec<Arc<str>>> {
        if self.is_local(name) {
            return None;
        }
        self.outside(name)
    }

    pub(super) fn outside(&mut self, name: &Arc<str>) -> Option<Vec<Arc<str>>> {
        // An import hides a rule of the same name.
        let imports = self.unit.module.imports.iter().enumerate();
        let mut documents = imports.filter(|(_, import)| {
            matches!(import.path.first().map(|first| &**first), Some("input" | "data"))
        });
        let named = |import: &ast::Import| {
            let last = import.name();
            last.is_some_and(|last| last == name)
        };
        if let Some((number, import)) = documents.rfind(|(_, import)| named(import)) {
            self.used_imports.insert(number);
            return Some(import.path.clone());
        }
        if self.exports.contains(name) {
            let mut path: Vec<Arc<str>> = vec!["data".into()];
            path.extend(self.unit.module.package.iter().cloned());
            path.push(Arc::clone(name));
            return Some(path);
        }
        matches!(&**name, "input" | "data").then(|| vec![Arc::clone(name)])
    }

    /// A name that is used where it may also be bound.
    pub(super) fn occurs(&mut self, name: &Arc<str>, span: Span) -> Var {
        let known = self.levels.iter_mut().rev().find_map(|level| level.entries.get_mut(name));
        if let Some(entry) = known {
            entry.count += 1;
            return entry.var;
        }
        let var = match self.implicit.get(name) {
            Some(var) => *var,
            None => self.fresh(),
        };
        self.implicit.insert(Arc::clone(name), var);
        self.insert(name, Entry { var, origin: Origin::Used, count: 1, span });
        var
    }

    pub(super) fn insert(&mut self, name: &Arc<str>, entry: Entry) {
        self.called.entry(entry.var).or_insert_with(|| (Arc::clone(name), entry.span));
        if entry.origin != Origin::Used {
            self.declared.insert(entry.var);
        }
        if let Some(level) = self.levels.last_mut() {
            level.entries.insert(Arc::clone(name), entry);
        }
    }

    pub(super) fn declare(&mut self, name: &Arc<str>, span: Span, origin: Origin) -> Var {
        let known = self.levels.last().and_then(|level| level.entries.get(name));
        if let Some(Entry { var, origin, .. }) = known {
            let var = *var;
            let what = match origin {
                Origin::Used => format!("`{name}` is used above, before it is declared"),
                Origin::Assigned => format!("`{name}` is declared twice: it is assigned above"),
                Origin::Declared => format!("`{name}` is declared twice: it is declared above"),
                Origin::Argument => format!("`{name}` is declared twice: it is a parameter"),
            };
            self.error(&what, span, "use another name, or compare the two with `==`");
            return var;
        }
        let var = self.fresh();
        self.insert(name, Entry { var, origin, count: 1, span });
        var
    }

    /// Notes what the innermost scope declares and does not use.
    pub(super) fn unused_names(&mut self) {
        let Some(level) = self.levels.last() else { return };
        let unused = level.entries.iter().filter(|(_, entry)| entry.count == 1);
        let unused: Vec<_> = unused
            .filter_map(|(name, entry)| match entry.origin {
                Origin::Declared => Some((Arc::clone(name), entry.span)),
                Origin::Assigned if self.strict => Some((Arc::clone(name), entry.span)),
                _ => None,
            })
            .collect();
        for (name, span) in unused {
            self.unused_name("variable", &name, span, "remove it, or write `_` in its place");
        }
    }

    pub(super) fn unused_name(&mut self, what: &str, name: &str, span: Span, help: &str) {
        let message = format!("the policy does not compile: the {what} `{name}` is never used");
        self.unused.push(PolicyError::at(message, self.unit.source, span).with_help(help));
    }

    /// A scope of its own, in which the names are local.
    pub(super) fn within<T>(
        &mut self,
        local: BTreeSet<Arc<str>>,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> (T, Level) {
        self.levels.push(Level { local, ..Level::default() });
        let result = inside(self);
        self.unused_names();
        (result, self.levels.pop().unwrap_or_default())
    }

    /// Notes what the statements of a closed scope used, for the operand of `and` or `or` around them.
    pub(super) fn mention(&mut self, closed: Level) {
        if let Some(level) = self.levels.last_mut() {
            level.mentioned.extend(closed.used());
        }
    }

    /// Takes what a closed scope used for used in the scope around it as well: it can't be declared
    /// there any more.
    pub(super) fn take_up(&mut self, closed: Level) {
        for (name, entry) in closed.used() {
            if !self.levels.iter().any(|level| level.entries.contains_key(&name)) {
                self.insert(&name, entry);
            }
        }
    }
}
