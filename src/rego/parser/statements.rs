//! The statements of bodies.

use crate::source::Span;

use super::super::ast::{Body, Statement, StatementKind, Term, TermKind, Variable, With};
use super::super::lexer::{Kind, Word};
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        let start = self.here().span.start;
        if let Some(statement) = self.leading_operand()? {
            return Ok(statement);
        }
        if self.name_of_reference() {
            return self.expression(None);
        }
        let not = self.at_word(Word::Not).then(|| self.bump());
        if not.is_some() && self.keywords.not_body && self.at(Kind::LeftBrace) {
            let statement = self.not_body(start)?;
            return self.after_operand(statement.into());
        }
        match self.kind() {
            Kind::Word(Word::Some | Word::Every) if not.is_some() => {
                Err(self.expected("a value is expected after `not`").with_help(
                    "`not` can't stand before `some` and `every`: make them a rule, and negate it",
                ))
            }
            Kind::Word(Word::Some) => self.some(),
            Kind::Word(Word::Every) => self.every(),
            _ => self.expression(not.map(|token| token.span)),
        }
    }

    /// A value, an assignment or a unification, with its modifiers.
    fn expression(&mut self, not: Option<Span>) -> Parsed<Statement> {
        let start = not.unwrap_or(self.here().span).start;
        if not.is_some()
            && self.keywords.not_body
            && self.at(Kind::LeftParen)
            && let Some(operand) = self.group(true)?
        {
            let statement = self.negation(operand.into_body()?, start);
            return self.after_operand(statement.into());
        }
        let inner_start = self.here().span.start;
        let kind = self.plain()?;
        let inner = self.since(inner_start);
        let with = self.modifiers()?;
        let span = self.since(start);
        let statement = if not.is_some() && self.keywords.not_body {
            let plain = Statement { negated: false, kind, with: Vec::new(), span: inner };
            let body = Body { statements: vec![plain], span: inner };
            Statement { negated: false, kind: StatementKind::Not(body), with, span }
        } else {
            Statement { negated: not.is_some(), kind, with, span }
        };
        if self.at_logic() { self.first_operand(statement, not.is_some()) } else { Ok(statement) }
    }

    /// A value, an assignment or a unification.
    pub(super) fn plain(&mut self) -> Parsed<StatementKind> {
        let left = self.value()?;
        if self.take(Kind::Assign) {
            return Ok(StatementKind::Assign(left, self.value()?));
        }
        if self.take(Kind::Unify) {
            return Ok(StatementKind::Unify(left, self.value()?));
        }
        Ok(StatementKind::Term(left))
    }

    /// `with target as value`, any number of times.
    pub(super) fn modifiers(&mut self) -> Parsed<Vec<With>> {
        let mut all = Vec::new();
        while self.at_word(Word::With) {
            let start = self.bump().span.start;
            if !self.at_word(Word::Name) {
                return Err(self.expected("what `with` replaces is expected here"));
            }
            let target = self.measured(Self::term)?;
            if !matches!(target.kind, TermKind::Variable(_) | TermKind::Reference(..)) {
                let message = "`with` replaces `input`, `data`, a part of them, or a function";
                return Err(Fault::new(message, target.span));
            }
            self.expect(
                Kind::Word(Word::As),
                "`as` and a value are expected after `with`'s target",
            )?;
            let value = self.value()?;
            all.push(With { target, value, span: self.since(start) });
        }
        Ok(all)
    }

    /// `some x, y` and `some x in xs`
    fn some(&mut self) -> Parsed<Statement> {
        let start = self.bump().span.start;
        let names = self.at;
        if let Ok(term) = self.attempt(Self::value) {
            match term.kind {
                TermKind::In { key, value, collection } => {
                    let kind = StatementKind::SomeIn {
                        key: key.map(|key| *key),
                        value: *value,
                        collection: *collection,
                    };
                    let with = self.modifiers()?;
                    return Ok(Statement { negated: false, kind, with, span: self.since(start) });
                }
                TermKind::Call(..) | TermKind::Infix(..) => {
                    return Err(Fault::new(
                        "names, or `x in xs`, are expected after `some`",
                        term.span,
                    ));
                }
                _ => self.at = names,
            }
        }
        let mut variables = Vec::new();
        loop {
            let token = self.expect(Kind::Word(Word::Name), "a name is expected after `some`")?;
            variables.push(Variable { name: self.name(token), span: token.span });
            if !self.take(Kind::Comma) {
                break;
            }
        }
        let kind = StatementKind::Some(variables);
        Ok(Statement { negated: false, kind, with: Vec::new(), span: self.since(start) })
    }

    /// `every k, v in domain { .. }`
    fn every(&mut self) -> Parsed<Statement> {
        let start = self.bump().span.start;
        let term = self.value()?;
        let TermKind::In { key, value, collection } = term.kind else {
            let fault = Fault::new("`x in xs` is expected after `every`", term.span);
            return Err(fault.with_help("every x in xs { .. }"));
        };
        let key = key.map(|key| variable(*key)).transpose()?;
        let value = variable(*value)?;
        if !self.at(Kind::LeftBrace) {
            return Err(self.expected("`every` needs a body in braces here"));
        }
        let body = self.braced_body()?;
        let with = self.modifiers()?;
        let kind = StatementKind::Every { key, value, domain: *collection, body };
        Ok(Statement { negated: false, kind, with, span: self.since(start) })
    }
}

fn variable(term: Term) -> Parsed<Variable> {
    match term.kind {
        // These two are references, even by themselves.
        TermKind::Variable(name) if !matches!(&*name, "input" | "data") => {
            Ok(Variable { name, span: term.span })
        }
        _ => Err(Fault::new("`every` needs a plain name here", term.span)),
    }
}
