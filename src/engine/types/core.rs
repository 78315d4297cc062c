//! The form in which types are checked: names are resolved, and every call is a statement.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::source::Span;

/// What template strings become a call of.
pub(in crate::engine) const TEMPLATE: &str = "internal.template_string";

/// A variable of a rule.
pub(in crate::engine) type Var = usize;

#[derive(Clone, Debug)]
pub(in crate::engine) struct Term {
    pub(in crate::engine) kind: Kind,
    pub(in crate::engine) span: Span,
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum Kind {
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
pub(in crate::engine) struct Reference {
    pub(in crate::engine) base: Base,
    pub(in crate::engine) keys: Vec<Term>,
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum Base {
    Variable(Var),
    /// `input` or `data`.
    Root(&'static str),
    /// Any other term; only until calls have become statements.
    Term(Box<Term>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Collection {
    Array,
    Set,
    Object,
}

#[derive(Clone, Debug)]
pub(in crate::engine) struct Comprehension {
    pub(in crate::engine) collection: Collection,
    /// Tells the comprehensions of a program apart.
    pub(in crate::engine) number: usize,
    /// The key of an object, else the member.
    pub(in crate::engine) key: Term,
    pub(in crate::engine) value: Option<Term>,
    pub(in crate::engine) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Callee {
    Builtin(&'static str),
    /// A path below `data`.
    Rule(Vec<Arc<str>>),
}

pub(in crate::engine) type Body = Vec<Expr>;

#[derive(Clone, Debug)]
pub(in crate::engine) struct Expr {
    pub(in crate::engine) kind: ExprKind,
    pub(in crate::engine) negated: bool,
    pub(in crate::engine) with: Arc<Vec<With>>,
    pub(in crate::engine) span: Span,
    /// The statement of the text that it is a piece of; what a head needs is of none.
    pub(in crate::engine) origin: Option<Span>,
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum ExprKind {
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
    Nested(Nesting, Vec<Body>),
}

/// Statements that are made of bodies.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Nesting {
    pub(in crate::engine) joint: Joint,
    /// Which of the bodies stand in braces. The others share the variables around them.
    pub(in crate::engine) braced: [bool; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Joint {
    /// `not { .. }`
    Not,
    And,
    Or,
}

#[derive(Clone, Debug)]
pub(in crate::engine) struct With {
    pub(in crate::engine) target: Target,
    pub(in crate::engine) value: Replacement,
    pub(in crate::engine) span: Span,
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum Target {
    Document(Reference),
    Function(Callee),
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum Replacement {
    Value(Term),
    /// What a function gives instead: a document below `data`, looked up by each call.
    Document(Vec<Arc<str>>),
    Function(Callee),
}

/// One head with one body; each `else` is one of its own.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Rule {
    /// The unit it stands in.
    pub(in crate::engine) unit: usize,
    /// Which of the unit's rules it is, or is an `else` of.
    pub(in crate::engine) number: usize,
    /// How many variables there are.
    pub(in crate::engine) variables: usize,
    /// The path below `data`, as far as it is fixed.
    pub(in crate::engine) path: Vec<Arc<str>>,
    /// What follows in the head.
    pub(in crate::engine) keys: Vec<Term>,
    pub(in crate::engine) args: Vec<Term>,
    pub(in crate::engine) is_set: bool,
    /// The value, or the member of a set.
    pub(in crate::engine) value: Term,
    pub(in crate::engine) body: Body,
}

impl Term {
    pub(in crate::engine) fn variable(var: Var, span: Span) -> Self {
        Self { kind: Kind::Variable(var), span }
    }

    /// The value, if the term is one.
    pub(in crate::engine) fn constant(&self) -> Option<Value> {
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
    pub(in crate::engine) fn children(&self) -> Vec<&Self> {
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

    /// Whether two terms are the same names, constants and calls of them.
    pub(in crate::engine) fn is_written_as(&self, other: &Self) -> bool {
        let all = |a: &[Self], b: &[Self]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_written_as(b))
        };
        match (&self.kind, &other.kind) {
            (Kind::Constant(a), Kind::Constant(b)) => a == b,
            (Kind::Variable(a), Kind::Variable(b)) => a == b,
            (Kind::Reference(a), Kind::Reference(b)) => {
                let same = match (&a.base, &b.base) {
                    (Base::Variable(a), Base::Variable(b)) => a == b,
                    (Base::Root(a), Base::Root(b)) => a == b,
                    (Base::Term(a), Base::Term(b)) => a.is_written_as(b),
                    _ => false,
                };
                same && all(&a.keys, &b.keys)
            }
            (Kind::Array(a), Kind::Array(b)) => all(a, b),
            (Kind::Call(a, first), Kind::Call(b, second)) => a == b && all(first, second),
            _ => false,
        }
    }

    /// Whether it is a template, its parts in an array.
    pub(in crate::engine) fn is_template(&self) -> bool {
        matches!(self.kind, Kind::Call(Callee::Builtin(TEMPLATE), _))
    }

    /// Whether a reference or comprehension is part of it.
    pub(in crate::engine) fn needs_evaluation(&self) -> bool {
        matches!(self.kind, Kind::Reference(_) | Kind::Comprehension(_) | Kind::Call(..))
            || self.children().into_iter().any(Self::needs_evaluation)
    }
}

impl Expr {
    pub(in crate::engine) fn plain(kind: ExprKind, span: Span) -> Self {
        Self { kind, negated: false, with: Arc::default(), span, origin: None }
    }

    /// `variable = term`
    pub(in crate::engine) fn equation(var: Var, term: Term) -> Self {
        let span = term.span;
        let left = Term::variable(var, span);
        Self::plain(ExprKind::Unify { left, right: term, assigns: false }, span)
    }

    /// The terms of the statement itself: not those of bodies within, nor of `with`.
    pub(in crate::engine) fn terms(&self) -> Vec<&Term> {
        match &self.kind {
            ExprKind::Term(term) => vec![term],
            ExprKind::Unify { left, right, .. } => vec![left, right],
            ExprKind::Call(_, args) => args.iter().collect(),
            ExprKind::Every { domain, .. } => vec![domain],
            ExprKind::Nested(..) => Vec::new(),
        }
    }

    /// The bodies right within the statement, those of comprehensions aside.
    pub(in crate::engine) fn bodies(&self) -> &[Body] {
        match &self.kind {
            ExprKind::Every { body, .. } => std::slice::from_ref(body),
            ExprKind::Nested(_, bodies) => bodies,
            _ => &[],
        }
    }
}

impl Rule {
    /// The path of the document below `data`, as far as it is fixed.
    pub(in crate::engine) fn document(&self) -> Vec<Value> {
        let names = self.path.iter().map(|part| Value::string(Arc::clone(part)));
        names.chain(self.keys.iter().map_while(Term::constant)).collect()
    }

    /// The keys behind that path.
    pub(in crate::engine) fn open_keys(&self) -> &[Term] {
        let fixed = self.keys.iter().take_while(|key| key.constant().is_some()).count();
        &self.keys[fixed..]
    }
}
