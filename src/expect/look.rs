//! Whether a policy in Rego looks at an object: what its rule reads of it, and what keeps its
//! clauses from holding for such a kind.

use std::sync::Arc;

use crate::engine::{Evaluator, Program, Proof, Query, Row};
use crate::gatekeeper::Seen;
use crate::manifest::{Pointer, Step};
use crate::policy::{EntryPoint, PolicySet};
use crate::rego::ast::Body;
use crate::stack;

/// An entry point, ready to be tried on objects.
pub(super) struct Eye<'p> {
    entry: &'p EntryPoint,
    /// For each of its clauses the statements that stand by themselves; none for a clause that may
    /// hold otherwise.
    clauses: Vec<Option<Vec<Arc<Query>>>>,
}

impl<'p> Eye<'p> {
    pub(super) fn of(entry: &'p EntryPoint, policies: &PolicySet, program: &Program) -> Self {
        let clauses = policies.clauses_of(entry).into_iter().map(|clause| {
            let module = policies.modules.get(clause.module)?;
            let rule = module.syntax.rules.get(clause.rule)?;
            let body = rule.body.as_ref().filter(|_| rule.otherwise.is_empty())?;
            let alone = body.statements.iter().filter_map(|statement| {
                let body = Body { statements: vec![statement.clone()], span: body.span };
                // One that needs the variables of others says nothing by itself.
                program.query_in(module, body).ok().map(Arc::new)
            });
            Some(alone.collect())
        });
        Self { entry, clauses: clauses.collect() }
    }

    /// Whether the rule reads more of an object than what kind it is of, or says something of it.
    /// One that can't be evaluated may well look.
    pub(super) fn looks(&self, seen: &Seen, evaluator: &mut Evaluator) -> bool {
        stack::deep(|| {
            evaluator.set_input(&seen.input, "");
            let Ok(outcome) = evaluator.evaluate(self.entry) else { return true };
            if !outcome.results.is_empty() {
                return true;
            }
            reads_more(evaluator.reads().as_ref(), seen)
                && self.clauses.iter().any(|clause| {
                    let statements = clause.as_deref().unwrap_or_default();
                    !statements.iter().any(|one| is_kept_out(one, seen, evaluator))
                })
        })
    }
}

/// Whether a statement does not hold of an object for what kind that is of.
fn is_kept_out(statement: &Query, seen: &Seen, evaluator: &mut Evaluator) -> bool {
    evaluator.set_input(&seen.input, "");
    !may_hold(statement, evaluator) && !reads_more(evaluator.reads().as_ref(), seen)
}

/// Whether a query holds as the body of a rule would. One that fails, or has more ways to hold than
/// are looked at, may.
pub(crate) fn may_hold(query: &Query, evaluator: &mut Evaluator) -> bool {
    const MOST: usize = 64;
    let rows = evaluator.query_first(query, MOST);
    rows.map_or(true, |rows| rows.len() >= MOST || rows.iter().any(Row::holds))
}

/// Whether more was read than what kind it is of.
fn reads_more(reads: Option<&Proof>, seen: &Seen) -> bool {
    let Some(reads) = reads.filter(|reads| reads.is_whole) else { return true };
    let looked = [&reads.used, &reads.printed, &reads.missing];
    looked.into_iter().any(|paths| seen.in_object(paths).any(|path| is_more(&path)))
        || seen.in_object(&reads.stepped).any(|path| !path.0.is_empty() && is_more(&path))
}

fn is_more(path: &Pointer) -> bool {
    match path.0.first() {
        Some(Step::Key(key)) => !matches!(&**key, "kind" | "apiVersion"),
        _ => true,
    }
}
