//! What nobody uses any more once the results tell no places.

use std::collections::{BTreeMap, BTreeSet};

use manifestly::rego::Module;
use manifestly::rego::ast::{HeadKind, Rule, Statement, StatementKind, Term, TermKind};
use manifestly::rego::visit::{self, Visitor};

use super::calls::Functions;
use super::edits::Edits;
use super::names::{Reads, called, given};
use super::needs::Needs;

/// What was unused before anything was taken out, and so is none of ours.
#[derive(Debug, Default)]
pub(super) struct Untouched {
    /// Variables, by rule.
    variables: BTreeSet<(usize, String)>,
    /// Parameters of functions.
    parameters: BTreeSet<(String, usize)>,
    /// Functions whose value nobody looks at.
    functions: BTreeSet<String>,
}

impl Untouched {
    pub(super) fn of(module: &Module) -> Self {
        let functions = Functions::of(module);
        let unused = |(number, rule): (usize, &Rule)| {
            let reads = Reads::of(rule);
            let mut names = Names::default();
            visit::rule(&mut names, rule);
            let unused = names.0.into_iter().filter(move |name| reads.count(name) == 0);
            unused.map(move |name| (number, name))
        };
        Self {
            variables: module.syntax.rules.iter().enumerate().flat_map(unused).collect(),
            parameters: functions.unused_parameters().collect(),
            functions: functions.ignored().collect(),
        }
    }
}

/// Takes out what has become unused: statements that only gave a variable its value, the values
/// of functions that nobody looks at, and arguments that a function does not read. What such a
/// statement asked of the input stays, as `_ := ..`.
pub(super) fn edits(module: &Module, untouched: &Untouched) -> Edits {
    let mut edits = Edits::default();
    let functions = Functions::of(module);
    let needs = Needs { source: &module.source, always: &functions.always };
    let imports = module.syntax.imports.iter().filter_map(|import| import.name());
    let rules = module.syntax.rules.iter().map(|rule| &rule.head.name);
    let global: BTreeSet<&str> = rules.chain(imports).map(|name| &**name).collect();
    for (number, rule) in module.syntax.rules.iter().enumerate() {
        let reads = Reads::of(rule);
        let is_unused = |name: &str| {
            reads.count(name) == 0
                && !untouched.variables.contains(&(number, name.to_owned()))
                && !global.contains(name)
        };
        let counted = Counted::of(rule);
        let is_counted = |name: &str| {
            counted.0.get(name).is_some_and(|times| *times > 0 && *times == reads.count(name))
        };
        visit::rule(
            &mut Gone { needs, is_unused: &is_unused, is_counted: &is_counted, edits: &mut edits },
            rule,
        );
    }
    for name in functions.ignored().filter(|name| !untouched.functions.contains(name)) {
        functions.clauses(&name).iter().for_each(|rule| give_true(rule, needs, &mut edits));
    }
    for (name, at) in functions.unused_parameters().filter(|p| !untouched.parameters.contains(p)) {
        for argument in functions.arguments(&name, at).filter(|argument| argument.can_go) {
            edits.replace(argument.span, "null");
        }
    }
    edits
}

/// The variables that a rule gives values.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Visitor for Names {
    fn statement(&mut self, seen: &Statement) {
        if let Some(name) = given(seen).and_then(|(variable, _)| variable.as_variable()) {
            self.0.insert(name.to_string());
        }
        if let StatementKind::Some(variables) = &seen.kind {
            self.0.extend(variables.iter().map(|variable| variable.name.to_string()));
        }
        visit::statement(self, seen);
    }
}

/// How often variables stand alone in `count(..)`.
struct Counted(BTreeMap<String, usize>);

impl Counted {
    fn of(rule: &Rule) -> Self {
        let mut counted = Self(BTreeMap::new());
        visit::rule(&mut counted, rule);
        counted
    }
}

impl Visitor for Counted {
    fn term(&mut self, seen: &Term) {
        if let TermKind::Call(function, arguments) = &seen.kind
            && called(function) == "count"
            && let [argument] = arguments.as_slice()
            && let Some(name) = argument.as_variable()
        {
            *self.0.entry(name.to_string()).or_default() += 1;
        }
        visit::term(self, seen);
    }
}

/// Finds the statements that can go.
struct Gone<'g> {
    needs: Needs<'g>,
    is_unused: &'g dyn Fn(&str) -> bool,
    /// Whether a variable is read for how much it holds, and for nothing else.
    is_counted: &'g dyn Fn(&str) -> bool,
    edits: &'g mut Edits,
}

impl Visitor for Gone<'_> {
    fn statement(&mut self, seen: &Statement) {
        if let Some((variable, value)) = given(seen)
            && let Some(name) = variable.as_variable()
        {
            if (self.is_unused)(name) {
                let mut needs = self.needs.of(value);
                let left = match needs.len() {
                    0 => "true".to_owned(),
                    1 => format!("_ := {}", needs.remove(0)),
                    _ => format!("_ := [{}]", needs.join(", ")),
                };
                self.edits.replace(seen.span, left);
                return;
            }
            if let TermKind::ArrayComprehension(head, _) = &value.kind
                && (self.is_counted)(name)
                && !matches!(head.kind, TermKind::Bool(_) | TermKind::Variable(_))
                && self.needs.of(head).is_empty()
            {
                self.edits.replace(head.span, "true");
            }
        }
        if let StatementKind::Some(variables) = &seen.kind {
            let stays: Vec<_> = variables
                .iter()
                .filter(|variable| !(self.is_unused)(&variable.name))
                .map(|variable| &*variable.name)
                .collect();
            if stays.is_empty() {
                self.edits.replace(seen.span, "true");
            } else if stays.len() < variables.len() {
                self.edits.replace(seen.span, format!("some {}", stays.join(", ")));
            }
        }
        visit::statement(self, seen);
    }
}

/// Has a clause of a function give nothing but `true`, unless its value decides whether it holds.
fn give_true(rule: &Rule, needs: Needs<'_>, edits: &mut Edits) {
    let values = rule.otherwise.iter().map(|other| other.value.as_ref());
    let own = match &rule.head.kind {
        HeadKind::Value(value) => value.as_ref(),
        HeadKind::Contains(_) => None,
    };
    for value in std::iter::once(own).chain(values).flatten() {
        if !matches!(value.kind, TermKind::Bool(true)) && needs.of(value).is_empty() {
            edits.replace(value.span, "true");
        }
    }
}
