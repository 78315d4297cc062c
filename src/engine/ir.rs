//! The intermediate form that policies are evaluated in: names resolved to slots and rules,
//! statements in an order in which every variable is known before it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rego::ast::Infix;
use crate::source::{SourceText, Span};

use super::builtins::Builtin;
use super::value::Value;

/// A rule by its number in the program.
pub(super) type RuleId = usize;
/// A local variable by its place in the frame of its rule.
pub(super) type Slot = usize;

/// A place in a policy.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: Arc<SourceText>,
    pub(super) span: Span,
}

/// All rules, compiled.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) rules: Vec<Rule>,
    /// The rules by their paths below `data`.
    pub(super) tree: Tree,
    /// Base documents.
    pub(super) data: Option<Value>,
    /// Whether statements are marked, so that it can be told which were reached.
    pub(super) is_marked: bool,
    /// How many beginnings clauses have in common. They are numbered from the last rule on.
    pub(super) guards: usize,
    /// Whether a policy calls functions that invent what they give, each time something else.
    pub(super) invents: bool,
    /// How many rules and functions may wait for each other.
    pub(super) height: usize,
}

/// What stands under `data`: rules, and packages that hold them.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) rule: Option<RuleId>,
    pub(super) children: BTreeMap<Arc<str>, Tree>,
}

impl Tree {
    pub(super) fn at(&self, path: &[Arc<str>]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, part| tree.children.get(part))
    }
}

/// What kind of document a rule defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleKind {
    /// One value.
    Complete,
    /// A set, a member at a time.
    Set,
    /// An object, a member at a time; also objects of objects, and of sets.
    Object,
    /// A function.
    Function,
}

/// A rule: everything of one name.
#[derive(Debug)]
pub(super) struct Rule {
    /// `data.main.deny`
    pub(super) name: String,
    /// The same below `data`, in parts.
    pub(super) path: Vec<Arc<str>>,
    pub(super) kind: RuleKind,
    /// How many arguments a function takes.
    pub(super) arity: usize,
    pub(super) clauses: Vec<Clause>,
    pub(super) default: Option<Clause>,
    /// Whether all clauses give the same constant, so that the first will do.
    pub(super) uniform: bool,
    /// Whether it is a function whose results are worth keeping.
    pub(super) is_kept: bool,
    /// Whether it has one value, as a function may for what it is given, and clauses that take
    /// whatever they are given, hold in one way at most, and have no `else`.
    pub(super) is_plain: bool,
    /// Whether it says the same of every input.
    pub(super) lasts: bool,
}

/// One head with its bodies: the first, and those after `else`.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) args: Vec<Expr>,
    /// The keys after the rule's own path.
    pub(super) keys: Vec<Expr>,
    /// Whether what stands at the keys is a set that the value is a member of.
    pub(super) is_member: bool,
    pub(super) bodies: Vec<(Vec<Statement>, Expr)>,
    /// Whether each of its bodies holds in one way at most.
    pub(super) is_straight: bool,
    /// The number of what its one body begins with, if others begin in the same way.
    pub(super) guard: Option<RuleId>,
    /// Of a plain function: the number of what its body begins with that has nothing to do with
    /// the arguments, and how many statements that is.
    pub(super) start: Option<(RuleId, usize)>,
    /// How many slots its frame has.
    pub(super) slots: usize,
    pub(super) place: Place,
    /// What stands before each body: the head, or the brace of a body that follows another; then
    /// `else` with its value.
    pub(super) heads: Vec<Span>,
    /// The module it stands in, and which of that module's rules it is.
    pub(super) origin: (usize, usize),
}

/// Statements that are asked by themselves, with what is to be told of each way they hold.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) statements: Vec<Statement>,
    /// The statements as they are written, each with the variable that has its value; those
    /// without one are simply true.
    pub(super) expressions: Vec<(Span, Option<Slot>)>,
    /// The variables by name.
    pub(super) bindings: Vec<(Arc<str>, Slot)>,
    /// How many slots its frame has.
    pub(super) slots: usize,
    pub(super) place: Place,
}

/// What can be called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    Rule(RuleId),
    Builtin(&'static Builtin),
}

/// A term.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Constant(Value),
    /// A variable that has its value.
    Slot(Slot),
    /// A variable that gets its value here.
    Bind(Slot),
    /// `_`
    Any,
    Input,
    /// A path below `data` that is no rule: a package or a base document.
    Document(Vec<Arc<str>>),
    Rule(RuleId),
    Array(Vec<Expr>),
    Set(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    Get(Box<Expr>, Vec<Expr>),
    Call(Callee, Vec<Expr>, Span),
    /// `walk`, which has many values.
    Walk(Box<Expr>),
    Infix(Infix, Box<Expr>, Box<Expr>, Span),
    In {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
    Comprehension(Comprehension, Vec<Statement>, Box<(Expr, Expr)>),
    Template(Vec<Expr>),
    /// A term that has one value at most, known to be so.
    Single(Box<Expr>),
}

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comprehension {
    Array,
    Set,
    Object,
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// Must be defined and not false.
    Test(Expr),
    /// Pattern and value.
    Unify(Expr, Expr),
    Not(Vec<Statement>),
    /// Marks what stands behind it: a statement of the text, and which piece of it.
    Reached(Span, usize),
    /// `print`: terms that are sets of what is printed, empty for what is undefined.
    Print(Vec<Expr>, Span),
    /// One of these bodies must hold, in whatever way: it gives no values.
    Either(Vec<Vec<Statement>>),
    Every {
        key: Option<Slot>,
        value: Slot,
        domain: Expr,
        body: Vec<Statement>,
    },
    /// For each member of a collection: what is at a path into it, of one value at most, if it is
    /// what is looked for.
    Scan {
        collection: Expr,
        /// Gets the key of the member.
        key: Option<Slot>,
        path: Vec<Expr>,
        found: Found,
    },
    /// Statements that hold together; with replacements, if there are any.
    With(Vec<Replacement>, Vec<Statement>),
}

/// What is looked for in a collection.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// A value for a variable.
    Value(Slot),
    /// That something is there.
    Anything,
    /// What is not false.
    Truth,
    /// A value that is known already.
    Same(Expr),
}

/// `with target as value`
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    pub(super) target: Target,
    pub(super) value: Mock,
}

/// What is replaced.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Input(Vec<Value>),
    Data(Vec<Arc<str>>),
    Rule(RuleId),
    Builtin(&'static str),
    /// A path that no document has, which is told when it comes to it.
    Nothing(Span),
}

/// What it is replaced by.
#[derive(Clone, Debug)]
pub(super) enum Mock {
    Value(Expr),
    /// A rule or document, looked up by each call of the function that it stands in for.
    Lookup(Expr),
    Function(Callee),
}

impl Statement {
    /// Whether it holds in one way at most, told at a glance.
    pub(super) fn is_straight(&self) -> bool {
        match self {
            Self::Test(expr) | Self::Unify(Expr::Bind(_) | Expr::Any, expr) => expr.is_plain(),
            Self::Unify(..) | Self::Scan { .. } | Self::With(..) => false,
            Self::Not(_)
            | Self::Reached(..)
            | Self::Print(..)
            | Self::Either(_)
            | Self::Every { .. } => true,
        }
    }
}

impl Expr {
    /// Whether the term has one value at most, told at a glance: what statements hold is marked.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Slot(_) | Self::Single(_))
    }

    /// The items of a list that is written out.
    #[inline]
    pub(super) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Single(inner) => inner.items(),
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Whether the term has one value at most.
    pub(super) fn is_single(&self) -> bool {
        match self {
            Self::Bind(_) | Self::Any | Self::Walk(_) => false,
            Self::Array(items)
            | Self::Set(items)
            | Self::Call(_, items, _)
            | Self::Template(items) => items.iter().all(Self::is_single),
            Self::Object(fields) => fields.iter().all(|(k, v)| k.is_single() && v.is_single()),
            Self::Get(base, keys) => base.is_single() && keys.iter().all(Self::is_single),
            Self::Infix(_, left, right, _) => left.is_single() && right.is_single(),
            Self::In { key, value, collection } => {
                key.iter().chain([value, collection]).all(|part| part.is_single())
            }
            _ => true,
        }
    }

    /// The value of a term made of constants alone.
    pub(super) fn constant(&self) -> Option<Value> {
        let all = |items: &[Self]| items.iter().map(Self::constant).collect::<Option<Vec<_>>>();
        match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Single(inner) => inner.constant(),
            Self::Array(items) => all(items).map(Value::array),
            Self::Set(items) => all(items).map(Value::set),
            Self::Object(fields) => {
                let pairs = fields.iter().map(|(k, v)| Some((k.constant()?, v.constant()?)));
                Some(Value::object_of_last(pairs.collect::<Option<Vec<_>>>()?))
            }
            _ => None,
        }
    }

    /// The same term, built now if it can be.
    pub(super) fn folded(self) -> Self {
        match self.constant() {
            Some(value) => Self::Constant(value),
            None => self,
        }
    }

    /// A term that has no value, whatever the input is.
    pub(super) fn undefined() -> Self {
        let null = || Self::Constant(Value::NULL);
        Self::Single(Box::new(Self::Get(Box::new(null()), vec![null()])))
    }
}
