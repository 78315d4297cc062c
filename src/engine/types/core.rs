//! The form in which types are checked: names are resolved, and every call is a statement.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::source::Span;

/// A variable of a rule.
pub(super) type Var = usize;

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A scalar.
    Constant(Value),
    Variable(Var),
    Reference(Reference),
    Array(Vec<Term>),
    Set(Vec<Term>),
    Object(Vec<(Term, Term)>),
    Comprehension(Box<Comprehension>),
    /// Only until calls have become statements.
    Call(Callee, Vec<Term>),
}

/// `input.a`, `data.a.b`, or what is in a variable.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) base: Base,
    pub(super) keys: Vec<Term>,
}

#[derive(Clone, Debug)]
pub(super) enum Base {
    Variable(Var),
    /// `input` or `data`.
    Root(&'static str),
    /// Any other term; only until calls have become statements.
    Term(Box<Term>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Array,
    Set,
    Object,
}

#[derive(Clone, Debug)]
pub(super) struct Comprehension {
    pub(super) collection: Collection,
    /// Tells the comprehensions of a program apart.
    pub(super) number: usize,
    /// The key of an object, else the member.
    pub(super) key: Term,
    pub(super) value: Option<Term>,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    Builtin(&'static str),
    /// A path below `data`.
    Rule(Vec<Arc<str>>),
}

pub(super) type Body = Vec<Expr>;

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) negated: bool,
    pub(super) with: Arc<Vec<With>>,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Term(Term),
    Unify {
        left: Term,
        right: Term,
        /// Whether it was written `:=`.
        assigns: bool,
    },
    Call(Callee, Vec<Term>),
    Every {
        key: Var,
        value: Var,
        domain: Term,
        body: Body,
    },
    /// `not { .. }`, `and` and `or`.
    Nested(Vec<Body>),
}

#[derive(Clone, Debug)]
pub(super) struct With {
    pub(super) target: Target,
    pub(super) value: Replacement,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Document(Reference),
    Function(Callee),
}

#[derive(Clone, Debug)]
pub(super) enum Replacement {
    Value(Term),
    Function(Callee),
}

/// One head with one body; each `else` is one of its own.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The unit it stands in.
    pub(super) unit: usize,
    /// The path below `data`, as far as it is fixed.
    pub(super) path: Vec<Arc<str>>,
    /// What follows in the head.
    pub(super) keys: Vec<Term>,
    pub(super) args: Vec<Term>,
    pub(super) is_set: bool,
    /// The value, or the member of a set.
    pub(super) value: Term,
    pub(super) body: Body,
}

impl Term {
    pub(super) fn variable(var: Var, span: Span) -> Self {
        Self { kind: Kind::Variable(var), span }
    }

    /// The value, if the term is one.
    pub(super) fn constant(&self) -> Option<Value> {
        match &self.kind {
            Kind::Constant(value) => Some(value.clone()),
            Kind::Array(items) => {
                Some(Value::array(items.iter().map(Self::constant).collect::<Option<_>>()?))
            }
            Kind::Set(items) => {
                Some(Value::set(items.iter().map(Self::constant).collect::<Option<_>>()?))
            }
            Kind::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, value)| Some((key.constant()?, value.constant()?)))
                    .collect::<Option<Vec<_>>>()?;
                Value::object(fields).ok()
            }
            _ => None,
        }
    }

    /// The terms right inside of this one; comprehensions have none.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Array(items) | Kind::Set(items) | Kind::Call(_, items) => items.iter().collect(),
            Kind::Object(fields) => fields.iter().flat_map(|(k, v)| [k, v]).collect(),
            Kind::Reference(reference) => {
                let base = match &reference.base {
                    Base::Term(term) => Some(&**term),
                    _ => None,
                };
                base.into_iter().chain(&reference.keys).collect()
            }
            Kind::Constant(_) | Kind::Variable(_) | Kind::Comprehension(_) => Vec::new(),
        }
    }

    /// Whether a reference or comprehension is part of it.
    pub(super) fn needs_evaluation(&self) -> bool {
        matches!(self.kind, Kind::Reference(_) | Kind::Comprehension(_) | Kind::Call(..))
            || self.children().into_iter().any(Self::needs_evaluation)
    }
}

impl Expr {
    pub(super) fn plain(kind: ExprKind, span: Span) -> Self {
        Self { kind, negated: false, with: Arc::default(), span }
    }

    /// `variable = term`
    pub(super) fn equation(var: Var, term: Term) -> Self {
        let span = term.span;
        let left = Term::variable(var, span);
        Self::plain(ExprKind::Unify { left, right: term, assigns: false }, span)
    }

    /// The terms of the statement itself: not those of bodies within, nor of `with`.
    pub(super) fn terms(&self) -> Vec<&Term> {
        match &self.kind {
            ExprKind::Term(term) => vec![term],
            ExprKind::Unify { left, right, .. } => vec![left, right],
            ExprKind::Call(_, args) => args.iter().collect(),
            ExprKind::Every { domain, .. } => vec![domain],
            ExprKind::Nested(_) => Vec::new(),
        }
    }

    /// The bodies right within the statement, those of comprehensions aside.
    pub(super) fn bodies(&self) -> &[Body] {
        match &self.kind {
            ExprKind::Every { body, .. } => std::slice::from_ref(body),
            ExprKind::Nested(bodies) => bodies,
            _ => &[],
        }
    }
}

impl Rule {
    /// The path of the document below `data`, as far as it is fixed.
    pub(super) fn document(&self) -> Vec<Value> {
        let names = self.path.iter().map(|part| Value::string(Arc::clone(part)));
        names.chain(self.keys.iter().map_while(Term::constant)).collect()
    }

    /// The keys behind that path.
    pub(super) fn open_keys(&self) -> &[Term] {
        let fixed = self.keys.iter().take_while(|key| key.constant().is_some()).count();
        &self.keys[fixed..]
    }
}
