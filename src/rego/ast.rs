//! The syntax tree of a Rego file. Every node has its place in the text.

use std::sync::Arc;

use crate::source::Span;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Module {
    /// The parts of the package's name, without `data`.
    pub package: Vec<Arc<str>>,
    /// Where the package statement stands.
    pub package_span: Span,
    /// The imports, in order.
    pub imports: Vec<Import>,
    /// The comments, in order, each from its `#` to the end of its line.
    pub comments: Vec<Span>,
    /// The rules, in order. A body that follows another (`p { .. } { .. }`) is a rule of its own.
    pub rules: Vec<Rule>,
}

impl Module {
    /// The path below `data` of what a rule defines, as far as its head fixes it: without the last
    /// key of a partial object.
    pub fn path_of(&self, rule: &Rule) -> Vec<Arc<str>> {
        let keys = rule.head.path.iter().map_while(Term::as_string);
        self.package.iter().chain([&rule.head.name]).chain(keys).cloned().collect()
    }
}

/// `import data.lib as other`
#[derive(Clone, Debug)]
pub struct Import {
    /// What is imported: `["data", "lib"]`.
    pub path: Vec<Arc<str>>,
    /// The name after `as`.
    pub alias: Option<Arc<str>>,
    /// The whole statement.
    pub span: Span,
}

impl Import {
    /// The name that it gives to what it imports.
    pub fn name(&self) -> Option<&Arc<str>> {
        self.alias.as_ref().or(self.path.last())
    }
}

/// A rule: a head, and the bodies that make it true.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whether it begins with `default`.
    pub is_default: bool,
    /// What it defines.
    pub head: Head,
    /// When. Without a body it always holds.
    pub body: Option<Body>,
    /// What holds when the body does not, in order.
    pub otherwise: Vec<Else>,
    /// The whole rule.
    pub span: Span,
}

/// What a rule defines.
#[derive(Clone, Debug)]
pub struct Head {
    /// The name: `deny`.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// What follows the name: `.b[c]` of `a.b[c] := 1`. Not the `[x]` of a v0 partial set, nor the
    /// key of `contains`.
    pub path: Vec<Term>,
    /// The parameters of a function.
    pub args: Option<Vec<Term>>,
    /// What kind of document it defines, with the terms that make it up.
    pub kind: HeadKind,
    /// Whether `:=` stands before its value, and not `=`.
    pub is_assigned: bool,
    /// The whole head.
    pub span: Span,
}

/// The kinds of documents that rules define.
#[derive(Clone, Debug)]
pub enum HeadKind {
    /// `p := value`, `f(x) := value`, `p[k] := value` (a partial object, `path` has the key);
    /// `None` stands for `true`.
    Value(Option<Term>),
    /// `p contains key`, and `p[key] { .. }` of v0.
    Contains(Term),
}

/// `else := value { .. }`
#[derive(Clone, Debug)]
pub struct Else {
    /// The value; `None` stands for `true`.
    pub value: Option<Term>,
    /// Whether `:=` stands before the value, and not `=`.
    pub is_assigned: bool,
    /// The body; without one it always holds.
    pub body: Option<Body>,
    /// The whole clause.
    pub span: Span,
}

/// Statements that must all hold.
#[derive(Clone, Debug)]
pub struct Body {
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// The whole body, with its braces where it has them.
    pub span: Span,
}

/// One statement of a body.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Whether `not` stands before it.
    pub negated: bool,
    /// What it says.
    pub kind: StatementKind,
    /// Its `with` modifiers.
    pub with: Vec<With>,
    /// The whole statement.
    pub span: Span,
}

/// What a statement can say.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// A term that must be defined and not false.
    Term(Term),
    /// `x := term`
    Assign(Term, Term),
    /// `term = term`
    Unify(Term, Term),
    /// `some x, y`
    Some(Vec<Variable>),
    /// `some k, v in collection`
    SomeIn {
        /// The key, or index, if asked for.
        key: Option<Term>,
        /// The value.
        value: Term,
        /// What is searched.
        collection: Term,
    },
    /// `every k, v in domain { .. }`
    Every {
        /// The key, or index, if asked for.
        key: Option<Variable>,
        /// The value.
        value: Variable,
        /// What is gone through.
        domain: Term,
        /// What must hold for each.
        body: Body,
    },
    /// `not { .. }`, and any `not x` where `future.keywords.not` is imported: holds if there is no
    /// way for the body to hold.
    Not(Body),
    /// `x and y`, `{ .. } and { .. }` of `future.keywords.and`
    And(Body, Body),
    /// `x or y`, `{ .. } or { .. }` of `future.keywords.or`
    Or(Body, Body),
}

/// `with target as value`
#[derive(Clone, Debug)]
pub struct With {
    /// A reference under `input` or `data`, or the name of a function.
    pub target: Term,
    /// What stands there instead.
    pub value: Term,
    /// The whole modifier.
    pub span: Span,
}

/// A name where it is declared.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A value, or what will be one.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its place.
    pub span: Span,
}

impl Term {
    /// The text, where it is a string.
    pub fn as_string(&self) -> Option<&Arc<str>> {
        match &self.kind {
            TermKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name, where it is a variable.
    pub fn as_variable(&self) -> Option<&Arc<str>> {
        match &self.kind {
            TermKind::Variable(name) => Some(name),
            _ => None,
        }
    }
}

/// What a term can be.
#[derive(Clone, Debug)]
pub enum TermKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(Arc<str>),
    /// A string or a raw string, unescaped.
    String(Arc<str>),
    /// `$"..{term}.."`
    Template(Vec<TemplatePart>),
    /// A name. `_` is a variable of its own each time.
    Variable(Arc<str>),
    /// `base.a[b]`: the base is a variable, a call, or any other term in v1.
    Reference(Box<Term>, Vec<Term>),
    /// `f(a, b)`; the function is a variable, or a reference by strings.
    Call(Box<Term>, Vec<Term>),
    /// `a + b` and the like.
    Infix(Infix, Box<Term>, Box<Term>),
    /// `v in xs`, and `k, v in xs`.
    In {
        /// The key, or index, if asked for.
        key: Option<Box<Term>>,
        /// The value.
        value: Box<Term>,
        /// What is searched.
        collection: Box<Term>,
    },
    /// `[a, b]`
    Array(Vec<Term>),
    /// `{a, b}`, and `set()`
    Set(Vec<Term>),
    /// `{a: b}`
    Object(Vec<(Term, Term)>),
    /// `[term | body]`
    ArrayComprehension(Box<Term>, Body),
    /// `{term | body}`
    SetComprehension(Box<Term>, Body),
    /// `{key: value | body}`
    ObjectComprehension(Box<Term>, Box<Term>, Body),
}

/// A piece of a template string.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text as it is.
    Text(Arc<str>),
    /// `{term}`
    Term(Term),
    /// `{term with target as value}`: what is no term alone, or stands beside a comment; though never an assignment, a
    /// unification, `some` or `every`.
    Statement(Box<Statement>),
}

/// The operators between two terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Infix {
    /// `+`
    Add,
    /// `-`: numbers and sets
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`: sets
    Intersect,
    /// `|`: sets
    Unite,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Infix {
    /// Each operator, with the function that it stands for.
    const FUNCTIONS: [(Self, &'static str); 13] = [
        (Self::Add, "plus"),
        (Self::Subtract, "minus"),
        (Self::Multiply, "mul"),
        (Self::Divide, "div"),
        (Self::Remainder, "rem"),
        (Self::Intersect, "and"),
        (Self::Unite, "or"),
        (Self::Equal, "equal"),
        (Self::NotEqual, "neq"),
        (Self::Less, "lt"),
        (Self::LessOrEqual, "lte"),
        (Self::Greater, "gt"),
        (Self::GreaterOrEqual, "gte"),
    ];

    /// The function that it stands for: `plus` for `+`.
    pub const fn function(self) -> &'static str {
        // They stand in the order of the operators.
        Self::FUNCTIONS[self as usize].1
    }

    /// The operator that stands for a function.
    pub fn of_function(name: &str) -> Option<Self> {
        Self::FUNCTIONS.iter().find(|(_, function)| *function == name).map(|(infix, _)| *infix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_their_functions_lead_to_each_other() {
        for (infix, function) in Infix::FUNCTIONS {
            assert_eq!(infix.function(), function);
            assert_eq!(Infix::of_function(function), Some(infix));
        }
        assert_eq!(Infix::of_function("count"), None);
    }
}
