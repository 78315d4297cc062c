//! A query: a body without a rule, of which every statement's value is told.

use std::sync::Arc;

use crate::engine::ir::{Program, Query};
use crate::rego::PolicyError;
use crate::rego::ast::{Body, Import, Module, Statement as Ast, StatementKind, Term, TermKind};
use crate::source::{SourceText, Span};

use super::Unit;
use super::lower::Lowering;
use super::order::{Bound, order};

/// Compiles a query over a program, as if it stood in a file of that package and these imports.
pub(in crate::engine) fn query(
    text: &Arc<SourceText>,
    body: Body,
    package: Vec<Arc<str>>,
    imports: Vec<Import>,
    program: &Program,
) -> Result<Query, PolicyError> {
    let package_span = Span::default();
    let module = Module { package, package_span, imports, rules: Vec::new() };
    let unit = Unit { source: text, module: &module, is_v1: true, annotations: &[] };
    let mut lowering = Lowering::new(&unit, program);
    let captured = capture(body, &|function, args| {
        lowering.arity(function) == Some(args) && !is_void(function)
    });
    lowering.query(&captured)
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

impl Lowering<'_> {
    fn query(&mut self, captured: &Captured) -> Result<Query, PolicyError> {
        let statements = self.statements(&captured.body, &[])?;
        let statements = match order(statements, &mut Bound::new()) {
            Ok(statements) => statements,
            Err(unbound) => return self.unsafe_variables(&unbound, captured.body.span),
        };
        let names = self.scopes.innermost().map(|(name, slot)| (Arc::clone(name), slot));
        let mut bindings: Vec<_> = names.collect();
        let slot_of = |name: &Arc<str>| {
            bindings.iter().find(|(known, _)| known == name).map(|(_, slot)| *slot)
        };
        let expressions = captured.expressions.iter();
        let expressions =
            expressions.map(|(span, name)| (*span, name.as_ref().and_then(slot_of))).collect();
        bindings.retain(|(name, _)| !name.starts_with('\0'));
        let place = self.unit.place(captured.body.span);
        Ok(Query { statements, expressions, bindings, slots: self.scopes.len(), place })
    }
}
