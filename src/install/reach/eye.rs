//! Whether a rule looks at what it is shown, or is kept from it by what kind that is.

use std::sync::Arc;

use crate::engine::{Evaluator, Program, Proof, Query};
use crate::expect::may_hold;
use crate::manifest::{Node, Pointer};
use crate::policy::{ClauseRef, Dialect, EntryPoint, PolicySet};
use crate::rego::ast::Body;
use crate::stack;

/// An entry point, ready to be shown requests.
pub(super) struct Eye<'p> {
    entry: &'p EntryPoint,
    /// For each of its clauses conditions that have to hold, each by itself; none for a clause that
    /// may hold otherwise.
    clauses: Vec<Option<Vec<Arc<Query>>>>,
}

impl<'p> Eye<'p> {
    pub(super) fn of(entry: &'p EntryPoint, policies: &PolicySet, program: &Program) -> Self {
        let clauses = policies.clauses_of(entry).into_iter();
        Self {
            entry,
            clauses: clauses.map(|clause| conditions(clause, policies, program)).collect(),
        }
    }

    /// Whether the rule says something of the input, or may say something of another one that is a
    /// request of the same kind. One that can't be evaluated may.
    pub(super) fn looks(&self, input: &Node, evaluator: &mut Evaluator) -> bool {
        stack::deep(|| {
            evaluator.set_input(input, "");
            let Ok(outcome) = evaluator.evaluate(self.entry) else { return true };
            if !outcome.results.is_empty() {
                return true;
            }
            // It is known what comes of the rest: it was not asked for.
            self.reads_more(evaluator.reads().as_ref())
                && self.clauses.iter().any(|clause| {
                    let conditions = clause.as_deref().unwrap_or_default();
                    !conditions.iter().any(|one| self.is_shut(one, input, evaluator))
                })
        })
    }

    /// Whether a condition does not hold of the input for what kind of request that is.
    fn is_shut(&self, condition: &Query, input: &Node, evaluator: &mut Evaluator) -> bool {
        evaluator.set_input(input, "");
        !may_hold(condition, evaluator) && !self.reads_more(evaluator.reads().as_ref())
    }

    /// Whether more was read than what tells the kind of the request.
    fn reads_more(&self, reads: Option<&Proof>) -> bool {
        let Some(reads) = reads.filter(|reads| reads.is_whole) else { return true };
        let Proof { used, stepped, printed, missing, .. } = reads;
        let is_more = |path: &&Pointer| !tells_kind(self.entry.dialect, path);
        let looked = used.iter().chain(printed).chain(missing);
        looked.chain(stepped.iter().filter(|path| !path.0.is_empty())).any(|path| is_more(&path))
    }
}

/// The statements of a clause that can stand by themselves. One that can't is taken together with those
/// before it.
fn conditions(
    clause: ClauseRef,
    policies: &PolicySet,
    program: &Program,
) -> Option<Vec<Arc<Query>>> {
    let module = policies.modules.get(clause.module)?;
    let rule = module.syntax.rules.get(clause.rule)?;
    let body = rule.body.as_ref().filter(|_| rule.otherwise.is_empty())?;
    let query = |from: usize, to: usize| {
        let statements = body.statements.get(from..to)?.to_vec();
        program.query_in(module, Body { statements, span: body.span }).ok()
    };
    let each = 0..body.statements.len();
    let conditions = each.filter_map(|at| query(at, at + 1).or_else(|| query(0, at + 1)));
    Some(conditions.map(Arc::new).collect())
}

/// Whether all that is read at a path is the same in all requests of a kind.
fn tells_kind(dialect: Dialect, path: &Pointer) -> bool {
    const OBJECT: [&str; 2] = ["apiVersion", "kind"];
    const REQUEST: [&str; 7] = [
        "kind",
        "resource",
        "subResource",
        "requestKind",
        "requestResource",
        "requestSubResource",
        "operation",
    ];
    let mut keys = path.0.iter().map(|step| step.as_key().unwrap_or_default());
    let request = match dialect {
        Dialect::Manifest | Dialect::Kubescape => {
            return keys.next().is_some_and(|key| OBJECT.contains(&key));
        }
        Dialect::Admission => "request",
        Dialect::Gatekeeper => "review",
    };
    match (keys.next(), keys.next()) {
        // Parameters are those of the policy itself.
        (Some("parameters"), _) => dialect == Dialect::Gatekeeper,
        (Some(first), Some("object" | "oldObject")) if first == request => {
            keys.next().is_some_and(|key| OBJECT.contains(&key))
        }
        (Some(first), Some(field)) if first == request => REQUEST.contains(&field),
        (Some(first), None) => OBJECT.contains(&first) && dialect == Dialect::Admission,
        _ => false,
    }
}
