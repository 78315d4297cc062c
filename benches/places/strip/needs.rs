//! What of a term decides whether its statement holds.

use std::collections::BTreeSet;

use manifestly::rego::ast::{TemplatePart, Term, TermKind};
use manifestly::source::SourceText;

use super::names::called;

/// Functions that give something whatever they are given of the right type.
const ALWAYS_GIVE: &[&str] = &[
    "array.concat",
    "array.reverse",
    "array.slice",
    "concat",
    "count",
    "format_int",
    "json.marshal",
    "lower",
    "object.union",
    "replace",
    "sort",
    "split",
    "sprintf",
    "strings.replace_n",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "upper",
];

/// Tells what terms need.
#[derive(Clone, Copy)]
pub(super) struct Needs<'n> {
    pub(super) source: &'n SourceText,
    /// Functions of the module that give something whatever they are given.
    pub(super) always: &'n BTreeSet<String>,
}

impl Needs<'_> {
    /// The parts of a term that may be undefined, or hold in several ways, as they are written.
    /// Where there are none, the term can go.
    pub(super) fn of(self, term: &Term) -> Vec<String> {
        let mut needs = Vec::new();
        self.add(term, &mut needs);
        needs
    }

    fn always_gives(self, function: &Term) -> bool {
        let name = called(function);
        ALWAYS_GIVE.contains(&&*name) || self.always.contains(&name)
    }

    fn add(self, term: &Term, needs: &mut Vec<String>) {
        match &term.kind {
            TermKind::Null
            | TermKind::Bool(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Variable(_)
            | TermKind::ArrayComprehension(..)
            | TermKind::SetComprehension(..)
            | TermKind::ObjectComprehension(..) => {}
            TermKind::Array(items) | TermKind::Set(items) => self.add_all(items, needs),
            TermKind::Object(entries) => {
                self.add_all(entries.iter().flat_map(|(key, value)| [key, value]), needs);
            }
            TermKind::Infix(_, a, b) => self.add_all([&**a, &**b], needs),
            TermKind::In { key: None, value, collection } => {
                self.add_all([&**value, &**collection], needs);
            }
            TermKind::Call(function, args) if self.always_gives(function) => {
                self.add_all(args, needs);
            }
            TermKind::Template(parts) => parts.iter().for_each(|part| match part {
                TemplatePart::Term(term) => self.add(term, needs),
                TemplatePart::Text(_) | TemplatePart::Statement(_) => {}
            }),
            TermKind::Reference(..) | TermKind::Call(..) | TermKind::In { .. } => {
                let text = self.source.slice(term.span).to_owned();
                if !needs.contains(&text) {
                    needs.push(text);
                }
            }
        }
    }

    fn add_all<'t>(self, terms: impl IntoIterator<Item = &'t Term>, needs: &mut Vec<String>) {
        terms.into_iter().for_each(|term| self.add(term, needs));
    }
}
