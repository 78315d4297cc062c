//! Our own parser of Rego: the syntax tree of a file, as OPA reads it.

mod bodies;
mod checks;
mod collections;
mod cursor;
mod facts;
mod header;
mod heads;
mod logical;
mod numbers;
mod operators;
#[cfg(test)]
mod printer;
mod references;
mod rules;
mod statements;
mod strings;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::ast::{Body, Import, Module, Rule, Term};
use super::error::PolicyError;
use super::fault::Fault;
use super::lexer::{self, Kind, Token, Word};
use super::version::RegoVersion;

/// How deep a syntax tree may be: all that walk it may recurse.
const MAX_DEPTH: usize = 160;

/// What a term within another adds to the depth.
const TERM: usize = 1;

/// What a statement within another adds to the depth: it takes more of the stack.
const STATEMENT: usize = 2;

/// What parsing gives.
type Parsed<T> = Result<T, Fault>;

/// Parses a file.
///
/// # Errors
///
/// If the text is no Rego of that version: the first fault, at its place.
pub(super) fn parse(source: &Arc<SourceText>, version: RegoVersion) -> Result<Module, PolicyError> {
    let mut parser = Parser::new(source.text(), version);
    parser.module().map_err(|fault| parser.worst(fault).into_error(source))
}

/// Parses a query: statements as they stand in a rule's body, without braces.
///
/// # Errors
///
/// If the text is no query of that version: the first fault, at its place.
pub fn parse_query(source: &Arc<SourceText>, version: RegoVersion) -> Result<Body, PolicyError> {
    crate::stack::deep(|| {
        let mut parser = Parser::new(source.text(), version);
        parser.whole_query().map_err(|fault| parser.worst(fault).into_error(source))
    })
}

/// A reading of a text, from its first token to its last.
struct Parser<'t> {
    text: &'t str,
    version: RegoVersion,
    tokens: Vec<Token>,
    comments: Vec<Span>,
    /// What is wrong where the tokens end before the text does.
    stray: Option<Fault>,
    /// The token to be read next.
    at: usize,
    keywords: Keywords,
    imports: Vec<Import>,
    rules: Vec<Rule>,
    /// The first rule of a v0 file that is none in v1: a fault if `rego.v1` is imported.
    only_v0: Option<Fault>,
    /// How deep what is being read stands in the tree.
    depth: usize,
    /// The depth of the deepest node of what was read last.
    deepest: usize,
    /// How many readings are being tried that may turn out to be wrong.
    trials: usize,
    /// The terms that were read in trials, by the token they begin with: without these, nested
    /// trials would take time without end.
    known: HashMap<usize, Known>,
}

/// A term read in a trial: what came of it, and where it ended.
struct Known {
    term: Parsed<Term>,
    end: usize,
    height: usize,
}

/// The keywords that have to be imported, in v0 or in both versions.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // each is imported by itself
struct Keywords {
    membership: bool,
    every: bool,
    contains: bool,
    rule_if: bool,
    and: bool,
    or: bool,
    /// `not` takes a body.
    not_body: bool,
    /// `import rego.v1`
    rego_v1: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, version: RegoVersion) -> Self {
        let tokens = lexer::read(text);
        let v1 = version == RegoVersion::V1;
        Self {
            text,
            version,
            tokens: tokens.list,
            comments: tokens.comments,
            stray: tokens.fault,
            at: 0,
            keywords: Keywords {
                membership: v1,
                every: v1,
                contains: v1,
                rule_if: v1,
                ..Keywords::default()
            },
            imports: Vec::new(),
            rules: Vec::new(),
            only_v0: None,
            depth: 0,
            deepest: 0,
            trials: 0,
            known: HashMap::new(),
        }
    }

    fn module(&mut self) -> Parsed<Module> {
        if self.at(Kind::End) {
            return Err(Fault::new("the file is empty", Span::default())
                .with_help("a policy begins with its package, for example `package policy`"));
        }
        let Some((package, package_span)) = self.package()? else {
            return Err(self
                .expected("a policy begins with its package")
                .with_help("write, for example, `package policy` in the first line"));
        };
        while !self.at(Kind::End) {
            self.known.clear();
            self.statement_of_module()?;
        }
        if self.keywords.rego_v1
            && let Some(fault) = self.only_v0.take()
        {
            return Err(fault);
        }
        Ok(Module {
            package,
            package_span,
            imports: std::mem::take(&mut self.imports),
            comments: std::mem::take(&mut self.comments),
            rules: std::mem::take(&mut self.rules),
        })
    }

    fn statement_of_module(&mut self) -> Parsed<()> {
        match self.kind() {
            Kind::Word(Word::Package) => {
                let span = self.here().span;
                if self.package()?.is_some() {
                    return Err(Fault::new("a file has one package only", span));
                }
            }
            Kind::Word(Word::Import) => {
                if let Some(import) = self.import()? {
                    self.imports.push(import);
                    return Ok(());
                }
            }
            _ => {}
        }
        if self.rule()? { Ok(()) } else { self.fact() }
    }

    fn whole_query(&mut self) -> Parsed<Body> {
        let mut statements = Vec::new();
        while !self.at(Kind::End) {
            self.known.clear();
            statements.extend(self.query()?);
        }
        if statements.is_empty() {
            return Err(Fault::new("the query is empty", Span::default()));
        }
        let span = Span::new(0, self.text.len());
        Ok(Body { statements, span })
    }

    /// What to report: nothing that comes after a stray character can be worse than it.
    fn worst(&mut self, fault: Fault) -> Fault {
        match self.stray.take() {
            Some(stray) if stray.span().start <= fault.span().start => stray,
            _ => fault,
        }
    }
}
