//! Strings and template strings.

use crate::source::Span;

use super::super::ast::{Statement, StatementKind, TemplatePart, Term, TermKind};
use super::super::lexer::{Escapes, Kind, Piece, Token, unescaped};
use super::{Fault, Parsed, Parser, RegoVersion, STATEMENT};

impl Parser<'_> {
    /// What a string says.
    pub(super) fn string(&self, token: Token) -> TermKind {
        let inner = Span::new(token.span.start + 1, token.span.end.saturating_sub(1));
        let text = self.slice(inner);
        if token.kind == Kind::String && text.contains('\\') {
            TermKind::String(unescaped(text, Escapes::Json).into())
        } else {
            TermKind::String(text.into())
        }
    }

    pub(super) fn template(&mut self, raw: bool) -> Parsed<Term> {
        let start = self.here().span.start;
        if self.version == RegoVersion::V0 {
            return Err(self.fault("Rego v0 has no template strings"));
        }
        let mut parts = Vec::new();
        while let Kind::Template(Piece { first, last, .. }) = self.kind() {
            let span = self.bump().span;
            let inner = Span::new(span.start + 1 + usize::from(first), span.end - 1);
            let text = self.slice(inner);
            if !text.is_empty() {
                let escapes = if raw { Escapes::Brace } else { Escapes::Json };
                parts.push(TemplatePart::Text(unescaped(text, escapes).into()));
            }
            if last {
                let span = self.since(start);
                return Ok(Term { kind: TermKind::Template(parts), span });
            }
            let opening = Span::new(span.end - 1, span.end);
            let before = self.descend(STATEMENT)?;
            let statement = self.statement();
            self.ascend(before);
            let statement = statement?;
            let inside = Span::new(span.end, self.here().span.start);
            let is_commented = self
                .comments
                .iter()
                .any(|comment| inside.start <= comment.start && comment.end <= inside.end);
            parts.push(part_of(statement, is_commented)?);
            if !matches!(self.kind(), Kind::Template(piece) if !piece.first) {
                let fault = self.expected("`}` is expected here, after the template's expression");
                let help = format!(
                    "the expression begins at column {} of the string; `\\{{` stands for a brace",
                    opening.start - start + 1
                );
                return Err(fault.with_help(help));
            }
        }
        Err(self.expected("the template string's end is expected here"))
    }
}

/// The part of a template string that a statement makes. Beside a comment it stays a statement; else
/// OPA forgets what stands `with` a scalar, right or wrong.
fn part_of(statement: Statement, is_commented: bool) -> Parsed<TemplatePart> {
    let can_be_plain = !statement.negated && !is_commented;
    let is_alone = statement.with.is_empty();
    let what = match statement.kind {
        StatementKind::Term(term) if can_be_plain && (is_alone || is_scalar(&term)) => {
            return Ok(TemplatePart::Term(term));
        }
        _ if statement.negated => "a negation",
        StatementKind::Unify(..) => "`=`",
        StatementKind::Assign(..) => "an assignment",
        StatementKind::Some(_) | StatementKind::SomeIn { .. } => "`some`",
        StatementKind::Every { .. } => "`every`",
        _ => return Ok(TemplatePart::Statement(Box::new(statement))),
    };
    let message = format!("{what} can't stand in a template string: only a value can");
    Err(Fault::new(message, statement.span))
}

fn is_scalar(term: &Term) -> bool {
    matches!(
        term.kind,
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_)
    )
}
