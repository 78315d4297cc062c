//! What terms are worth at a place in a body, found by asking for them there.

use std::sync::Arc;

use crate::engine::Program;
use crate::engine::value::Value;
use crate::rego::Module;
use crate::rego::ast::{Body, Statement, StatementKind, Term, TermKind, Variable};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;
use crate::testing::failure::MOST_WAYS;

use super::terms::Watched;

/// The statements that hold before a place, in a module whose names they know.
#[derive(Clone)]
pub(super) struct Scene<'s> {
    pub(super) program: &'s Program,
    pub(super) module: &'s Module,
    pub(super) before: Vec<Statement>,
}

/// The values of each term, in one way in which the statements before hold. None is undefined.
pub(super) type Way = Vec<Vec<Value>>;

impl Scene<'_> {
    /// The same with more statements that hold.
    pub(super) fn behind(&self, more: impl IntoIterator<Item = Statement>) -> Self {
        let mut scene = self.clone();
        scene.before.extend(more);
        scene
    }

    /// Keeps the terms that mean something here: a variable may have no value yet.
    pub(super) fn keep(&self, watched: &mut Vec<Watched>) {
        watched.retain(|one| self.query(std::slice::from_ref(one)).is_some());
    }

    /// The values of terms in every way in which the statements hold, as far as ways are counted;
    /// `None` if that can't be told.
    pub(super) fn ask(&self, watched: &[Watched]) -> Option<Vec<Way>> {
        let query = self.query(watched)?;
        let mut evaluator = self.program.evaluator();
        evaluator.set_value(None);
        let rows = evaluator.query_first(&query, MOST_WAYS).ok()?;
        let ways = rows.into_iter().map(|row| {
            let values = (0..watched.len()).map(|number| {
                let found = row.bindings.get(&*name(number)).and_then(Value::as_array);
                found.map(<[Value]>::to_vec).unwrap_or_default()
            });
            values.collect()
        });
        Some(ways.collect())
    }

    fn query(&self, watched: &[Watched]) -> Option<crate::engine::Query> {
        let mut statements = self.before.clone();
        statements.retain(|statement| !prints(statement));
        declare_what_is_used(&mut statements);
        let asked = watched.iter().enumerate();
        statements.extend(asked.map(|(number, one)| all_values(number, one)));
        let span = statements.first().map_or(Span::default(), |first| first.span);
        self.program.query_in(self.module, Body { statements, span }).ok()
    }
}

/// A name that no text can have.
fn name(number: usize) -> Arc<str> {
    format!("\u{1}{number}").into()
}

/// `name := [value | value := term]`, which is there whether the term is or not.
fn all_values(number: usize, watched: &Watched) -> Statement {
    let span = watched.term.span;
    let variable = |name: Arc<str>| Term { kind: TermKind::Variable(name), span };
    let assign = |left: Arc<str>, right: Term, with: &[_]| {
        let kind = StatementKind::Assign(variable(left), right);
        Statement { negated: false, kind, with: with.to_vec(), span }
    };
    let value: Arc<str> = "\u{1}".into();
    let inner = assign(Arc::clone(&value), watched.term.clone(), &watched.with);
    let body = Body { statements: vec![inner], span };
    let kind = TermKind::ArrayComprehension(Box::new(variable(value)), body);
    assign(name(number), Term { kind, span }, &[])
}

fn prints(statement: &Statement) -> bool {
    let StatementKind::Term(Term { kind: TermKind::Call(function, _), .. }) = &statement.kind
    else {
        return false;
    };
    matches!(&function.kind, TermKind::Variable(name) if &**name == "print")
}

/// A variable that is declared must be used: declarations stay for those that still are.
fn declare_what_is_used(statements: &mut Vec<Statement>) {
    let mut used = Used(Vec::new());
    statements.iter().for_each(|statement| used.statement(statement));
    let is_used = |variable: &Variable| used.0.contains(&variable.name);
    statements.retain_mut(|statement| match &mut statement.kind {
        StatementKind::Some(variables) => {
            variables.retain(is_used);
            !variables.is_empty()
        }
        _ => true,
    });
}

/// The names that terms have in them.
struct Used(Vec<Arc<str>>);

impl Visitor for Used {
    fn term(&mut self, seen: &Term) {
        if let TermKind::Variable(name) = &seen.kind {
            self.0.push(Arc::clone(name));
        }
        visit::term(self, seen);
    }
}
