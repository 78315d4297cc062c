//! What is said of types that don't match.

use crate::engine::compile::Unit;
use crate::rego::PolicyError;
use crate::source::Span;

use super::core::{Callee, Kind, Term};
use super::kind::{Function, Type};
use super::references::Fault;

/// How many keys a hint lists.
const SHOWN: usize = 8;

/// Messages about one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Messages<'m> {
    pub(super) unit: &'m Unit<'m>,
}

impl Messages<'_> {
    fn error(&self, message: &str, span: Span, help: String) -> PolicyError {
        let message = format!("the policy does not compile: {message}");
        PolicyError::at(message, self.unit.source, span).with_help(help)
    }

    pub(super) fn never_equal(&self, span: Span, left: &Type, right: &Type) -> PolicyError {
        let help = format!("the left side is {left}, the right side is {right}");
        self.error("the two sides can never be equal", span, help)
    }

    pub(super) fn never_in(&self, span: Span, found: &Type, wanted: &Type) -> PolicyError {
        let help = format!("it looks for {found}, the collection holds {wanted}");
        self.error("what `in` looks for can never be found", span, help)
    }

    pub(super) fn argument(
        &self,
        span: Span,
        callee: &Callee,
        position: usize,
        function: &Function,
        (arg, found): (&Term, &Type),
    ) -> PolicyError {
        let name = name(callee);
        let wanted = function.expects(position);
        let taken = function.arguments.len();
        let (message, help) = if position >= taken && function.variadic.is_none() {
            (
                format!("the result of {name} is used as what it can't be"),
                format!("{name} gives {wanted}, here it is taken for {found}"),
            )
        } else {
            let which =
                if taken == 1 { String::new() } else { format!(", argument {}", position + 1) };
            (format!("{name} can't take this{which}"), format!("found {found}, expected {wanted}"))
        };
        // The operand itself, where it was written there.
        let inside = arg.span.start >= span.start && arg.span.end <= span.end && position < taken;
        self.error(&message, if inside { arg.span } else { span }, help)
    }

    pub(super) fn no_function(&self, span: Span, callee: &Callee) -> PolicyError {
        let help = "it is a rule: leave out the parentheses".to_owned();
        self.error(&format!("{} is no function", name(callee)), span, help)
    }

    pub(super) fn replacement(
        &self,
        span: Span,
        target: &Function,
        value: &Function,
    ) -> PolicyError {
        let count = |function: &Function| function.arguments.len();
        let help = if count(target) == count(value) {
            "their parameters have different types".to_owned()
        } else {
            format!("one takes {} arguments, the other {}", count(target), count(value))
        };
        self.error("a function can't stand for this one", span, help)
    }

    pub(super) fn reference(&self, term: &Term, fault: &Fault) -> PolicyError {
        match fault {
            Fault::Function => self.error(
                "a function is used as a value",
                term.span,
                "call it with its arguments: `f(x)`".to_owned(),
            ),
            Fault::Scalar { found } => self.error(
                "there is nothing to look into here",
                term.span,
                format!("found {found}, expected an array, an object or a set"),
            ),
            Fault::Key { key, found, keys } => self.error(
                "this key can't be in there",
                key_span(term, key),
                format!("found {found}, expected {keys}"),
            ),
            Fault::Missing { key, known, keys } => {
                let what = match &key.kind {
                    Kind::Constant(key) => format!("there is no `{key}` in here"),
                    _ => "there is no such key in here".to_owned(),
                };
                let help = if known.is_empty() {
                    match keys {
                        Type::Unknown => "it is always empty".to_owned(),
                        keys => format!("its keys are of the type {keys}"),
                    }
                } else {
                    let shown: Vec<_> =
                        known.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
                    let more = if known.len() > SHOWN { ", .." } else { "" };
                    format!("it has {}{more}", shown.join(", "))
                };
                self.error(&what, key_span(term, key), help)
            }
        }
    }
}

/// The place of a key, if it stands in the reference itself.
fn key_span(term: &Term, key: &Term) -> Span {
    let inside = key.span.start >= term.span.start && key.span.end <= term.span.end;
    if inside && !key.span.is_empty() { key.span } else { term.span }
}

fn name(callee: &Callee) -> String {
    match callee {
        Callee::Builtin("plus") => "`+`".to_owned(),
        Callee::Builtin("minus") => "`-`".to_owned(),
        Callee::Builtin("mul") => "`*`".to_owned(),
        Callee::Builtin("div") => "`/`".to_owned(),
        Callee::Builtin("rem") => "`%`".to_owned(),
        Callee::Builtin("and") => "`&`".to_owned(),
        Callee::Builtin("or") => "`|`".to_owned(),
        Callee::Builtin(name) => format!("`{name}`"),
        Callee::Rule(path) => format!("`{}`", path.last().map_or("", |last| last)),
    }
}
