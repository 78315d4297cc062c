//! What OPA does otherwise: docs/opa-compatibility.md has the whole list.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::builtins::{self, State};
use crate::lint::Finding;
use crate::lint::names::DIFFERS_FROM_OPA;
use crate::lint::never::dotted;
use crate::lint::world::World;
use crate::rego::Module;
use crate::rego::ast::{Body, Import, Rule, Statement, StatementKind, Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    for module in world.modules {
        let own: BTreeSet<&str> = module.rules.iter().map(|rule| rule.name.as_str()).collect();
        let imported = module.syntax.imports.iter().filter_map(Import::name);
        let own = own.into_iter().chain(imported.map(|name| &**name)).collect();
        let mut calls = Calls { own, found: Vec::new() };
        for rule in &module.syntax.rules {
            visit::rule(&mut calls, rule);
            early(rule, &mut calls.found);
        }
        found.extend(calls.found.into_iter().map(|difference| told(module, difference)));
    }
}

/// Something that differs.
struct Difference {
    message: String,
    help: &'static str,
    span: Span,
}

fn told(module: &Module, difference: Difference) -> Finding {
    let Difference { message, help, span } = difference;
    Finding::new(DIFFERS_FROM_OPA, message, &module.source, span).help(help)
}

/// Goes through the calls of a module.
struct Calls<'m> {
    /// Names that are the module's own: what begins with them is no function of OPA.
    own: BTreeSet<&'m str>,
    found: Vec<Difference>,
}

impl Visitor for Calls<'_> {
    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Call(function, _) => self.call(function),
            TermKind::Object(fields) => self.schema(fields),
            _ => {}
        }
        visit::term(self, seen);
    }
}

impl Calls<'_> {
    fn call(&mut self, function: &Term) {
        let Some(name) = dotted(function) else { return };
        let first = name.split('.').next().unwrap_or_default();
        let Some(builtin) = builtins::lookup(&name).filter(|_| !self.own.contains(first)) else {
            return;
        };
        let help = "docs/builtins.md lists every function and its state";
        let message = match builtin.state {
            State::Refused(why) | State::Unsupported(why) => {
                format!("OPA has `{name}`, and it can't be called here: {why}")
            }
            State::Supported if name == "trace" => {
                "OPA notes what `trace` is given, and nothing is noted here".to_owned()
            }
            // Of these, `schema` tells what differs where it stands.
            State::Supported if !builtin.note.is_empty() && !name.starts_with("json.") => {
                format!("`{name}` is not all that it is in OPA: {}", builtin.note)
            }
            _ => return,
        };
        self.found.push(Difference { message, help, span: function.span });
    }

    /// A schema that refers to one on another host.
    fn schema(&mut self, fields: &[(Term, Term)]) {
        for (key, value) in fields {
            let Some((key, url)) = key.as_string().zip(value.as_string()) else { continue };
            if &**key == "$ref" && (url.starts_with("http://") || url.starts_with("https://")) {
                self.found.push(Difference {
                    message: "OPA loads a schema from another host, and here that is undefined"
                        .into(),
                    help: "write the schema into the policy or its data, and refer to it by `#/..`",
                    span: value.span,
                });
            }
        }
    }
}

/// Names that a body uses before it declares them: OPA refuses those.
fn early(rule: &Rule, found: &mut Vec<Difference>) {
    let bodies =
        rule.body.iter().chain(rule.otherwise.iter().filter_map(|other| other.body.as_ref()));
    bodies.for_each(|body| early_in(body, found));
}

fn early_in(body: &Body, found: &mut Vec<Difference>) {
    let mut used: BTreeSet<Arc<str>> = BTreeSet::new();
    for statement in &body.statements {
        if let StatementKind::Assign(target, _) = &statement.kind
            && let Some(name) = target.as_variable()
            && used.contains(name)
        {
            found.push(Difference {
                message: format!("`{name}` is used before it is declared, which OPA refuses"),
                help: "put the declaration first",
                span: target.span,
            });
        }
        let mut names = Used { names: &mut used };
        names.statement(statement);
    }
}

/// The variables that statements use by themselves: not those of what is inside of them.
struct Used<'u> {
    names: &'u mut BTreeSet<Arc<str>>,
}

impl Visitor for Used<'_> {
    fn statement(&mut self, seen: &Statement) {
        match &seen.kind {
            // What stands inside has names of its own.
            StatementKind::Some(_)
            | StatementKind::SomeIn { .. }
            | StatementKind::Every { .. }
            | StatementKind::Not(_)
            | StatementKind::And(..)
            | StatementKind::Or(..) => {}
            StatementKind::Assign(_, term) => self.term(term),
            _ => visit::statement(self, seen),
        }
    }

    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Variable(name) => {
                self.names.insert(Arc::clone(name));
            }
            TermKind::ArrayComprehension(..)
            | TermKind::SetComprehension(..)
            | TermKind::ObjectComprehension(..)
            | TermKind::Template(_) => {}
            TermKind::Call(_, args) => visit::terms(self, args),
            _ => visit::term(self, seen),
        }
    }
}
