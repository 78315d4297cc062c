//! Terms without operators.

use crate::source::Span;

use super::super::ast::{Infix, Term, TermKind};
use super::super::lexer::{Kind, Word};
use super::{Known, Parsed, Parser};

impl Parser<'_> {
    /// A term without operators around it, with the `.x` and `[y]` that follow.
    pub(super) fn term(&mut self) -> Parsed<Term> {
        let start = self.at;
        if let Some(known) = self.known.get(&start) {
            self.at = known.end;
            self.deepest = self.deepest.max(self.depth + known.height);
            return known.term.clone();
        }
        if self.trials == 0 {
            return self.fresh_term();
        }
        let before = std::mem::replace(&mut self.deepest, self.depth);
        let term = self.fresh_term();
        let height = self.deepest.saturating_sub(self.depth);
        self.deepest = self.deepest.max(before);
        self.known.insert(start, Known { term: term.clone(), end: self.at, height });
        term
    }

    fn fresh_term(&mut self) -> Parsed<Term> {
        match self.kind() {
            Kind::LeftBracket => self.array(),
            Kind::LeftBrace => self.set_or_object(),
            Kind::LeftParen => self.parenthesised(),
            Kind::Minus => self.negative(),
            Kind::Template(piece) if piece.first => {
                let term = self.template(piece.raw)?;
                self.reference(term)
            }
            _ => {
                let term = self.leaf()?;
                self.reference(term)
            }
        }
    }

    /// A term that holds no others. It is apart from those that do, to keep their frames small.
    fn leaf(&mut self) -> Parsed<Term> {
        let token = self.here();
        let kind = match self.kind() {
            Kind::Word(Word::Null) => TermKind::Null,
            Kind::Word(Word::True) => TermKind::Bool(true),
            Kind::Word(Word::False) => TermKind::Bool(false),
            Kind::Word(Word::Name | Word::Contains) => TermKind::Variable(self.name(token)),
            Kind::Word(Word::And | Word::Or) if self.adjacent() == Some(Kind::LeftParen) => {
                TermKind::Variable(self.name(token))
            }
            Kind::String | Kind::RawString => self.string(token),
            Kind::Number | Kind::Dot => {
                let kind = self.number()?;
                return Ok(Term { kind, span: self.since(token.span.start) });
            }
            _ => return Err(self.no_term()),
        };
        self.bump();
        Ok(Term { kind, span: token.span })
    }

    fn no_term(&self) -> super::Fault {
        let fault = self.expected("a value is expected here");
        match self.kind() {
            Kind::Word(Word::Not | Word::Some | Word::Every) => {
                fault.with_help("`not`, `some` and `every` begin a statement of their own")
            }
            Kind::Comma => fault.with_help("there is a comma too many, or a value is missing"),
            Kind::Equal | Kind::Unify | Kind::Assign => fault.with_help("one `=` too many?"),
            _ => fault,
        }
    }

    /// `-1`, `-x` and `-x.y`, which is `0 - x.y`.
    fn negative(&mut self) -> Parsed<Term> {
        let minus = self.here().span;
        if !matches!(self.kind_after(), Kind::Word(Word::Name | Word::Contains)) {
            let kind = self.number()?;
            let span = self.since(minus.start);
            return self.reference(Term { kind, span });
        }
        self.bump();
        let token = self.bump();
        let name = Term { kind: TermKind::Variable(self.name(token)), span: token.span };
        let right = self.reference(name)?;
        self.sink()?;
        let zero = Term { kind: TermKind::Number("0".into()), span: minus };
        let span = Span::new(minus.start, right.span.end);
        let kind = TermKind::Infix(Infix::Subtract, Box::new(zero), Box::new(right));
        Ok(Term { kind, span })
    }

    fn parenthesised(&mut self) -> Parsed<Term> {
        let open = self.bump().span;
        let term = self.value()?;
        if !self.at(Kind::RightParen) {
            return Err(self.expected("`)` is expected here"));
        }
        self.bump();
        let span = self.since(open.start);
        self.reference(Term { span, ..term })
    }
}
