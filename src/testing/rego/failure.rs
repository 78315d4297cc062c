//! Why a test failed. It is run once more, now with a record of how far its body got; then what
//! stands in the statement at which it ended is asked for, one term after another.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{Explanation, Program};
use crate::policy::EntryPoint;
use crate::rego::ast::{Infix, Rule, Statement, StatementKind, Term, TermKind, Variable};
use crate::rego::{Module, PolicyError};
use crate::source::Span;
use crate::testing::difference;
use crate::testing::failure::{Failure, Seen};

use super::scene::Scene;
use super::terms::{self, Part, Watched};

/// A test that is not true, and what it is instead.
pub(super) struct Failed<'f> {
    pub(super) program: &'f Program,
    /// The same with a record of how far bodies get, if it could be compiled.
    pub(super) recording: Option<&'f Program>,
    pub(super) module: &'f Module,
    pub(super) rule: &'f Rule,
    pub(super) entry: &'f EntryPoint,
    pub(super) values: Vec<Value>,
}

impl Failed<'_> {
    pub(super) fn explained(&self) -> Failure {
        let policy = &self.entry.policies[0];
        if let Some((before, ended)) = self.statements() {
            let scene = Scene { program: self.program, module: self.module, before };
            let told = Told::of(&scene, &ended);
            let message = format!("`{}` does not hold", policy.id);
            let fault = PolicyError::at(message, &self.module.source, told.span);
            return Failure {
                fault: PolicyError { label: told.label.into(), ..fault },
                seen: told.seen,
                ways: told.ways,
                differences: told.differences,
            };
        }
        let message = format!("`{}` is not true", policy.id);
        let fault = PolicyError::at(message, &policy.source, policy.span);
        let values: Vec<_> = self.values.iter().map(ToString::to_string).collect();
        let label = if values.is_empty() { "here".into() } else { is(&values.join(", ")) };
        PolicyError { label, ..fault }.into()
    }

    /// The statements that held, and the one that did not.
    fn statements(&self) -> Option<(Vec<Statement>, Statement)> {
        let mut evaluator = self.recording?.evaluator();
        evaluator.set_value(None);
        evaluator.evaluate(self.entry).ok()?;
        let (held, ended) = self.ended_at(&evaluator.explanation()?)?;
        let statements = &self.rule.body.as_ref()?.statements;
        let ended = statements.iter().find(|statement| statement.span == ended)?.clone();
        let is_before = |statement: &&Statement| {
            held.contains(&statement.span) || matches!(statement.kind, StatementKind::Some(_))
        };
        Some((statements.iter().filter(is_before).cloned().collect(), ended))
    }

    /// The places of the statements that held in the test's first body, and of the one that did
    /// not.
    fn ended_at(&self, explanation: &Explanation) -> Option<(Vec<Span>, Span)> {
        let bodies = explanation.rules.iter().flat_map(|rule| &rule.bodies);
        let mut own = bodies.filter(|body| {
            Arc::ptr_eq(&body.source, &self.module.source)
                && body.head.start == self.rule.span.start
        });
        let statements = &own.next()?.statements;
        let ended = statements.iter().rposition(|statement| statement.reached > 0)?;
        let held = statements[..ended].iter().map(|statement| statement.span).collect();
        (statements[ended].held == 0).then_some((held, statements[ended].span))
    }
}

fn is(value: &str) -> String {
    const SHOWN: usize = 40;
    if value.chars().count() <= SHOWN {
        return format!("it is {value}");
    }
    format!("it is {} ..", value.chars().take(SHOWN).collect::<String>())
}

/// What there is to say of a statement that does not hold.
struct Told {
    span: Span,
    label: &'static str,
    seen: Vec<Seen>,
    ways: usize,
    differences: Vec<String>,
}

impl Told {
    fn of(scene: &Scene<'_>, statement: &Statement) -> Self {
        Self::of_every(scene, statement).unwrap_or_else(|| Self::of_one(scene, statement, 0))
    }

    /// What is true of `every` is said of the first member that refutes it, at the statement that
    /// does not hold for it.
    fn of_every(scene: &Scene<'_>, statement: &Statement) -> Option<Self> {
        let StatementKind::Every { key, value, domain, body } = &statement.kind else {
            return None;
        };
        if statement.negated {
            return None;
        }
        let plain = |kind| Statement {
            negated: false,
            kind,
            with: statement.with.clone(),
            span: statement.span,
        };
        let members = scene.behind([
            plain(StatementKind::SomeIn {
                key: key.as_ref().map(variable),
                value: variable(value),
                collection: domain.clone(),
            }),
            plain(StatementKind::Not(body.clone())),
        ]);
        let member = [terms::alone(&variable(value), &[])];
        let refuting = members.ask(&member)?.into_iter().next()?;
        let inner = body.statements.iter().map(|one| under(one, statement));
        let inner: Vec<Statement> = inner.collect();
        let ended = (1..=inner.len()).find(|held| {
            let ways = members.behind(inner[..*held].iter().cloned()).ask(&member);
            ways.is_some_and(|ways| !ways.contains(&refuting))
        })?;
        let (held, ended) = (&inner[..ended - 1], &inner[ended - 1]);
        let scene = members.behind(held.iter().cloned());
        let at = scene.ask(&member)?.iter().position(|way| *way == refuting)?;
        let mut told = Self::of_every(&scene, ended)
            .unwrap_or_else(|| Self { ways: 1, ..Self::of_one(&scene, ended, at) });
        let [member] = &member;
        let named = refuting.into_iter().map(|values| seen(&scene, member, values));
        let named: Vec<_> = named.collect();
        told.seen.retain(|one| named.iter().all(|member| member.text != one.text));
        told.seen.splice(..0, named);
        Some(told)
    }

    /// What is true of any other statement, in one of the ways in which evaluation comes to it.
    fn of_one(scene: &Scene<'_>, statement: &Statement, at: usize) -> Self {
        let ways = |watched: &[Watched]| scene.ask(watched).unwrap_or_default();
        let way = |watched: &[Watched]| ways(watched).into_iter().nth(at).unwrap_or_default();
        let whole = match &statement.kind {
            StatementKind::Term(term) | StatementKind::Assign(_, term) => {
                way(&[terms::alone(term, &statement.with)]).pop()
            }
            _ => None,
        };
        let sides = sides(statement).map(|sides| {
            let sides = sides.map(|side| terms::alone(side, &statement.with));
            way(&sides)
        });
        let differences = match sides.as_deref() {
            Some([left, right]) => match (left.as_slice(), right.as_slice()) {
                ([left], [right]) => difference::between(left, right),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let mut watched = terms::of(statement, scene.module);
        scene.keep(&mut watched);
        // What the statement is as a whole is said beside it.
        watched.retain(|one| one.term.span != statement.span || statement.negated);
        let values = way(&watched).into_iter().zip(&watched);
        Self {
            span: statement.span,
            label: label(statement, whole.as_deref()),
            seen: worth_telling(values.map(|(values, one)| (one.part, seen(scene, one, values)))),
            ways: ways(&[]).len(),
            differences,
        }
    }
}

fn variable(variable: &Variable) -> Term {
    Term { kind: TermKind::Variable(Arc::clone(&variable.name)), span: variable.span }
}

fn seen(scene: &Scene<'_>, watched: &Watched, values: Vec<Value>) -> Seen {
    let source = &scene.module.source;
    let span = watched.term.span;
    let text = source.slice(span).split_whitespace().collect::<Vec<_>>().join(" ");
    Seen { text, source: Arc::clone(source), span, values }
}

/// A statement of the body of another, under what that replaces.
fn under(inner: &Statement, outer: &Statement) -> Statement {
    let with = inner.with.iter().chain(&outer.with).cloned().collect();
    Statement { with, ..inner.clone() }
}

/// The two sides of a comparison for equality.
fn sides(statement: &Statement) -> Option<[&Term; 2]> {
    if statement.negated {
        return None;
    }
    match &statement.kind {
        StatementKind::Unify(left, right) => Some([left, right]),
        StatementKind::Term(Term { kind: TermKind::Infix(Infix::Equal, left, right), .. }) => {
            Some([left, right])
        }
        _ => None,
    }
}

/// What is said beside the statement; `whole` is what it was as a term.
fn label(statement: &Statement, whole: Option<&[Value]>) -> &'static str {
    match (&statement.kind, whole) {
        (StatementKind::Not(_), _) => "what is denied here holds",
        _ if statement.negated => "what is denied here holds",
        (StatementKind::Term(_) | StatementKind::Assign(..), Some([])) => "this is undefined",
        (StatementKind::Term(_), Some([value])) if *value == Value::bool(false) => "this is false",
        (StatementKind::Term(_), Some([_, ..])) => "this is never true",
        (StatementKind::SomeIn { .. }, _) => "there is no such member",
        (StatementKind::Assign(..) | StatementKind::Unify(..), _) => "this does not hold",
        (StatementKind::Every { .. }, _) => "this does not hold for every member",
        _ => "it ended here",
    }
}

/// Each term once. Of what an undefined reference begins with, the longest that is there is told.
fn worth_telling(seen: impl Iterator<Item = (Part, Seen)>) -> Vec<Seen> {
    let mut told: Vec<Seen> = Vec::new();
    let mut is_open = false;
    for (part, one) in seen {
        let is_there = !one.values.is_empty();
        let wanted = match part {
            Part::Plain => true,
            Part::Replacement => is_there,
            Part::Beginning => is_open && is_there,
        };
        match part {
            Part::Beginning => is_open &= !wanted,
            _ => is_open = !is_there,
        }
        if wanted && !told.iter().any(|other| other.text == one.text) {
            told.push(one);
        }
    }
    told.sort_by_key(|one| (one.span.start, one.span.end));
    told
}
