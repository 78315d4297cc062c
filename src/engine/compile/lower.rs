//! One rule clause: names to slots and rules, negation hoisted, statements ordered.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::builtins::{self, State};
use crate::engine::ir::{
    Callee, Clause, Closure, Comprehension, Expr, Mock, Program, Replacement, RuleKind, Slot,
    Statement, Target,
};
use crate::engine::number::Number;
use crate::engine::value::{NodeId, Value};
use crate::rego::PolicyError;
use crate::rego::ast::{
    Body, HeadKind, Infix, Rule, Statement as Ast, StatementKind, TemplatePart, Term, TermKind,
    Variable, With,
};
use crate::source::Span;

use super::Unit;
use super::index::Home;
use super::metadata::Site;
use super::order::{Bound, order, settle, settle_pattern, slots_of};
use super::scope::{self, Scopes};

pub(super) type Lowered<T> = Result<T, PolicyError>;

/// Compiles one clause of a rule.
pub(super) fn rule(site: Site<'_>, home: Home, program: &Program) -> Lowered<Clause> {
    let unit = &site.units[site.unit];
    let lowering = Lowering::new(unit, program);
    Lowering { site: Some(site), ..lowering }.clause(&unit.module.rules[site.rule], home)
}

pub(super) struct Lowering<'l> {
    pub(super) unit: &'l Unit<'l>,
    pub(super) program: &'l Program,
    pub(super) scopes: Scopes,
    /// What must be evaluated outside of the negation that is being compiled.
    pub(super) hoisted: Vec<Statement>,
    /// Whether what is being compiled is an operand of what is negated, outside of other calls.
    pub(super) direct: bool,
    /// Names that `some` declares in the body under way and only closures use: each has its own.
    loose: BTreeSet<Arc<str>>,
    /// The rule, if it is one.
    site: Option<Site<'l>>,
    /// Arguments that are no patterns, with the variables that stand for them.
    computed: Vec<(Slot, Term)>,
}

impl<'l> Lowering<'l> {
    pub(super) fn new(unit: &'l Unit<'l>, program: &'l Program) -> Self {
        Self {
            unit,
            program,
            scopes: Scopes::new(),
            hoisted: Vec::new(),
            loose: BTreeSet::new(),
            direct: false,
            site: None,
            computed: Vec::new(),
        }
    }
}

impl Lowering<'_> {
    pub(super) fn error<T>(&self, message: impl Into<String>, span: Span) -> Lowered<T> {
        let message = format!("the policy does not compile: {}", message.into());
        Err(PolicyError::at(message, self.unit.source, span))
    }

    fn clause(&mut self, rule: &Rule, home: Home) -> Lowered<Clause> {
        let mut bound = Bound::new();
        let args = self.arguments(rule, &mut bound)?;
        let keys = &rule.head.path[home.named.min(rule.head.path.len())..];
        let value = match &rule.head.kind {
            HeadKind::Contains(member) => Some(member),
            HeadKind::Value(value) => value.as_ref(),
        };
        let mut clause = Clause {
            args,
            keys: Vec::new(),
            is_member: matches!(rule.head.kind, HeadKind::Contains(_)),
            bodies: Vec::new(),
            slots: 0,
            place: self.unit.place(rule.head.span),
            origin: (0, 0),
        };
        let heads: Vec<&Term> = keys.iter().chain(value).collect();
        let (body, mut settled) = self.body(rule.body.as_ref(), &heads, &bound, rule.head.span)?;
        let last = settled.pop();
        let (keys, value) = match (value, last) {
            (Some(_), Some(value)) => (settled, value),
            (_, last) => {
                settled.extend(last);
                (settled, Expr::Constant(Value::bool(true)))
            }
        };
        clause.keys = keys;
        clause.bodies.push((body, value));
        for otherwise in &rule.otherwise {
            let heads: Vec<&Term> = otherwise.value.iter().collect();
            let (body, mut settled) =
                self.body(otherwise.body.as_ref(), &heads, &bound, otherwise.span)?;
            let value = settled.pop().unwrap_or(Expr::Constant(Value::bool(true)));
            clause.bodies.push((body, value));
        }
        clause.slots = self.scopes.len();
        Ok(clause)
    }

    fn arguments(&mut self, rule: &Rule, bound: &mut Bound) -> Lowered<Vec<Expr>> {
        let args = rule.head.args.as_deref().unwrap_or_default();
        for arg in args {
            // A name given twice stands for the same value both times.
            let mut names = Vec::new();
            scope::pattern_variables(arg, &mut |name, span| names.push((Arc::clone(name), span)));
            for (name, span) in names {
                if self.scopes.declared_here(&name).is_none() {
                    self.scopes.declare(&name, span);
                }
            }
        }
        args.iter()
            .map(|arg| {
                if is_computed(arg) {
                    // What the body has to find out is compared with the argument there.
                    let slot = self.scopes.unnamed();
                    self.computed.push((slot, arg.clone()));
                    bound.insert(slot);
                    return Ok(Expr::Bind(slot));
                }
                let expr = self.term(arg)?;
                settle_pattern(&expr, bound)
                    .map_or_else(|| self.unsafe_term(&expr, bound, arg.span), Ok)
            })
            .collect()
    }

    /// A body with the terms of its head, which see its variables.
    fn body(
        &mut self,
        body: Option<&Body>,
        heads: &[&Term],
        outer: &Bound,
        span: Span,
    ) -> Lowered<(Vec<Statement>, Vec<Expr>)> {
        self.scopes.enter();
        let mut statements = match body {
            Some(body) => self.statements(body, heads)?,
            None => {
                self.declare_implicit(&BTreeSet::new(), &[], heads);
                Vec::new()
            }
        };
        for (slot, arg) in self.computed.clone() {
            statements.push(Statement::Unify(Expr::Slot(slot), self.term(&arg)?));
        }
        let mut bound = outer.clone();
        let ordered = match order(statements, &mut bound) {
            Ok(ordered) => ordered,
            Err(unbound) => return self.unsafe_variables(&unbound, span),
        };
        let mut settled = Vec::with_capacity(heads.len());
        for head in heads {
            let expr = self.term(head)?;
            match settle(&expr, &mut bound) {
                Some(expr) => settled.push(expr),
                None => return self.unsafe_term(&expr, &bound, head.span),
            }
        }
        self.scopes.leave();
        Ok((ordered, settled))
    }

    fn unsafe_term<T>(&self, expr: &Expr, bound: &Bound, span: Span) -> Lowered<T> {
        let mut slots = BTreeSet::new();
        slots_of(expr, &mut slots);
        slots.retain(|slot| !bound.contains(slot));
        self.unsafe_variables(&slots, span)
    }

    pub(super) fn unsafe_variables<T>(&self, slots: &BTreeSet<Slot>, span: Span) -> Lowered<T> {
        let named = slots.iter().find_map(|slot| self.scopes.name(*slot));
        match named {
            Some((name, span)) => {
                let message = format!("the policy does not compile: `{name}` is unsafe");
                Err(PolicyError::at(message, self.unit.source, *span)
                    .with_help(format!("nothing in the rule gives `{name}` a value")))
            }
            None => self.error("`_` is unsafe here: nothing gives it a value", span),
        }
    }

    /// Names that no statement declares become variables of the body they are used in.
    fn declare_implicit(
        &mut self,
        declared: &BTreeSet<Arc<str>>,
        statements: &[Ast],
        heads: &[&Term],
    ) {
        let mut used = Vec::new();
        let mut note = |name: &Arc<str>, span| used.push((Arc::clone(name), span));
        statements.iter().for_each(|statement| scope::used(statement, &mut note));
        heads.iter().for_each(|head| scope::used_by_term(head, &mut note));
        for (name, span) in used {
            let known = &*name == "_" || declared.contains(&name) || self.is_global(&name);
            if !known && self.scopes.look_up(&name).is_none() {
                self.scopes.declare(&name, span);
            }
        }
    }

    pub(super) fn statements(&mut self, body: &Body, heads: &[&Term]) -> Lowered<Vec<Statement>> {
        let loose = self.loose_names(body, heads);
        let mut declared = scope::declared(body);
        declared.retain(|name| !loose.contains(name));
        self.check_used(body, heads)?;
        let around = std::mem::replace(&mut self.loose, loose);
        self.declare_implicit(&declared, &body.statements, heads);
        let mut lowered = Vec::new();
        for statement in &body.statements {
            let replacements = self.replacements(&statement.with)?;
            let one = self.statement(statement)?;
            let one = self.marked(one, statement.span);
            if replacements.is_empty() {
                lowered.extend(one);
            } else {
                // What is hoisted out of a negation is evaluated under its `with` too.
                let each = |inner| Statement::With(replacements.clone(), vec![inner]);
                lowered.extend(one.into_iter().map(each));
            }
        }
        self.loose = around;
        Ok(lowered)
    }

    /// The pieces of a statement, each behind a mark that stays with it.
    fn marked(&self, pieces: Vec<Statement>, span: Span) -> Vec<Statement> {
        if !self.program.is_marked {
            return pieces;
        }
        let marked = |(number, piece)| {
            Statement::With(Vec::new(), vec![Statement::Reached(span, number), piece])
        };
        pieces.into_iter().enumerate().map(marked).collect()
    }

    /// What is declared by itself has to be used.
    fn check_used(&self, body: &Body, heads: &[&Term]) -> Lowered<()> {
        let unused = |variable: &Variable| {
            self.error(format!("`{}` is declared, but not used", variable.name), variable.span)
        };
        for statement in &body.statements {
            match &statement.kind {
                StatementKind::Some(variables) => {
                    for variable in variables {
                        let in_heads =
                            heads.iter().any(|head| scope::mentions(head, &variable.name));
                        if !in_heads && !scope::body_mentions(body, &variable.name) {
                            return unused(variable);
                        }
                    }
                }
                StatementKind::Every { key, value, body, .. } => {
                    for variable in key.iter().chain([value]) {
                        let ignored = &*variable.name == "_";
                        if !ignored && !scope::body_mentions(body, &variable.name) {
                            return unused(variable);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What `some` declares and the body itself never uses. Closures don't share it, unless it
    /// hides a name that means something else.
    fn loose_names(&self, body: &Body, heads: &[&Term]) -> BTreeSet<Arc<str>> {
        let mut used = BTreeSet::new();
        let mut note = |name: &Arc<str>, _| {
            used.insert(Arc::clone(name));
        };
        body.statements.iter().for_each(|statement| scope::used(statement, &mut note));
        heads.iter().for_each(|head| scope::used_by_term(head, &mut note));
        let mut loose = BTreeSet::new();
        for statement in &body.statements {
            if let StatementKind::Some(variables) = &statement.kind {
                let names = variables.iter().map(|variable| &variable.name);
                loose.extend(names.filter(|name| !used.contains(*name)).cloned());
            }
        }
        loose.retain(|name| self.scopes.look_up(name).is_none() && !self.is_global(name));
        loose
    }

    fn statement(&mut self, statement: &Ast) -> Lowered<Vec<Statement>> {
        if statement.negated {
            let outer = std::mem::take(&mut self.hoisted);
            let around = std::mem::replace(&mut self.direct, true);
            let inner = match &statement.kind {
                StatementKind::Term(Term { kind: TermKind::Call(function, args), span })
                    if args
                        .split_last()
                        .is_some_and(|(_, inputs)| self.arity(function) == Some(inputs.len())) =>
                {
                    self.negated_with_output(function, args, *span)
                }
                StatementKind::Term(term) => self.negated(term),
                StatementKind::Unify(left, right) => self
                    .negated_operand(left)
                    .and_then(|left| Ok(Statement::Unify(left, self.negated_operand(right)?))),
                _ => self.error("this can't be negated", statement.span),
            }?;
            self.direct = around;
            let mut lowered = std::mem::replace(&mut self.hoisted, outer);
            lowered.push(Statement::Not(vec![inner]));
            return Ok(lowered);
        }
        Ok(match &statement.kind {
            StatementKind::Some(variables) => {
                let shared = |name: &Arc<str>| !self.loose.contains(name);
                let variables = variables.iter().filter(|variable| shared(&variable.name));
                for variable in variables.collect::<Vec<_>>() {
                    self.declare_once(&variable.name, variable.span)?;
                }
                Vec::new()
            }
            StatementKind::SomeIn { key, value, collection } => {
                let collection = self.term(collection)?;
                key.iter().chain([value]).try_for_each(|term| self.declare_pattern(term))?;
                let key = key.as_ref().map(|key| self.term(key)).transpose()?;
                vec![Statement::SomeIn { key, value: self.term(value)?, collection }]
            }
            StatementKind::Assign(left, right) => {
                let value = self.term(right)?;
                self.declare_pattern(left)?;
                vec![Statement::Unify(self.term(left)?, value)]
            }
            StatementKind::Unify(left, right) => {
                vec![Statement::Unify(self.term(left)?, self.term(right)?)]
            }
            StatementKind::Every { key, value, domain, body } => {
                // The domain is looked at once.
                let domain_slot = self.scopes.unnamed();
                let domain = Statement::Unify(Expr::Slot(domain_slot), self.term(domain)?);
                let closure = Closure(self.scopes.len());
                self.scopes.enter();
                let key = key.as_ref().map(|key| self.scopes.declare(&key.name, key.span));
                let value = self.scopes.declare(&value.name, value.span);
                let body = self.statements(body, &[])?;
                self.scopes.leave();
                let domain_value = Expr::Slot(domain_slot);
                vec![domain, Statement::Every { key, value, domain: domain_value, body, closure }]
            }
            StatementKind::Term(term) => self.term_statement(term)?,
            StatementKind::Not(body) => vec![Statement::Not(vec![self.either(&[body])?])],
            StatementKind::And(left, right) => {
                let both = vec![self.either(&[left])?, self.either(&[right])?];
                vec![Statement::With(Vec::new(), both)]
            }
            StatementKind::Or(left, right) => vec![self.either(&[left, right])?],
        })
    }

    /// Bodies of which one must hold, each with names of its own.
    fn either(&mut self, bodies: &[&Body]) -> Lowered<Statement> {
        let outer = std::mem::take(&mut self.hoisted);
        let closure = Closure(self.scopes.len());
        let mut lowered = Vec::new();
        for body in bodies {
            self.scopes.enter();
            lowered.push(self.statements(body, &[])?);
            self.scopes.leave();
        }
        self.hoisted = outer;
        Ok(Statement::Either(lowered, closure))
    }

    fn term_statement(&mut self, term: &Term) -> Lowered<Vec<Statement>> {
        if let TermKind::Infix(infix, left, right) = &term.kind
            && let Some(statements) = self.bound_by_operand(*infix, left, right, term.span)?
        {
            return Ok(statements);
        }
        let TermKind::Call(function, args) = &term.kind else {
            return Ok(vec![Statement::Test(self.term(term)?)]);
        };
        let name = dotted(function);
        if name.as_deref() == Some("print") && self.scopes.look_up("print").is_none() {
            let parts = args.iter().map(|arg| self.singleton(arg, &[]));
            return Ok(vec![Statement::Print(parts.collect::<Lowered<_>>()?, term.span)]);
        }
        // One argument more than the function takes is its result.
        if let Some((output, inputs)) = args.split_last()
            && self.arity(function) == Some(inputs.len())
        {
            let value = self.call(function, inputs, term.span, Self::term)?;
            return Ok(vec![Statement::Unify(self.term(output)?, value)]);
        }
        Ok(vec![Statement::Test(self.term(term)?)])
    }

    /// `x == list[x]`: the reference is gone through first, which gives `x` its values.
    fn bound_by_operand(
        &mut self,
        infix: Infix,
        left: &Term,
        right: &Term,
        span: Span,
    ) -> Lowered<Option<Vec<Statement>>> {
        let TermKind::Variable(name) = &left.kind else { return Ok(None) };
        let TermKind::Reference(_, keys) = &right.kind else { return Ok(None) };
        let is_name = |key: &Term| matches!(&key.kind, TermKind::Variable(key) if key == name);
        if &**name == "_" || !keys.iter().any(is_name) {
            return Ok(None);
        }
        let found = Expr::Slot(self.scopes.unnamed());
        let right = self.term(right)?;
        let first = Statement::Unify(found.clone(), right);
        let left = Box::new(self.term(left)?);
        Ok(Some(vec![first, Statement::Test(Expr::Infix(infix, left, Box::new(found), span))]))
    }

    fn declare_once(&mut self, name: &Arc<str>, span: Span) -> Lowered<()> {
        if self.scopes.declared_here(name).is_some() {
            return self.error(format!("`{name}` is declared twice"), span);
        }
        self.scopes.declare(name, span);
        Ok(())
    }

    fn declare_pattern(&mut self, pattern: &Term) -> Lowered<()> {
        let mut names = Vec::new();
        scope::pattern_variables(pattern, &mut |name, span| names.push((Arc::clone(name), span)));
        names.iter().try_for_each(|(name, span)| self.declare_once(name, *span))
    }

    fn replacements(&mut self, withs: &[With]) -> Lowered<Vec<Replacement>> {
        withs.iter().map(|with| self.replacement(with)).collect()
    }

    fn replacement(&mut self, with: &With) -> Lowered<Replacement> {
        let Some(path) = parts(&with.target).map(|parts| self.expand(&parts)) else {
            return self
                .error("`with` replaces documents and functions by their names", with.target.span);
        };
        let strings = |path: &[Arc<str>]| -> Vec<Value> {
            path.iter().map(|part| Value::String(NodeId::default(), Arc::clone(part))).collect()
        };
        let target = match path.first().map(|first| &**first) {
            Some("input") => Target::Input(strings(&path[1..])),
            Some("data") => match self.rule_at(&path[1..]) {
                Some((rule, used)) => Target::Rule(rule, strings(&path[1 + used..])),
                None => Target::Data(path[1..].to_vec()),
            },
            _ => match builtins::lookup(&path.join(".")) {
                Some(builtin) => Target::Builtin(builtin.name),
                None => {
                    let message = format!("there is no `{}` to replace", path.join("."));
                    return self.error(message, with.target.span);
                }
            },
        };
        let mocks_function = match &target {
            Target::Builtin(_) => true,
            Target::Rule(rule, _) => self.program.rules[*rule].kind == RuleKind::Function,
            _ => false,
        };
        let function = mocks_function.then(|| self.callee(&with.value)).flatten();
        let value = match function {
            Some(callee) => Mock::Function(callee),
            None => Mock::Value(self.term(&with.value)?),
        };
        Ok(Replacement { target, value })
    }

    pub(super) fn term(&mut self, term: &Term) -> Lowered<Expr> {
        Ok(match &term.kind {
            TermKind::Null => Expr::Constant(Value::Null(NodeId::default())),
            TermKind::Bool(value) => Expr::Constant(Value::bool(*value)),
            TermKind::String(text) => {
                Expr::Constant(Value::String(NodeId::default(), Arc::clone(text)))
            }
            TermKind::Number(text) => match Number::parse(text) {
                Some(number) => Expr::Constant(Value::Number(NodeId::default(), number)),
                None => return self.error("this is no number", term.span),
            },
            TermKind::Template(parts) => {
                let parts = parts.iter().map(|part| match part {
                    TemplatePart::Text(text) => {
                        Ok(Expr::Constant(Value::String(NodeId::default(), Arc::clone(text))))
                    }
                    // An undefined part is written as such: it is looked at on its own.
                    TemplatePart::Term(inner) => {
                        let mut wild = None;
                        scope::used_by_term(inner, &mut |name, span| {
                            if &**name == "_" {
                                wild = Some(span);
                            }
                        });
                        match wild {
                            Some(span) => self.error("`_` can't stand in a template", span),
                            None => self.singleton(inner, &[]),
                        }
                    }
                    TemplatePart::Statement(statement) => match &statement.kind {
                        StatementKind::Term(inner) if !statement.negated => {
                            self.singleton(inner, &statement.with)
                        }
                        _ => self.error("this is not supported in a template yet", statement.span),
                    },
                });
                Expr::Template(parts.collect::<Lowered<_>>()?)
            }
            TermKind::Variable(name) if &**name == "_" => Expr::Any,
            TermKind::Variable(name) => match self.scopes.look_up(name) {
                Some(slot) => Expr::Slot(slot),
                None => self.reference(term, &[], Self::term)?,
            },
            TermKind::Reference(base, keys) => self.reference(base, keys, Self::term)?,
            TermKind::Array(items) => Expr::Array(self.all(items, Self::term)?),
            TermKind::Set(items) => Expr::Set(self.all(items, Self::term)?),
            TermKind::Object(fields) => {
                let mut fields = self.fields(fields, Self::term)?;
                // Where a key comes twice, the last counts; what is constant comes first.
                fields.sort_by_key(|(key, _)| key.constant().is_none());
                Expr::Object(fields)
            }
            TermKind::Call(function, args) => self.call(function, args, term.span, Self::term)?,
            TermKind::Infix(infix, left, right) => {
                self.infix(*infix, left, right, term.span, Self::term)?
            }
            TermKind::In { key, value, collection } => {
                self.membership(key.as_deref(), value, collection, Self::term)?
            }
            TermKind::ArrayComprehension(head, body) => {
                self.comprehension(Comprehension::Array, head, head, body)?
            }
            TermKind::SetComprehension(head, body) => {
                self.comprehension(Comprehension::Set, head, head, body)?
            }
            TermKind::ObjectComprehension(key, value, body) => {
                self.comprehension(Comprehension::Object, key, value, body)?
            }
        })
    }

    pub(super) fn all(
        &mut self,
        terms: &[Term],
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Vec<Expr>> {
        terms.iter().map(|term| each(self, term)).collect()
    }

    pub(super) fn fields(
        &mut self,
        fields: &[(Term, Term)],
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Vec<(Expr, Expr)>> {
        fields.iter().map(|(key, value)| Ok((each(self, key)?, each(self, value)?))).collect()
    }

    pub(super) fn infix(
        &mut self,
        infix: Infix,
        left: &Term,
        right: &Term,
        span: Span,
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Expr> {
        let left = Box::new(each(self, left)?);
        Ok(Expr::Infix(infix, left, Box::new(each(self, right)?), span))
    }

    pub(super) fn membership(
        &mut self,
        key: Option<&Term>,
        value: &Term,
        collection: &Term,
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Expr> {
        let key = key.map(|key| each(self, key)).transpose()?.map(Box::new);
        let value = Box::new(each(self, value)?);
        Ok(Expr::In { key, value, collection: Box::new(each(self, collection)?) })
    }

    /// `[x | x := term]`: the term's value where it has one, nothing where not.
    fn singleton(&mut self, term: &Term, with: &[With]) -> Lowered<Expr> {
        let closure = Closure(self.scopes.len());
        self.scopes.enter();
        let slot = self.scopes.unnamed();
        let replacements = self.replacements(with)?;
        let value = self.term(term)?;
        self.scopes.leave();
        let one = Statement::Unify(Expr::Slot(slot), value);
        let body = if replacements.is_empty() {
            vec![one]
        } else {
            vec![Statement::With(replacements, vec![one])]
        };
        let head = Box::new((Expr::Slot(slot), Expr::Constant(Value::bool(true))));
        Ok(Expr::Comprehension(Comprehension::Set, body, head, closure))
    }

    fn comprehension(
        &mut self,
        kind: Comprehension,
        key: &Term,
        value: &Term,
        body: &Body,
    ) -> Lowered<Expr> {
        let outer = std::mem::take(&mut self.hoisted);
        let closure = Closure(self.scopes.len());
        self.scopes.enter();
        let heads: &[&Term] = if kind == Comprehension::Object { &[key, value] } else { &[key] };
        let body = self.statements(body, heads)?;
        let key = self.term(key)?;
        let value = match kind {
            Comprehension::Object => self.term(value)?,
            _ => Expr::Constant(Value::bool(true)),
        };
        self.scopes.leave();
        self.hoisted = outer;
        Ok(Expr::Comprehension(kind, body, Box::new((key, value)), closure))
    }

    pub(super) fn call(
        &mut self,
        function: &Term,
        args: &[Term],
        span: Span,
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Expr> {
        let name = dotted(function).unwrap_or_default();
        if name == "set" && args.is_empty() {
            return Ok(Expr::Constant(Value::set(Vec::new())));
        }
        match (name.as_str(), self.site) {
            ("rego.metadata.chain", Some(site)) => return Ok(Expr::Constant(site.chain())),
            ("rego.metadata.rule", Some(site)) => return Ok(Expr::Constant(site.rule())),
            _ => {}
        }
        let args_lowered = self.all(args, each)?;
        if name == "walk" && args.len() == 1 {
            let inner = args_lowered.into_iter().next().unwrap_or(Expr::Any);
            return Ok(Expr::Walk(Box::new(inner)));
        }
        let Some(callee) = self.callee(function) else {
            // `f()` of a rule `f() = x` is its value: the rule is a document like any other.
            if args.is_empty() && self.names_document(function) {
                return each(self, function);
            }
            return self.unknown_function(&name, function.span);
        };
        if let Callee::Builtin(builtin) = callee {
            self.check_available(builtin, span)?;
        }
        let arity = match callee {
            Callee::Rule(rule) => self.program.rules[rule].arity,
            Callee::Builtin(builtin) => builtin.arity,
        };
        if arity != args.len() {
            let wanted =
                if arity == 1 { "1 argument".into() } else { format!("{arity} arguments") };
            return self.error(format!("`{name}` takes {wanted}, not {}", args.len()), span);
        }
        Ok(Expr::Call(callee, args_lowered, span))
    }

    /// What OPA has and this engine does not is told before anything is judged.
    fn check_available(&self, builtin: &builtins::Builtin, span: Span) -> Lowered<()> {
        match builtin.state {
            State::Supported => Ok(()),
            // `print` as a statement and `walk` never get here.
            State::Evaluator => self.error(format!("`{}` can't be called yet", builtin.name), span),
            State::Refused(why) | State::Unsupported(why) => {
                self.error(format!("`{}` can't be called: {why}", builtin.name), span)
            }
        }
    }

    fn unknown_function<T>(&self, name: &str, span: Span) -> Lowered<T> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let functions = self.program.rules.iter().filter(|rule| rule.kind == RuleKind::Function);
        let nearest = functions
            .map(|rule| rule.name.as_str())
            .chain(builtins::all().map(|builtin| builtin.name))
            .map(|known| (strsim::damerau_levenshtein(&last(name), &last(known)), known))
            .filter(|(distance, known)| *distance <= last(known).len() / 3)
            .min();
        let error = self.error(format!("there is no function `{name}`"), span);
        match nearest {
            Some((_, known)) => error
                .map_err(|error: PolicyError| error.with_help(format!("did you mean `{known}`?"))),
            None => error,
        }
    }

    /// A reference: into a variable, a document, or the value of another term.
    pub(super) fn reference(
        &mut self,
        base: &Term,
        keys: &[Term],
        each: fn(&mut Self, &Term) -> Lowered<Expr>,
    ) -> Lowered<Expr> {
        let TermKind::Variable(name) = &base.kind else {
            let base = each(self, base)?;
            return Ok(get(base, self.all(keys, each)?));
        };
        if &**name == "_" {
            return self.error("`_` has nothing to look into", base.span);
        }
        if let Some(slot) = self.scopes.look_up(name) {
            return Ok(get(Expr::Slot(slot), self.all(keys, each)?));
        }
        let mut path = self.expand(std::slice::from_ref(name));
        let constants = |path: &[Arc<str>]| -> Vec<Expr> {
            let text = |part: &Arc<str>| Value::String(NodeId::default(), Arc::clone(part));
            path.iter().map(|part| Expr::Constant(text(part))).collect()
        };
        match path.first().map(|first| &**first) {
            Some("input") => {
                let mut all = constants(&path[1..]);
                all.extend(self.all(keys, each)?);
                Ok(get(Expr::Input, all))
            }
            Some("data") => {
                let fixed = keys.iter().map_while(|key| match &key.kind {
                    TermKind::String(text) => Some(Arc::clone(text)),
                    _ => None,
                });
                let named = path.len();
                path.extend(fixed);
                if let Some((rule, used)) = self.rule_at(&path[1..]) {
                    // What was not needed to find the rule is looked up in its value.
                    let mut rest = constants(&path[(1 + used).min(named)..named]);
                    rest.extend(self.all(&keys[(1 + used).saturating_sub(named)..], each)?);
                    return Ok(get(Expr::Rule(rule), rest));
                }
                let rest = self.all(&keys[path.len() - named..], each)?;
                Ok(get(Expr::Document(path[1..].to_vec()), rest))
            }
            _ => self.error(format!("there is no `{name}`"), base.span),
        }
    }
}

fn get(base: Expr, keys: Vec<Expr>) -> Expr {
    if keys.is_empty() { base } else { Expr::Get(Box::new(base), keys) }
}

/// The names of a reference made of names and strings alone.
pub(in crate::engine) fn parts(term: &Term) -> Option<Vec<Arc<str>>> {
    match &term.kind {
        TermKind::Variable(name) => Some(vec![Arc::clone(name)]),
        TermKind::Reference(base, keys) => {
            let mut found = parts(base)?;
            for key in keys {
                let TermKind::String(text) = &key.kind else { return None };
                found.push(Arc::clone(text));
            }
            Some(found)
        }
        _ => None,
    }
}

fn dotted(term: &Term) -> Option<String> {
    parts(term).map(|parts| parts.join("."))
}

/// Whether an argument of a function's head is more than a pattern.
fn is_computed(arg: &Term) -> bool {
    match &arg.kind {
        TermKind::Template(_)
        | TermKind::Reference(..)
        | TermKind::Call(..)
        | TermKind::Infix(..)
        | TermKind::In { .. } => true,
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(is_computed),
        TermKind::Object(fields) => fields.iter().any(|(k, v)| is_computed(k) || is_computed(v)),
        _ => false,
    }
}
