//! The functions of a module and who calls them.

use std::collections::{BTreeMap, BTreeSet};

use manifestly::rego::Module;
use manifestly::rego::ast::{Body, HeadKind, Rule, Statement, StatementKind, Term, TermKind};
use manifestly::rego::visit::{self, Visitor};
use manifestly::source::Span;

use super::names::{Reads, called};
use super::needs::Needs;

/// An argument of a call.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) span: Span,
    /// Whether it can be left out without a change of when the call is made.
    pub(super) can_go: bool,
}

/// The functions that a module has and calls.
pub(super) struct Functions<'m> {
    clauses: BTreeMap<&'m str, Vec<&'m Rule>>,
    calls: BTreeMap<String, Vec<Vec<Argument>>>,
    /// How many calls there are whose value nobody looks at.
    ignored: BTreeMap<String, usize>,
    /// Those that give something whatever they are given.
    pub(super) always: BTreeSet<String>,
}

impl<'m> Functions<'m> {
    pub(super) fn of(module: &'m Module) -> Self {
        let mut clauses: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
        for rule in module.syntax.rules.iter().filter(|rule| rule.head.args.is_some()) {
            clauses.entry(&rule.head.name).or_default().push(rule);
        }
        // A function that always gives something may do so by calling another that does.
        let mut always = BTreeSet::new();
        loop {
            let needs = Needs { source: &module.source, always: &always };
            let more: BTreeSet<String> = clauses
                .iter()
                .filter(|(_, clauses)| clauses.iter().any(|rule| gives_always(rule, needs)))
                .map(|(name, _)| (*name).to_owned())
                .collect();
            if more.len() == always.len() {
                break;
            }
            always = more;
        }
        let needs = Needs { source: &module.source, always: &always };
        let mut seen = Calls { needs, all: BTreeMap::new(), ignored: BTreeMap::new() };
        module.syntax.rules.iter().for_each(|rule| visit::rule(&mut seen, rule));
        Self { clauses, calls: seen.all, ignored: seen.ignored, always }
    }

    /// The clauses of a function.
    pub(super) fn clauses(&self, name: &str) -> &[&'m Rule] {
        self.clauses.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// What stands at a position in the calls of a function.
    pub(super) fn arguments(&self, name: &str, at: usize) -> impl Iterator<Item = &Argument> {
        self.calls.get(name).into_iter().flatten().filter_map(move |call| call.get(at))
    }

    /// Functions that are called, and never for their value.
    pub(super) fn ignored(&self) -> impl Iterator<Item = String> {
        self.clauses.keys().filter_map(|name| {
            let calls = self.calls.get(*name)?.len();
            (self.ignored.get(*name) == Some(&calls)).then(|| (*name).to_owned())
        })
    }

    /// Parameters that no clause reads, with the functions that have them.
    pub(super) fn unused_parameters(&self) -> impl Iterator<Item = (String, usize)> {
        let called = self.clauses.iter().filter(|(name, _)| self.calls.contains_key(**name));
        called.flat_map(|(name, clauses)| {
            let reads: Vec<_> = clauses.iter().map(|rule| Reads::of(rule)).collect();
            let is_unused = |at: usize| {
                clauses.iter().zip(&reads).all(|(rule, reads)| {
                    let parameter = rule.head.args.as_ref().and_then(|args| args.get(at));
                    // Once is where it is declared.
                    parameter.and_then(Term::as_variable).is_some_and(|name| reads.count(name) == 1)
                })
            };
            let most = clauses.iter().filter_map(|rule| rule.head.args.as_ref().map(Vec::len));
            let unused: Vec<_> =
                (0..most.max().unwrap_or_default()).filter(|at| is_unused(*at)).collect();
            unused.into_iter().map(|at| ((*name).to_owned(), at))
        })
    }
}

/// Whether a clause, or what holds when it does not, gives something whatever it is given.
fn gives_always(rule: &Rule, needs: Needs<'_>) -> bool {
    let value = match &rule.head.kind {
        HeadKind::Value(value) => value.as_ref(),
        HeadKind::Contains(_) => return false,
    };
    let mut parameters = rule.head.args.iter().flatten();
    let is_total = |value: Option<&Term>| value.is_none_or(|value| needs.of(value).is_empty());
    let holds = |body: &Option<Body>| {
        let mut statements = body.iter().flat_map(|body| &body.statements);
        statements.all(|statement| {
            matches!(&statement.kind,
            StatementKind::Term(Term { kind: TermKind::Bool(true), .. }) if !statement.negated)
        })
    };
    parameters.all(|parameter| parameter.as_variable().is_some())
        && (holds(&rule.body) && is_total(value)
            || rule
                .otherwise
                .iter()
                .any(|other| holds(&other.body) && is_total(other.value.as_ref())))
}

struct Calls<'m> {
    needs: Needs<'m>,
    all: BTreeMap<String, Vec<Vec<Argument>>>,
    ignored: BTreeMap<String, usize>,
}

impl Visitor for Calls<'_> {
    fn statement(&mut self, seen: &Statement) {
        if let StatementKind::Assign(variable, value) = &seen.kind
            && variable.as_variable().is_some_and(|name| **name == *"_")
        {
            let values = match &value.kind {
                TermKind::Array(items) => items.as_slice(),
                _ => std::slice::from_ref(value),
            };
            for value in values {
                if let TermKind::Call(function, _) = &value.kind {
                    *self.ignored.entry(called(function)).or_default() += 1;
                }
            }
        }
        visit::statement(self, seen);
    }

    fn term(&mut self, seen: &Term) {
        if let TermKind::Call(function, arguments) = &seen.kind {
            let argument = |term: &Term| Argument {
                span: term.span,
                can_go: !matches!(term.kind, TermKind::Null) && self.needs.of(term).is_empty(),
            };
            let arguments = arguments.iter().map(argument).collect();
            self.all.entry(called(function)).or_default().push(arguments);
        }
        visit::term(self, seen);
    }
}
