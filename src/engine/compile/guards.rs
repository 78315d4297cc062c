//! Guards: beginnings that many clauses have in common. Whether any member of a collection passes
//! is found once for an input, and clauses behind a guard that lets nothing through are left alone.
//!
//! Of a library of checks, dozens may begin with the containers that run one program.

use std::collections::HashMap;

use crate::engine::ir::{Callee, Clause, Expr, Found, Program, Rule, RuleId, RuleKind, Statement};
use crate::engine::value::Value;

/// How many statements a guard consists of.
pub(in crate::engine) const LENGTH: usize = 2;

/// A rule that is gone through, and a function that each member is handed to, with constants
/// beside it.
type Guard = (RuleId, RuleId, Vec<Option<Value>>);

/// Gives numbers to the guards that clauses share: they come behind those of the rules.
pub(super) fn find(program: &mut Program) {
    let mut clauses: HashMap<Guard, Vec<(RuleId, usize)>> = HashMap::new();
    for (id, rule) in program.rules.iter().enumerate() {
        for (at, clause) in rule.clauses.iter().enumerate() {
            if let Some(guard) = guard(clause) {
                clauses.entry(guard).or_default().push((id, at));
            }
        }
    }
    let mut shared: Vec<_> = clauses.into_values().filter(|clauses| clauses.len() > 1).collect();
    shared.sort_unstable();
    for clauses in shared {
        let number = program.rules.len() + program.guards;
        program.guards += 1;
        for (rule, at) in clauses {
            program.rules[rule].clauses[at].guard = Some(number);
        }
    }
}

/// Gives numbers to what clauses of plain functions begin with that says the same of all
/// arguments: whether it holds is found once for an input.
pub(super) fn find_starts(program: &mut Program) {
    let mut number = program.rules.len() + program.guards;
    let is_wanted = |rule: &&mut Rule| rule.is_plain && rule.kind == RuleKind::Function;
    for rule in program.rules.iter_mut().filter(is_wanted) {
        for clause in &mut rule.clauses {
            let Some((body, _)) = clause.bodies.first() else { continue };
            let length = body.iter().take_while(|statement| is_closed(statement)).count();
            if length > 0 {
                clause.start = Some((number, length));
                number += 1;
            }
        }
    }
    program.guards = number - program.rules.len();
}

/// Whether a statement has nothing to do with variables.
fn is_closed(statement: &Statement) -> bool {
    match statement {
        Statement::Test(expr) | Statement::Unify(Expr::Any, expr) => is_fixed(expr),
        Statement::Not(inner) => inner.iter().all(is_closed),
        _ => false,
    }
}

/// Whether a term is made of rules, of the input and of constants, and compared at most.
fn is_fixed(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_) | Expr::Input | Expr::Rule(_) => true,
        Expr::Single(inner) => is_fixed(inner),
        Expr::Get(base, keys) => is_fixed(base) && keys.iter().all(is_fixed),
        Expr::Infix(_, left, right, _) => is_fixed(left) && is_fixed(right),
        _ => false,
    }
}

fn guard(clause: &Clause) -> Option<Guard> {
    let [(body, _)] = clause.bodies.as_slice() else { return None };
    let [Statement::Scan { collection, key: None, path, found: Found::Value(slot) }, test, ..] =
        body.as_slice()
    else {
        return None;
    };
    let (Expr::Rule(rule), [], Statement::Test(test)) = (inside(collection), path.as_slice(), test)
    else {
        return None;
    };
    let Expr::Call(Callee::Rule(function), args, _) = inside(test) else { return None };
    let arg = |arg: &Expr| match arg {
        Expr::Constant(value) => Some(Some(value.clone())),
        Expr::Slot(given) if given == slot => Some(None),
        _ => None,
    };
    Some((*rule, *function, args.iter().map(arg).collect::<Option<_>>()?))
}

fn inside(expr: &Expr) -> &Expr {
    if let Expr::Single(inner) = expr { inner } else { expr }
}
