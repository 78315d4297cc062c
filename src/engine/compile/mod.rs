//! From syntax trees to a program.

mod calls;
mod conditions;
mod costs;
mod fuse;
pub(in crate::engine) mod guards;
mod index;
mod lasting;
mod lower;
mod metadata;
mod query;
mod recursion;
mod scan;
mod scope;
mod settle;
pub(in crate::engine) mod visit;

use std::sync::Arc;

use crate::rego::ast::Module;
use crate::rego::{Annotation, PolicyError};
use crate::source::{SourceText, Span};

pub(in crate::engine) use self::scope::parts;
use super::ir::{Expr, Place, Program, RuleKind};
use super::types;
use super::value::Value;
pub(super) use lasting::has_call_of;
pub(super) use query::query;

/// A module and the text it was parsed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit<'m> {
    pub(super) source: &'m Arc<SourceText>,
    pub(super) module: &'m Module,
    pub(super) annotations: &'m [Annotation],
    /// Whether the rules of Rego v1 hold: it is v1, or imports `rego.v1`.
    pub(super) is_v1: bool,
}

impl Unit<'_> {
    fn place(&self, span: Span) -> Place {
        Place { source: Arc::clone(self.source), span }
    }
}

/// Compiles modules together; strictly, if asked for: nothing may be there in vain. Statements
/// are marked where it is to be told which were reached.
///
/// # Errors
///
/// Everything that OPA's compiler refuses, located: unknown names, unsafe variables, wrong
/// numbers of arguments, rules that contradict each other or ask for themselves.
pub(super) fn compile(
    units: &[Unit<'_>],
    data: Option<Value>,
    strict: bool,
    is_marked: bool,
) -> Result<Program, Vec<PolicyError>> {
    let conflicts = types::conflicts(units);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut program = Program { data, is_marked, ..Program::default() };
    let homes = index::index(units, &mut program)?;
    let named = types::name(units, strict)?;
    let mut errors = Vec::new();
    for rules in named.rules.chunk_by(|a, b| (a.unit, a.number) == (b.unit, b.number)) {
        let Some(first) = rules.first() else { continue };
        let site = metadata::Site { units, unit: first.unit, rule: first.number };
        let home = homes[first.unit][first.number];
        let is_default = units[first.unit].module.rules[first.number].is_default;
        match lower::rule(site, home, &program, rules) {
            Ok(clause) if is_default => program.rules[home.rule].default = Some(clause),
            Ok(clause) => program.rules[home.rule].clauses.push(clause),
            Err(error) => errors.push(error),
        }
    }
    let (recursions, height) = recursion::find(&program);
    errors.extend(recursions);
    program.height = height;
    if errors.is_empty() {
        // Types are told of what makes sense otherwise.
        errors = types::check(units, &named);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    guards::find(&mut program);
    let kept = costs::worth_keeping(&program);
    let lasting = lasting::lasting(&program);
    program.invents = lasting::invents(&program);
    for ((rule, is_kept), lasts) in program.rules.iter_mut().zip(kept).zip(lasting) {
        rule.is_kept = is_kept;
        rule.lasts = lasts;
        rule.uniform = is_uniform(rule);
        rule.is_plain = !is_marked && is_plain(rule);
    }
    guards::find_starts(&mut program);
    Ok(program)
}

/// Whether there is nothing to it but statements that hold in one way at most.
fn is_plain(rule: &super::ir::Rule) -> bool {
    let takes_all = |arg: &Expr| matches!(arg, Expr::Bind(_) | Expr::Any);
    let is_plain_kind = match rule.kind {
        RuleKind::Function => rule.default.is_none(),
        RuleKind::Complete => true,
        RuleKind::Set | RuleKind::Object => false,
    };
    is_plain_kind
        && rule.clauses.iter().all(|clause| {
            clause.is_straight && clause.bodies.len() == 1 && clause.args.iter().all(takes_all)
        })
}

/// Whether whichever clause holds gives the same constant.
fn is_uniform(rule: &super::ir::Rule) -> bool {
    let mut values = rule.clauses.iter().flat_map(|clause| &clause.bodies).map(|(_, value)| value);
    let Some(Expr::Constant(first)) = values.next() else { return false };
    values.all(|value| matches!(value, Expr::Constant(other) if other == first))
}
