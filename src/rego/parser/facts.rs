//! Rules without bodies: statements at the top of a file.

use crate::source::Span;

use super::super::ast::{Rule, Statement, StatementKind, Term, TermKind};
use super::super::lexer::{Kind, Word};
use super::checks::Form;
use super::heads::{Draft, v0_set};
use super::{Fault, Parsed, Parser, RegoVersion};

impl Parser<'_> {
    /// A statement that is a rule: `p := 1`, `f(1)`, `p[1]` in v0.
    pub(super) fn fact(&mut self) -> Parsed<()> {
        let keyword = self.here();
        let mut statements = self.query().map_err(|fault| self.no_fact(fault, keyword.kind))?;
        let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
            let message = "statements stand in the body of a rule, not by themselves";
            return Err(Fault::new(message, self.since(keyword.span.start)));
        };
        let span = statement.span;
        // Without a value, `p[x]` is a set, as it is with a body in v0.
        let draft = v0_set(self.draft_of(statement)?);
        let rule = Rule {
            is_default: false,
            head: draft.into_head(),
            body: None,
            otherwise: Vec::new(),
            span,
        };
        self.check(&rule, Form::default())?;
        self.rules.push(rule);
        Ok(())
    }

    /// The head that a statement is.
    fn draft_of(&self, statement: Statement) -> Parsed<Draft> {
        let span = statement.span;
        let fault = |message: &str| Err(Fault::new(message, span));
        if !statement.with.is_empty() {
            return fault("`with` stands in the body of a rule, not by itself");
        }
        if statement.negated {
            return fault("`not` stands in the body of a rule, not by itself");
        }
        let is_assigned = matches!(statement.kind, StatementKind::Assign(..));
        let (name, value) = match statement.kind {
            StatementKind::Term(term) => (term, None),
            StatementKind::Assign(name, value) | StatementKind::Unify(name, value) => {
                (name, Some(value))
            }
            _ => return fault("this stands in the body of a rule, not by itself"),
        };
        let no_rule = self.no_rule(&name);
        let Some(mut draft) = Draft::of(name) else { return Err(no_rule) };
        let is_call = draft.args.is_some();
        if value.is_none() && !is_call && draft.path.is_empty() {
            return Err(no_rule);
        }
        if value.is_none() && draft.args.as_ref().is_some_and(Vec::is_empty) {
            return fault("a function needs parameters, or a value");
        }
        draft.span = span;
        draft.value = value;
        draft.is_assigned = is_assigned;
        Ok(draft)
    }

    /// What is wrong with a term that stands by itself.
    fn no_rule(&self, term: &Term) -> Fault {
        let TermKind::Variable(name) = &term.kind else {
            return Fault::new("this is no rule", term.span);
        };
        let next = self.slice(self.here().span);
        match (next, &**name) {
            ("if" | "contains", _) | (_, "if" | "contains") if self.version == RegoVersion::V0 => {
                Fault::new("`if` and `contains` are no keywords here", term.span).with_help(
                    "this is Rego v1: in a file of v0 they are imported, with `import rego.v1`",
                )
            }
            _ => Fault::new(format!("the rule `{name}` has neither a value nor a body"), term.span)
                .with_help(format!("write `{name} := value` or `{name} if {{ .. }}`")),
        }
    }

    /// A fault in what is neither a rule nor a statement, told from the top of the file.
    fn no_fact(&self, fault: Fault, kind: Kind) -> Fault {
        let at_start = fault.span() == self.here().span;
        let message = match kind {
            Kind::RightBrace => "this brace closes nothing",
            Kind::RightParen | Kind::RightBracket => "this bracket closes nothing",
            Kind::Word(Word::Else) => "`else` follows a rule with a body",
            Kind::Word(Word::If | Word::Contains | Word::In | Word::As | Word::With) => {
                "a keyword can't be the name of a rule"
            }
            _ => return fault,
        };
        let span = Span::new(fault.span().start, fault.span().end);
        if at_start { Fault::new(message, span) } else { fault }
    }
}
