//! What follows a term: `.name`, `[key]` and `(arguments)`.

use crate::source::Span;

use super::super::ast::{Term, TermKind};
use super::super::lexer::Kind;
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    /// A reference from a term, where something follows it without white space between.
    pub(super) fn reference(&mut self, base: Term) -> Parsed<Term> {
        let follows = matches!(self.kind(), Kind::Dot | Kind::LeftBracket | Kind::LeftParen);
        if follows && !self.here().spaced { self.reference_from(base) } else { Ok(base) }
    }

    /// A reference from a term; white space is allowed before its first part, as it is in heads.
    pub(super) fn reference_from(&mut self, base: Term) -> Parsed<Term> {
        check_base(&base)?;
        let start = base.span.start;
        let mut base = base;
        let mut keys = Vec::new();
        loop {
            match self.kind() {
                Kind::Dot => keys.push(self.dotted_key()?),
                Kind::LeftBracket => keys.push(self.bracketed_key()?),
                // `f(x)(y)`
                Kind::LeftParen if keys.is_empty() && is_call(&base) => break,
                Kind::LeftParen => {
                    let function = self.referring(base, &mut keys, start)?;
                    check_function(&function)?;
                    base = self.call(function, start)?;
                    self.sink()?;
                }
                _ => break,
            }
            if self.here().spaced {
                break;
            }
        }
        self.referring(base, &mut keys, start)
    }

    /// The reference by the keys that have been read, from the base.
    fn referring(&mut self, base: Term, keys: &mut Vec<Term>, start: usize) -> Parsed<Term> {
        let Some(last) = keys.last() else { return Ok(base) };
        let span = Span::new(start, last.span.end.max(base.span.end));
        // The closing bracket of the last key belongs to it.
        let span = Span::new(span.start, self.end_before().max(span.end));
        self.sink()?;
        let kind = TermKind::Reference(Box::new(base), std::mem::take(keys));
        Ok(Term { kind, span })
    }

    fn dotted_key(&mut self) -> Parsed<Term> {
        self.bump();
        let token = self.here();
        if !matches!(token.kind, Kind::Word(_)) || token.spaced {
            return Err(self
                .expected("a name is expected right after the dot")
                .with_help("other keys stand in brackets: `x[\"a-key\"]`, `x[0]`"));
        }
        self.bump();
        Ok(Term { kind: TermKind::String(self.name(token)), span: token.span })
    }

    fn bracketed_key(&mut self) -> Parsed<Term> {
        self.bump();
        let key = self.value()?;
        self.expect(Kind::RightBracket, "`]` is expected here")?;
        Ok(key)
    }

    fn call(&mut self, function: Term, start: usize) -> Parsed<Term> {
        self.bump();
        let args = self.terms_up_to(Kind::RightParen, Vec::new())?;
        self.bump();
        let is_set = args.is_empty()
            && matches!(&function.kind, TermKind::Variable(name) if &**name == "set");
        let kind =
            if is_set { TermKind::Set(args) } else { TermKind::Call(Box::new(function), args) };
        Ok(Term { kind, span: self.since(start) })
    }
}

fn is_call(term: &Term) -> bool {
    matches!(term.kind, TermKind::Call(..) | TermKind::Infix(..) | TermKind::In { .. })
}

fn check_base(base: &Term) -> Parsed<()> {
    let what = match base.kind {
        TermKind::Null => "null",
        TermKind::Bool(_) => "a boolean",
        TermKind::Number(_) => "a number",
        TermKind::String(_) => "a string",
        TermKind::Template(_) => "a template string",
        TermKind::Reference(..) => "a reference in parentheses",
        _ => return Ok(()),
    };
    Err(Fault::new(format!("{what} has no parts to refer to"), base.span))
}

fn check_function(function: &Term) -> Parsed<()> {
    let named = match &function.kind {
        TermKind::Variable(_) => true,
        TermKind::Reference(base, keys) => {
            matches!(base.kind, TermKind::Variable(_))
                && keys.iter().all(|key| matches!(key.kind, TermKind::String(_)))
        }
        _ => false,
    };
    if named {
        return Ok(());
    }
    Err(Fault::new("only functions with a fixed name can be called", function.span))
}
