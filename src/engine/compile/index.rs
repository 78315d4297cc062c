//! Which rules there are, before any is compiled: names, kinds and arities.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::ir::{Place, Program, Rule, RuleId, RuleKind, Tree};
use crate::rego::PolicyError;
use crate::rego::ast::{HeadKind, Rule as Ast};

use super::Unit;

/// Where a rule clause goes: its rule, and how many of the head's parts are the rule's own name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) rule: RuleId,
    /// How many terms of the head's path belong to the rule's name.
    pub(super) named: usize,
}

fn kind_of(rule: &Ast, fixed: bool) -> RuleKind {
    match (&rule.head.kind, &rule.head.args) {
        // `f()` is a rule like any other: it is named, not called.
        (_, Some(args)) if !args.is_empty() => RuleKind::Function,
        (HeadKind::Contains(_), _) if fixed => RuleKind::Set,
        (HeadKind::Value(_), _) if fixed => RuleKind::Complete,
        _ => RuleKind::Object,
    }
}

/// Gives every rule of the modules its number, and finds heads that contradict each other.
pub(super) fn index(
    units: &[Unit<'_>],
    program: &mut Program,
) -> Result<Vec<Vec<Home>>, Vec<PolicyError>> {
    // The rules by path, with what their clauses say of their kind.
    let mut paths: BTreeMap<Vec<Arc<str>>, Vec<(usize, usize, bool)>> = BTreeMap::new();
    for (unit_index, unit) in units.iter().enumerate() {
        for (rule_index, rule) in unit.module.rules.iter().enumerate() {
            let path = unit.module.path_of(rule);
            let fixed = path.len() == unit.module.package.len() + 1 + rule.head.path.len();
            paths.entry(path).or_default().push((unit_index, rule_index, fixed));
        }
    }
    // `p.q := 1` beside `p[x] := 2` is a member of the object that the second makes.
    let dynamic: Vec<Vec<Arc<str>>> = paths
        .iter()
        .filter(|(_, clauses)| clauses.iter().any(|(.., fixed)| !fixed))
        .map(|(path, _)| path.clone())
        .collect();
    let mut errors = Vec::new();
    let mut homes: Vec<Vec<Option<Home>>> =
        units.iter().map(|unit| vec![None; unit.module.rules.len()]).collect();
    let mut numbers: BTreeMap<Vec<Arc<str>>, RuleId> = BTreeMap::new();
    for (path, clauses) in &paths {
        let owner = dynamic.iter().find(|owner| path.starts_with(owner)).unwrap_or(path);
        for (unit_index, rule_index, fixed) in clauses {
            let unit = &units[*unit_index];
            let ast = &unit.module.rules[*rule_index];
            let kind = kind_of(ast, *fixed && owner.len() == path.len());
            let arity = ast.head.args.as_ref().map_or(0, Vec::len);
            let rule = *numbers.entry(owner.clone()).or_insert_with(|| {
                program.rules.push(Rule {
                    name: format!("data.{}", owner.join(".")),
                    path: owner.clone(),
                    kind,
                    arity,
                    clauses: Vec::new(),
                    default: None,
                    uniform: false,
                    is_kept: false,
                    is_plain: false,
                    lasts: false,
                });
                program.rules.len() - 1
            });
            let known = &mut program.rules[rule];
            let place = unit.place(ast.head.span);
            if known.kind != kind && !ast.is_default {
                if owner.len() == path.len() && *fixed && kind != RuleKind::Object {
                    errors.push(conflict(&known.name, &place));
                } else {
                    known.kind = RuleKind::Object;
                }
            } else if known.arity != arity && !ast.is_default {
                errors.push(arities(&known.name, &place));
            }
            let named = owner.len() - unit.module.package.len() - 1;
            homes[*unit_index][*rule_index] = Some(Home { rule, named });
        }
    }
    for (path, rule) in &numbers {
        insert(&mut program.tree, path, *rule);
    }
    for unit in units {
        // A package without rules is an empty document.
        unit.module.package.iter().fold(&mut program.tree, |tree, part| {
            tree.children.entry(Arc::clone(part)).or_default()
        });
    }
    if errors.is_empty() {
        Ok(homes.into_iter().map(|unit| unit.into_iter().flatten().collect()).collect())
    } else {
        Err(errors)
    }
}

fn insert(tree: &mut Tree, path: &[Arc<str>], rule: RuleId) {
    match path.split_first() {
        None => tree.rule = Some(rule),
        Some((first, rest)) => {
            insert(tree.children.entry(Arc::clone(first)).or_default(), rest, rule);
        }
    }
}

fn conflict(name: &str, place: &Place) -> PolicyError {
    let message = format!("`{name}` is defined as two different kinds of rule");
    PolicyError::at(message, &place.source, place.span)
        .with_help("a name is one value, a set, an object or a function throughout")
}

fn arities(name: &str, place: &Place) -> PolicyError {
    let message = format!("`{name}` is defined with different numbers of arguments");
    PolicyError::at(message, &place.source, place.span)
}
