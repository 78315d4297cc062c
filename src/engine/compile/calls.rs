//! Calls: of rules and of builtins, some of which are no calls then. And what `with` puts in the
//! place of what is called or looked up.

use std::sync::Arc;

use crate::engine::builtins;
use crate::engine::ir::{Callee, Expr, Mock, Replacement, RuleKind, Target};
use crate::engine::types::core::{self, Base, Kind, Reference, Term};
use crate::engine::value::{NodeId, Value};
use crate::rego::ast::Infix;
use crate::source::Span;

use super::lower::{Lowered, Lowering};
use super::settle::Bound;

impl Lowering<'_> {
    pub(super) fn call(
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
    pub(super) fn inputs(&self, callee: &core::Callee) -> Option<usize> {
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

    pub(super) fn replacements(
        &mut self,
        expr: &core::Expr,
        bound: &mut Bound,
    ) -> Lowered<Vec<Replacement>> {
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

    /// The rule that a path below `data` leads to, and how much of the path leads there.
    pub(super) fn rule_at(&self, path: &[Arc<str>]) -> Option<(usize, usize)> {
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
