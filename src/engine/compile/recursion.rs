//! Rules that ask for themselves, directly or through others: OPA refuses them.

use crate::engine::ir::{Callee, Expr, Mock, Program, RuleId, Statement, Tree};
use crate::rego::PolicyError;
use crate::stack;

use super::visit::{self, Visitor};

/// Every rule that takes part in a recursion, once for each loop; and how many rules may wait for
/// each other where none does.
pub(super) fn find(program: &Program) -> (Vec<PolicyError>, usize) {
    let edges: Vec<Vec<RuleId>> = program
        .rules
        .iter()
        .map(|rule| {
            let mut asked = Asked { program, rules: Vec::new() };
            rule.clauses
                .iter()
                .chain(&rule.default)
                .for_each(|clause| visit::clause(&mut asked, clause));
            asked.rules
        })
        .collect();
    let mut search = Search {
        edges: &edges,
        state: vec![State::New; edges.len()],
        heights: vec![0; edges.len()],
        path: Vec::new(),
        loops: vec![],
    };
    (0..edges.len()).for_each(|rule| search.visit(rule));
    let errors = search.loops.iter().filter_map(|path| error(program, path)).collect();
    (errors, search.heights.into_iter().max().unwrap_or(0))
}

fn error(program: &Program, path: &[RuleId]) -> Option<PolicyError> {
    let first = &program.rules[*path.first()?];
    let names: Vec<_> = path.iter().map(|rule| program.rules[*rule].name.as_str()).collect();
    let place = &first.clauses.first()?.place;
    let message = format!("the policy does not compile: `{}` asks for itself", first.name);
    let error = PolicyError::at(message, &place.source, place.span);
    Some(error.with_help(format!("{} -> {}", names.join(" -> "), first.name)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Search<'e> {
    edges: &'e [Vec<RuleId>],
    state: Vec<State>,
    /// Of each rule, how many wait for each other where it is asked, and itself.
    heights: Vec<usize>,
    path: Vec<RuleId>,
    loops: Vec<Vec<RuleId>>,
}

impl Search<'_> {
    fn visit(&mut self, rule: RuleId) {
        match self.state[rule] {
            State::Done => {}
            State::Open => {
                let start = self.path.iter().position(|open| *open == rule).unwrap_or(0);
                self.loops.push(self.path[start..].to_vec());
            }
            State::New => {
                self.state[rule] = State::Open;
                self.path.push(rule);
                for next in &self.edges[rule] {
                    stack::enough(|| self.visit(*next));
                    self.heights[rule] = self.heights[rule].max(self.heights[*next]);
                }
                self.heights[rule] += 1;
                self.path.pop();
                self.state[rule] = State::Done;
            }
        }
    }
}

/// The rules that a clause asks for.
struct Asked<'p> {
    program: &'p Program,
    rules: Vec<RuleId>,
}

impl Visitor for Asked<'_> {
    fn statement(&mut self, seen: &Statement) {
        if let Statement::With(replacements, _) = seen {
            for replacement in replacements {
                if let Mock::Function(Callee::Rule(rule)) = &replacement.value {
                    self.rules.push(*rule);
                }
            }
        }
        visit::statement(self, seen);
    }

    fn expr(&mut self, seen: &Expr) {
        match seen {
            Expr::Rule(rule) | Expr::Call(Callee::Rule(rule), ..) => self.rules.push(*rule),
            Expr::Document(path) => {
                if let Some(tree) = self.program.tree.at(path) {
                    self.tree(tree);
                }
            }
            Expr::Get(base, keys) => {
                if let Expr::Document(path) = &**base {
                    if let Some(tree) = self.program.tree.at(path) {
                        self.tree_at(tree, keys);
                    }
                    return visit::all(self, keys);
                }
            }
            _ => {}
        }
        visit::expr(self, seen);
    }
}

impl Asked<'_> {
    /// The rules that keys below a document may lead to.
    fn tree_at(&mut self, tree: &Tree, keys: &[Expr]) {
        self.rules.extend(tree.rule);
        let Some((key, rest)) = keys.split_first() else { return self.tree(tree) };
        match key.constant() {
            Some(key) => {
                if let Some(child) = key.as_str().and_then(|key| tree.children.get(key)) {
                    self.tree_at(child, rest);
                }
            }
            None => tree.children.values().for_each(|child| self.tree_at(child, rest)),
        }
    }

    fn tree(&mut self, tree: &Tree) {
        self.rules.extend(tree.rule);
        tree.children.values().for_each(|child| self.tree(child));
    }
}
