//! The way through the tokens.

use std::sync::Arc;

use crate::source::Span;

use super::super::fault::Fault;
use super::super::lexer::{Kind, Token, Word};
use super::{MAX_DEPTH, Parsed, Parser};

/// The way down to what is being read.
pub(super) struct Descent {
    levels: usize,
    /// The depth of the deepest node before.
    pub(super) before: usize,
}

impl Parser<'_> {
    /// The token to be read next.
    pub(super) fn here(&self) -> Token {
        self.token_at(self.at)
    }

    fn token_at(&self, at: usize) -> Token {
        // Nothing steps over the last token.
        self.tokens.get(at).or(self.tokens.last()).copied().unwrap_or(Token {
            kind: Kind::End,
            spaced: false,
            newline: false,
            span: Span::default(),
        })
    }

    /// What kind of token is next: a keyword that isn't imported is a name.
    pub(super) fn kind(&self) -> Kind {
        self.kind_at(self.at)
    }

    /// What kind of token is after the next.
    pub(super) fn kind_after(&self) -> Kind {
        self.kind_at(self.at + 1)
    }

    fn kind_at(&self, at: usize) -> Kind {
        let kind = self.token_at(at).kind;
        match kind {
            Kind::Word(word) if !self.is_keyword(word) => Kind::Word(Word::Name),
            _ => kind,
        }
    }

    fn is_keyword(&self, word: Word) -> bool {
        match word {
            Word::In => self.keywords.membership,
            Word::Every => self.keywords.every,
            Word::Contains => self.keywords.contains,
            Word::If => self.keywords.rule_if,
            Word::And => self.keywords.and,
            Word::Or => self.keywords.or,
            _ => true,
        }
    }

    pub(super) fn at(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    pub(super) fn at_word(&self, word: Word) -> bool {
        self.kind() == Kind::Word(word)
    }

    /// Steps over the next token.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.here();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    /// Steps over a token if it is the next.
    pub(super) fn take(&mut self, kind: Kind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Steps over a token that must be there.
    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Parsed<Token> {
        if self.at(kind) { Ok(self.bump()) } else { Err(self.expected(what)) }
    }

    /// Where the token before the next ends.
    pub(super) fn end_before(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |before| self.token_at(before).span.end)
    }

    /// From a place to the end of what was read.
    pub(super) fn since(&self, start: usize) -> Span {
        Span::new(start, self.end_before().max(start))
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    pub(super) fn name(&self, token: Token) -> Arc<str> {
        self.slice(token.span).into()
    }

    /// The kind of the token after the next, if nothing stands between the two.
    pub(super) fn adjacent(&self) -> Option<Kind> {
        let next = self.token_at(self.at + 1);
        (!next.spaced).then_some(next.kind)
    }

    /// Makes a keyword a name where a reference begins with it, as in `input.x == not.y`: whether
    /// it did.
    pub(super) fn name_of_reference(&mut self) -> bool {
        let found = matches!(self.kind(), Kind::Word(word) if word != Word::Name)
            && matches!(self.adjacent(), Some(Kind::Dot | Kind::LeftBracket));
        if found && let Some(token) = self.tokens.get_mut(self.at) {
            token.kind = Kind::Word(Word::Name);
        }
        found
    }

    /// A fault at the next token.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(message, self.here().span)
    }

    /// The fault that something else stands at the next token than what should.
    pub(super) fn expected(&self, what: &str) -> Fault {
        let token = self.here();
        let text = self.slice(token.span);
        let found = match self.kind() {
            Kind::End => return self.fault(format!("{what}, but the text ends")),
            Kind::String | Kind::RawString | Kind::Template(_) if text.len() > 24 => {
                "a string".to_owned()
            }
            Kind::Word(word) if word != Word::Name => format!("the keyword `{text}`"),
            _ => format!("`{text}`"),
        };
        self.fault(format!("{what}, not {found}"))
    }

    /// Goes deeper in the tree, until `ascend` is called with what this gives. These two are no
    /// function around a closure, for the closures of nested terms would fill the stack.
    pub(super) fn descend(&mut self, levels: usize) -> Parsed<Descent> {
        self.check_depth(self.depth + levels)?;
        self.depth += levels;
        let before = std::mem::replace(&mut self.deepest, self.depth);
        Ok(Descent { levels, before })
    }

    pub(super) fn ascend(&mut self, Descent { levels, before }: Descent) {
        self.depth -= levels;
        self.deepest = self.deepest.max(before);
    }

    /// Puts a node on top of what was read, which sinks by it.
    pub(super) fn sink(&mut self) -> Parsed<()> {
        self.deepest += 1;
        self.check_depth(self.deepest)
    }

    fn check_depth(&mut self, depth: usize) -> Parsed<()> {
        self.deepest = self.deepest.max(depth);
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        let fault = self.fault("this is nested too deep");
        Err(fault.with_help("give parts of it names of their own"))
    }

    /// Measures how deep what is read goes, beside what was read before it.
    pub(super) fn measured<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let before = std::mem::replace(&mut self.deepest, self.depth);
        let read = read(self);
        self.deepest = self.deepest.max(before);
        read
    }

    /// Reads what may turn out to be something else; then the next token is the one it was.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let (start, deepest) = (self.at, self.deepest);
        let read = self.trial(read);
        if read.is_err() {
            (self.at, self.deepest) = (start, deepest);
        }
        read
    }

    /// Reads what may have to be read again as something else.
    pub(super) fn trial<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.trials += 1;
        let read = read(self);
        self.trials -= 1;
        read
    }
}
