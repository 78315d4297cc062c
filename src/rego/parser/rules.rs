//! Rules with bodies.

use crate::source::Span;

use super::super::ast::{Body, Else, Head, Rule, Statement, StatementKind, TermKind};
use super::super::lexer::{Kind, Word};
use super::checks::{self, Form};
use super::heads::{Draft, v0_set};
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    /// A rule, if one with a body stands here; several if bodies follow one another.
    pub(super) fn rule(&mut self) -> Parsed<bool> {
        let (at, start) = (self.at, self.here().span.start);
        self.name_of_reference();
        let is_default = self.take(Kind::Word(Word::Default));
        if is_default {
            self.name_of_reference();
        }
        if !self.at_word(Word::Name) {
            if is_default {
                return Err(self.expected("a rule's name is expected after `default`"));
            }
            return Ok(false);
        }
        let draft = self.measured(Self::head)?;
        if is_default {
            return self.default_rule(draft, start).map(|()| true);
        }
        let has_if = self.at_word(Word::If);
        let is_braced = self.at(Kind::LeftBrace);
        if !has_if && !is_braced {
            return self.rule_without_body(draft, at, start);
        }
        let form = Form { has_if, contains: draft.member.is_some() };
        let may_chain = checks::may_have_else(&draft, has_if);
        let head = if has_if { draft } else { v0_set(draft) }.into_head();
        let body = if has_if { self.body_after_if()? } else { self.braced_body()? };
        let body_span = body.span;
        let mut rule = Rule {
            is_default,
            head,
            body: Some(body),
            otherwise: Vec::new(),
            span: self.since(start),
        };
        self.check(&rule, form)?;
        if self.at_word(Word::Else) && !self.name_of_reference() {
            if let Err(message) = may_chain {
                return Err(self.fault(message));
            }
            self.otherwise(&mut rule)?;
            rule.span = self.since(start);
        }
        let (head, has_else) = (rule.head.clone(), !rule.otherwise.is_empty());
        self.rules.push(rule);
        self.following_bodies(&head, has_else, body_span)?;
        Ok(true)
    }

    /// `p { .. } { .. }`
    fn following_bodies(&mut self, head: &Head, has_else: bool, first: Span) -> Parsed<()> {
        while self.at(Kind::LeftBrace) {
            if has_else {
                return Err(self.expected("`else` or another rule is expected here"));
            }
            let start = self.here().span.start;
            let body = self.braced_body().map_err(|fault| {
                let line = self.slice(Span::new(first.end, start));
                let help = "this is read as one more body of the rule before it";
                if line.contains('\n') { fault.with_help(help) } else { fault }
            })?;
            self.rules.push(Rule {
                is_default: false,
                head: head.clone(),
                body: Some(body),
                otherwise: Vec::new(),
                span: self.since(start),
            });
        }
        Ok(())
    }

    fn default_rule(&mut self, draft: Draft, start: usize) -> Parsed<()> {
        let span = self.since(start);
        let rule = Rule {
            is_default: true,
            head: draft.into_head(),
            body: None,
            otherwise: Vec::new(),
            span,
        };
        checks::default_rule(&rule)?;
        self.check(&rule, Form::default())?;
        self.rules.push(rule);
        Ok(())
    }

    /// `p contains x`, `p := 1`, `f(x) := 1`; or nothing, and then back to where it began.
    fn rule_without_body(&mut self, draft: Draft, at: usize, start: usize) -> Parsed<bool> {
        let contains = draft.member.is_some();
        // All else is a fact, which is read as a statement would be. Where it would be the same,
        // it need not be read again.
        let same = draft.value.is_some() && !draft.loose && !self.continues();
        if !contains && !same {
            self.at = at;
            return Ok(false);
        }
        let rule = Rule {
            is_default: false,
            head: draft.into_head(),
            body: None,
            otherwise: Vec::new(),
            span: self.since(start),
        };
        self.check(&rule, Form { contains, has_if: false })?;
        self.rules.push(rule);
        Ok(true)
    }

    /// Whether a statement would go on.
    fn continues(&self) -> bool {
        self.at_logic()
            || matches!(
                self.kind(),
                Kind::Semicolon | Kind::Assign | Kind::Unify | Kind::Word(Word::With)
            )
    }

    /// `if x`, or `if { .. }`. Braces hold a body, unless they are an object or a comprehension.
    fn body_after_if(&mut self) -> Parsed<Body> {
        self.bump();
        let braced = self.at(Kind::LeftBrace);
        let statement = |parser: &mut Self| parser.measured(Self::statement);
        if !braced {
            return statement(self).map(body_of);
        }
        let at = self.at;
        match statement(self) {
            Ok(statement) if !is_set(&statement) => return Ok(body_of(statement)),
            _ => self.at = at,
        }
        self.braced_body()
    }

    /// `else := value if { .. }`, one or more.
    fn otherwise(&mut self, rule: &mut Rule) -> Parsed<()> {
        while self.at_word(Word::Else) {
            let start = self.bump().span.start;
            let is_assigned = self.at(Kind::Assign);
            let value = match self.kind() {
                Kind::LeftBrace | Kind::Word(Word::If) => None,
                Kind::Assign | Kind::Unify => {
                    self.bump();
                    Some(self.value()?)
                }
                _ => {
                    return Err(self
                        .expected("`if` or `:=` is expected after `else`")
                        .with_help("else := value if { .. }"));
                }
            };
            let has_if = self.take(Kind::Word(Word::If));
            let body = match self.kind() {
                Kind::LeftBrace => Some(self.braced_body()?),
                Kind::End if has_if => return Err(self.expected("a body is expected after `if`")),
                _ if has_if => Some(body_of(self.measured(Self::statement)?)),
                _ => None,
            };
            let ends = body.is_none();
            if let (Some(body), false) = (&body, has_if) {
                self.only_v0(checks::missing_if(body.span, rule))?;
            }
            rule.otherwise.push(Else { value, is_assigned, body, span: self.since(start) });
            if ends {
                break;
            }
        }
        Ok(())
    }

    /// Holds a rule against the rules of v1.
    pub(super) fn check(&mut self, rule: &Rule, form: Form) -> Parsed<()> {
        checks::v1(rule, form).or_else(|fault| self.only_v0(fault))
    }

    /// A fault in v1, and in v0 if `rego.v1` is imported.
    fn only_v0(&mut self, fault: Fault) -> Parsed<()> {
        if self.version == super::RegoVersion::V1 {
            return Err(fault);
        }
        self.only_v0.get_or_insert(fault);
        Ok(())
    }
}

fn body_of(statement: Statement) -> Body {
    let span = statement.span;
    Body { statements: vec![statement], span }
}

fn is_set(statement: &Statement) -> bool {
    matches!(&statement.kind, StatementKind::Term(term) if matches!(term.kind, TermKind::Set(_)))
}
