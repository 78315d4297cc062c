//! The terms of a statement that are worth looking at when it does not hold.

use crate::rego::Module;
use crate::rego::ast::{Infix, Statement, StatementKind, TemplatePart, Term, TermKind, With};
use crate::source::Span;

/// A term, and what is replaced where it is evaluated.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) term: Term,
    pub(super) with: Vec<With>,
    pub(super) part: Part,
}

/// What a term is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It is told whatever it is.
    Plain,
    /// It is told where it has a value: functions can stand behind `with` too.
    Replacement,
    /// It is told where what it is the beginning of is undefined: the longest one that is there.
    Beginning,
}

/// The terms of a statement, in the order of the text. A term comes before the beginnings of it.
pub(super) fn of(statement: &Statement, module: &Module) -> Vec<Watched> {
    let with = &statement.with;
    let mut terms = Terms { module, with, part: Part::Plain, found: Vec::new() };
    terms.statement(statement);
    terms.with = &[];
    terms.part = Part::Replacement;
    statement.with.iter().for_each(|with| terms.term(&with.value));
    terms.found
}

/// A term alone.
pub(super) fn alone(term: &Term, with: &[With]) -> Watched {
    Watched { term: term.clone(), with: with.to_vec(), part: Part::Plain }
}

struct Terms<'s> {
    module: &'s Module,
    with: &'s [With],
    part: Part,
    found: Vec<Watched>,
}

impl Terms<'_> {
    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Term(term) | StatementKind::Assign(_, term) => self.term(term),
            StatementKind::Unify(left, right) => {
                self.term(left);
                self.term(right);
            }
            StatementKind::Some(_) => {}
            StatementKind::SomeIn { collection, .. } => self.term(collection),
            StatementKind::Every { domain, .. } => self.term(domain),
            StatementKind::Not(body) => body.statements.iter().for_each(|one| self.statement(one)),
            StatementKind::And(left, right) | StatementKind::Or(left, right) => {
                let inner = left.statements.iter().chain(&right.statements);
                inner.for_each(|one| self.statement(one));
            }
        }
    }

    fn add(&mut self, term: &Term) {
        self.add_as(self.part, term);
    }

    fn add_as(&mut self, part: Part, term: &Term) {
        self.found.push(Watched { term: term.clone(), with: self.with.to_vec(), part });
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term>) {
        terms.into_iter().for_each(|term| self.term(term));
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) => {}
            TermKind::Variable(name) if &**name == "_" => {}
            TermKind::Variable(_)
            | TermKind::ArrayComprehension(..)
            | TermKind::SetComprehension(..)
            | TermKind::ObjectComprehension(..) => self.add(term),
            TermKind::Reference(base, keys) => {
                self.add(term);
                self.beginnings(base, keys);
                if !matches!(base.kind, TermKind::Variable(_)) {
                    self.term(base);
                }
                self.terms(keys);
            }
            TermKind::Call(_, args) => {
                self.add(term);
                self.terms(args);
            }
            TermKind::Infix(infix, left, right) => {
                if !compares(*infix) {
                    self.add(term);
                }
                self.terms([&**left, &**right]);
            }
            TermKind::In { key, value, collection } => {
                self.terms(key.as_deref().into_iter().chain([&**value, &**collection]));
            }
            TermKind::Array(items) | TermKind::Set(items) => self.terms(items),
            TermKind::Object(fields) => {
                self.terms(fields.iter().flat_map(|(key, value)| [key, value]));
            }
            TermKind::Template(parts) => {
                self.add(term);
                for part in parts {
                    if let TemplatePart::Term(inner) = part {
                        self.term(inner);
                    }
                }
            }
        }
    }

    /// What a reference begins with, the longest first. Packages are asked for as a whole only:
    /// there may be much in them.
    fn beginnings(&mut self, base: &Term, keys: &[Term]) {
        let TermKind::Variable(name) = &base.kind else { return };
        if self.is_below_data(name) {
            return;
        }
        for count in (0..keys.len()).rev() {
            let kind = match count {
                0 => base.kind.clone(),
                _ => TermKind::Reference(Box::new(base.clone()), keys[..count].to_vec()),
            };
            let end = count.checked_sub(1).map_or(base.span.end, |last| self.end_of(&keys[last]));
            let span = Span::new(base.span.start, end);
            self.add_as(Part::Beginning, &Term { kind, span });
        }
    }

    fn is_below_data(&self, name: &str) -> bool {
        let imports = &mut self.module.syntax.imports.iter();
        let is_data = |path: &[std::sync::Arc<str>]| path.first().is_some_and(|p| &**p == "data");
        name == "data"
            || imports.any(|import| {
                let known = import.alias.as_ref().or(import.path.last());
                is_data(&import.path) && known.is_some_and(|known| &**known == name)
            })
    }

    /// Where a key of a reference ends that another follows, with its bracket if it has one.
    fn end_of(&self, key: &Term) -> usize {
        let behind = self.module.source.text().get(key.span.end..).unwrap_or_default();
        let spaces = behind.len() - behind.trim_start().len();
        let is_bracketed = behind[spaces..].starts_with(']');
        key.span.end + if is_bracketed { spaces + 1 } else { 0 }
    }
}

fn compares(infix: Infix) -> bool {
    use Infix::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};

    matches!(infix, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
}
