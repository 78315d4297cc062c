//! Bodies: statements one after the other.

use super::super::ast::{Body, Statement};
use super::super::lexer::{Kind, Word};
use super::{Parsed, Parser, STATEMENT};

impl Parser<'_> {
    /// `{ .. }`
    pub(super) fn braced_body(&mut self) -> Parsed<Body> {
        let start = self.bump().span.start;
        let body = self.inner_body(Kind::RightBrace)?;
        self.bump();
        Ok(Body { span: self.since(start), ..body })
    }

    /// Statements up to `end`, which is left to the caller.
    pub(super) fn inner_body(&mut self, end: Kind) -> Parsed<Body> {
        if self.at(end) {
            return Err(self.fault("a body can't be empty").with_help("write `true` in it"));
        }
        let start = self.here().span.start;
        let mut statements = Vec::new();
        loop {
            let before = self.descend(STATEMENT)?;
            let statement = self.statement();
            self.ascend(before);
            statements.push(statement?);
            if self.take(Kind::Semicolon) {
                continue;
            }
            if self.at(end) {
                return Ok(Body { statements, span: self.since(start) });
            }
            if !self.here().newline {
                return Err(self.run_on(end));
            }
        }
    }

    /// Statements outside of braces: they end where no `;` follows.
    pub(super) fn query(&mut self) -> Parsed<Vec<Statement>> {
        let mut statements = vec![self.measured(Self::statement)?];
        while self.take(Kind::Semicolon) {
            statements.push(self.measured(Self::statement)?);
        }
        Ok(statements)
    }

    /// What is wrong where a statement is over and neither is its line.
    fn run_on(&self, end: Kind) -> super::Fault {
        let end = if end == Kind::RightBracket { "]" } else { "}" };
        let fault =
            self.expected(&format!("a new line, `;` or `{end}` is expected after the statement"));
        match self.here().kind {
            Kind::Assign | Kind::Unify => fault.with_help("one statement assigns one value"),
            Kind::Word(Word::In) if !self.keywords.membership => {
                fault.with_help("in Rego v0, `in` must be imported: `import future.keywords.in`")
            }
            Kind::Word(Word::Else) => fault.with_help("`else` follows the brace that ends a body"),
            Kind::Colon => fault.with_help("`x := y` assigns"),
            _ => fault,
        }
    }
}
