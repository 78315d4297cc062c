//! Rules that can't stand beside each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::compile::Unit;
use crate::engine::number::Number;
use crate::engine::value::{NodeId, Value};
use crate::rego::PolicyError;
use crate::rego::ast::{HeadKind, Rule, Term, TermKind};

/// The rules at a path below `data`, and below it.
#[derive(Default)]
struct Node<'a> {
    rules: Vec<(&'a Unit<'a>, &'a Rule)>,
    children: BTreeMap<Value, Node<'a>>,
}

/// Finds rules that contradict each other, or stand where another rule's value is.
pub(super) fn find(units: &[Unit<'_>]) -> Vec<PolicyError> {
    let mut root = Node::default();
    for unit in units {
        for rule in &unit.module.rules {
            let mut node = &mut root;
            for part in path(unit, rule) {
                node = node.children.entry(part).or_default();
            }
            node.rules.push((unit, rule));
        }
    }
    let mut errors = Vec::new();
    packages(units, &mut errors);
    if errors.is_empty() {
        root.check(&mut errors);
    }
    errors
}

/// The path of a rule, as far as it is fixed.
pub(super) fn path(unit: &Unit<'_>, rule: &Rule) -> Vec<Value> {
    let package = unit.module.package.iter().chain([&rule.head.name]);
    let names = package.map(|part| Value::string(part.clone()));
    names.chain(rule.head.path.iter().map_while(scalar)).collect()
}

fn scalar(term: &Term) -> Option<Value> {
    match &term.kind {
        TermKind::Null => Some(Value::NULL),
        TermKind::Bool(value) => Some(Value::bool(*value)),
        TermKind::Number(text) => Some(Value::Number(NodeId::NONE, Number::parse(text)?)),
        TermKind::String(text) => Some(Value::string(text.clone())),
        _ => None,
    }
}

fn is_fixed(rule: &Rule) -> bool {
    rule.head.path.iter().all(|part| scalar(part).is_some())
}

fn is_set(rule: &Rule) -> bool {
    matches!(rule.head.kind, HeadKind::Contains(_))
}

fn error(unit: &Unit<'_>, rule: &Rule, message: &str, help: String) -> PolicyError {
    let message = format!("the policy does not compile: {message}");
    PolicyError::at(message, unit.source, rule.head.span).with_help(help)
}

/// `data.a.b` and the place of a rule.
fn shown(unit: &Unit<'_>, rule: &Rule) -> String {
    let name = unit.module.package.iter().chain([&rule.head.name]);
    let name: Vec<_> = name.map(|part| &**part).collect();
    let line = unit.source.position(rule.head.span.start).line;
    format!("`data.{}` ({} line {line})", name.join("."), unit.source.name())
}

impl<'a> Node<'a> {
    fn check(&self, errors: &mut Vec<PolicyError>) {
        if self.rules.is_empty() {
            self.children.values().for_each(|child| child.check(errors));
            return;
        }
        if let Some(found) = self.inside() {
            errors.push(found);
            return;
        }
        if let Some(found) = self.kinds() {
            errors.push(found);
            return;
        }
        let mut defaults = self.rules.iter().filter(|(_, rule)| rule.is_default);
        if let Some((first, rule)) = defaults.next() {
            let help = format!("the first one is {}", shown(first, rule));
            errors.extend(
                defaults.map(|(unit, rule)| {
                    error(unit, rule, "this rule has two defaults", help.clone())
                }),
            );
        }
        self.children.values().for_each(|child| child.check(errors));
    }

    /// A rule below one whose value is complete, or a function below any.
    fn inside(&self) -> Option<PolicyError> {
        let (owner, above) = self.rules.first()?;
        let mut below = Vec::new();
        self.children.values().for_each(|child| child.all(&mut below));
        let is_closed = self.rules.iter().any(|(_, rule)| is_fixed(rule));
        let (unit, rule) = below.iter().find(|(_, rule)| is_closed || rule.head.args.is_some())?;
        let help = format!("{} says already what is there", shown(owner, above));
        Some(error(unit, rule, "this rule stands inside of another rule's value", help))
    }

    fn all(&self, found: &mut Vec<(&'a Unit<'a>, &'a Rule)>) {
        found.extend(&self.rules);
        self.children.values().for_each(|child| child.all(found));
    }

    fn kinds(&self) -> Option<PolicyError> {
        let (owner, first) = self.rules.first()?;
        let kind = |rule: &Rule| (is_set(rule), is_fixed(rule));
        let arity = |rule: &Rule| rule.head.args.as_ref().map_or(0, Vec::len);
        let differs = |rule: &Rule| kind(rule) != kind(first) || arity(rule) != arity(first);
        let (unit, rule) = self.rules.iter().find(|(_, rule)| differs(rule))?;
        let before = shown(owner, first);
        let (message, help) = if kind(rule) == kind(first) {
            let help = format!("{before} takes {}, this one {}", arity(first), arity(rule));
            ("this function is defined with different numbers of arguments", help)
        } else {
            let help =
                format!("a name is one value, a set, an object or a function throughout: {before}");
            ("this name is defined as two different kinds of rule", help)
        };
        Some(error(unit, rule, message, help))
    }
}

/// Rules that go by the name of a package.
fn packages(units: &[Unit<'_>], errors: &mut Vec<PolicyError>) {
    let packages: BTreeSet<&[_]> =
        units.iter().map(|unit| unit.module.package.as_slice()).collect();
    for unit in units {
        for rule in unit.module.rules.iter().filter(|rule| is_fixed(rule)) {
            let path = unit.module.path_of(rule);
            if path.len() < unit.module.package.len() + 1 + rule.head.path.len() {
                continue;
            }
            if packages.contains(path.as_slice()) {
                let message = "this rule has the name of a package";
                let help = format!("there is a package `{}`: rename one of them", path.join("."));
                errors.push(error(unit, rule, message, help));
            }
        }
    }
}
