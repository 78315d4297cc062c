//! Calls, and whether there is something to call.

use crate::engine::builtins::{self, State};
use crate::engine::types::core::{Callee, Kind, Term};
use crate::rego::ast::{self, TermKind};
use crate::source::Span;

use super::Names;

impl Names<'_> {
    /// The function that a name or reference is, if it is one.
    pub(super) fn function(&mut self, term: &ast::Term) -> Option<Callee> {
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
                let arity = self.known.functions.get(&full)?;
                wanted(*arity).then_some(Callee::Rule(full))
            }
            Some(_) => None,
            None => builtin(),
        }
    }

    /// A term that is a statement by itself: only there can a call name what it gives.
    pub(super) fn alone(&mut self, term: &ast::Term) -> Term {
        match &term.kind {
            TermKind::Call(function, args) => self.call(function, args, term.span, true),
            _ => self.term(term),
        }
    }

    pub(super) fn call(
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
                        State::Supported | State::Extension(_) => None,
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
            Callee::Rule(path) => match self.known.functions.get(path) {
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
        let functions = self.known.functions.iter().filter(|(_, arity)| **arity > 0);
        let functions = functions.map(|(path, _)| format!("data.{}", path.join(".")));
        let nearest = functions
            .chain(
                builtins::all()
                    .chain(builtins::extensions())
                    .map(|builtin| builtin.name.to_owned()),
            )
            .map(|known| (strsim::damerau_levenshtein(&last(&name), &last(&known)), known))
            .filter(|(distance, known)| *distance <= last(known).len() / 3)
            .min();
        let help = nearest.map(|(_, known)| format!("did you mean `{known}`?"));
        let message = format!("there is no function `{name}`");
        self.error(&message, function.span, &help.unwrap_or_default());
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
