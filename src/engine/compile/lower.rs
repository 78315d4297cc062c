//! From rules whose statements are in order to what is evaluated: variables become slots, names
//! of rules their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::ir::{Clause, Comprehension, Expr, Place, Program, Statement};
use crate::engine::types::core::{
    self, Base, Body, Collection, ExprKind, Joint, Kind, Reference, Term, Var,
};
use crate::engine::value::Value;
use crate::rego::PolicyError;
use crate::rego::ast::{Else, HeadKind, Infix, Rule};
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
        is_straight: false,
        start: None,
        guard: None,
        slots: 0,
        place: Place { source: Arc::clone(unit.source), span: head.span },
        heads: heads(ast),
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
        let mut conditions = lowering.conditions(&rule.args, &rule.body)?;
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
    clause.is_straight = clause
        .bodies
        .iter()
        .all(|(body, value)| value.is_plain() && body.iter().all(Statement::is_straight));
    Ok(clause)
}

/// What stands before each body of a rule.
fn heads(rule: &Rule) -> Vec<Span> {
    const ELSE: usize = "else".len();
    // A body that follows another has the head of that.
    let begins = rule.span.start;
    let is_own = begins <= rule.head.span.start;
    let first = if is_own { rule.head.span } else { Span::new(begins, begins + 1) };
    let other = |other: &Else| {
        let end = other.value.as_ref().map_or(other.span.start + ELSE, |value| value.span.end);
        Span::new(other.span.start, end)
    };
    std::iter::once(first).chain(rule.otherwise.iter().map(other)).collect()
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
    pub(super) fn error<T>(&self, message: impl Into<String>, span: Span) -> Lowered<T> {
        let message = format!("the policy does not compile: {}", message.into());
        Err(PolicyError::at(message, self.unit.source, span))
    }

    pub(super) fn unbound<T>(&self, span: Span) -> Lowered<T> {
        self.error("a variable is unsafe here: nothing gives it a value", span)
    }

    pub(super) fn settled(&mut self, term: &Term, bound: &mut Bound) -> Lowered<Expr> {
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

    /// A term, its variables yet to be settled; closures in it know what is bound before it.
    pub(super) fn term(&mut self, term: &Term, bound: &Bound) -> Lowered<Expr> {
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
                // Where a key comes twice, the last counts; what is constant comes first, as OPA
                // sorts it.
                lowered.sort_by_cached_key(|(key, _)| {
                    let constant = key.constant();
                    (constant.is_none(), constant)
                });
                Expr::Object(lowered)
            }
            Kind::Call(callee, args) => self.call(callee, args, term.span, bound)?,
            Kind::Comprehension(inner) => self.comprehension(inner, bound)?,
            Kind::Reference(reference) => self.reference(reference, bound)?,
        })
    }

    pub(super) fn terms(&mut self, terms: &[Term], bound: &Bound) -> Lowered<Vec<Expr>> {
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
}

fn get(base: Expr, keys: Vec<Expr>) -> Expr {
    if keys.is_empty() { base } else { Expr::Get(Box::new(base), keys) }
}
