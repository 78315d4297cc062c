//! From the syntax tree to the form in which types are checked: what each name stands for, and
//! what is declared twice, too late or in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::builtins::{self, State};
use crate::engine::compile::Unit;
use crate::engine::number::Number;
use crate::engine::value::{NodeId, Value};
use crate::rego::PolicyError;
use crate::rego::ast::{self, HeadKind, Infix, Statement, StatementKind, TemplatePart, TermKind};
use crate::source::Span;

use super::core::{
    Base, Body, Callee, Collection, Comprehension, Expr, ExprKind, Joint, Kind, Nesting, Reference,
    Replacement, Rule, Target, Term, Var, With,
};
use super::scope::{self, Entry, Level, Origin};

/// What all rules of a module share.
pub(super) struct Names<'n> {
    pub(super) unit: &'n Unit<'n>,
    pub(super) number: usize,
    /// The first names of the package's rules.
    pub(super) exports: &'n BTreeSet<Arc<str>>,
    /// The paths of all functions, and how many arguments each takes; rules of one value take none.
    pub(super) functions: &'n BTreeMap<Vec<Arc<str>>, usize>,
    pub(super) strict: bool,
    pub(super) errors: Vec<PolicyError>,
    /// What is declared in vain.
    pub(super) unused: Vec<PolicyError>,
    /// The imports that some name used.
    pub(super) used_imports: BTreeSet<usize>,
    /// How many comprehensions there are.
    pub(super) comprehensions: usize,
    pub(super) levels: Vec<Level>,
    /// The names that are not declared anywhere; they mean the same in all scopes.
    pub(super) implicit: BTreeMap<Arc<str>, Var>,
    /// How many variables the rule has.
    pub(super) variables: usize,
    /// What the text calls the variables, and where it does first.
    pub(super) called: BTreeMap<Var, (Arc<str>, Span)>,
}

impl<'n> Names<'n> {
    pub(super) fn new(
        unit: &'n Unit<'n>,
        number: usize,
        exports: &'n BTreeSet<Arc<str>>,
        functions: &'n BTreeMap<Vec<Arc<str>>, usize>,
        strict: bool,
    ) -> Self {
        Self {
            unit,
            number,
            exports,
            functions,
            strict,
            errors: Vec::new(),
            unused: Vec::new(),
            used_imports: BTreeSet::new(),
            comprehensions: 0,
            levels: Vec::new(),
            implicit: BTreeMap::new(),
            variables: 0,
            called: BTreeMap::new(),
        }
    }
}

impl Names<'_> {
    /// A body by itself.
    pub(super) fn query(&mut self, body: &ast::Body) -> Body {
        self.levels = vec![Level { local: scope::declared(body), entries: BTreeMap::new() }];
        let statements = self.statements(body);
        self.unused_names();
        statements
    }

    pub(super) fn error(&mut self, message: &str, span: Span, help: &str) {
        let message = format!("the policy does not compile: {message}");
        let error = PolicyError::at(message, self.unit.source, span);
        self.errors.push(if help.is_empty() { error } else { error.with_help(help) });
    }

    pub(super) fn fresh(&mut self) -> Var {
        self.variables += 1;
        self.variables - 1
    }

    /// A rule, and one more for each `else`. They have no `else` in them.
    pub(super) fn rule(&mut self, number: usize, rule: &ast::Rule) -> Vec<Rule> {
        self.levels = vec![Level::default()];
        self.implicit = BTreeMap::new();
        self.variables = 0;
        self.called = BTreeMap::new();
        let head = &rule.head;
        self.check_roots(head);
        let args: Vec<Term> = head.args.iter().flatten().map(|arg| self.argument(arg)).collect();
        let arguments = self.levels[0].clone();
        let mut path: Vec<Arc<str>> = self.unit.module.package.clone();
        path.push(Arc::clone(&head.name));
        path.extend(head.path.iter().map_while(literal).cloned());
        let keys = &head.path[path.len() - self.unit.module.package.len() - 1..];
        let (is_set, value) = match &head.kind {
            HeadKind::Contains(member) => (true, Some(member)),
            HeadKind::Value(value) => (false, value.as_ref()),
        };
        let mut rules = Vec::new();
        let mut used = BTreeSet::new();
        let first = (rule.body.as_ref(), value, head.span);
        let others = rule.otherwise.iter().map(|e| (e.body.as_ref(), e.value.as_ref(), e.span));
        for (body, value, span) in std::iter::once(first).chain(others) {
            self.levels = vec![arguments.clone()];
            if let Some(body) = body {
                self.levels[0].local.extend(scope::declared(body));
            }
            let statements = body.map(|body| self.statements(body)).unwrap_or_default();
            let keys: Vec<Term> = keys.iter().map(|key| self.term(key)).collect();
            let value = match value {
                Some(value) => self.term(value),
                None => constant(Value::bool(true), span),
            };
            self.unused_names();
            let level = self.levels.first().cloned().unwrap_or_default();
            used.extend(
                level.entries.iter().filter(|(_, e)| e.count > 1).map(|(n, _)| Arc::clone(n)),
            );
            rules.push(Rule {
                unit: self.number,
                number,
                variables: 0,
                path: path.clone(),
                keys,
                args: args.clone(),
                is_set,
                value,
                body: statements,
            });
        }
        if self.strict {
            let entries = arguments.entries.iter();
            for (name, entry) in entries.filter(|(name, _)| !used.contains(*name)) {
                self.unused_name("argument", name, entry.span, "write `_` in its place");
            }
        }
        rules
    }

    /// Whether a rule goes by the name of `input` or `data`, or hides them, which v1 forbids.
    fn check_roots(&mut self, head: &ast::Head) {
        if !self.unit.is_v1 && !self.strict {
            return;
        }
        if is_root(&head.name) {
            let message = format!("a rule can't go by the name `{}`", head.name);
            self.error(&message, head.name_span, "give the rule another name");
        }
        for arg in head.args.iter().flatten() {
            self.check_root(arg);
        }
    }

    fn check_root(&mut self, term: &ast::Term) {
        if let TermKind::Variable(name) = &term.kind
            && is_root(name)
            && (self.unit.is_v1 || self.strict)
        {
            let message = format!("a variable can't hide `{name}`");
            self.error(&message, term.span, "give the variable another name");
        }
    }

    fn argument(&mut self, term: &ast::Term) -> Term {
        let kind = match &term.kind {
            TermKind::Variable(name) if &**name != "_" => {
                let var = if let Some(entry) = self.levels[0].entries.get_mut(name) {
                    entry.count += 1;
                    entry.var
                } else {
                    let var = self.fresh();
                    self.called.insert(var, (Arc::clone(name), term.span));
                    let entry = Entry { var, origin: Origin::Argument, count: 1, span: term.span };
                    self.levels[0].entries.insert(Arc::clone(name), entry);
                    self.levels[0].local.insert(Arc::clone(name));
                    var
                };
                Kind::Variable(var)
            }
            TermKind::Array(items) => {
                Kind::Array(items.iter().map(|item| self.argument(item)).collect())
            }
            TermKind::Object(fields) => Kind::Object(
                fields.iter().map(|(key, value)| (self.term(key), self.argument(value))).collect(),
            ),
            _ => return self.term(term),
        };
        Term { kind, span: term.span }
    }

    /// Imports that go by one name, and, if it is asked for, those that nothing uses.
    pub(super) fn imports(&mut self) {
        let mut seen = BTreeSet::new();
        let imports = &self.unit.module.imports;
        for (number, import) in imports.iter().enumerate() {
            let name = import.alias.as_ref().or(import.path.last());
            let Some(name) = name else { continue };
            if !seen.insert(name) && (self.unit.is_v1 || self.strict) {
                let message = format!("two imports go by the name `{name}`");
                self.error(&message, import.span, "give one of them another name with `as`");
            }
            let is_document = import.path.first().is_some_and(|root| is_root(root));
            if self.strict && is_document && !self.used_imports.contains(&number) {
                let message =
                    format!("the policy does not compile: the import `{name}` is never used");
                let error = PolicyError::at(message, self.unit.source, import.span);
                self.unused.push(error.with_help("remove it"));
            }
        }
    }

    /// Whether a name is declared so far.
    fn is_variable(&self, name: &str) -> bool {
        let mut entries = self.levels.iter().filter_map(|level| level.entries.get(name));
        entries.any(|entry| entry.origin != Origin::Used)
    }

    fn is_local(&self, name: &str) -> bool {
        self.levels.iter().any(|l| l.local.contains(name) || l.entries.contains_key(name))
    }

    /// The path that a name stands for, if it is none of the rule's own.
    fn global(&mut self, name: &Arc<str>) -> Option<Vec<Arc<str>>> {
        if self.is_local(name) {
            return None;
        }
        self.outside(name)
    }

    fn outside(&mut self, name: &Arc<str>) -> Option<Vec<Arc<str>>> {
        // An import hides a rule of the same name.
        let imports = self.unit.module.imports.iter().enumerate();
        let mut documents = imports.filter(|(_, import)| {
            matches!(import.path.first().map(|first| &**first), Some("input" | "data"))
        });
        let named = |import: &ast::Import| {
            let last = import.alias.as_ref().or(import.path.last());
            last.is_some_and(|last| last == name)
        };
        if let Some((number, import)) = documents.rfind(|(_, import)| named(import)) {
            self.used_imports.insert(number);
            return Some(import.path.clone());
        }
        if self.exports.contains(name) {
            let mut path: Vec<Arc<str>> = vec!["data".into()];
            path.extend(self.unit.module.package.iter().cloned());
            path.push(Arc::clone(name));
            return Some(path);
        }
        matches!(&**name, "input" | "data").then(|| vec![Arc::clone(name)])
    }

    /// A name that is used where it may also be bound.
    fn occurs(&mut self, name: &Arc<str>, span: Span) -> Var {
        let known = self.levels.iter_mut().rev().find_map(|level| level.entries.get_mut(name));
        if let Some(entry) = known {
            entry.count += 1;
            return entry.var;
        }
        let var = match self.implicit.get(name) {
            Some(var) => *var,
            None => self.fresh(),
        };
        self.implicit.insert(Arc::clone(name), var);
        self.insert(name, Entry { var, origin: Origin::Used, count: 1, span });
        var
    }

    fn insert(&mut self, name: &Arc<str>, entry: Entry) {
        self.called.entry(entry.var).or_insert_with(|| (Arc::clone(name), entry.span));
        if let Some(level) = self.levels.last_mut() {
            level.entries.insert(Arc::clone(name), entry);
        }
    }

    pub(super) fn declare(&mut self, name: &Arc<str>, span: Span, origin: Origin) -> Var {
        let known = self.levels.last().and_then(|level| level.entries.get(name));
        if let Some(Entry { var, origin, .. }) = known {
            let var = *var;
            let what = match origin {
                Origin::Used => format!("`{name}` is used above, before it is declared"),
                Origin::Assigned => format!("`{name}` is declared twice: it is assigned above"),
                Origin::Declared => format!("`{name}` is declared twice: it is declared above"),
                Origin::Argument => format!("`{name}` is declared twice: it is a parameter"),
            };
            self.error(&what, span, "use another name, or compare the two with `==`");
            return var;
        }
        let var = self.fresh();
        self.insert(name, Entry { var, origin, count: 1, span });
        var
    }

    /// Notes what the innermost scope declares and does not use.
    pub(super) fn unused_names(&mut self) {
        let Some(level) = self.levels.last() else { return };
        let unused = level.entries.iter().filter(|(_, entry)| entry.count == 1);
        let unused: Vec<_> = unused
            .filter_map(|(name, entry)| match entry.origin {
                Origin::Declared => Some((Arc::clone(name), entry.span)),
                Origin::Assigned if self.strict => Some((Arc::clone(name), entry.span)),
                _ => None,
            })
            .collect();
        for (name, span) in unused {
            self.unused_name("variable", &name, span, "remove it, or write `_` in its place");
        }
    }

    fn unused_name(&mut self, what: &str, name: &str, span: Span, help: &str) {
        let message = format!("the policy does not compile: the {what} `{name}` is never used");
        self.unused.push(PolicyError::at(message, self.unit.source, span).with_help(help));
    }

    /// A scope of its own, in which the names are local.
    fn within<T>(&mut self, local: BTreeSet<Arc<str>>, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.levels.push(Level { local, entries: BTreeMap::new() });
        let result = inside(self);
        self.unused_names();
        self.levels.pop();
        result
    }

    fn statements(&mut self, body: &ast::Body) -> Body {
        body.statements.iter().filter_map(|statement| self.statement(statement)).collect()
    }

    fn block(&mut self, body: &ast::Body) -> Body {
        self.within(scope::declared(body), |names| names.statements(body))
    }

    fn nested(&mut self, joint: Joint, bodies: &[&ast::Body]) -> ExprKind {
        let is_braced = |body: &ast::Body| {
            let first = body.statements.first();
            let opens = self.unit.source.text().get(body.span.start..);
            first.is_none_or(|first| body.span.start < first.span.start)
                && opens.is_some_and(|text| text.starts_with('{'))
        };
        let mut braced = [false; 2];
        braced.iter_mut().zip(bodies).for_each(|(braced, body)| *braced = is_braced(body));
        let bodies = bodies.iter().map(|body| self.block(body)).collect();
        ExprKind::Nested(Nesting { joint, braced }, bodies)
    }

    fn statement(&mut self, statement: &Statement) -> Option<Expr> {
        let kind = match &statement.kind {
            StatementKind::Term(term) => match self.alone(term) {
                Term { kind: Kind::Call(callee, args), .. } => ExprKind::Call(callee, args),
                term => ExprKind::Term(term),
            },
            StatementKind::Unify(left, right) => {
                ExprKind::Unify { left: self.term(left), right: self.term(right), assigns: false }
            }
            StatementKind::Assign(left, right) => {
                self.check_root(left);
                let right = self.term(right);
                let with = self.withs(&statement.with);
                let kind = ExprKind::Unify { left: self.pattern(left), right, assigns: true };
                let expr = Expr::plain(kind, statement.span);
                let origin = Some(statement.span);
                return Some(Expr { negated: statement.negated, with, origin, ..expr });
            }
            StatementKind::Some(variables) => {
                for variable in variables {
                    self.declare(&variable.name, variable.span, Origin::Declared);
                }
                return None;
            }
            StatementKind::SomeIn { key, value, collection } => {
                self.some_in(key.as_ref(), value, collection, statement.span)
            }
            StatementKind::Every { key, value, domain, body } => {
                let domain = self.term(domain);
                let mut local = scope::declared(body);
                let variables = key.iter().chain([value]);
                local.extend(variables.map(|variable| Arc::clone(&variable.name)));
                self.within(local, |names| {
                    let mut declare = |variable: &ast::Variable| {
                        if &*variable.name == "_" {
                            return names.fresh();
                        }
                        names.declare(&variable.name, variable.span, Origin::Declared)
                    };
                    let key = key.as_ref().map(&mut declare);
                    let value = declare(value);
                    let key = key.unwrap_or_else(|| names.fresh());
                    ExprKind::Every { key, value, domain, body: names.statements(body) }
                })
            }
            StatementKind::Not(body) => self.nested(Joint::Not, &[body]),
            StatementKind::And(left, right) => self.nested(Joint::And, &[left, right]),
            StatementKind::Or(left, right) => self.nested(Joint::Or, &[left, right]),
        };
        let with = self.withs(&statement.with);
        let expr = Expr::plain(kind, statement.span);
        Some(Expr { negated: statement.negated, with, origin: Some(statement.span), ..expr })
    }

    /// `some k, v in xs` is `v = xs[k]`.
    fn some_in(
        &mut self,
        key: Option<&ast::Term>,
        value: &ast::Term,
        collection: &ast::Term,
        span: Span,
    ) -> ExprKind {
        let searched = self.term(collection);
        let mut bound = Vec::new();
        for pattern in key.iter().copied().chain([value]) {
            crate::engine::compile::scope::pattern_variables(pattern, &mut |name, span| {
                bound.push((Arc::clone(name), span));
            });
        }
        let mut declared = BTreeSet::new();
        for (name, span) in bound {
            if declared.insert(Arc::clone(&name)) {
                let outer = self.levels.last().and_then(|level| level.entries.get(&name)).is_some();
                if outer {
                    self.declare(&name, span, Origin::Declared);
                } else {
                    let var = self.fresh();
                    // `some` with `in` searches by its names: they are never there in vain.
                    self.insert(&name, Entry { var, origin: Origin::Declared, count: 2, span });
                }
            }
        }
        let key = match key {
            Some(key) => self.term(key),
            None => Term::variable(self.fresh(), span),
        };
        let reference = match searched.kind {
            Kind::Reference(Reference { base, mut keys }) => {
                keys.push(key);
                Reference { base, keys }
            }
            Kind::Variable(var) => Reference { base: Base::Variable(var), keys: vec![key] },
            _ => Reference { base: Base::Term(Box::new(searched)), keys: vec![key] },
        };
        let right = Term { kind: Kind::Reference(reference), span: collection.span };
        ExprKind::Unify { left: self.term(value), right, assigns: false }
    }

    /// The left side of `:=`.
    fn pattern(&mut self, term: &ast::Term) -> Term {
        let kind = match &term.kind {
            TermKind::Variable(name) if &**name != "_" => {
                Kind::Variable(self.declare(name, term.span, Origin::Assigned))
            }
            TermKind::Variable(_) => Kind::Variable(self.fresh()),
            TermKind::Array(items) => {
                Kind::Array(items.iter().map(|item| self.pattern(item)).collect())
            }
            TermKind::Object(fields) => Kind::Object(
                fields.iter().map(|(key, value)| (self.term(key), self.pattern(value))).collect(),
            ),
            _ => {
                let help = "on the left of `:=` stand names, and arrays and objects of names";
                self.error("this can't be assigned to", term.span, help);
                return constant(Value::NULL, term.span);
            }
        };
        Term { kind, span: term.span }
    }

    fn withs(&mut self, withs: &[ast::With]) -> Arc<Vec<With>> {
        Arc::new(withs.iter().filter_map(|with| self.with(with)).collect())
    }

    fn with(&mut self, with: &ast::With) -> Option<With> {
        let target = match self.function(&with.target) {
            Some(callee @ Callee::Builtin(_)) => Target::Function(callee),
            _ => match self.document(&with.target) {
                Some(document) => Target::Document(document),
                None => {
                    let message = match crate::engine::compile::parts(&with.target) {
                        Some(parts) => format!("there is no `{}` to replace", parts.join(".")),
                        None => "`with` replaces documents and functions by their names".to_owned(),
                    };
                    self.error(&message, with.target.span, "");
                    return None;
                }
            },
        };
        let value = match self.function(&with.value) {
            Some(callee) => Replacement::Function(callee),
            None => Replacement::Value(self.term(&with.value)),
        };
        Some(With { target, value, span: with.span })
    }

    /// What `with` replaces: `input` and `data`, whatever else goes by these names.
    fn document(&mut self, term: &ast::Term) -> Option<Reference> {
        let (base, keys) = match &term.kind {
            TermKind::Reference(base, keys) => (&**base, keys.as_slice()),
            _ => (term, &[][..]),
        };
        let TermKind::Variable(name) = &base.kind else { return None };
        let path = match &**name {
            "input" | "data" => vec![Arc::clone(name)],
            _ => self.outside(name)?,
        };
        let keys: Vec<Term> = keys.iter().map(|key| self.term(key)).collect();
        reference(&path, keys, base.span)
    }

    /// The function that a name or reference is, if it is one.
    fn function(&mut self, term: &ast::Term) -> Option<Callee> {
        self.callee(term, |arity| arity > 0)
    }

    /// What a name or reference is, if it can be called and takes as many arguments as are wanted.
    fn callee(&mut self, term: &ast::Term, wanted: fn(usize) -> bool) -> Option<Callee> {
        let path = crate::engine::compile::parts(term)?;
        let (first, rest) = path.split_first()?;
        if self.is_variable(first) {
            return None;
        }
        let builtin = || builtins::lookup(&path.join(".")).map(|found| Callee::Builtin(found.name));
        if self.is_local(first) {
            return builtin();
        }
        match self.outside(first) {
            Some(mut full) if full.first().is_some_and(|root| &**root == "data") => {
                full.extend(rest.iter().cloned());
                full.remove(0);
                let arity = self.functions.get(&full)?;
                wanted(*arity).then_some(Callee::Rule(full))
            }
            Some(_) => None,
            None => builtin(),
        }
    }

    fn terms(&mut self, terms: &[ast::Term]) -> Vec<Term> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    pub(super) fn term(&mut self, term: &ast::Term) -> Term {
        let span = term.span;
        let kind = match &term.kind {
            TermKind::Null => Kind::Constant(Value::NULL),
            TermKind::Bool(value) => Kind::Constant(Value::bool(*value)),
            TermKind::String(text) => Kind::Constant(Value::string(Arc::clone(text))),
            TermKind::Number(text) => {
                let number = Number::parse(text).unwrap_or_else(|| {
                    self.error("this is no number", span, "");
                    Number::from(0)
                });
                Kind::Constant(Value::Number(NodeId::NONE, number))
            }
            TermKind::Template(parts) => self.template(parts, span),
            TermKind::Variable(name) => return self.variable(name, span),
            TermKind::Reference(base, keys) => {
                let base = self.term(base);
                let mut keys = self.terms(keys);
                let base = match base.kind {
                    Kind::Variable(var) => Base::Variable(var),
                    Kind::Reference(Reference { base, keys: mut first }) => {
                        first.append(&mut keys);
                        keys = first;
                        base
                    }
                    _ => Base::Term(Box::new(base)),
                };
                Kind::Reference(Reference { base, keys })
            }
            TermKind::Array(items) => Kind::Array(self.terms(items)),
            TermKind::Set(items) => Kind::Set(self.terms(items)),
            TermKind::Object(fields) => Kind::Object(
                fields.iter().map(|(key, value)| (self.term(key), self.term(value))).collect(),
            ),
            TermKind::Call(function, args) => return self.call(function, args, span, false),
            TermKind::Infix(infix, left, right) => {
                let args = vec![self.term(left), self.term(right)];
                Kind::Call(Callee::Builtin(operator(*infix)), args)
            }
            TermKind::In { key, value, collection } => {
                let name = if key.is_some() { "internal.member_3" } else { "internal.member_2" };
                let key = key.as_ref().map(|key| self.term(key));
                let mut args: Vec<Term> = key.into_iter().collect();
                args.extend([self.term(value), self.term(collection)]);
                Kind::Call(Callee::Builtin(name), args)
            }
            TermKind::ArrayComprehension(head, body) => {
                self.comprehension(Collection::Array, head, None, body)
            }
            TermKind::SetComprehension(head, body) => {
                self.comprehension(Collection::Set, head, None, body)
            }
            TermKind::ObjectComprehension(key, value, body) => {
                self.comprehension(Collection::Object, key, Some(value), body)
            }
        };
        Term { kind, span }
    }

    fn variable(&mut self, name: &Arc<str>, span: Span) -> Term {
        if &**name == "_" {
            return Term::variable(self.fresh(), span);
        }
        let reference = self.global(name).and_then(|path| reference(&path, Vec::new(), span));
        match reference {
            Some(reference) => Term { kind: Kind::Reference(reference), span },
            None => Term::variable(self.occurs(name, span), span),
        }
    }

    /// A term that is a statement by itself: only there can a call name what it gives.
    fn alone(&mut self, term: &ast::Term) -> Term {
        match &term.kind {
            TermKind::Call(function, args) => self.call(function, args, term.span, true),
            _ => self.term(term),
        }
    }

    fn call(
        &mut self,
        function: &ast::Term,
        args: &[ast::Term],
        span: Span,
        is_alone: bool,
    ) -> Term {
        let parts = crate::engine::compile::parts(function);
        let first = parts.as_ref().and_then(|parts| parts.first());
        if let Some(name) = first
            && self.is_variable(name)
        {
            let message = format!("`{name}` is called, but here it is a variable");
            self.error(&message, function.span, "give the variable another name");
        }
        if args.is_empty() && matches!(&function.kind, TermKind::Variable(name) if &**name == "set")
        {
            return Term { kind: Kind::Set(Vec::new()), span };
        }
        let wanted = if args.is_empty() { |_| true } else { |arity| arity > 0 };
        let callee = self.callee(function, wanted);
        if let Some(Callee::Builtin(name)) = &callee
            && DEPRECATED.contains(name)
            && (self.unit.is_v1 || self.strict)
        {
            let message = format!("`{name}` is deprecated, and gone in Rego v1");
            self.error(&message, function.span, instead(name));
        }
        let args = match &callee {
            Some(Callee::Builtin("print")) => args.iter().map(|arg| self.printed(arg)).collect(),
            _ => self.terms(args),
        };
        let callee = match callee {
            Some(callee) => {
                self.check_call(&callee, function, args.len(), span, is_alone);
                callee
            }
            None => {
                let is_told = first.is_some_and(|name| self.is_variable(name));
                if !is_told {
                    self.unknown_function(function);
                }
                Callee::Rule(Vec::new())
            }
        };
        Term { kind: Kind::Call(callee, args), span }
    }

    /// Whether a function can be called here, with so many arguments.
    fn check_call(
        &mut self,
        callee: &Callee,
        function: &ast::Term,
        count: usize,
        span: Span,
        is_alone: bool,
    ) {
        let name = crate::engine::compile::parts(function).unwrap_or_default().join(".");
        let arity = match callee {
            Callee::Builtin("print") if is_alone => return,
            Callee::Builtin(name) => match builtins::lookup(name) {
                Some(builtin) => {
                    let why = match builtin.state {
                        State::Supported => None,
                        State::Evaluator if *name == "walk" || name.starts_with("rego.") => None,
                        State::Evaluator => Some(format!("`{name}` can't be called yet")),
                        State::Refused(why) | State::Unsupported(why) => {
                            Some(format!("`{name}` can't be called: {why}"))
                        }
                    };
                    if let Some(why) = why {
                        return self.error(&why, span, "");
                    }
                    builtin.arity
                }
                None => return,
            },
            Callee::Rule(path) => match self.functions.get(path) {
                Some(arity) => *arity,
                None => return,
            },
        };
        // One argument more than the function takes is its result.
        if count != arity && !(is_alone && count == arity + 1) {
            let wanted =
                if arity == 1 { "1 argument".into() } else { format!("{arity} arguments") };
            self.error(&format!("`{name}` takes {wanted}, not {count}"), span, "");
        }
    }

    fn unknown_function(&mut self, function: &ast::Term) {
        let name = crate::engine::compile::parts(function).unwrap_or_default().join(".");
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let functions = self.functions.iter().filter(|(_, arity)| **arity > 0);
        let functions = functions.map(|(path, _)| format!("data.{}", path.join(".")));
        let nearest = functions
            .chain(builtins::all().map(|builtin| builtin.name.to_owned()))
            .map(|known| (strsim::damerau_levenshtein(&last(&name), &last(&known)), known))
            .filter(|(distance, known)| *distance <= last(known).len() / 3)
            .min();
        let help = nearest.map(|(_, known)| format!("did you mean `{known}`?"));
        let message = format!("there is no function `{name}`");
        self.error(&message, function.span, &help.unwrap_or_default());
    }

    /// `{x | x = term}`, so that a term without a value is printed as well.
    fn printed(&mut self, term: &ast::Term) -> Term {
        let value = self.term(term);
        self.captured(value, Arc::default())
    }

    fn captured(&mut self, value: Term, with: Arc<Vec<With>>) -> Term {
        let span = value.span;
        let var = self.fresh();
        let body = vec![Expr { with, ..Expr::equation(var, value) }];
        let key = Term::variable(var, span);
        let number = self.numbered();
        let captured =
            Comprehension { collection: Collection::Set, number, key, value: None, body };
        Term { kind: Kind::Comprehension(Box::new(captured)), span }
    }

    fn numbered(&mut self) -> usize {
        self.comprehensions += 1;
        self.comprehensions
    }

    fn template(&mut self, parts: &[TemplatePart], span: Span) -> Kind {
        let mut items = Vec::new();
        for part in parts {
            items.push(match part {
                TemplatePart::Text(text) => constant(Value::string(Arc::clone(text)), span),
                TemplatePart::Term(term) => {
                    let mut wild = None;
                    crate::engine::compile::scope::used_by_term(term, &mut |name, span| {
                        if &**name == "_" {
                            wild = Some(span);
                        }
                    });
                    if let Some(span) = wild {
                        self.error("`_` can't stand in a template", span, "");
                    }
                    self.printed(term)
                }
                TemplatePart::Statement(statement) => match &statement.kind {
                    StatementKind::Term(term) if !statement.negated => {
                        let value = self.term(term);
                        let with = self.withs(&statement.with);
                        self.captured(value, with)
                    }
                    _ => {
                        self.error("this is not supported in a template yet", statement.span, "");
                        continue;
                    }
                },
            });
        }
        let array = Term { kind: Kind::Array(items), span };
        Kind::Call(Callee::Builtin("internal.template_string"), vec![array])
    }

    fn comprehension(
        &mut self,
        collection: Collection,
        key: &ast::Term,
        value: Option<&ast::Term>,
        body: &ast::Body,
    ) -> Kind {
        let number = self.numbered();
        let (body, key, value) = self.within(scope::declared(body), |names| {
            let body = names.statements(body);
            let key = names.term(key);
            (body, key, value.map(|value| names.term(value)))
        });
        Kind::Comprehension(Box::new(Comprehension { collection, number, key, value, body }))
    }
}

/// What Rego v1 has no more.
const DEPRECATED: [&str; 11] = [
    "all",
    "any",
    "cast_array",
    "cast_boolean",
    "cast_null",
    "cast_object",
    "cast_set",
    "cast_string",
    "net.cidr_overlap",
    "re_match",
    "set_diff",
];

fn instead(name: &str) -> &'static str {
    match name {
        "all" => "write `every x in xs { x }`",
        "any" => "write `some x in xs`, then `x`",
        "net.cidr_overlap" => "use `net.cidr_contains`",
        "re_match" => "use `regex.match`",
        "set_diff" => "write `a - b`",
        _ => "ask for the type with `is_array`, `is_string` and the like",
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "input" | "data")
}

pub(super) fn literal(term: &ast::Term) -> Option<&Arc<str>> {
    match &term.kind {
        TermKind::String(text) => Some(text),
        _ => None,
    }
}

fn constant(value: Value, span: Span) -> Term {
    Term { kind: Kind::Constant(value), span }
}

fn reference(path: &[Arc<str>], mut keys: Vec<Term>, span: Span) -> Option<Reference> {
    let (first, rest) = path.split_first()?;
    let root = if &**first == "input" { "input" } else { "data" };
    let part = |part: &Arc<str>| constant(Value::string(Arc::clone(part)), span);
    let mut all: Vec<Term> = rest.iter().map(part).collect();
    all.append(&mut keys);
    Some(Reference { base: Base::Root(root), keys: all })
}

fn operator(infix: Infix) -> &'static str {
    match infix {
        Infix::Add => "plus",
        Infix::Subtract => "minus",
        Infix::Multiply => "mul",
        Infix::Divide => "div",
        Infix::Remainder => "rem",
        Infix::Intersect => "and",
        Infix::Unite => "or",
        Infix::Equal => "equal",
        Infix::NotEqual => "neq",
        Infix::Less => "lt",
        Infix::LessOrEqual => "lte",
        Infix::Greater => "gt",
        Infix::GreaterOrEqual => "gte",
    }
}
