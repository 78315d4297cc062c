//! From rules whose statements are in order to what is evaluated: variables become slots, names
//! of rules their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{
    Callee, Clause, Comprehension, Expr, Mock, Place, Program, Replacement, RuleKind, Statement,
    Target,
};
use crate::engine::types::core::{
    self, Base, Body, Collection, ExprKind, Joint, Kind, Reference, Term, Var,
};
use crate::engine::value::{NodeId, Value};
use crate::rego::PolicyError;
use crate::rego::ast::{Else, HeadKind, Infix};
use crate::source::Span;

use super::Unit;
use super::fuse::{self, Counts};
use super::index::Home;
use super::metadata::Site;
use super::scan::scanning;
use super::settle::{Bound, settle, settle_pattern, settle_unify};

pub(super) type Lowered<T> = Result<T, PolicyError>;

/// Compiles one clause of a rule: its head with its body, and those after `else`.
pub(super) fn rule(
    site: Site<'_>,
    home: Home,
    program: &Program,
    rules: &[core::Rule],
) -> Lowered<Clause> {
    let unit = &site.units[site.unit];
    let ast = &unit.module.rules[site.rule];
    let head = &ast.head;
    let mut clause = Clause {
        args: Vec::new(),
        keys: Vec::new(),
        is_member: matches!(head.kind, HeadKind::Contains(_)),
        bodies: Vec::new(),
        slots: 0,
        place: Place { source: Arc::clone(unit.source), span: head.span },
        others: ast.otherwise.iter().map(else_head).collect(),
        origin: (site.unit, site.rule),
    };
    let mut args = Counts::default();
    for rule in rules {
        // An argument that any of the bodies reads has to be kept.
        let counts = Counts::of_rule(rule);
        for var in (0..rule.variables).filter(|var| counts.of(*var) > 1) {
            args.note(var);
            args.note(var);
        }
    }
    let mut bound = Bound::new();
    for (number, rule) in rules.iter().enumerate() {
        let counts = Counts::of_rule(rule);
        let mut lowering = Lowering { unit, program, site: Some(site), counts: &counts };
        if number == 0 {
            let mut heads = Lowering { counts: &args, ..lowering };
            for arg in &rule.args {
                let lowered = heads.term(arg, &bound)?;
                match settle_pattern(&lowered, &mut bound) {
                    Some(arg) => clause.args.push(arg),
                    None => return lowering.unbound(arg.span),
                }
            }
        }
        let mut bound = bound.clone();
        let mut body = lowering.body(&rule.body, &mut bound)?;
        let mut conditions = lowering.conditions(&rule.body)?;
        conditions.append(&mut body);
        body = conditions;
        if number == 0 {
            let own = unit.module.package.len() + 1 + home.named;
            for part in rule.path.iter().skip(own) {
                clause.keys.push(Expr::Constant(Value::string(Arc::clone(part))));
            }
            for key in &rule.keys {
                clause.keys.push(lowering.settled(key, &mut bound)?);
            }
        }
        let value = lowering.settled(&rule.value, &mut bound)?;
        clause.bodies.push((body, value));
        clause.slots = clause.slots.max(rule.variables);
    }
    Ok(clause)
}

/// `else := value`, as far as the value goes.
fn else_head(other: &Else) -> Span {
    const ELSE: usize = "else".len();
    let end = other.value.as_ref().map_or(other.span.start + ELSE, |value| value.span.end);
    Span::new(other.span.start, end)
}

#[derive(Clone, Copy)]
pub(super) struct Lowering<'l> {
    pub(super) unit: &'l Unit<'l>,
    pub(super) program: &'l Program,
    /// The rule, if it is one.
    pub(super) site: Option<Site<'l>>,
    pub(super) counts: &'l Counts,
}

impl Lowering<'_> {
    fn error<T>(&self, message: impl Into<String>, span: Span) -> Lowered<T> {
        let message = format!("the policy does not compile: {}", message.into());
        Err(PolicyError::at(message, self.unit.source, span))
    }

    fn unbound<T>(&self, span: Span) -> Lowered<T> {
        self.error("a variable is unsafe here: nothing gives it a value", span)
    }

    fn settled(&mut self, term: &Term, bound: &mut Bound) -> Lowered<Expr> {
        let lowered = self.term(term, bound)?;
        settle(&lowered, bound).map_or_else(|| self.unbound(term.span), Ok)
    }

    pub(super) fn body(&mut self, body: &Body, bound: &mut Bound) -> Lowered<Vec<Statement>> {
        let fused = fuse::fuse(body, self.counts, &|callee| self.inputs(callee));
        let mut lowered: Vec<Statement> = Vec::with_capacity(fused.len());
        let mut pieces: BTreeMap<Span, usize> = BTreeMap::new();
        let mut last = Arc::default();
        for expr in &fused {
            let replacements = if expr.with.is_empty() || Arc::ptr_eq(&expr.with, &last) {
                Vec::new()
            } else {
                self.replacements(expr, bound)?
            };
            let mut statement = self.statement(expr, bound)?;
            if self.program.is_marked
                && let Some(span) = expr.origin
            {
                let piece = pieces.entry(span).or_default();
                let mark = Statement::Reached(span, *piece);
                *piece += 1;
                statement = Statement::With(Vec::new(), vec![mark, statement]);
            }
            // Pieces of one statement are evaluated under one replacement.
            if expr.with.is_empty() {
                lowered.push(statement);
            } else if replacements.is_empty() {
                match lowered.last_mut() {
                    Some(Statement::With(_, inner)) => inner.push(statement),
                    _ => lowered.push(statement),
                }
            } else {
                lowered.push(Statement::With(replacements, vec![statement]));
            }
            last = Arc::clone(&expr.with);
        }
        Ok(lowered)
    }

    /// What a body needs of the input, to be asked before anything in it can fail: OPA's index of
    /// rules leaves out bodies that can't hold, and with them their errors.
    fn conditions(&mut self, body: &Body) -> Lowered<Vec<Statement>> {
        let first = body.iter().position(may_fail);
        let Some(first) = first.filter(|_| !self.program.is_marked) else { return Ok(Vec::new()) };
        let prints = |expr: &core::Expr| {
            matches!(expr.kind, ExprKind::Call(core::Callee::Builtin("print"), _))
        };
        if body.iter().any(prints) {
            return Ok(Vec::new());
        }
        let none = Bound::new();
        let mut constants: BTreeMap<Var, Value> = BTreeMap::new();
        let mut aliases: BTreeMap<Var, Expr> = BTreeMap::new();
        let mut conditions = Vec::new();
        for (number, expr) in body.iter().enumerate() {
            if expr.negated || !expr.with.is_empty() {
                continue;
            }
            let is_late = number >= first;
            let (left, right) = match &expr.kind {
                ExprKind::Term(term) if is_input(term) && is_late => {
                    conditions.push(Statement::Unify(Expr::Any, single(self.term(term, &none)?)));
                    continue;
                }
                ExprKind::Unify { left, right, .. } => (left, right),
                _ => continue,
            };
            for (side, other) in [(left, right), (right, left)] {
                let value = match (&other.kind, other.constant()) {
                    (Kind::Variable(var), _) => constants.get(var).cloned(),
                    (_, constant) => constant.filter(is_indexed),
                };
                if is_input(side) {
                    let found = single(self.term(side, &none)?);
                    match (value, &other.kind) {
                        (Some(value), _) if is_late => {
                            conditions.push(equal(found, value, expr.span));
                        }
                        (None, Kind::Variable(var)) => {
                            aliases.entry(*var).or_insert_with(|| found.clone());
                            if is_late {
                                conditions.push(Statement::Unify(Expr::Any, found));
                            }
                        }
                        _ => {}
                    }
                } else if let (Kind::Variable(var), Some(value)) = (&side.kind, value) {
                    match aliases.get(var) {
                        Some(found) if is_late => {
                            conditions.push(equal(found.clone(), value, expr.span));
                        }
                        Some(_) => {}
                        None => {
                            constants.insert(*var, value);
                        }
                    }
                }
            }
        }
        Ok(conditions)
    }

    fn statement(&mut self, expr: &core::Expr, bound: &mut Bound) -> Lowered<Statement> {
        if expr.negated {
            let inner = core::Expr { negated: false, ..expr.clone() };
            return Ok(Statement::Not(vec![self.statement(&inner, &mut bound.clone())?]));
        }
        let (left, right) = match &expr.kind {
            ExprKind::Term(term) => {
                return Ok(scanning(Statement::Test(self.settled(term, bound)?)));
            }
            ExprKind::Unify { left, right, .. } => {
                (self.term(left, bound)?, self.term(right, bound)?)
            }
            ExprKind::Call(core::Callee::Builtin("print"), args) => {
                let parts = args.iter().map(|arg| self.settled(arg, bound));
                return Ok(Statement::Print(parts.collect::<Lowered<_>>()?, expr.span));
            }
            ExprKind::Call(callee, args) => {
                let inputs = self.inputs(callee).unwrap_or(args.len()).min(args.len());
                let (inputs, output) = args.split_at(inputs);
                let value = self.call(callee, inputs, expr.span, bound)?;
                match output {
                    [] => match settle(&value, bound) {
                        Some(value) => return Ok(Statement::Test(value)),
                        None => return self.unbound(expr.span),
                    },
                    [output, ..] => (self.term(output, bound)?, value),
                }
            }
            ExprKind::Every { key, value, domain, body } => {
                let domain = self.settled(domain, bound)?;
                let mut inner = bound.clone();
                inner.extend([*key, *value]);
                let body = self.body(body, &mut inner)?;
                let key = (self.counts.of(*key) > 1).then_some(*key);
                return Ok(Statement::Every { key, value: *value, domain, body });
            }
            ExprKind::Nested(nesting, bodies) => {
                let bodies = bodies.iter().map(|body| self.body(body, &mut bound.clone()));
                let bodies = bodies.collect::<Lowered<Vec<_>>>()?;
                return Ok(match nesting.joint {
                    Joint::Not => Statement::Not(vec![Statement::Either(bodies)]),
                    Joint::Or => Statement::Either(bodies),
                    Joint::And => {
                        let each = |body| Statement::Either(vec![body]);
                        Statement::With(Vec::new(), bodies.into_iter().map(each).collect())
                    }
                });
            }
        };
        match settle_unify(&left, &right, bound) {
            // What has its values already is only compared.
            Some(Statement::Unify(pattern, value)) if pattern.is_plain() && value.is_plain() => {
                let equal =
                    Expr::Infix(Infix::Equal, Box::new(pattern), Box::new(value), expr.span);
                Ok(Statement::Test(Expr::Single(Box::new(equal))))
            }
            Some(statement) => Ok(scanning(statement)),
            None => self.unbound(expr.span),
        }
    }

    fn replacements(&mut self, expr: &core::Expr, bound: &mut Bound) -> Lowered<Vec<Replacement>> {
        let mut replacements = Vec::with_capacity(expr.with.len());
        for with in expr.with.iter() {
            let target = match &with.target {
                core::Target::Function(core::Callee::Builtin(name)) => Target::Builtin(name),
                core::Target::Function(core::Callee::Rule(path)) => self.target(path, with.span)?,
                core::Target::Document(Reference { base, keys }) => {
                    let name = |key: &Term| key.constant()?.as_str().map(Arc::from);
                    match (base, keys.iter().map(name).collect::<Option<Vec<Arc<str>>>>()) {
                        (Base::Root("input"), Some(path)) => Target::Input(strings(&path)),
                        (Base::Root(_), Some(path)) => self.target(&path, with.span)?,
                        _ => Target::Nothing(with.span),
                    }
                }
            };
            let mocks_function = match &target {
                Target::Builtin(_) => true,
                Target::Rule(rule) => self.program.rules[*rule].kind == RuleKind::Function,
                _ => false,
            };
            let value = match &with.value {
                core::Replacement::Value(value) => Mock::Value(self.settled(value, bound)?),
                core::Replacement::Document(path) => Mock::Lookup(match self.rule_at(path) {
                    Some((rule, _)) => Expr::Rule(rule),
                    None => Expr::Document(path.clone()),
                }),
                core::Replacement::Function(callee) if mocks_function => {
                    match self.callee(callee) {
                        Some(callee) => Mock::Function(callee),
                        None => return self.error("there is no such function", with.span),
                    }
                }
                core::Replacement::Function(_) => {
                    return self.error("a function can't take the place of a value", with.span);
                }
            };
            replacements.push(Replacement { target, value });
        }
        Ok(replacements)
    }

    /// What `with` replaces below `data`: a rule as a whole, or a document that is none's.
    fn target(&self, path: &[Arc<str>], span: Span) -> Lowered<Target> {
        match self.rule_at(path) {
            Some((rule, used)) if used == path.len() => Ok(Target::Rule(rule)),
            Some(_) => self.error("`with` can't replace a part of what a rule gives", span),
            None => Ok(Target::Data(path.to_vec())),
        }
    }

    /// A term, its variables yet to be settled; closures in it know what is bound before it.
    fn term(&mut self, term: &Term, bound: &Bound) -> Lowered<Expr> {
        Ok(match &term.kind {
            Kind::Constant(value) => Expr::Constant(value.clone()),
            Kind::Variable(var) => self.variable(*var, bound),
            Kind::Array(items) => Expr::Array(self.terms(items, bound)?),
            Kind::Set(items) => Expr::Set(self.terms(items, bound)?),
            Kind::Object(fields) => {
                let mut lowered = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    lowered.push((self.term(key, bound)?, self.term(value, bound)?));
                }
                // Where a key comes twice, the last counts; what is constant comes first.
                lowered.sort_by_key(|(key, _)| key.constant().is_none());
                Expr::Object(lowered)
            }
            Kind::Call(callee, args) => self.call(callee, args, term.span, bound)?,
            Kind::Comprehension(inner) => self.comprehension(inner, bound)?,
            Kind::Reference(reference) => self.reference(reference, bound)?,
        })
    }

    fn terms(&mut self, terms: &[Term], bound: &Bound) -> Lowered<Vec<Expr>> {
        terms.iter().map(|term| self.term(term, bound)).collect()
    }

    fn variable(&self, var: Var, bound: &Bound) -> Expr {
        // What is never read needs no value.
        if self.counts.of(var) < 2 && !bound.contains(&var) { Expr::Any } else { Expr::Slot(var) }
    }

    fn comprehension(&mut self, inner: &core::Comprehension, bound: &Bound) -> Lowered<Expr> {
        let mut bound = bound.clone();
        let body = self.body(&inner.body, &mut bound)?;
        let key = self.settled(&inner.key, &mut bound)?;
        let value = match &inner.value {
            Some(value) => self.settled(value, &mut bound)?,
            None => Expr::Constant(Value::bool(true)),
        };
        let kind = match inner.collection {
            Collection::Array => Comprehension::Array,
            Collection::Set => Comprehension::Set,
            Collection::Object => Comprehension::Object,
        };
        Ok(Expr::Comprehension(kind, body, Box::new((key, value))))
    }

    fn call(
        &mut self,
        callee: &core::Callee,
        args: &[Term],
        span: Span,
        bound: &Bound,
    ) -> Lowered<Expr> {
        if let (core::Callee::Builtin("internal.template_string"), [parts]) = (callee, args)
            && let Kind::Array(parts) = &parts.kind
        {
            return Ok(Expr::Template(self.terms(parts, bound)?));
        }
        let mut lowered = self.terms(args, bound)?;
        if let core::Callee::Builtin(name) = callee {
            match (*name, self.site) {
                ("rego.metadata.chain", Some(site)) => return Ok(Expr::Constant(site.chain())),
                ("rego.metadata.rule", Some(site)) => return Ok(Expr::Constant(site.rule())),
                _ => {}
            }
            match (*name, lowered.len()) {
                ("walk", 1) => return Ok(Expr::Walk(Box::new(lowered.remove(0)))),
                ("internal.member_2", 2) => {
                    let collection = Box::new(lowered.remove(1));
                    let value = Box::new(lowered.remove(0));
                    return Ok(Expr::In { key: None, value, collection });
                }
                ("internal.member_3", 3) => {
                    let collection = Box::new(lowered.remove(2));
                    let value = Box::new(lowered.remove(1));
                    let key = Some(Box::new(lowered.remove(0)));
                    return Ok(Expr::In { key, value, collection });
                }
                (name, 2) => {
                    if let Some(infix) = Infix::of_function(name) {
                        let right = Box::new(lowered.remove(1));
                        return Ok(Expr::Infix(infix, Box::new(lowered.remove(0)), right, span));
                    }
                }
                _ => {}
            }
        }
        match self.callee(callee) {
            // `f()` of a rule `f() = x` is its value: the rule is a document like any other.
            Some(Callee::Rule(rule))
                if lowered.is_empty() && self.program.rules[rule].kind == RuleKind::Complete =>
            {
                Ok(Expr::Rule(rule))
            }
            Some(callee) => Ok(Expr::Call(callee, lowered, span)),
            None => self.error("there is no such function", span),
        }
    }

    /// How many arguments of a call are no result of it.
    fn inputs(&self, callee: &core::Callee) -> Option<usize> {
        match callee {
            core::Callee::Builtin("internal.member_2") => Some(2),
            core::Callee::Builtin("internal.member_3") => Some(3),
            core::Callee::Builtin("print") => None,
            _ => match self.callee(callee)? {
                Callee::Rule(rule) => Some(self.program.rules[rule].arity),
                Callee::Builtin(builtin) => Some(builtin.arity),
            },
        }
    }

    fn callee(&self, callee: &core::Callee) -> Option<Callee> {
        match callee {
            core::Callee::Builtin(name) => builtins::lookup(name).map(Callee::Builtin),
            core::Callee::Rule(path) => {
                let (rule, used) = self.rule_at(path)?;
                (used == path.len()).then_some(Callee::Rule(rule))
            }
        }
    }

    fn reference(&mut self, reference: &Reference, bound: &Bound) -> Lowered<Expr> {
        let keys = &reference.keys;
        Ok(match &reference.base {
            Base::Variable(var) => get(Expr::Slot(*var), self.terms(keys, bound)?),
            Base::Term(inner) => {
                let base = self.term(inner, bound)?;
                get(base, self.terms(keys, bound)?)
            }
            Base::Root("input") => get(Expr::Input, self.terms(keys, bound)?),
            Base::Root(_) => {
                let fixed = keys.iter().map_while(|key| match &key.kind {
                    Kind::Constant(Value::String(_, text)) => Some(Arc::clone(text)),
                    _ => None,
                });
                let path: Vec<Arc<str>> = fixed.collect();
                let (base, used) = match self.rule_at(&path) {
                    Some((rule, used)) => (Expr::Rule(rule), used),
                    None => (Expr::Document(path.clone()), path.len()),
                };
                get(base, self.terms(&keys[used..], bound)?)
            }
        })
    }

    /// The rule that a path below `data` leads to, and how much of the path leads there.
    fn rule_at(&self, path: &[Arc<str>]) -> Option<(usize, usize)> {
        let mut tree = &self.program.tree;
        for (used, part) in path.iter().enumerate() {
            tree = tree.children.get(part)?;
            if let Some(rule) = tree.rule {
                return Some((rule, used + 1));
            }
        }
        None
    }
}

fn strings(path: &[Arc<str>]) -> Vec<Value> {
    path.iter().map(|part| Value::String(NodeId::default(), Arc::clone(part))).collect()
}

fn get(base: Expr, keys: Vec<Expr>) -> Expr {
    if keys.is_empty() { base } else { Expr::Get(Box::new(base), keys) }
}

fn single(expr: Expr) -> Expr {
    Expr::Single(Box::new(expr))
}

fn equal(found: Expr, value: Value, span: Span) -> Statement {
    let value = Box::new(Expr::Constant(value));
    Statement::Test(single(Expr::Infix(Infix::Equal, Box::new(found), value, span)))
}

/// Whether a term is a place in the input, all of it fixed.
fn is_input(term: &Term) -> bool {
    let Kind::Reference(Reference { base: Base::Root("input"), keys }) = &term.kind else {
        return false;
    };
    keys.iter().all(|key| key.constant().is_some())
}

/// Whether OPA's index knows of a value: scalars, and arrays of them.
fn is_indexed(value: &Value) -> bool {
    let is_scalar =
        |value: &Value| !matches!(value, Value::Array(..) | Value::Set(..) | Value::Object(..));
    match value {
        Value::Array(_, items) => items.iter().all(is_scalar),
        value => is_scalar(value),
    }
}

/// Whether evaluating a statement may end in an error.
fn may_fail(expr: &core::Expr) -> bool {
    let calls_rule = matches!(expr.kind, ExprKind::Call(core::Callee::Rule(_), _));
    calls_rule || !expr.bodies().is_empty() || expr.terms().into_iter().any(term_may_fail)
}

fn term_may_fail(term: &Term) -> bool {
    match &term.kind {
        Kind::Comprehension(_) => true,
        Kind::Reference(Reference { base: Base::Root("data"), .. }) => true,
        _ => term.children().into_iter().any(term_may_fail),
    }
}
