//! The package and the imports.

use std::sync::Arc;

use crate::source::Span;

use super::super::ast::{Import, Term, TermKind};
use super::super::lexer::{Kind, Token, Word};
use super::{Fault, Keywords, Parsed, Parser, RegoVersion};

impl Parser<'_> {
    /// The package statement, if one stands here.
    pub(super) fn package(&mut self) -> Parsed<Option<(Vec<Arc<str>>, Span)>> {
        let Some(start) = self.header(Word::Package) else { return Ok(None) };
        let term = self.path("the package's name is expected here")?;
        let path = strings(term, "the package's name")?;
        Ok(Some((path, self.since(start))))
    }

    /// An import statement, if one stands here.
    pub(super) fn import(&mut self) -> Parsed<Option<Import>> {
        let Some(start) = self.header(Word::Import) else { return Ok(None) };
        let term = self.path("what is imported is expected here")?;
        let path_span = term.span;
        let path = strings(term, "the import")?;
        let root = path.first().map_or("", |root| root);
        if !matches!(root, "data" | "input" | "future" | "rego") {
            let message = format!("an import begins with `data` or `input`, not with `{root}`");
            let fault = Fault::new(message, path_span);
            let help = format!("packages stand below `data`: `import data.{root}`");
            return Err(fault.with_help(help));
        }
        let alias = if self.take(Kind::Word(Word::As)) { Some(self.alias()?) } else { None };
        if alias.is_none() && root != "future" {
            self.check_last_name(&path, path_span)?;
        }
        let import = Import { path, alias, span: self.since(start) };
        self.effects(&import, path_span)?;
        Ok(Some(import))
    }

    /// Steps over a keyword that begins a statement, unless it begins a reference: its place.
    fn header(&mut self, word: Word) -> Option<usize> {
        if !self.at_word(word) || matches!(self.adjacent(), Some(Kind::Dot | Kind::LeftBracket)) {
            return None;
        }
        Some(self.bump().span.start)
    }

    /// A reference whose first name may be a keyword.
    fn path(&mut self, expected: &str) -> Parsed<Term> {
        let Kind::Word(_) = self.kind() else { return Err(self.expected(expected)) };
        let at = self.at;
        if let Some(token) = self.tokens.get_mut(at) {
            token.kind = Kind::Word(Word::Name);
        }
        self.measured(Self::term)
    }

    fn alias(&mut self) -> Parsed<Arc<str>> {
        let token: Token = self.here();
        let name = self.name(token);
        if !self.at_word(Word::Name) || matches!(&*name, "input" | "data") {
            return Err(self.expected("a name is expected after `as`"));
        }
        self.bump();
        let follows = matches!(self.kind(), Kind::Dot | Kind::LeftBracket | Kind::LeftParen);
        if follows && !self.here().spaced {
            return Err(self.expected("a plain name is expected after `as`"));
        }
        Ok(name)
    }

    fn check_last_name(&self, path: &[Arc<str>], span: Span) -> Parsed<()> {
        let Some(last) = path.last() else { return Ok(()) };
        let keyword = match Word::of(last) {
            Word::Name | Word::And | Word::Or => false,
            Word::In | Word::Every | Word::Contains | Word::If => self.version == RegoVersion::V1,
            _ => true,
        };
        if !keyword {
            return Ok(());
        }
        let fault = Fault::new(format!("an import can't go by the keyword `{last}`"), span);
        Err(fault.with_help("give it another name with `as`"))
    }

    /// The keywords that an import brings.
    fn effects(&mut self, import: &Import, span: Span) -> Parsed<()> {
        let path: Vec<&str> = import.path.iter().map(|part| &**part).collect();
        let fault = |message: &str| Fault::new(message, span);
        let v1 = self.version == RegoVersion::V1;
        match path.as_slice() {
            ["rego", "v1"] if v1 => {}
            ["rego" | "future", ..] if import.alias.is_some() => {
                return Err(fault("such an import can't be renamed"));
            }
            ["rego", "v1"] => {
                let all =
                    Keywords { membership: true, every: true, contains: true, ..self.keywords };
                self.keywords = Keywords { rule_if: true, rego_v1: true, ..all };
            }
            // What v1 has, and the keywords that came after it.
            ["rego", "v2"] => {
                self.keywords = Keywords {
                    membership: true,
                    every: true,
                    contains: true,
                    rule_if: true,
                    and: true,
                    or: true,
                    not_body: true,
                    rego_v1: !v1,
                };
            }
            ["rego", ..] => {
                return Err(fault("nothing but `rego.v1` can be imported from `rego`"));
            }
            ["future", "keywords", word] => {
                let keywords = &mut self.keywords;
                match *word {
                    "in" => keywords.membership = true,
                    "every" => (keywords.every, keywords.membership) = (true, true),
                    "contains" => keywords.contains = true,
                    "if" => keywords.rule_if = true,
                    "and" => keywords.and = true,
                    "or" => keywords.or = true,
                    "not" => keywords.not_body = true,
                    _ => {
                        return Err(fault("there is no such keyword").with_help(
                            "`future.keywords` has `in`, `every`, `contains`, `if`, `and`, `or` \
                             and `not`",
                        ));
                    }
                }
            }
            ["future", "keywords", ..] => {
                self.keywords = Keywords {
                    membership: true,
                    every: true,
                    contains: true,
                    rule_if: true,
                    and: true,
                    or: true,
                    not_body: true,
                    ..self.keywords
                };
            }
            ["future", ..] => {
                return Err(fault("nothing but `future.keywords` can be imported from `future`"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The parts of a name with dots or brackets.
fn strings(term: Term, what: &str) -> Parsed<Vec<Arc<str>>> {
    let fault = |span| {
        let message = format!("{what} consists of fixed names: `a.b` or `a[\"b-c\"]`");
        Err(Fault::new(message, span))
    };
    let (base, keys) = match term.kind {
        TermKind::Reference(base, keys) => (base.kind, keys),
        kind => (kind, Vec::new()),
    };
    let TermKind::Variable(first) = base else { return fault(term.span) };
    let mut path = vec![first];
    for key in keys {
        let TermKind::String(name) = key.kind else { return fault(key.span) };
        path.push(name);
    }
    Ok(path)
}
