//! `and`, `or` and `not { .. }`, which `future.keywords` bring.
//!
//! Their operands are statements, groups of them in parentheses, or bodies in braces; yet
//! parentheses and braces may begin a plain value as well. What is meant shows afterwards.

use crate::source::Span;

use super::super::ast::{Body, Infix, Statement, StatementKind, TermKind};
use super::super::lexer::{Kind, Word};
use super::{Fault, Parsed, Parser, STATEMENT};

/// What stands beside `and` and `or`.
pub(super) struct Operand {
    body: Body,
    /// Whether it stands in braces.
    braced: bool,
    /// What is wrong with it, unless it turns out to be a value.
    fault: Option<Fault>,
}

impl Operand {
    pub(super) fn into_body(self) -> Parsed<Body> {
        self.fault.map_or(Ok(self.body), Err)
    }

    /// The only statement of it, if it is one.
    fn single(&self) -> Option<&Statement> {
        match self.body.statements.as_slice() {
            [statement] if !self.braced => Some(statement),
            _ => None,
        }
    }
}

impl From<Statement> for Operand {
    fn from(statement: Statement) -> Self {
        let span = statement.span;
        Self { body: Body { statements: vec![statement], span }, braced: false, fault: None }
    }
}

impl Parser<'_> {
    pub(super) fn at_logic(&self) -> bool {
        self.at_word(Word::And) || self.at_word(Word::Or)
    }

    /// A statement that begins with a body in braces or a group in parentheses, if it does.
    pub(super) fn leading_operand(&mut self) -> Parsed<Option<Statement>> {
        if !(self.keywords.and || self.keywords.or) {
            return Ok(None);
        }
        let (start, deepest) = (self.at, self.deepest);
        if self.at(Kind::LeftBrace) {
            if let Ok(body) = self.attempt(Self::braced_body) {
                if self.at_logic() {
                    let operand = Operand { fault: ambiguous(&body, self), body, braced: true };
                    return self.after_operand(operand).map(Some);
                }
                (self.at, self.deepest) = (start, deepest);
            }
        } else if self.at(Kind::LeftParen)
            && let Some(operand) = self.group(false)?
        {
            return self.after_operand(operand).map(Some);
        }
        Ok(None)
    }

    /// The statement that begins with an operand, up to its modifiers.
    pub(super) fn after_operand(&mut self, operand: Operand) -> Parsed<Statement> {
        let mut statement = if self.at_logic() {
            self.chain(operand)?
        } else {
            let mut body = operand.into_body()?;
            let Some(first) = body.statements.pop() else {
                return Err(self.fault("a body can't be empty"));
            };
            first
        };
        let start = statement.span.start;
        let with = self.modifiers()?;
        if !with.is_empty() {
            statement.with = with;
            statement.span = self.since(start);
        }
        Ok(statement)
    }

    /// The statement that begins with a plain one, before `and` or `or`.
    pub(super) fn first_operand(&mut self, first: Statement, negated: bool) -> Parsed<Statement> {
        if let Some(with) = first.with.first() {
            return Err(with_on_operand(with.span));
        }
        if !negated && self.text.get(first.span.start..).is_some_and(|rest| rest.starts_with('{')) {
            let fault = Fault::new("what begins with a brace here must be a body", first.span);
            return Err(fault.with_help("put a value in parentheses"));
        }
        self.after_operand(first.into())
    }

    /// Operands with `and` and `or` between them: `and` binds more.
    fn chain(&mut self, first: Operand) -> Parsed<Statement> {
        let mut left = self.and_chain(first)?;
        while self.take(Kind::Word(Word::Or)) {
            let right = self.operand()?;
            let right = self.and_chain(right)?;
            left = self.joined(left, right, StatementKind::Or)?;
        }
        match left.into_body()?.statements.pop() {
            Some(statement) => Ok(statement),
            None => Err(self.fault("a body can't be empty")),
        }
    }

    fn and_chain(&mut self, first: Operand) -> Parsed<Operand> {
        let mut left = first;
        while self.take(Kind::Word(Word::And)) {
            let right = self.operand()?;
            left = self.joined(left, right, StatementKind::And)?;
        }
        Ok(left)
    }

    fn joined(
        &mut self,
        left: Operand,
        right: Operand,
        kind: fn(Body, Body) -> StatementKind,
    ) -> Parsed<Operand> {
        self.sink()?;
        let (left, right) = (left.into_body()?, right.into_body()?);
        for body in [&left, &right] {
            if body.statements.iter().all(only_prints) {
                let fault = Fault::new("`print` always holds: it can't be an operand", body.span);
                return Err(fault.with_help("make it a statement of its own"));
            }
        }
        let span = Span::new(left.span.start, right.span.end.max(self.end_before()));
        let kind = kind(left, right);
        Ok(Statement { negated: false, kind, with: Vec::new(), span }.into())
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let before = self.descend(STATEMENT)?;
        let operand = self.operand_of_depth();
        self.ascend(before);
        operand
    }

    fn operand_of_depth(&mut self) -> Parsed<Operand> {
        let start = self.here().span.start;
        if self.at(Kind::LeftBrace) {
            let body = self.braced_body()?;
            return Ok(Operand { fault: ambiguous(&body, self), body, braced: true });
        }
        let negated = self.at_word(Word::Not)
            && !matches!(self.adjacent(), Some(Kind::Dot | Kind::LeftBracket));
        if negated {
            self.bump();
        }
        let not_body = negated && self.keywords.not_body;
        if not_body && self.at(Kind::LeftBrace) {
            return Ok(self.not_body(start)?.into());
        }
        let active = self.keywords.and || self.keywords.or;
        if self.at(Kind::LeftParen)
            && active
            && (!negated || not_body)
            && let Some(operand) = self.group(true)?
        {
            if negated {
                return Ok(self.negation(operand.into_body()?, start).into());
            }
            return Ok(operand);
        }
        let inner = self.here().span.start;
        let kind = self.plain()?;
        let span = self.since(inner);
        let plain = Statement { negated: negated && !not_body, kind, with: Vec::new(), span };
        if not_body {
            return Ok(self.negation(Body { statements: vec![plain], span }, start).into());
        }
        Ok(Statement { span: self.since(start), ..plain }.into())
    }

    pub(super) fn negation(&self, body: Body, start: usize) -> Statement {
        let span = self.since(start);
        Statement { negated: false, kind: StatementKind::Not(body), with: Vec::new(), span }
    }

    /// The `{ .. }` after `not`.
    pub(super) fn not_body(&mut self, start: usize) -> Parsed<Statement> {
        let body = self.braced_body().map_err(|fault| {
            fault.with_help(
                "after `not`, braces hold statements: put a set or an object in parentheses",
            )
        })?;
        match ambiguous(&body, self) {
            Some(fault) => Err(fault),
            None => Ok(self.negation(body, start)),
        }
    }

    /// A group in parentheses, if it is one and no plain value. `operand`: whether it stands beside
    /// an operator already.
    pub(super) fn group(&mut self, operand: bool) -> Parsed<Option<Operand>> {
        let (at, deepest) = (self.at, self.deepest);
        let before = self.descend(STATEMENT)?;
        let group = self.group_of_depth(operand);
        self.ascend(before);
        let group = group?;
        if group.is_none() {
            (self.at, self.deepest) = (at, deepest);
        }
        Ok(group)
    }

    fn group_of_depth(&mut self, operand: bool) -> Parsed<Option<Operand>> {
        let (open, at) = (self.bump().span, self.at);
        if self.at(Kind::RightParen) {
            let empty = Fault::new("these parentheses are empty", open);
            return if operand { Err(empty) } else { Ok(None) };
        }
        self.trials += 1;
        let first = self.operand();
        self.trials -= 1;
        let Ok(mut first) = first else { return Ok(None) };
        let single = first.single();
        let is_group = single.is_some_and(|statement| {
            statement.negated
                || matches!(
                    statement.kind,
                    StatementKind::Not(_) | StatementKind::And(..) | StatementKind::Or(..)
                )
        });
        let is_single = single.is_some();
        if self.at_logic() {
            let statement = self.chain(first)?;
            first = self.modified(statement)?.into();
        } else if self.at_word(Word::With) && is_single {
            let with = self.here().span;
            let Some(statement) = first.into_body()?.statements.pop() else { return Ok(None) };
            first = self.modified(statement)?.into();
            if self.at_logic() {
                return Err(with_on_operand(with));
            }
            self.expect(Kind::RightParen, "`)` is expected here")?;
            first.body.span = self.since(open.start);
            return Ok((operand || self.at_logic()).then_some(first));
        } else if first.braced {
            self.at = at;
            // `({ .. })` is a value, if it can be one.
            return match self.trial(Self::term) {
                Ok(_) => Ok(None),
                Err(_) => Err(Fault::new("parentheses can't hold a body here", open)
                    .with_help("drop the parentheses around the braces")),
            };
        } else if !is_group {
            return Ok(None);
        }
        self.expect(Kind::RightParen, "`)` is expected here")?;
        first.body.span = self.since(open.start);
        Ok(Some(first))
    }

    fn modified(&mut self, statement: Statement) -> Parsed<Statement> {
        let with = self.modifiers()?;
        if with.is_empty() {
            return Ok(statement);
        }
        Ok(Statement { span: self.since(statement.span.start), with, ..statement })
    }
}

fn with_on_operand(span: Span) -> Fault {
    Fault::new("`with` can't stand on one side of `and` or `or`", span)
        .with_help("put that side in parentheses, or `with` behind the whole")
}

fn only_prints(statement: &Statement) -> bool {
    let StatementKind::Term(term) = &statement.kind else { return false };
    let TermKind::Call(function, _) = &term.kind else { return false };
    let is_print = matches!(&function.kind, TermKind::Variable(name) if &**name == "print");
    is_print && !statement.negated
}

/// What is wrong with `{a | b}` where a body stands: it looks like a comprehension.
fn ambiguous(body: &Body, parser: &Parser<'_>) -> Option<Fault> {
    let first = body.statements.first()?;
    let StatementKind::Term(term) = &first.kind else { return None };
    if !matches!(term.kind, TermKind::Infix(Infix::Unite, ..))
        || parser.slice(first.span).starts_with('(')
    {
        return None;
    }
    let fault = Fault::new("this may be a comprehension or a body with a union", body.span);
    Some(fault.with_help("put either, the whole or the union, in parentheses"))
}
