//! Operators between terms, from `in`, which binds least, to `*`, which binds most.

use crate::source::Span;

use super::super::ast::{Infix, Term, TermKind};
use super::super::lexer::{Kind, Word};
use super::{Parsed, Parser, TERM};

/// How strong the weakest operators bind, `in` aside.
const WEAKEST: u8 = 1;

impl Parser<'_> {
    /// A term with operators, where `k, v in xs` may stand.
    pub(super) fn value(&mut self) -> Parsed<Term> {
        let before = self.descend(TERM)?;
        let term = self.membership(None, true);
        self.ascend(before);
        term
    }

    /// A term with operators as a member of a list.
    pub(super) fn listed(&mut self) -> Parsed<Term> {
        let before = self.descend(TERM)?;
        let term = self.membership(None, false);
        self.ascend(before);
        term
    }

    /// The operators after a term that has been read, in a list.
    pub(super) fn operation_after(&mut self, first: Term) -> Parsed<Term> {
        if matches!(self.kind(), Kind::Comma | Kind::RightBracket | Kind::RightBrace | Kind::Colon)
        {
            return Ok(first);
        }
        let descent = self.descend(TERM)?;
        // The operators go on top of what has been read.
        self.deepest = self.deepest.max(descent.before);
        let term = self.membership(Some(first), false);
        self.ascend(descent);
        term
    }

    fn membership(&mut self, first: Option<Term>, pairs: bool) -> Parsed<Term> {
        let mut left = self.operation(first, WEAKEST)?;
        if pairs && self.at(Kind::Comma) {
            let rest = self.attempt(|parser| {
                parser.bump();
                let value = parser.operation(None, WEAKEST)?;
                parser.expect(Kind::Word(Word::In), "`in` is expected here")?;
                Ok((value, parser.operation(None, WEAKEST)?))
            });
            // Else a comma of something else follows.
            if let Ok((value, collection)) = rest {
                left = self.member(Some(left), value, collection)?;
                if !self.at_word(Word::In) {
                    return Ok(left);
                }
            }
        }
        loop {
            self.name_of_reference();
            if !self.take(Kind::Word(Word::In)) {
                return Ok(left);
            }
            let collection = self.operation(None, WEAKEST)?;
            left = self.member(None, left, collection)?;
            if !self.at_word(Word::In) {
                return Ok(left);
            }
        }
    }

    fn member(&mut self, key: Option<Term>, value: Term, collection: Term) -> Parsed<Term> {
        self.sink()?;
        let start = key.as_ref().map_or(value.span.start, |key| key.span.start);
        let span = Span::new(start, collection.span.end);
        let (value, collection) = (Box::new(value), Box::new(collection));
        Ok(Term { kind: TermKind::In { key: key.map(Box::new), value, collection }, span })
    }

    /// Terms with operators between them that bind at least as strong as given.
    fn operation(&mut self, first: Option<Term>, weakest: u8) -> Parsed<Term> {
        let mut left = match first {
            Some(first) => first,
            None => self.term()?,
        };
        while let Some((infix, strength)) = infix(self.kind())
            && strength >= weakest
        {
            self.bump();
            let before = std::mem::replace(&mut self.deepest, self.depth);
            let right = self.operation(None, strength + 1);
            self.deepest = self.deepest.max(before);
            let right = right?;
            self.sink()?;
            let span = Span::new(left.span.start, right.span.end);
            let kind = TermKind::Infix(infix, Box::new(left), Box::new(right));
            left = Term { kind, span };
        }
        Ok(left)
    }
}

/// The operator that a token is, and how strong it binds.
fn infix(kind: Kind) -> Option<(Infix, u8)> {
    Some(match kind {
        Kind::Equal => (Infix::Equal, WEAKEST),
        Kind::NotEqual => (Infix::NotEqual, WEAKEST),
        Kind::Less => (Infix::Less, WEAKEST),
        Kind::LessOrEqual => (Infix::LessOrEqual, WEAKEST),
        Kind::Greater => (Infix::Greater, WEAKEST),
        Kind::GreaterOrEqual => (Infix::GreaterOrEqual, WEAKEST),
        Kind::Bar => (Infix::Unite, 2),
        Kind::Ampersand => (Infix::Intersect, 3),
        Kind::Plus => (Infix::Add, 4),
        Kind::Minus => (Infix::Subtract, 4),
        Kind::Star => (Infix::Multiply, 5),
        Kind::Slash => (Infix::Divide, 5),
        Kind::Percent => (Infix::Remainder, 5),
        _ => return None,
    })
}
