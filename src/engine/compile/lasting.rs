//! Which rules say the same of every input: they are found once, and stay.

use crate::engine::ir::{Callee, Expr, Program, RuleId, RuleKind, Statement};
use crate::stack;

use super::visit::{self, Visitor};

/// The most rules that may wait for each other while one is found that lasts: it is found apart
/// from what asks for it, and so is counted for nobody.
const DEEPEST: usize = 64;

/// Functions that invent what they give, each time something else.
const INVENTORS: [&str; 4] =
    ["io.jwt.encode_sign", "io.jwt.encode_sign_raw", "rand.intn", "uuid.rfc4122"];

/// For each rule, whether it lasts.
pub(super) fn lasting(program: &Program) -> Vec<bool> {
    let mut depths = Depths { program, known: vec![None; program.rules.len()] };
    let lasts = |depth: Option<usize>| depth.is_some_and(|depth| depth <= DEEPEST);
    let rules = program.rules.iter().enumerate();
    rules.map(|(id, rule)| rule.kind != RuleKind::Function && lasts(depths.of(id))).collect()
}

/// Whether a rule calls a function that invents what it gives.
pub(super) fn invents(program: &Program) -> bool {
    has_call_of(program, &INVENTORS)
}

/// Whether a rule calls one of these builtins.
pub(in crate::engine) fn has_call_of(program: &Program, names: &[&str]) -> bool {
    struct Calls<'n>(&'n [&'n str], bool);
    impl Visitor for Calls<'_> {
        fn expr(&mut self, seen: &Expr) {
            self.1 |= is_call_of(seen, self.0);
            visit::expr(self, seen);
        }
    }
    let mut found = Calls(names, false);
    let clauses = program.rules.iter().flat_map(|rule| rule.clauses.iter().chain(&rule.default));
    clauses.for_each(|clause| visit::clause(&mut found, clause));
    found.1
}

fn is_call_of(expr: &Expr, names: &[&str]) -> bool {
    matches!(expr, Expr::Call(Callee::Builtin(builtin), ..) if names.contains(&builtin.name))
}

/// How many rules wait for each other at most, for each that is independent of the input.
struct Depths<'p> {
    program: &'p Program,
    known: Vec<Option<Option<usize>>>,
}

impl Depths<'_> {
    fn of(&mut self, id: RuleId) -> Option<usize> {
        if let Some(known) = self.known[id] {
            return known;
        }
        let rule = &self.program.rules[id];
        let mut depth = Depth { depths: self, deepest: Some(0) };
        let clauses = rule.clauses.iter().chain(&rule.default);
        clauses.for_each(|clause| visit::clause(&mut depth, clause));
        let depth = depth.deepest.map(|deepest| deepest + 1);
        self.known[id] = Some(depth);
        depth
    }

    /// Whether a document has nothing but data that are the same for every input.
    fn is_fixed(&self, path: &[std::sync::Arc<str>]) -> bool {
        // The file's name is put there anew for each.
        let may_name_file = path.first().is_none_or(|first| &**first == "conftest");
        !may_name_file && self.program.tree.at(path).is_none()
    }
}

/// How deep what was seen goes; nothing if it depends on the input.
struct Depth<'d, 'p> {
    depths: &'d mut Depths<'p>,
    deepest: Option<usize>,
}

impl Depth<'_, '_> {
    fn asks(&mut self, rule: RuleId) {
        let depth = stack::enough(|| self.depths.of(rule));
        self.deepest = self.deepest.zip(depth).map(|(one, other)| one.max(other));
    }
}

impl Visitor for Depth<'_, '_> {
    fn statement(&mut self, seen: &Statement) {
        match seen {
            // What it prints is printed for each input, and what it sees is not what others see.
            Statement::Print(..) => self.deepest = None,
            Statement::With(replacements, _) if !replacements.is_empty() => self.deepest = None,
            _ if self.deepest.is_some() => visit::statement(self, seen),
            _ => {}
        }
    }

    fn expr(&mut self, seen: &Expr) {
        match seen {
            Expr::Input => self.deepest = None,
            Expr::Document(path) if !self.depths.is_fixed(path) => self.deepest = None,
            Expr::Rule(rule) => self.asks(*rule),
            seen if is_call_of(seen, &INVENTORS) => self.deepest = None,
            Expr::Call(Callee::Rule(rule), ..) => self.asks(*rule),
            _ => {}
        }
        if self.deepest.is_some() {
            visit::expr(self, seen);
        }
    }
}
