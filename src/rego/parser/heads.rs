//! The heads of rules.

use std::sync::Arc;

use crate::source::Span;

use super::super::ast::{Head, HeadKind, Term, TermKind};
use super::super::lexer::{Kind, Word};
use super::{Fault, Parsed, Parser};

/// What a rule defines, as far as it is known before its body.
pub(super) struct Draft {
    pub(super) name: Arc<str>,
    pub(super) name_span: Span,
    pub(super) path: Vec<Term>,
    pub(super) args: Option<Vec<Term>>,
    /// What follows `contains`.
    pub(super) member: Option<Term>,
    pub(super) value: Option<Term>,
    /// Whether `:=` stands before the value.
    pub(super) is_assigned: bool,
    pub(super) span: Span,
    /// Whether white space stands behind the name, which is allowed before bodies only.
    pub(super) loose: bool,
}

impl Draft {
    /// The name with what follows it, from the term that it is.
    pub(super) fn of(term: Term) -> Option<Self> {
        let span = term.span;
        let (term, args) = match term.kind {
            TermKind::Call(function, args) => (*function, Some(args)),
            _ => (term, None),
        };
        let (base, path) = match term.kind {
            TermKind::Reference(base, path) => (*base, path),
            _ => (term, Vec::new()),
        };
        let TermKind::Variable(name) = base.kind else { return None };
        Some(Self {
            name,
            name_span: base.span,
            path,
            args,
            member: None,
            value: None,
            is_assigned: false,
            span,
            loose: false,
        })
    }

    pub(super) fn into_head(self) -> Head {
        let Self { name, name_span, path, args, member, value, is_assigned, span, .. } = self;
        let kind = member.map_or(HeadKind::Value(value), HeadKind::Contains);
        Head { name, name_span, path, args, kind, is_assigned, span }
    }
}

impl Parser<'_> {
    pub(super) fn head(&mut self) -> Parsed<Draft> {
        let token = self.bump();
        let name = Term { kind: TermKind::Variable(self.name(token)), span: token.span };
        let loose = self.here().spaced;
        if !loose && is_operator(self.kind()) {
            return Err(self.expected("`:=`, `if` or `contains` is expected after a rule's name"));
        }
        let term = match self.kind() {
            Kind::Dot | Kind::LeftBracket | Kind::LeftParen => self.reference_from(name)?,
            _ => name,
        };
        let term_span = term.span;
        let Some(mut draft) = Draft::of(term) else {
            return Err(Fault::new("this can't be the name of a rule", term_span));
        };
        draft.loose = loose;
        match self.kind() {
            Kind::Word(Word::Contains) => {
                if draft.args.is_some() {
                    return Err(self.fault("a function can't be a set: `contains` can't follow it"));
                }
                self.bump();
                draft.member = Some(self.value()?);
            }
            Kind::Unify | Kind::Assign => {
                draft.is_assigned = self.bump().kind == Kind::Assign;
                draft.value = Some(self.value().map_err(|fault| {
                    fault.with_help("a rule is written `name := value if { .. }`")
                })?);
            }
            _ => {}
        }
        draft.span = self.since(token.span.start);
        Ok(draft)
    }
}

fn is_operator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Percent
            | Kind::Ampersand
            | Kind::Bar
            | Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessOrEqual
            | Kind::Greater
            | Kind::GreaterOrEqual
    )
}

/// `p[x] { .. }` defines a set in v0.
pub(super) fn v0_set(mut draft: Draft) -> Draft {
    if draft.member.is_none()
        && draft.value.is_none()
        && draft.args.is_none()
        && draft.path.len() == 1
    {
        draft.member = draft.path.pop();
    }
    draft
}
