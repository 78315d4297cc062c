//! From the syntax tree to the form in which types are checked: what each name stands for, and
//! what is declared twice, too late or in vain.

mod calls;
mod imports;
mod replacements;
mod rules;
mod scopes;
mod statements;
mod templates;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::compile::Unit;
use crate::engine::value::Value;
use crate::rego::PolicyError;
use crate::rego::ast;
use crate::source::Span;

use super::Known;
use super::core::{Base, Body, Kind, Reference, Term, Var};
use super::scope::{self, Level};

/// What all rules of a module share.
pub(super) struct Names<'n> {
    pub(super) unit: &'n Unit<'n>,
    pub(super) number: usize,
    /// The first names of the package's rules.
    pub(super) exports: &'n BTreeSet<Arc<str>>,
    pub(super) known: &'n Known,
    pub(super) strict: bool,
    pub(super) errors: Vec<PolicyError>,
    /// What is declared in vain.
    pub(super) unused: Vec<PolicyError>,
    /// The imports that some name used.
    pub(super) used_imports: BTreeSet<usize>,
    /// How many comprehensions there are.
    pub(super) comprehensions: usize,
    pub(super) levels: Vec<Level>,
    /// The names that are not declared anywhere; they mean the same in all scopes.
    pub(super) implicit: BTreeMap<Arc<str>, Var>,
    /// How many variables the rule has.
    pub(super) variables: usize,
    /// What the text calls the variables, and where it does first.
    pub(super) called: BTreeMap<Var, (Arc<str>, Span)>,
    /// The variables that something declares.
    pub(super) declared: BTreeSet<Var>,
}

impl<'n> Names<'n> {
    pub(super) fn new(
        unit: &'n Unit<'n>,
        number: usize,
        exports: &'n BTreeSet<Arc<str>>,
        known: &'n Known,
        strict: bool,
    ) -> Self {
        Self {
            unit,
            number,
            exports,
            known,
            strict,
            errors: Vec::new(),
            unused: Vec::new(),
            used_imports: BTreeSet::new(),
            comprehensions: 0,
            levels: Vec::new(),
            implicit: BTreeMap::new(),
            variables: 0,
            called: BTreeMap::new(),
            declared: BTreeSet::new(),
        }
    }
}

impl Names<'_> {
    /// A body by itself.
    pub(super) fn query(&mut self, body: &ast::Body) -> Body {
        self.levels = vec![Level { local: scope::declared(body), ..Level::default() }];
        let statements = self.statements(body);
        self.unused_names();
        statements
    }

    fn error(&mut self, message: &str, span: Span, help: &str) {
        let message = format!("the policy does not compile: {message}");
        let error = PolicyError::at(message, self.unit.source, span);
        self.errors.push(if help.is_empty() { error } else { error.with_help(help) });
    }

    fn fresh(&mut self) -> Var {
        self.variables += 1;
        self.variables - 1
    }

    fn numbered(&mut self) -> usize {
        self.comprehensions += 1;
        self.comprehensions
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "input" | "data")
}

fn constant(value: Value, span: Span) -> Term {
    Term { kind: Kind::Constant(value), span }
}

fn reference(path: &[Arc<str>], mut keys: Vec<Term>, span: Span) -> Option<Reference> {
    let (first, rest) = path.split_first()?;
    let root = if &**first == "input" { "input" } else { "data" };
    let part = |part: &Arc<str>| constant(Value::string(Arc::clone(part)), span);
    let mut all: Vec<Term> = rest.iter().map(part).collect();
    all.append(&mut keys);
    Some(Reference { base: Base::Root(root), keys: all })
}
