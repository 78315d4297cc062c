//! What can be told of a policy without evaluating it: types that can never match, names that are
//! declared twice or in vain. What OPA refuses is refused, with its place.

mod checker;
mod conflicts;
mod core;
mod declarations;
mod environment;
mod expand;
mod graph;
mod kind;
mod messages;
mod names;
mod order;
mod references;
mod scope;
mod unify;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::rego::PolicyError;

use self::checker::Checker;
use self::core::{Callee, Rule};
use self::environment::Documents;
use self::expand::Expansion;
use self::graph::Graph;
use self::kind::Type;
use self::messages::Messages;
use self::names::Names;
use super::compile::Unit;
use super::value::Value;

/// Rules whose names stand for what they mean.
#[derive(Debug)]
pub(super) struct Named {
    rules: Vec<Rule>,
}

/// Rules that can't stand beside each other.
pub(super) fn conflicts(units: &[Unit<'_>]) -> Vec<PolicyError> {
    conflicts::find(units)
}

/// Finds out what names stand for, and what is wrong with them.
pub(super) fn name(units: &[Unit<'_>], strict: bool) -> Result<Named, Vec<PolicyError>> {
    let mut exports: BTreeMap<&[Arc<str>], BTreeSet<Arc<str>>> = BTreeMap::new();
    let mut functions = BTreeSet::new();
    for unit in units {
        let names = exports.entry(&unit.module.package).or_default();
        for rule in &unit.module.rules {
            names.insert(Arc::clone(&rule.head.name));
            if rule.head.args.is_some() {
                functions.insert(function_path(unit, rule));
            }
        }
    }
    let mut rules = Vec::new();
    let (mut errors, mut unused) = (Vec::new(), Vec::new());
    let mut comprehensions = 0;
    let none = BTreeSet::new();
    for (number, unit) in units.iter().enumerate() {
        let mut names = Names {
            unit,
            number,
            exports: exports.get(unit.module.package.as_slice()).unwrap_or(&none),
            functions: &functions,
            strict,
            errors: Vec::new(),
            unused: Vec::new(),
            used_imports: BTreeSet::new(),
            comprehensions,
            levels: Vec::new(),
            implicit: BTreeMap::new(),
            variables: 0,
        };
        for rule in &unit.module.rules {
            let named = names.rule(rule);
            let variables = names.variables;
            rules.extend(named.into_iter().map(|rule| (rule, variables)));
        }
        names.imports();
        comprehensions = names.comprehensions;
        errors.append(&mut names.errors);
        unused.append(&mut names.unused);
    }
    if errors.is_empty() {
        errors = unused;
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let arities: BTreeMap<Vec<Arc<str>>, usize> = rules
        .iter()
        .filter(|(rule, _)| !rule.args.is_empty())
        .map(|(rule, _)| (rule.path.clone(), rule.args.len()))
        .collect();
    let arity = |callee: &Callee| match callee {
        Callee::Rule(path) => arities.get(path).copied(),
        Callee::Builtin(_) => None,
    };
    let rules = rules
        .into_iter()
        .map(|(mut rule, variables)| {
            let mut expansion = Expansion { variables };
            expansion.calls(&mut rule);
            let mut bound = BTreeSet::new();
            rule.args.iter().for_each(|arg| order::variables(arg, &mut bound));
            let body = order::order(std::mem::take(&mut rule.body), &bound, &arity);
            rule.body = expansion.references(body);
            rule
        })
        .collect();
    Ok(Named { rules })
}

fn function_path(unit: &Unit<'_>, rule: &crate::rego::ast::Rule) -> Vec<Arc<str>> {
    let mut path = unit.module.package.clone();
    path.push(Arc::clone(&rule.head.name));
    path.extend(rule.head.path.iter().map_while(names::literal).cloned());
    path
}

/// Everything that has a type which it can't have where it stands.
pub(super) fn check(units: &[Unit<'_>], named: &Named) -> Vec<PolicyError> {
    let graph = Graph::new(&named.rules);
    let mut documents = Rc::new(Documents::default());
    let mut errors = Vec::new();
    for number in graph.sorted() {
        let rule = &named.rules[number];
        let messages = Messages { unit: &units[rule.unit] };
        let checked = Checker::new(&named.rules, &graph, messages).rule(rule, &documents);
        let mut path = rule.document();
        path.insert(0, Value::string("data"));
        let documents = Rc::make_mut(&mut documents);
        match checked {
            Ok(Type::Unknown) => {}
            Ok(kind) => documents.insert(&path, &kind),
            Err(mut found) => {
                errors.append(&mut found);
                // What asks for the rule is not to blame.
                documents.put(&path, Type::any());
            }
        }
    }
    errors
}
