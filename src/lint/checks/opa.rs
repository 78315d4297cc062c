//! What OPA does otherwise: docs/opa-compatibility.md has the whole list.

use std::collections::BTreeSet;

use crate::engine::builtins::{self, State};
use crate::lint::Finding;
use crate::lint::names::DIFFERS_FROM_OPA;
use crate::lint::never::dotted;
use crate::lint::world::World;
use crate::rego::Module;
use crate::rego::ast::{Import, Statement, Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    for module in world.modules {
        let own: BTreeSet<&str> = module.rules.iter().map(|rule| rule.name.as_str()).collect();
        let imported = module.syntax.imports.iter().filter_map(Import::name);
        let own = own.into_iter().chain(imported.map(|name| &**name)).collect();
        let mut calls = Calls { own, found: Vec::new() };
        module.syntax.rules.iter().for_each(|rule| visit::rule(&mut calls, rule));
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
    fn statement(&mut self, seen: &Statement) {
        // What takes the place of a function is named without being called.
        seen.with.iter().for_each(|with| self.call(&with.value));
        visit::statement(self, seen);
    }

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
            State::Extension(whose) => {
                self.found.push(Difference {
                    message: format!("OPA has no function `{name}`: it is {whose}"),
                    help: "a result may say its `path` itself: see docs/policies.md",
                    span: function.span,
                });
                return;
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
