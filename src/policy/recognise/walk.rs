//! Going through a rule for what it reads of its input, and which rules it asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::rego::Module;
use crate::rego::ast::{Rule, Statement, StatementKind, Term, TermKind};
use crate::rego::visit::{self, Visitor};

use super::{Found, Recogniser};

/// What stands in a rule of which these parameters are the input.
pub(super) fn find(
    rules: &Recogniser<'_>,
    module: &Module,
    rule: &Rule,
    inputs: &[usize],
) -> Found {
    let parameters = rule.head.args.as_deref().unwrap_or_default().iter().enumerate();
    let aliases = parameters
        .filter(|(number, _)| inputs.contains(number))
        .filter_map(|(_, parameter)| parameter.as_variable().cloned())
        .collect();
    let mut walk = Walk { rules, module, aliases, found: Found::default() };
    visit::definition(&mut walk, rule);
    walk.found
}

/// What a term stands for, as far as the text tells.
enum Meaning<'t> {
    /// The input, or what is in it under these keys; whether more keys follow that are not known.
    Input(Vec<&'t str>, bool),
    /// A document below `data`.
    Data(Vec<&'t str>),
    Unknown,
}

/// Goes through a rule.
struct Walk<'r, 'm> {
    rules: &'r Recogniser<'m>,
    module: &'m Module,
    /// Variables that are the input as a whole.
    aliases: BTreeSet<Arc<str>>,
    found: Found,
}

impl Walk<'_, '_> {
    fn is_input(&self, term: &Term) -> bool {
        matches!(self.meaning(term), Meaning::Input(keys, false) if keys.is_empty())
    }

    fn meaning<'t>(&'t self, term: &'t Term) -> Meaning<'t> {
        let (base, keys) = match &term.kind {
            TermKind::Reference(base, keys) => (&**base, keys.as_slice()),
            _ => (term, [].as_slice()),
        };
        let Some(name) = base.as_variable() else { return Meaning::Unknown };
        let known: Vec<&str> = keys.iter().map_while(Term::as_string).map(|key| &**key).collect();
        let is_open = known.len() < keys.len();
        let join =
            |first: &'t [Arc<str>]| first.iter().map(|p| &**p).chain(known.clone()).collect();
        if &**name == "input" || self.aliases.contains(name) {
            return Meaning::Input(known, is_open);
        }
        if &**name == "data" {
            return Meaning::Data(known);
        }
        let imports = &self.module.syntax.imports;
        let import = imports.iter().find(|import| import.name() == Some(name));
        match import.and_then(|import| import.path.split_first()) {
            Some((root, rest)) if &**root == "input" => Meaning::Input(join(rest), is_open),
            Some((root, rest)) if &**root == "data" => Meaning::Data(join(rest)),
            Some(_) => Meaning::Unknown,
            // Most names are those of variables.
            None if self.rules.names.contains(&**name) => {
                let package = self.module.package.iter().map(String::as_str);
                Meaning::Data(package.chain([&**name]).chain(known).collect())
            }
            None => Meaning::Unknown,
        }
    }

    /// Notes what a reference reads, or the rules that it leads to; `inputs` are the parameters
    /// that are the input, where it is a function that is called.
    fn reference(&mut self, term: &Term, inputs: &[usize]) {
        match self.meaning(term) {
            Meaning::Input(keys, is_open) => {
                let keys: Vec<_> = keys.into_iter().map(Arc::from).collect();
                self.found.reads.read(&keys, is_open);
            }
            Meaning::Data(path) => {
                let rules = self.rules.led_to(&path).into_iter();
                let asks = rules.map(|(module, rule)| (module, rule, inputs.to_vec()));
                self.found.asks.extend(asks);
            }
            Meaning::Unknown => {}
        }
    }

    /// `object.get(input, "request", {})` reads a key; other functions of OPA tell nothing.
    fn builtin(&mut self, function: &Term, args: &[Term]) {
        let name = match &function.kind {
            TermKind::Reference(base, keys) => {
                base.as_variable().zip(keys.first().and_then(Term::as_string))
            }
            _ => None,
        };
        let [_, key, ..] = args else { return };
        if name.is_some_and(|(base, name)| &**base == "object" && &**name == "get") {
            let keys = match &key.kind {
                TermKind::Array(items) => items.as_slice(),
                _ => std::slice::from_ref(key),
            };
            let keys: Vec<_> = keys.iter().map_while(Term::as_string).cloned().collect();
            self.found.reads.read(&keys, true);
        }
    }
}

impl Visitor for Walk<'_, '_> {
    fn statement(&mut self, seen: &Statement) {
        // What is asked with another input says nothing of this one.
        let replaces = |target: &Term| target.as_variable().is_some_and(|name| &**name == "input");
        if seen.with.iter().any(|with| replaces(&with.target)) {
            visit::terms(self, seen.with.iter().map(|with| &with.value));
            return;
        }
        match &seen.kind {
            StatementKind::Assign(left, right) | StatementKind::Unify(left, right)
                if self.is_input(right) && left.as_variable().is_some() =>
            {
                self.aliases.extend(left.as_variable().cloned());
            }
            _ => visit::statement(self, seen),
        }
    }

    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Variable(_) => self.reference(seen, &[]),
            TermKind::Reference(base, keys) => {
                match base.as_variable() {
                    Some(_) => self.reference(seen, &[]),
                    None => self.term(base),
                }
                visit::terms(self, keys.iter().filter(|key| key.as_string().is_none()));
            }
            TermKind::Call(function, args) => {
                let inputs: Vec<usize> =
                    (0..args.len()).filter(|at| self.is_input(&args[*at])).collect();
                self.reference(function, &inputs);
                if inputs.first() == Some(&0) {
                    self.builtin(function, args);
                }
                let others = args.iter().enumerate().filter(|(at, _)| !inputs.contains(at));
                visit::terms(self, others.map(|(_, arg)| arg));
            }
            _ => visit::term(self, seen),
        }
    }
}
