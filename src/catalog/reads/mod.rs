//! What a rule reads of its input, as far as its text tells.
//!
//! Values of the input are followed through variables, helper rules and functions: a container that
//! is taken from a list, handed to a helper and asked for its image there was read at
//! `spec.containers[].image`. What is worked out while evaluating, such as a key, is any member.

mod shape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::rego::Module;
use crate::rego::ast::{
    Body, HeadKind, Rule, Statement, StatementKind, TemplatePart, Term, TermKind,
};

use shape::{Path, Shape};

/// So deep calls are followed.
const DEEPEST: usize = 16;

/// The paths of the input that rules read, in order; those that lead on to others are left out.
pub(super) fn paths(
    modules: &[Module],
    clauses: impl IntoIterator<Item = (usize, usize)>,
) -> Vec<String> {
    let mut reader = Reader::new(modules);
    crate::stack::deep(|| {
        for (module, rule) in clauses {
            if let Some(rule) = modules.get(module).and_then(|m| m.syntax.rules.get(rule)) {
                reader.clause(module, rule, &[], 0);
            }
        }
    });
    let read = reader.read;
    let leads_on = |path: &&Path| read.iter().any(|other| path.is_before(other));
    let told = read.iter().filter(|path| !path.is_input() && !leads_on(path));
    told.map(ToString::to_string).collect()
}

struct Reader<'m> {
    modules: &'m [Module],
    /// By their paths, the rules of all modules.
    rules: BTreeMap<Vec<String>, Vec<(usize, &'m Rule)>>,
    /// What rules and functions gave for such arguments; none while they are being gone through.
    known: HashMap<(Vec<String>, Vec<Shape>), Option<Shape>>,
    read: BTreeSet<Path>,
}

/// The variables at hand, in the module of a clause.
#[derive(Clone)]
struct Scope {
    module: usize,
    variables: BTreeMap<Arc<str>, Shape>,
    depth: usize,
}

impl<'m> Reader<'m> {
    fn new(modules: &'m [Module]) -> Self {
        let mut rules: BTreeMap<Vec<String>, Vec<_>> = BTreeMap::new();
        for (number, module) in modules.iter().enumerate() {
            for rule in &module.syntax.rules {
                let mut path = module.package.clone();
                path.push(rule.head.name.to_string());
                rules.entry(path).or_default().push((number, rule));
            }
        }
        Self { modules, rules, known: HashMap::new(), read: BTreeSet::new() }
    }

    /// What a clause gives for arguments.
    fn clause(&mut self, module: usize, rule: &Rule, args: &[Shape], depth: usize) -> Shape {
        let mut scope = Scope { module, variables: BTreeMap::new(), depth };
        for (parameter, arg) in rule.head.args.iter().flatten().zip(args) {
            self.bind(parameter, arg.clone(), &mut scope);
        }
        let mut before = scope.clone();
        rule.body.iter().for_each(|body| self.body(body, &mut scope));
        for key in &rule.head.path {
            self.term(key, &mut scope);
        }
        let is_document = !rule.head.path.is_empty();
        let mut found = match &rule.head.kind {
            HeadKind::Contains(key) => Shape::of_members(self.term(key, &mut scope)),
            HeadKind::Value(Some(value)) if is_document => {
                Shape::of_members(self.term(value, &mut scope))
            }
            HeadKind::Value(Some(value)) => self.term(value, &mut scope),
            HeadKind::Value(None) => Shape::default(),
        };
        for other in &rule.otherwise {
            other.body.iter().for_each(|body| self.body(body, &mut before));
            other.value.iter().for_each(|value| found.join(self.term(value, &mut before)));
        }
        found
    }

    /// What the rules of a path give for arguments.
    fn rules(&mut self, path: &[String], args: &[Shape], depth: usize) -> Shape {
        let key = (path.to_vec(), args.to_vec());
        if let Some(known) = self.known.get(&key) {
            return known.clone().unwrap_or_default();
        }
        let rules = self.rules.get(path).cloned().unwrap_or_default();
        if depth >= DEEPEST {
            return Shape::default();
        }
        self.known.insert(key.clone(), None);
        let mut found = Shape::default();
        for (module, rule) in rules {
            found.join(self.clause(module, rule, args, depth + 1));
        }
        self.known.insert(key, Some(found.clone()));
        found
    }

    fn body(&mut self, body: &Body, scope: &mut Scope) {
        body.statements.iter().for_each(|statement| self.statement(statement, scope));
    }

    fn statement(&mut self, statement: &Statement, scope: &mut Scope) {
        let replaces = |target: &Term| match &target.kind {
            TermKind::Variable(name) => &**name == "input",
            TermKind::Reference(base, _) => {
                matches!(&base.kind, TermKind::Variable(name) if &**name == "input")
            }
            _ => false,
        };
        for with in &statement.with {
            self.term(&with.value, scope);
        }
        // What is asked with another input is not read of this one.
        if statement.with.iter().any(|with| replaces(&with.target)) {
            return;
        }
        match &statement.kind {
            StatementKind::Term(term) => {
                self.term(term, scope);
            }
            StatementKind::Assign(target, term) => {
                let shape = self.term(term, scope);
                self.bind(target, shape, scope);
            }
            StatementKind::Unify(left, right) => {
                for (pattern, term) in [(left, right), (right, left)] {
                    if !is_unbound(term, scope) {
                        let shape = self.term(term, scope);
                        self.bind(pattern, shape, scope);
                    }
                }
            }
            StatementKind::Some(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                let shape = self.term(collection, scope);
                key.iter().for_each(|key| self.bind(key, shape.keys(), scope));
                self.bind(value, shape.member(), scope);
            }
            StatementKind::Every { key: _, value, domain, body } => {
                let shape = self.term(domain, scope);
                let mut inner = scope.clone();
                inner.variables.insert(Arc::clone(&value.name), shape.member());
                self.body(body, &mut inner);
            }
            StatementKind::Not(body) => self.body(body, &mut scope.clone()),
            StatementKind::And(one, other) => {
                self.body(one, scope);
                self.body(other, scope);
            }
            StatementKind::Or(one, other) => {
                self.body(one, &mut scope.clone());
                self.body(other, &mut scope.clone());
            }
        }
    }

    /// Gives the variables of a pattern their values.
    fn bind(&mut self, pattern: &Term, shape: Shape, scope: &mut Scope) {
        match &pattern.kind {
            TermKind::Variable(name) if &**name != "_" => {
                self.note(&shape);
                let known = scope.variables.entry(Arc::clone(name)).or_default();
                known.join(shape);
            }
            TermKind::Array(items) => {
                items.iter().for_each(|item| self.bind(item, shape.member(), scope));
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    let inner = match &key.kind {
                        TermKind::String(key) => shape.under(key),
                        _ => shape.member(),
                    };
                    self.bind(value, inner, scope);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, shape: &Shape) {
        self.read.extend(shape.paths.iter().cloned());
    }

    fn term(&mut self, term: &Term, scope: &mut Scope) -> Shape {
        let shape = match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) => return Shape::default(),
            TermKind::String(text) => return Shape::text(text),
            TermKind::Variable(_) => self.reference(term, &[], scope),
            TermKind::Reference(base, keys) => self.reference(base, keys, scope),
            TermKind::Call(function, args) => self.call(function, args, scope),
            TermKind::Infix(_, left, right) => {
                let mut both = self.term(left, scope);
                both.join(self.term(right, scope));
                // Of sets that are united, the members are those of either.
                both.made()
            }
            TermKind::In { key, value, collection } => {
                let shape = self.term(collection, scope).member();
                key.iter().for_each(|key| {
                    self.term(key, scope);
                });
                self.term(value, scope);
                self.note(&shape);
                Shape::default()
            }
            TermKind::Array(items) | TermKind::Set(items) => {
                let mut members = Shape::default();
                items.iter().for_each(|item| members.join(self.term(item, scope)));
                Shape::of_members(members)
            }
            TermKind::Object(entries) => {
                let mut fields = Vec::new();
                for (key, value) in entries {
                    self.term(key, scope);
                    let value = self.term(value, scope);
                    match &key.kind {
                        TermKind::String(key) => fields.push((Arc::clone(key), value)),
                        _ => fields.push((Arc::from(""), value)),
                    }
                }
                Shape::of_fields(fields)
            }
            TermKind::ArrayComprehension(head, body) | TermKind::SetComprehension(head, body) => {
                let mut inner = scope.clone();
                self.body(body, &mut inner);
                Shape::of_members(self.term(head, &mut inner))
            }
            TermKind::ObjectComprehension(key, value, body) => {
                let mut inner = scope.clone();
                self.body(body, &mut inner);
                self.term(key, &mut inner);
                Shape::of_members(self.term(value, &mut inner))
            }
            TermKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Text(_) => {}
                        TemplatePart::Term(term) => {
                            self.term(term, scope);
                        }
                        TemplatePart::Statement(statement) => self.statement(statement, scope),
                    }
                }
                Shape::default()
            }
        };
        self.note(&shape);
        shape
    }

    fn reference(&mut self, base: &Term, keys: &[Term], scope: &mut Scope) -> Shape {
        let (mut shape, keys) = match &base.kind {
            TermKind::Variable(name) if &**name == "input" => (Shape::input(), keys),
            TermKind::Variable(name) if scope.variables.contains_key(name) => {
                (scope.variables[name].clone(), keys)
            }
            TermKind::Variable(name) => match self.outside(name, keys, scope.module) {
                Some(Outside::Input(steps)) => {
                    (steps.iter().fold(Shape::input(), |shape, key| shape.under(key)), keys)
                }
                Some(Outside::Rules(path, taken)) => {
                    (self.rules(&path, &[], scope.depth), keys.get(taken..).unwrap_or_default())
                }
                None => (Shape::default(), keys),
            },
            _ => (self.term(base, scope), keys),
        };
        for key in keys {
            shape = match &key.kind {
                TermKind::String(text) => shape.under(text),
                TermKind::Variable(name) if &**name == "_" => shape.member(),
                TermKind::Variable(_) if is_unbound(key, scope) => {
                    let member = shape.member();
                    // The keys of a set are its members.
                    let mut keys = shape.made().member();
                    keys.join(shape.keys());
                    self.bind(key, keys, scope);
                    member
                }
                _ => {
                    let key = self.term(key, scope);
                    shape.under_one_of(&key)
                }
            };
        }
        shape
    }

    fn call(&mut self, function: &Term, args: &[Term], scope: &mut Scope) -> Shape {
        let given: Vec<Shape> = args.iter().map(|arg| self.term(arg, scope)).collect();
        let (base, keys) = match &function.kind {
            TermKind::Reference(base, keys) => (&**base, keys.as_slice()),
            _ => (function, [].as_slice()),
        };
        let TermKind::Variable(name) = &base.kind else { return Shape::default() };
        if let Some(Outside::Rules(path, _)) = self.outside(name, keys, scope.module) {
            return self.rules(&path, &given, scope.depth);
        }
        let names = std::iter::once(&**name)
            .chain(keys.iter().filter_map(Term::as_string).map(|key| &**key));
        let name = names.collect::<Vec<_>>().join(".");
        let mut given = given.into_iter();
        match (name.as_str(), given.next(), args) {
            ("object.get", Some(shape), [_, key, _]) => {
                let keys = match &key.kind {
                    TermKind::Array(items) => items.as_slice(),
                    _ => std::slice::from_ref(key),
                };
                let mut found = shape;
                for key in keys {
                    let key = self.term(key, scope);
                    found = found.under_one_of(&key);
                }
                found.join(given.nth(1).unwrap_or_default());
                found
            }
            (
                "array.concat" | "object.union" | "union" | "array.flatten" | "array.slice"
                | "array.reverse" | "sort" | "cast_array",
                Some(mut all),
                _,
            ) => {
                given.for_each(|more| all.join(more));
                all
            }
            (
                "json.patch" | "json.remove" | "json.filter" | "object.remove" | "object.filter",
                Some(changed),
                _,
            ) => changed,
            _ => Shape::default(),
        }
    }

    /// What a name stands for that is no variable, and how many of the keys behind it belong to it.
    fn outside(&self, name: &Arc<str>, keys: &[Term], module: usize) -> Option<Outside> {
        let module = &self.modules[module];
        let import = module.syntax.imports.iter().find(|import| import.name() == Some(name));
        let mut path: Vec<String> = match import.map(|import| import.path.as_slice()) {
            _ if &**name == "data" => Vec::new(),
            Some([root, rest @ ..]) if &**root == "input" => {
                return Some(Outside::Input(rest.to_vec()));
            }
            Some([root, rest @ ..]) if &**root == "data" => {
                rest.iter().map(ToString::to_string).collect()
            }
            Some(_) => return None,
            None => module.package.iter().cloned().chain([name.to_string()]).collect(),
        };
        let keys: Vec<&str> = keys.iter().map_while(Term::as_string).map(|key| &**key).collect();
        let mut taken = 0;
        loop {
            if self.rules.contains_key(&path) {
                return Some(Outside::Rules(path, taken));
            }
            path.push((*keys.get(taken)?).to_owned());
            taken += 1;
        }
    }
}

enum Outside {
    /// A path of the input that is imported.
    Input(Vec<Arc<str>>),
    Rules(Vec<String>, usize),
}

fn is_unbound(term: &Term, scope: &Scope) -> bool {
    match &term.kind {
        TermKind::Variable(name) => {
            !matches!(&**name, "input" | "data") && !scope.variables.contains_key(name)
        }
        _ => false,
    }
}
