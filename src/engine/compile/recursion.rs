//! Rules that ask for themselves, directly or through others: OPA refuses them.

use crate::engine::ir::{Callee, Clause, Expr, Mock, Program, RuleId, Statement, Tree};
use crate::rego::PolicyError;
use crate::stack;

/// Every rule that takes part in a recursion, once for each loop.
pub(super) fn find(program: &Program) -> Vec<PolicyError> {
    let edges: Vec<Vec<RuleId>> = program
        .rules
        .iter()
        .map(|rule| {
            let mut asked = Asked { program, rules: Vec::new() };
            rule.clauses.iter().chain(&rule.default).for_each(|clause| asked.clause(clause));
            asked.rules
        })
        .collect();
    let mut search = Search {
        edges: &edges,
        state: vec![State::New; edges.len()],
        path: Vec::new(),
        loops: vec![],
    };
    (0..edges.len()).for_each(|rule| search.visit(rule));
    search.loops.iter().filter_map(|path| error(program, path)).collect()
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
                self.edges[rule].iter().for_each(|next| stack::enough(|| self.visit(*next)));
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

impl Asked<'_> {
    fn clause(&mut self, clause: &Clause) {
        self.all(clause.args.iter().chain(&clause.keys));
        for (body, value) in &clause.bodies {
            body.iter().for_each(|statement| self.statement(statement));
            self.expr(value);
        }
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Test(expr) => self.expr(expr),
            Statement::Unify(left, right) => self.all([left, right]),
            Statement::Not(body) => body.iter().for_each(|inner| self.statement(inner)),
            Statement::Reached(..) => {}
            Statement::Print(parts, _) => self.all(parts),
            Statement::Either(bodies) => {
                bodies.iter().flatten().for_each(|inner| self.statement(inner));
            }
            Statement::Every { domain, body, .. } => {
                self.expr(domain);
                body.iter().for_each(|inner| self.statement(inner));
            }
            Statement::With(replacements, body) => {
                for replacement in replacements {
                    match &replacement.value {
                        Mock::Value(value) => self.expr(value),
                        Mock::Function(Callee::Rule(rule)) => self.rules.push(*rule),
                        Mock::Function(Callee::Builtin(_)) => {}
                    }
                }
                body.iter().for_each(|inner| self.statement(inner));
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Rule(rule) => self.rules.push(*rule),
            Expr::Document(path) => {
                if let Some(tree) = self.program.tree.at(path) {
                    self.tree(tree);
                }
            }
            Expr::Call(callee, args, _) => {
                if let Callee::Rule(rule) = callee {
                    self.rules.push(*rule);
                }
                self.all(args);
            }
            Expr::Array(items) | Expr::Set(items) | Expr::Template(items) => self.all(items),
            Expr::Object(fields) => self.all(fields.iter().flat_map(|(key, value)| [key, value])),
            Expr::Get(base, keys) => {
                match &**base {
                    Expr::Document(path) => {
                        if let Some(tree) = self.program.tree.at(path) {
                            self.tree_at(tree, keys);
                        }
                    }
                    base => self.expr(base),
                }
                self.all(keys);
            }
            Expr::Walk(inner) | Expr::Single(inner) => self.expr(inner),
            Expr::Infix(_, left, right, _) => {
                self.expr(left);
                self.expr(right);
            }
            Expr::In { key, value, collection } => {
                key.iter().chain([value, collection]).for_each(|part| self.expr(part));
            }
            Expr::Comprehension(_, body, head) => {
                body.iter().for_each(|statement| self.statement(statement));
                self.all([&head.0, &head.1]);
            }
            Expr::Constant(_) | Expr::Slot(_) | Expr::Bind(_) | Expr::Any | Expr::Input => {}
        }
    }

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
