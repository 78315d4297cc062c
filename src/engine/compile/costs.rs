//! Which functions are worth remembering: those that call, make or go through something. To take
//! a field and compare it is quicker than to look whether it was done before.

use crate::engine::ir::{Callee, Expr, Program, Rule, RuleId, RuleKind, Statement};
use crate::stack;

use super::visit::{self, Visitor};

/// For each rule, whether it is a function whose results should be kept.
pub(super) fn worth_keeping(program: &Program) -> Vec<bool> {
    let mut costs = Costs { rules: &program.rules, known: vec![None; program.rules.len()] };
    (0..program.rules.len()).map(|rule| costs.of(rule) == Cost::Worth).collect()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    #[default]
    Little,
    Worth,
    /// What it prints must be printed each time.
    Prints,
}

struct Costs<'p> {
    rules: &'p [Rule],
    known: Vec<Option<Cost>>,
}

impl Costs<'_> {
    /// Rules that are no functions are found once anyway.
    fn of(&mut self, rule: RuleId) -> Cost {
        if self.rules[rule].kind != RuleKind::Function {
            return Cost::Little;
        }
        if let Some(known) = self.known[rule] {
            return known;
        }
        let mut sum = Sum { costs: self, cost: Cost::Little };
        let rules = sum.costs.rules;
        let clauses = rules[rule].clauses.iter().chain(&rules[rule].default);
        clauses.for_each(|clause| visit::clause(&mut sum, clause));
        let cost = sum.cost;
        self.known[rule] = Some(cost);
        cost
    }
}

/// The cost of what was seen.
struct Sum<'c, 'p> {
    costs: &'c mut Costs<'p>,
    cost: Cost,
}

impl Visitor for Sum<'_, '_> {
    fn statement(&mut self, seen: &Statement) {
        let cost = match seen {
            Statement::Print(..) => Cost::Prints,
            Statement::Every { .. } | Statement::Scan { .. } | Statement::With(..) => Cost::Worth,
            _ => Cost::Little,
        };
        self.cost = self.cost.max(cost);
        visit::statement(self, seen);
    }

    fn expr(&mut self, seen: &Expr) {
        let cost = match seen {
            Expr::Call(Callee::Rule(rule), ..) => stack::enough(|| self.costs.of(*rule)),
            // What they tell is told quickly, or kept itself.
            Expr::Call(Callee::Builtin(builtin), ..)
                if builtin.glance.is_some() || builtin.is_kept =>
            {
                Cost::Little
            }
            Expr::Call(Callee::Builtin(_), ..) | Expr::Comprehension(..) | Expr::Walk(_) => {
                Cost::Worth
            }
            Expr::Get(_, keys) if !keys.iter().all(Expr::is_single) => Cost::Worth,
            _ => Cost::Little,
        };
        self.cost = self.cost.max(cost);
        visit::expr(self, seen);
    }
}
