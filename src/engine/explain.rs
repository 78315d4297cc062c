//! Explanations: which rules were asked for, how far their bodies got, and what came of it.

use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::eval::Progress;
use super::ir::{Clause, Program, Rule, Statement};
use super::value::Value;

/// What was evaluated for an input, rule by rule, in the order in which rules were asked for.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// The rules.
    pub rules: Vec<ExplainedRule>,
}

/// A rule and what it gave.
#[derive(Clone, Debug)]
pub struct ExplainedRule {
    /// `data.main.deny`
    pub name: String,
    /// Whether it is a function, which has a value for each call.
    pub is_function: bool,
    /// Its value; `None` where it is undefined or a function.
    pub value: Option<Value>,
    /// Its bodies, those after `else` and its default too.
    pub bodies: Vec<ExplainedBody>,
}

/// A body and how far it got.
#[derive(Clone, Debug)]
pub struct ExplainedBody {
    /// The policy's text.
    pub source: Arc<SourceText>,
    /// The head.
    pub head: Span,
    /// Whether it stands behind `else`.
    pub is_else: bool,
    /// How often it was begun.
    pub begun: u64,
    /// How many results it gave.
    pub results: u64,
    /// Its statements, in the order in which they are evaluated.
    pub statements: Vec<ExplainedStatement>,
}

/// A statement: it was reached so often, and held so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExplainedStatement {
    /// Its place in the body's text.
    pub span: Span,
    /// How often it was looked at.
    pub reached: u64,
    /// In how many ways it held, so that evaluation went on.
    pub held: u64,
}

/// What is known of the rules that were asked for.
pub(super) fn explanation(
    program: &Program,
    progress: &Progress,
    value: impl Fn(usize) -> Option<Value>,
) -> Explanation {
    let rules = progress.rules().iter().map(|id| {
        let rule = &program.rules[*id];
        ExplainedRule {
            name: rule.name.clone(),
            is_function: rule.kind == super::ir::RuleKind::Function,
            value: value(*id),
            bodies: bodies(rule, progress),
        }
    });
    Explanation { rules: rules.collect() }
}

fn bodies(rule: &Rule, progress: &Progress) -> Vec<ExplainedBody> {
    let clauses = rule.clauses.iter().chain(&rule.default);
    clauses.flat_map(|clause| (0..clause.bodies.len()).map(|b| body(clause, b, progress))).collect()
}

fn body(clause: &Clause, number: usize, progress: &Progress) -> ExplainedBody {
    let (begun, results) = progress.of_body(clause, number);
    let source = &clause.place.source;
    let mut marks = Vec::new();
    clause.bodies[number].0.iter().for_each(|statement| collect(statement, &mut marks));
    let times: Vec<u64> =
        marks.iter().map(|(span, piece)| progress.times(source, *span, *piece)).collect();
    let mut statements: Vec<ExplainedStatement> = Vec::new();
    for (at, (span, _)) in marks.iter().enumerate() {
        let held = times.get(at + 1).copied().unwrap_or(results);
        match statements.last_mut() {
            // Another piece of the same statement.
            Some(last) if last.span == *span => last.held = held,
            _ => statements.push(ExplainedStatement { span: *span, reached: times[at], held }),
        }
    }
    ExplainedBody {
        source: Arc::clone(source),
        head: head(clause, number),
        is_else: number > 0,
        begun,
        results,
        statements,
    }
}

/// Where a body of a clause begins, as far as that is known.
pub(super) fn head(clause: &Clause, body: usize) -> Span {
    clause.heads.get(body).copied().unwrap_or(clause.place.span)
}

/// The marks of a body itself, in order; what is inside of closures tells no progress of it.
fn collect(statement: &Statement, found: &mut Vec<(Span, usize)>) {
    match statement {
        Statement::Reached(span, piece) => found.push((*span, *piece)),
        Statement::With(_, inner) => inner.iter().for_each(|one| collect(one, found)),
        _ => {}
    }
}
