//! A query: a body without a rule, of which every statement's value is told.

use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{Program, Query};
use crate::engine::types::{self, Known};
use crate::rego::PolicyError;
use crate::rego::ast::{Body, Import, Module, Statement as Ast, StatementKind, Term, TermKind};
use crate::source::{SourceText, Span};

use super::Unit;
use super::fuse::Counts;
use super::lower::Lowering;
use super::scope::parts;
use super::settle::Bound;

/// Compiles a query over a program, as if it stood in a file of that package and these imports.
pub(in crate::engine) fn query(
    text: &Arc<SourceText>,
    body: Body,
    package: Vec<Arc<str>>,
    imports: Vec<Import>,
    is_v1: bool,
    program: &Program,
) -> Result<Query, PolicyError> {
    let package_span = Span::default();
    let (comments, rules) = (Vec::new(), Vec::new());
    let module = Module { package, package_span, imports, comments, rules };
    let unit = Unit { source: text, module: &module, annotations: &[], is_v1 };
    let exports = program.tree.at(&module.package);
    let exports = exports.into_iter().flat_map(|tree| tree.children.keys().cloned()).collect();
    let known = Known::of_program(program);
    let captured = capture(body, &|function, args| {
        let Some(path) = parts(function) else { return false };
        let arity = builtins::lookup(&path.join(".")).map(|builtin| builtin.arity);
        let own = || {
            let full: Vec<_> = match path.first().map(|first| &**first) {
                Some("data") => path[1..].to_vec(),
                _ => module.package.iter().chain(&path).cloned().collect(),
            };
            known.functions.get(&full).copied()
        };
        own().or(arity) == Some(args) && !is_void(function)
    });
    let named = types::query(&unit, &captured.body, &exports, &known)
        .map_err(|errors| first(errors, &unit, captured.body.span))?;
    let mut counts = Counts::of_body(&named.body, named.variables);
    // The value of each name is told.
    named.names.values().for_each(|var| counts.note(*var));
    named.names.values().for_each(|var| counts.note(*var));
    let mut lowering = Lowering { unit: &unit, program, site: None, counts: &counts };
    let statements = lowering.body(&named.body, &mut Bound::new())?;
    let expressions = captured.expressions.iter();
    let expressions = expressions
        .map(|(span, name)| (*span, name.as_ref().and_then(|name| named.names.get(name).copied())))
        .collect();
    let bindings = named.names.into_iter().filter(|(name, _)| !name.starts_with('\0'));
    Ok(Query {
        statements,
        expressions,
        bindings: bindings.collect(),
        slots: named.variables,
        place: unit.place(captured.body.span),
    })
}

/// One error stands for all.
fn first(errors: Vec<PolicyError>, unit: &Unit<'_>, span: Span) -> PolicyError {
    let unknown = || PolicyError::at("the query does not compile", unit.source, span);
    errors.into_iter().next().unwrap_or_else(unknown)
}

/// Whether a function says nothing by its value.
fn is_void(function: &Term) -> bool {
    matches!(&function.kind, TermKind::Variable(name) if &**name == "print")
}

/// A query whose statements' values are kept in variables that no text can name.
struct Captured {
    body: Body,
    expressions: Vec<(Span, Option<Arc<str>>)>,
}

fn capture(body: Body, is_value: &dyn Fn(&Term, usize) -> bool) -> Captured {
    // Among others, or among many values, what is false does not hold; alone it is told.
    let tests = body.statements.len() > 1 || body.statements.iter().any(iterates);
    let mut expressions = Vec::new();
    let mut statements = Vec::new();
    let mut checks = Vec::new();
    for (number, statement) in body.statements.into_iter().enumerate() {
        let span = statement.span;
        let has_value = !statement.negated
            && match &statement.kind {
                StatementKind::Term(term) => match &term.kind {
                    TermKind::Call(function, args) => is_value(function, args.len()),
                    _ => true,
                },
                _ => false,
            };
        match statement.kind {
            StatementKind::Term(term) if has_value => {
                let name: Arc<str> = format!("\0{number}").into();
                let variable = || Term { kind: TermKind::Variable(Arc::clone(&name)), span };
                let kind = StatementKind::Unify(term, variable());
                statements.push(Ast { kind, ..statement });
                if tests {
                    let kind = StatementKind::Term(variable());
                    checks.push(Ast { negated: false, kind, with: Vec::new(), span });
                }
                expressions.push((span, Some(name)));
            }
            kind => {
                if !matches!(kind, StatementKind::Some(_)) {
                    expressions.push((span, None));
                }
                statements.push(Ast { kind, ..statement });
            }
        }
    }
    statements.extend(checks);
    Captured { body: Body { statements, span: body.span }, expressions }
}

/// Whether a statement may have many values, as far as OPA looks.
fn iterates(statement: &Ast) -> bool {
    fn varies(term: &Term) -> bool {
        match &term.kind {
            TermKind::Reference(base, keys) => {
                let is_variable = |key: &Term| matches!(key.kind, TermKind::Variable(_));
                varies(base) || keys.iter().any(|key| varies(key) || is_variable(key))
            }
            TermKind::Call(function, terms) => {
                let is_walk = matches!(&function.kind, TermKind::Variable(f) if &**f == "walk");
                is_walk || terms.iter().any(varies)
            }
            TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().any(varies),
            TermKind::Infix(_, left, right) => varies(left) || varies(right),
            TermKind::In { key, value, collection } => {
                key.iter().chain([value, collection]).any(|part| varies(part))
            }
            TermKind::Object(fields) => fields.iter().any(|(k, v)| varies(k) || varies(v)),
            _ => false,
        }
    }
    matches!(&statement.kind, StatementKind::Term(term) if varies(term))
}
