//! What can be told of a policy without evaluating it: types that can never match, names that are
//! declared twice or in vain. What OPA refuses is refused, with its place.

mod binding;
mod checker;
mod conflicts;
pub(super) mod core;
mod declarations;
mod environment;
mod expand;
mod graph;
mod kind;
mod known;
mod messages;
mod names;
mod order;
mod patterns;
mod references;
mod scope;
mod undeclared;
mod unify;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::rego::PolicyError;
use crate::rego::ast;
use crate::source::Span;

use self::checker::Checker;
use self::core::{Callee, Expr, Rule, Var};
use self::environment::Documents;
use self::expand::Expansion;
use self::graph::Graph;
use self::kind::Type;
pub(super) use self::known::Known;
use self::messages::Messages;
use self::names::Names;
use self::order::{Ordering, Unsafe};
use self::undeclared::Undeclared;
use super::compile::Unit;
use super::value::Value;

/// Rules whose names stand for what they mean, with their statements in order.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) rules: Vec<Rule>,
}

/// A query, in the same form.
#[derive(Debug)]
pub(super) struct NamedQuery {
    pub(super) body: Vec<Expr>,
    pub(super) variables: usize,
    /// What the text calls the variables of the query itself.
    pub(super) names: BTreeMap<Arc<str>, Var>,
}

type Called = BTreeMap<Var, (Arc<str>, Span)>;

/// What the text says of a rule's variables.
struct Texts {
    called: Called,
    /// Those that something declares.
    declared: BTreeSet<Var>,
}

/// Rules that can't stand beside each other.
pub(super) fn conflicts(units: &[Unit<'_>]) -> Vec<PolicyError> {
    conflicts::find(units)
}

/// Finds out what names stand for and in which order statements come, and what is wrong with that.
pub(super) fn name(units: &[Unit<'_>], strict: bool) -> Result<Named, Vec<PolicyError>> {
    let mut exports: BTreeMap<&[Arc<str>], BTreeSet<Arc<str>>> = BTreeMap::new();
    for unit in units {
        let names = exports.entry(&unit.module.package).or_default();
        names.extend(unit.module.rules.iter().map(|rule| Arc::clone(&rule.head.name)));
    }
    let known = Known::of(units);
    let mut rules = Vec::new();
    let (mut errors, mut unused) = (Vec::new(), Vec::new());
    let mut comprehensions = 0;
    let none = BTreeSet::new();
    for (number, unit) in units.iter().enumerate() {
        let exports = exports.get(unit.module.package.as_slice()).unwrap_or(&none);
        let mut names = Names::new(unit, number, exports, &known, strict);
        names.comprehensions = comprehensions;
        for (number, rule) in unit.module.rules.iter().enumerate() {
            let named = names.rule(number, rule);
            let texts = Rc::new(Texts {
                called: std::mem::take(&mut names.called),
                declared: std::mem::take(&mut names.declared),
            });
            let variables = names.variables;
            rules.extend(
                named.into_iter().map(|rule| (Rule { variables, ..rule }, Rc::clone(&texts))),
            );
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
    let arity = |callee: &Callee| known.arity(callee);
    let mut named = Vec::with_capacity(rules.len());
    for (mut rule, texts) in rules {
        let unit = &units[rule.unit];
        let mut undeclared =
            Undeclared { arity: &arity, declared: &texts.declared, found: Vec::new() };
        undeclared.rule(&rule);
        if !undeclared.found.is_empty() {
            errors.extend(unsafe_variables(unit, &undeclared.found, &texts.called));
            continue;
        }
        let mut expansion = Expansion { variables: rule.variables };
        expansion.calls(&mut rule);
        let mut bound = BTreeSet::new();
        rule.args.iter().for_each(|arg| order::variables(arg, &mut bound));
        let mut ordering = Ordering { arity: &arity, unbound: Vec::new() };
        let body = ordering.order(std::mem::take(&mut rule.body), &bound);
        rule.body = body;
        if ordering.unbound.is_empty() {
            order::unbound_in_head(&rule, &mut ordering.unbound);
        }
        errors.extend(unsafe_variables(unit, &ordering.unbound, &texts.called));
        rule.body = expansion.references(std::mem::take(&mut rule.body));
        rule.variables = expansion.variables;
        named.push(rule);
    }
    if errors.is_empty() { Ok(Named { rules: named }) } else { Err(errors) }
}

/// The same for a query over modules.
pub(super) fn query(
    unit: &Unit<'_>,
    body: &ast::Body,
    exports: &BTreeSet<Arc<str>>,
    known: &Known,
) -> Result<NamedQuery, Vec<PolicyError>> {
    let mut names = Names::new(unit, 0, exports, known, false);
    let body = names.query(body);
    names.errors.append(&mut names.unused);
    if !names.errors.is_empty() {
        return Err(names.errors);
    }
    let arity = |callee: &Callee| known.arity(callee);
    let mut undeclared = Undeclared { arity: &arity, declared: &names.declared, found: Vec::new() };
    undeclared.query(&body);
    if !undeclared.found.is_empty() {
        return Err(unsafe_variables(unit, &undeclared.found, &names.called));
    }
    let mut expansion = Expansion { variables: names.variables };
    let mut ordering = Ordering { arity: &arity, unbound: Vec::new() };
    let body = ordering.order(expansion.calls_in(body), &BTreeSet::new());
    let errors = unsafe_variables(unit, &ordering.unbound, &names.called);
    if !errors.is_empty() {
        return Err(errors);
    }
    let body = expansion.references(body);
    let entries = names.levels.first().into_iter().flat_map(|level| &level.entries);
    let names = entries.map(|(name, entry)| (Arc::clone(name), entry.var)).collect();
    Ok(NamedQuery { body, variables: expansion.variables, names })
}

/// Each variable that nothing binds, once; where the text names none, each such statement.
fn unsafe_variables(unit: &Unit<'_>, unbound: &Unsafe, called: &Called) -> Vec<PolicyError> {
    let all: BTreeSet<Var> = unbound.iter().flat_map(|(_, vars)| vars).copied().collect();
    let named: Vec<_> = all.iter().filter_map(|var| called.get(var)).collect();
    if named.is_empty() {
        let message = "the policy does not compile: `_` is unsafe here: nothing gives it a value";
        let statements = unbound.iter().map(|(span, _)| *span).collect::<BTreeSet<_>>();
        let errors = statements.into_iter();
        return errors.map(|span| PolicyError::at(message, unit.source, span)).collect();
    }
    let mut told = BTreeSet::new();
    let mut errors = Vec::new();
    for (name, span) in named {
        if told.insert(name) {
            let message = format!("the policy does not compile: `{name}` is unsafe");
            let error = PolicyError::at(message, unit.source, *span);
            errors.push(error.with_help(format!("nothing in the rule gives `{name}` a value")));
        }
    }
    errors
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
