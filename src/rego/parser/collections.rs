//! Arrays, sets, objects and comprehensions.
//!
//! `[a | b` may be a comprehension or the union of two sets: the former if it can be read so.

use super::super::ast::{Body, Term, TermKind};
use super::super::lexer::Kind;
use super::{Fault, Parsed, Parser, TERM};

impl Parser<'_> {
    pub(super) fn array(&mut self) -> Parsed<Term> {
        let start = self.bump().span.start;
        let kind = self.array_of(Kind::RightBracket)?;
        self.closed(kind, start)
    }

    pub(super) fn set_or_object(&mut self) -> Parsed<Term> {
        let start = self.bump().span.start;
        let kind = self.set_or_object_of(Kind::RightBrace)?;
        self.closed(kind, start)
    }

    /// The collection with its last bracket, and what refers into it.
    fn closed(&mut self, kind: TermKind, start: usize) -> Parsed<Term> {
        self.bump();
        let span = self.since(start);
        self.reference(Term { kind, span })
    }

    fn array_of(&mut self, end: Kind) -> Parsed<TermKind> {
        if self.at(end) {
            return Ok(TermKind::Array(Vec::new()));
        }
        // OPA lets a collection begin with a comma; a comprehension doesn't.
        let comprehension = !self.take(Kind::Comma);
        let first = self.member_term()?;
        if comprehension && self.at(Kind::Bar) {
            return match self.comprehension_or_list(first, end)? {
                Ok((term, body)) => Ok(TermKind::ArrayComprehension(Box::new(term), body)),
                Err(terms) => Ok(TermKind::Array(terms)),
            };
        }
        let first = self.operation_after(first)?;
        Ok(TermKind::Array(self.rest_of_list(first, end)?))
    }

    fn set_or_object_of(&mut self, end: Kind) -> Parsed<TermKind> {
        if self.at(end) {
            return Ok(TermKind::Object(Vec::new()));
        }
        let comprehension = !self.take(Kind::Comma);
        let first = self.member_term()?;
        if comprehension && self.at(Kind::Bar) {
            return match self.comprehension_or_list(first, end)? {
                Ok((term, body)) => Ok(TermKind::SetComprehension(Box::new(term), body)),
                Err(terms) => Ok(TermKind::Set(terms)),
            };
        }
        let first = self.operation_after(first)?;
        if self.at(Kind::Colon) {
            return self.object_after(first, comprehension, end);
        }
        Ok(TermKind::Set(self.rest_of_list(first, end)?))
    }

    /// What may be the body of a comprehension.
    fn tried_body(&mut self, end: Kind) -> Parsed<Body> {
        let deepest = self.deepest;
        self.trials += 1;
        let body = self.inner_body(end);
        self.trials -= 1;
        if body.is_err() {
            self.deepest = deepest;
        }
        body
    }

    /// A term without operators, in a collection.
    fn member_term(&mut self) -> Parsed<Term> {
        let before = self.descend(TERM)?;
        let term = self.term();
        self.ascend(before);
        term
    }

    /// After `[term` and before `|`: the comprehension it is, or the terms of a list.
    fn comprehension_or_list(
        &mut self,
        first: Term,
        end: Kind,
    ) -> Parsed<Result<(Term, Body), Vec<Term>>> {
        let bar = self.at;
        self.bump();
        match self.tried_body(end) {
            Ok(body) => Ok(Ok((first, body))),
            // `[a | b, c]` is no comprehension.
            Err(_) if self.at(Kind::Comma) => {
                self.at = bar;
                let first = self.operation_after(first)?;
                self.rest_of_list(first, end).map(Err)
            }
            Err(fault) => Err(fault),
        }
    }

    fn object_after(&mut self, key: Term, comprehension: bool, end: Kind) -> Parsed<TermKind> {
        self.bump();
        let value = self.member_term()?;
        let mut wrong = None;
        if comprehension && self.at(Kind::Bar) {
            let bar = self.at;
            self.bump();
            match self.tried_body(end) {
                Ok(body) => {
                    let (key, value) = (Box::new(key), Box::new(value));
                    return Ok(TermKind::ObjectComprehension(key, value, body));
                }
                Err(fault) => {
                    self.at = bar;
                    wrong = Some(fault);
                }
            }
        }
        let pairs = self.operation_after(value).and_then(|value| {
            let mut pairs = vec![(key, value)];
            self.rest_of_pairs(&mut pairs, end)?;
            Ok(pairs)
        });
        pairs.map(TermKind::Object).map_err(|fault| farther(fault, wrong))
    }

    fn rest_of_pairs(&mut self, pairs: &mut Vec<(Term, Term)>, end: Kind) -> Parsed<()> {
        while self.separated(end)? {
            let key = self.listed()?;
            self.expect(Kind::Colon, "`:` and a value are expected after the key")?;
            pairs.push((key, self.listed()?));
        }
        Ok(())
    }

    fn rest_of_list(&mut self, first: Term, end: Kind) -> Parsed<Vec<Term>> {
        let terms = vec![first];
        if self.separated(end)? { self.terms_up_to(end, terms) } else { Ok(terms) }
    }

    /// Terms with commas between them, up to `end`, which may have a comma before it.
    pub(super) fn terms_up_to(&mut self, end: Kind, mut terms: Vec<Term>) -> Parsed<Vec<Term>> {
        if self.at(end) {
            return Ok(terms);
        }
        loop {
            terms.push(self.listed()?);
            if !self.separated(end)? {
                return Ok(terms);
            }
        }
    }

    /// Steps over a comma: whether something comes before `end`.
    fn separated(&mut self, end: Kind) -> Parsed<bool> {
        if self.take(Kind::Comma) {
            return Ok(!self.at(end));
        }
        if self.at(end) {
            return Ok(false);
        }
        let end = match end {
            Kind::RightBracket => "]",
            Kind::RightParen => ")",
            _ => "}",
        };
        Err(self.expected(&format!("`,` or `{end}` is expected here")))
    }
}

/// Of two readings that failed, what is wrong with the one that got farther.
fn farther(fault: Fault, other: Option<Fault>) -> Fault {
    match other {
        Some(other) if other.span().start > fault.span().start => other,
        _ => fault,
    }
}
