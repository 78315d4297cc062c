//! What there is to name: functions, rules, packages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::compile::Unit;
use crate::engine::ir::{Program, RuleKind, Tree};
use crate::engine::value::Value;
use crate::rego::ast;

use super::conflicts;
use super::core::Callee;

/// What all modules together define.
#[derive(Debug, Default)]
pub(in crate::engine) struct Known {
    /// The paths of all functions, and how many arguments each takes; rules of one value take none.
    pub(in crate::engine) functions: BTreeMap<Vec<Arc<str>>, usize>,
    /// The rules that are never undefined.
    pub(super) defined: BTreeSet<Vec<Value>>,
    /// The paths of rules and packages, and all that lead to them.
    pub(super) places: BTreeSet<Vec<Arc<str>>>,
}

impl Known {
    pub(super) fn of(units: &[Unit<'_>]) -> Self {
        let mut known = Self { defined: defined(units), ..Self::default() };
        for unit in units {
            known.place(&unit.module.package);
            for rule in &unit.module.rules {
                let path = unit.module.path_of(rule);
                known.place(&path);
                // `f()` is a rule like any other, and any rule of one value can be called.
                if matches!(rule.head.kind, ast::HeadKind::Value(_)) {
                    let arity = rule.head.args.as_ref().map_or(0, Vec::len);
                    known.functions.insert(path, arity);
                }
            }
        }
        known
    }

    /// What is known of a program, for queries.
    pub(in crate::engine) fn of_program(program: &Program) -> Self {
        let is_called = |kind| matches!(kind, RuleKind::Function | RuleKind::Complete);
        let functions = program.rules.iter().filter(|rule| is_called(rule.kind));
        let functions = functions.map(|rule| (rule.path.clone(), rule.arity)).collect();
        let mut known = Self { functions, ..Self::default() };
        known.places_of(&program.tree, &mut Vec::new());
        known
    }

    fn places_of(&mut self, tree: &Tree, path: &mut Vec<Arc<str>>) {
        for (name, child) in &tree.children {
            path.push(Arc::clone(name));
            self.places.insert(path.clone());
            self.places_of(child, path);
            path.pop();
        }
    }

    fn place(&mut self, path: &[Arc<str>]) {
        self.places.extend((1..=path.len()).map(|length| path[..length].to_vec()));
    }

    /// How many arguments a rule takes that can be called.
    pub(super) fn arity(&self, callee: &Callee) -> Option<usize> {
        match callee {
            Callee::Rule(path) => self.functions.get(path).copied(),
            Callee::Builtin(_) => None,
        }
    }
}

/// The rules that are never undefined, as far as OPA looks: sets, those with a default, and
/// constants that are defined once.
fn defined(units: &[Unit<'_>]) -> BTreeSet<Vec<Value>> {
    let mut by_path: BTreeMap<Vec<Value>, Vec<&ast::Rule>> = BTreeMap::new();
    for unit in units {
        for rule in &unit.module.rules {
            by_path.entry(conflicts::path(unit, rule)).or_default().push(rule);
        }
    }
    let is_defined = |rules: &[&ast::Rule]| {
        let first = rules.first()?;
        if first.head.args.as_ref().is_some_and(|args| !args.is_empty()) {
            return None;
        }
        let is_set = matches!(first.head.kind, ast::HeadKind::Contains(_));
        let has_default = rules.iter().any(|rule| rule.is_default);
        (is_set || has_default || (rules.len() == 1 && is_constant(first))).then_some(())
    };
    let paths = by_path.into_iter().filter(|(_, rules)| is_defined(rules).is_some());
    paths.map(|(path, _)| path).collect()
}

/// Whether a rule is one value, whatever else holds.
fn is_constant(rule: &ast::Rule) -> bool {
    let holds = |body: &ast::Body| match body.statements.as_slice() {
        [only] => matches!(&only.kind, ast::StatementKind::Term(term)
            if matches!(term.kind, ast::TermKind::Bool(true))),
        _ => false,
    };
    let ast::HeadKind::Value(value) = &rule.head.kind else { return false };
    rule.body.as_ref().is_none_or(holds) && value.as_ref().is_none_or(is_ground)
}

fn is_ground(term: &ast::Term) -> bool {
    use ast::TermKind as Term;
    match &term.kind {
        Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_) => true,
        Term::Array(items) | Term::Set(items) => items.iter().all(is_ground),
        Term::Object(fields) => fields.iter().all(|(k, v)| is_ground(k) && is_ground(v)),
        _ => false,
    }
}
