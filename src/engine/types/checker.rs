//! Statement by statement: whether what stands there can ever hold.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::value::Value;
use crate::rego::PolicyError;
use crate::source::Span;

use super::core::{
    Base, Callee, Comprehension, Expr, ExprKind, Kind, Reference, Replacement, Rule, Target, Term,
};
use super::declarations::declared;
use super::environment::{Closures, Documents, Environment, collected};
use super::graph::Graph;
use super::kind::{Type, unifies};
use super::messages::Messages;
use super::references;
use super::unify::{equal, fits};

/// Checks one rule.
#[derive(Debug)]
pub(super) struct Checker<'c> {
    pub(super) rules: &'c [Rule],
    pub(super) graph: &'c Graph,
    pub(super) messages: Messages<'c>,
    /// What is known of comprehensions that were looked at, each in its scope or once more in
    /// another one, and what is wrong with them.
    closures: RefCell<HashMap<(usize, usize), (Type, Vec<PolicyError>)>>,
    /// In which other scope comprehensions are looked at; 0 for their own.
    scope: Cell<usize>,
    /// How many other scopes there were.
    scopes: Cell<usize>,
}

/// How many comprehensions of a rule are looked at in other scopes than their own: each is once
/// for every choice of those around it.
const SCOPES: usize = 200;

impl Closures for Checker<'_> {
    fn kind_of(&self, closure: &Comprehension, around: &Environment<'_>) -> Type {
        self.closure(closure, around).0
    }
}

impl<'c> Checker<'c> {
    pub(super) fn new(rules: &'c [Rule], graph: &'c Graph, messages: Messages<'c>) -> Self {
        Self {
            rules,
            graph,
            messages,
            closures: RefCell::default(),
            scope: Cell::new(0),
            scopes: Cell::new(0),
        }
    }

    /// What a rule makes of its document, if it is sound.
    pub(super) fn rule(
        &self,
        rule: &Rule,
        documents: &Rc<Documents>,
    ) -> Result<Type, Vec<PolicyError>> {
        let outermost = Environment::outermost(Rc::clone(documents), self);
        let env = outermost.within();
        let errors = self.body(&rule.body, &env);
        if !errors.is_empty() {
            return Err(errors);
        }
        if !rule.args.is_empty() {
            rule.args.iter().for_each(|arg| assume_any(&env, arg));
            let arguments = rule.args.iter().map(|arg| env.kind_of(arg)).collect();
            return Ok(Type::function(arguments, env.kind_of(&rule.value)));
        }
        let mut kind = env.kind_of(&rule.value);
        if rule.is_set && !kind.is_unknown() {
            kind = Type::set(kind);
        }
        for key in rule.open_keys().iter().rev() {
            let key = env.kind_of(key);
            if key.is_unknown() || kind.is_unknown() {
                return Ok(Type::Unknown);
            }
            kind = Type::object(Vec::new(), Some((key, kind)));
        }
        Ok(kind)
    }

    fn body(&self, body: &[Expr], env: &Environment<'_>) -> Vec<PolicyError> {
        let mut errors = Vec::new();
        for expr in body {
            match self.replaced(expr, env) {
                Some(layers) => self.under(&layers, env, expr, &mut errors),
                None => self.statement(expr, env, &mut errors),
            }
        }
        errors
    }

    /// Checks a statement in scopes within each other.
    fn under(
        &self,
        layers: &[Rc<Documents>],
        env: &Environment<'_>,
        expr: &Expr,
        errors: &mut Vec<PolicyError>,
    ) {
        match layers.split_first() {
            None => self.statement(expr, env, errors),
            Some((first, rest)) => {
                self.under(rest, &env.replaced(Rc::clone(first)), expr, errors);
            }
        }
    }

    fn statement(&self, expr: &Expr, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        let before = errors.len();
        self.closures_of(expr, env, errors);
        self.references(expr, env, errors);
        let inner = errors.len() > before;
        if let Err(error) = self.expr(expr, env) {
            // What is wrong inside tells more.
            if !inner {
                errors.push(*error);
            }
        }
    }

    fn closures_of(&self, expr: &Expr, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        expr.terms().into_iter().for_each(|term| self.closures_in(term, env, errors));
        for inner in expr.bodies().iter().flatten() {
            self.closures_of(inner, env, errors);
        }
    }

    fn closures_in(&self, term: &Term, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        if let Kind::Comprehension(closure) = &term.kind {
            let mut found = self.closure(closure, env).1;
            if found.is_empty() {
                closure.body.iter().for_each(|expr| self.inner_closures(expr, env, &mut found));
            }
            errors.append(&mut found);
        }
        term.children().into_iter().for_each(|child| self.closures_in(child, env, errors));
    }

    /// Comprehensions within comprehensions. OPA looks at them once more, without what is known in
    /// between, and tells what is wrong with them then.
    fn inner_closures(&self, expr: &Expr, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        expr.terms().into_iter().for_each(|term| self.inner_closures_in(term, env, errors));
        for inner in expr.bodies().iter().flatten() {
            self.inner_closures(inner, env, errors);
        }
    }

    fn inner_closures_in(&self, term: &Term, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        if let Kind::Comprehension(closure) = &term.kind
            && self.scopes.get() < SCOPES
        {
            self.scopes.set(self.scopes.get() + 1);
            let around = self.scope.replace(self.scopes.get());
            let mut found = self.body(&closure.body, &env.within());
            self.scope.set(around);
            if found.is_empty() {
                closure.body.iter().for_each(|expr| self.inner_closures(expr, env, &mut found));
            }
            errors.append(&mut found);
        }
        term.children().into_iter().for_each(|child| self.inner_closures_in(child, env, errors));
    }

    fn closure(
        &self,
        closure: &Comprehension,
        around: &Environment<'_>,
    ) -> (Type, Vec<PolicyError>) {
        let place = (closure.number, self.scope.get());
        if let Some(known) = self.closures.borrow().get(&place) {
            return known.clone();
        }
        let env = around.within();
        let errors = self.body(&closure.body, &env);
        let kind = if errors.is_empty() {
            let value = closure.value.as_ref().map_or(Type::Unknown, |value| env.kind_of(value));
            collected(closure.collection, env.kind_of(&closure.key), value)
        } else {
            Type::Unknown
        };
        self.closures.borrow_mut().insert(place, (kind.clone(), errors.clone()));
        (kind, errors)
    }

    fn references(&self, expr: &Expr, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        expr.terms().into_iter().for_each(|term| self.references_in(term, env, errors));
        expr.bodies().iter().flatten().for_each(|inner| self.references(inner, env, errors));
    }

    fn references_in(&self, term: &Term, env: &Environment<'_>, errors: &mut Vec<PolicyError>) {
        if let Kind::Reference(reference) = &term.kind
            && let Err(fault) = references::check(env, reference)
        {
            errors.push(self.messages.reference(term, &fault));
            return;
        }
        term.children().into_iter().for_each(|child| self.references_in(child, env, errors));
    }

    fn expr(&self, expr: &Expr, env: &Environment<'_>) -> Result<(), Box<PolicyError>> {
        for with in expr.with.iter() {
            let target = match &with.target {
                Target::Document(reference) => env.reference(reference),
                Target::Function(callee) => callee_kind(env, callee),
            };
            if let (Type::Function(target), Replacement::Function(callee)) = (&target, &with.value)
                && let Type::Function(value) = callee_kind(env, callee)
                && !unifies(&Type::Function(target.clone()), &Type::Function(value.clone()))
            {
                return Err(Box::new(self.messages.replacement(with.span, target, &value)));
            }
        }
        match &expr.kind {
            ExprKind::Unify { left, right, .. } => {
                let (found, other) = (env.kind_of(left), env.kind_of(right));
                if equal(env, left, right) {
                    return Ok(());
                }
                Err(Box::new(self.messages.never_equal(expr.span, &found, &other)))
            }
            ExprKind::Call(callee, args) => {
                match callee {
                    Callee::Builtin("internal.member_2") => {
                        self.membership(expr.span, env, None, args)?;
                    }
                    Callee::Builtin("internal.member_3") if args.len() > 2 => {
                        self.membership(expr.span, env, args.first(), &args[1..])?;
                    }
                    _ => {}
                }
                self.call(expr.span, env, callee, args)
            }
            _ => Ok(()),
        }
    }

    /// What `in` looks for must be of a type that the collection can hold.
    fn membership(
        &self,
        span: Span,
        env: &Environment<'_>,
        key: Option<&Term>,
        rest: &[Term],
    ) -> Result<(), Box<PolicyError>> {
        let [value, collection, ..] = rest else { return Ok(()) };
        let collection = env.kind_of(collection);
        let values = collection.values();
        if values.is_unknown() {
            return Ok(());
        }
        let keys = key.map(|key| (key, collection.keys()));
        for (term, wanted) in keys.into_iter().chain([(value, values)]) {
            if wanted.is_partial() {
                continue;
            }
            let found = env.kind_of(term);
            let differs = !found.is_partial() && !unifies(&found, &wanted);
            if differs || !fits(env, term, &wanted, false) {
                return Err(Box::new(self.messages.never_in(span, &found, &wanted)));
            }
        }
        Ok(())
    }

    fn call(
        &self,
        span: Span,
        env: &Environment<'_>,
        callee: &Callee,
        args: &[Term],
    ) -> Result<(), Box<PolicyError>> {
        // Whether there is such a function, and how many arguments it takes, is told elsewhere; but
        // for a rule without arguments, which OPA lets be called where its type could be any.
        let function = match callee_kind(env, callee) {
            Type::Function(function) => function,
            Type::Unknown => return Ok(()),
            kind if kind == Type::any() => return Ok(()),
            _ => return Err(Box::new(self.messages.no_function(span, callee))),
        };
        // What is learned from one argument does not change what the others were.
        let before: Vec<Type> = args.iter().map(|arg| env.kind_of(arg)).collect();
        for ((position, arg), found) in args.iter().enumerate().zip(before) {
            let wanted = function.expects(position);
            if wanted.is_unknown() {
                return Ok(());
            }
            let differs = !found.is_partial() && !unifies(&found, wanted);
            if differs || !fits(env, arg, wanted, false) {
                let found = env.kind_of(arg);
                let error =
                    self.messages.argument(span, callee, position, &function, (arg, &found));
                return Err(Box::new(error));
            }
        }
        Ok(())
    }

    /// The documents that `with` replaces, as scopes within each other: first the rules that
    /// depend on them, then they themselves.
    fn replaced(&self, expr: &Expr, env: &Environment<'_>) -> Option<Vec<Rc<Documents>>> {
        let mut layers = Vec::new();
        let mut targets = Documents::default();
        let mut is_some = false;
        for with in expr.with.iter() {
            let Target::Document(Reference { base: Base::Root(root), keys }) = &with.target else {
                continue;
            };
            let constants: Vec<Option<Value>> = keys.iter().map(Term::constant).collect();
            let target = env.document(root, keys);
            let is_function = matches!(target, Type::Function(_));
            if *root == "data" {
                let mut relaxed = Documents::default();
                let own: Option<Vec<Value>> = constants.iter().cloned().collect();
                let affected = self.graph.affected(&constants).into_iter();
                let documents = affected.map(|rule| self.rules[rule].document());
                for mut path in documents.filter(|path| !is_function || Some(path) != own.as_ref())
                {
                    path.insert(0, Value::string("data"));
                    relaxed.put(&path, Type::any());
                }
                if !relaxed.children.is_empty() {
                    layers.push(Rc::new(relaxed));
                }
            }
            if is_function {
                continue;
            }
            let is_ground = constants.iter().all(Option::is_some);
            let value = match &with.value {
                Replacement::Value(value) => env.kind_of(value),
                Replacement::Document(path) => kind_at(env, path),
                Replacement::Function(callee) => callee_kind(env, callee),
            };
            let kind = if !is_ground || target.is_unknown() || value.is_unknown() {
                Type::any()
            } else {
                match target.or(&value) {
                    Type::Unknown => Type::any(),
                    kind => kind,
                }
            };
            let fixed = constants.into_iter().map_while(|key| key);
            let path: Vec<Value> = std::iter::once(Value::string(*root)).chain(fixed).collect();
            targets.put(&path, kind);
            is_some = true;
        }
        if is_some {
            layers.push(Rc::new(targets));
        }
        (!layers.is_empty()).then_some(layers)
    }
}

/// Parameters that a body says nothing of.
fn assume_any(env: &Environment<'_>, term: &Term) {
    if let Kind::Variable(var) = term.kind
        && env.variable(var).is_unknown()
    {
        env.learn(var, Type::any());
    }
    term.children().into_iter().for_each(|child| assume_any(env, child));
}

fn callee_kind(env: &Environment<'_>, callee: &Callee) -> Type {
    match callee {
        Callee::Builtin(name) => declared(name).cloned().unwrap_or(Type::Unknown),
        Callee::Rule(path) if path.is_empty() => Type::Unknown,
        Callee::Rule(path) => kind_at(env, path),
    }
}

/// The type of a document below `data`.
fn kind_at(env: &Environment<'_>, path: &[Arc<str>]) -> Type {
    let part = |part: &Arc<str>| Term {
        kind: Kind::Constant(Value::string(Arc::clone(part))),
        span: Span::new(0, 0),
    };
    let keys: Vec<Term> = path.iter().map(part).collect();
    env.document("data", &keys)
}
