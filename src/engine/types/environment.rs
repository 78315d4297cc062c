//! What is known of documents and variables at a place.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::engine::value::Value;

use super::core::{Base, Collection, Kind, Reference, Term, Var};
use super::kind::{Object, Type};

/// The types of the documents below `data` and `input`, by their paths.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    pub(super) kind: Option<Type>,
    pub(super) children: BTreeMap<Value, Documents>,
}

impl Documents {
    pub(super) fn child(&self, key: &Term) -> Option<&Self> {
        if self.children.is_empty() {
            return None;
        }
        self.children.get(&key.constant()?)
    }

    /// Replaces what stands at a path.
    pub(super) fn put(&mut self, path: &[Value], kind: Type) {
        match path.split_first() {
            None => self.kind = Some(kind),
            Some((first, rest)) => {
                self.children.entry(first.clone()).or_default().put(rest, kind);
            }
        }
    }

    /// Adds what a rule makes of the document at a path. Documents above it know of it too.
    pub(super) fn insert(&mut self, path: &[Value], kind: &Type) {
        let mut current = self;
        for (number, part) in path.iter().enumerate() {
            current = current.children.entry(part.clone()).or_default();
            if let Some(Type::Object(object)) = &current.kind
                && number + 1 < path.len()
            {
                current.kind = Some(with_member(object, &path[number + 1..], kind));
            }
        }
        let mut merged = match &current.kind {
            Some(known) => merge(known, kind),
            None => kind.clone(),
        };
        if matches!(kind, Type::Object(_)) {
            for (path, below) in current.leaves() {
                if let Type::Object(object) = &merged {
                    merged = with_member(object, &path, &below);
                }
            }
        }
        current.kind = Some(merged);
    }

    /// What is known below, with the paths to it.
    fn leaves(&self) -> Vec<(Vec<Value>, Type)> {
        let mut found = Vec::new();
        for (key, child) in &self.children {
            match &child.kind {
                Some(kind) => found.push((vec![key.clone()], kind.clone())),
                None => found.extend(child.leaves().into_iter().map(|(mut path, kind)| {
                    path.insert(0, key.clone());
                    (path, kind)
                })),
            }
        }
        found
    }

    /// The type of the whole document. It may have more than rules make of it: data.
    pub(super) fn extent(&self) -> Type {
        if let Some(kind) = &self.kind {
            return kind.clone();
        }
        let scalars = self.children.iter().filter(|(key, _)| {
            matches!(key, Value::String(..) | Value::Number(..) | Value::Bool(..))
        });
        let fields = scalars.map(|(key, child)| (key.clone(), child.extent())).collect();
        Type::object(fields, Some((Type::String, Type::any())))
    }
}

fn with_member(object: &Object, path: &[Value], kind: &Type) -> Type {
    let Some((first, rest)) = path.split_first() else {
        return Type::object(object.fields.clone(), object.rest.clone());
    };
    let member = if rest.is_empty() {
        kind.clone()
    } else {
        with_member(&Object { rest: None, fields: Vec::new() }, rest, kind)
    };
    let key = Type::of(first);
    let rest = match &object.rest {
        Some((keys, values)) => (keys.or(&key), values.or(&member)),
        None => (key, member),
    };
    Type::object(object.fields.clone(), Some(rest))
}

/// The type of a document that two rules make.
fn merge(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Object(first), Type::Object(second))
            if first.fields.is_empty() && second.fields.is_empty() =>
        {
            match (&first.rest, &second.rest) {
                (None, _) => b.clone(),
                (_, None) => a.clone(),
                (Some((keys, values)), Some((more_keys, more_values))) => {
                    Type::object(Vec::new(), Some((keys.or(more_keys), merge(values, more_values))))
                }
            }
        }
        (Type::Object(object), Type::Union(members))
        | (Type::Union(members), Type::Object(object))
            if object.fields.is_empty() =>
        {
            let Some((keys, values)) = &object.rest else { return a.or(b) };
            let mut members = members.to_vec();
            for member in &mut members {
                if let Type::Object(known) = member
                    && known.fields.is_empty()
                    && let Some((known_keys, known_values)) = &known.rest
                {
                    let rest = (known_keys.or(keys), known_values.or(values));
                    *member = Type::object(Vec::new(), Some(rest));
                    members.sort();
                    return Type::Union(members.into());
                }
            }
            a.or(b)
        }
        (Type::Set(a), Type::Set(b)) => Type::set(a.or(b)),
        (Type::Unknown, one) | (one, Type::Unknown) => one.clone(),
        _ => a.or(b),
    }
}

/// One scope, within others.
#[derive(Debug)]
pub(super) struct Environment<'e> {
    /// Documents whose types are other than around: all of them in the outermost scope.
    documents: Option<Rc<Documents>>,
    variables: RefCell<HashMap<Var, Type>>,
    /// Whether what is learned about variables holds in the scope around too.
    is_open: bool,
    pub(super) next: Option<&'e Environment<'e>>,
    pub(super) closures: &'e dyn Closures,
}

/// Finds the types of comprehensions.
pub(super) trait Closures: std::fmt::Debug {
    /// The type of a comprehension, if there is nothing wrong with it.
    fn kind_of(&self, closure: &super::core::Comprehension, around: &Environment<'_>) -> Type;
}

impl<'e> Environment<'e> {
    pub(super) fn outermost(documents: Rc<Documents>, closures: &'e dyn Closures) -> Self {
        Self {
            documents: Some(documents),
            variables: RefCell::default(),
            is_open: false,
            next: None,
            closures,
        }
    }

    /// A scope with variables of its own.
    pub(super) fn within(&'e self) -> Self {
        Self {
            documents: None,
            variables: RefCell::default(),
            is_open: false,
            next: Some(self),
            closures: self.closures,
        }
    }

    /// A scope of one statement, in which documents are replaced.
    pub(super) fn replaced(&'e self, documents: Rc<Documents>) -> Self {
        Self { documents: Some(documents), is_open: true, ..self.within() }
    }

    pub(super) fn root(&self, name: &str) -> Option<&Documents> {
        self.documents.as_ref()?.children.get(&Value::string(name))
    }

    /// Notes the type of a variable.
    pub(super) fn learn(&self, var: Var, kind: Type) {
        match self.next {
            Some(next) if self.is_open => next.learn(var, kind),
            _ => {
                self.variables.borrow_mut().insert(var, kind);
            }
        }
    }

    pub(super) fn variable(&self, var: Var) -> Type {
        let known = self.variables.borrow().get(&var).cloned();
        known.unwrap_or_else(|| self.next.map_or(Type::Unknown, |next| next.variable(var)))
    }

    pub(super) fn kind_of(&self, term: &Term) -> Type {
        match &term.kind {
            Kind::Constant(value) => Type::of(value),
            Kind::Variable(var) => self.variable(*var),
            Kind::Reference(reference) => self.reference(reference),
            Kind::Array(items) => {
                Type::array(items.iter().map(|item| self.kind_of(item)).collect(), Type::Unknown)
            }
            Kind::Set(items) => {
                Type::set(items.iter().fold(Type::Unknown, |all, item| all.or(&self.kind_of(item))))
            }
            Kind::Object(items) => {
                let mut fields = Vec::new();
                let mut rest = None;
                for (key, value) in items {
                    let kind = self.kind_of(value);
                    match key.constant() {
                        Some(key) => fields.push((key, kind)),
                        None => rest = Some((self.kind_of(key), kind)),
                    }
                }
                Type::object(fields, rest)
            }
            Kind::Comprehension(closure) => self.closures.kind_of(closure, self),
            Kind::Call(..) => Type::Unknown,
        }
    }

    pub(super) fn reference(&self, reference: &Reference) -> Type {
        match &reference.base {
            Base::Variable(var) => select(self.variable(*var), &reference.keys),
            Base::Root(root) => self.document(root, &reference.keys),
            Base::Term(_) => Type::Unknown,
        }
    }

    pub(super) fn document(&self, root: &str, keys: &[Term]) -> Type {
        match self.root(root).and_then(|found| below(found, keys)) {
            Some(kind) => kind,
            None => self.next.map_or_else(Type::any, |next| next.document(root, keys)),
        }
    }
}

/// The type of what is below a document; `None` where this scope says nothing of it.
fn below(documents: &Documents, keys: &[Term]) -> Option<Type> {
    let Some((first, rest)) = keys.split_first() else { return Some(documents.extent()) };
    let child = documents.child(first);
    match (&documents.kind, child) {
        (_, Some(child)) => below(child, rest),
        (Some(kind), None) => Some(select(kind.clone(), keys)),
        (None, None) if first.constant().is_none() => Some(select(documents.extent(), keys)),
        (None, None) => None,
    }
}

fn select(kind: Type, keys: &[Term]) -> Type {
    let mut kind = kind;
    for key in keys {
        if kind.is_unknown() {
            return kind;
        }
        kind = match &key.kind {
            Kind::Constant(key) => kind.select(key),
            _ if kind.is_empty_collection() => return Type::any(),
            _ => kind.values(),
        };
    }
    kind
}

/// What a comprehension makes of the types of its head.
pub(super) fn collected(collection: Collection, key: Type, value: Type) -> Type {
    match collection {
        Collection::Array => Type::array(Vec::new(), key),
        Collection::Set => Type::set(key),
        Collection::Object => Type::object(Vec::new(), Some((key, value))),
    }
}
