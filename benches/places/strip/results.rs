//! What tells places in the results of rules.

use std::collections::BTreeSet;

use manifestly::rego;
use manifestly::rego::ast::{
    Body, HeadKind, Module, Rule, Statement, StatementKind, Term, TermKind,
};
use manifestly::rego::visit::{self, Visitor};
use manifestly::source::{SourceText, Span};

use super::super::conventions::Conventions;
use super::edits::Edits;
use super::names::called;
use super::words::without_paths;

/// Puts the words of results under `msg`, and calls rules `deny` that report something under a name
/// of their library's own.
pub(super) fn named(module: &rego::Module, conventions: &Conventions) -> Edits {
    edits(module, conventions, false)
}

/// Takes out what tells places: entries of results, and what `result.new` is handed.
pub(super) fn placeless(module: &rego::Module, conventions: &Conventions) -> Edits {
    edits(module, conventions, true)
}

/// Whether a module has rules that report something.
pub(super) fn asks(module: &Module, conventions: &Conventions) -> bool {
    let read = Read::of(module);
    module.rules.iter().any(|rule| {
        rule.head.args.is_none()
            && (conventions.is_entry(&rule.head.name) || is_foreign(rule, &read, conventions))
    })
}

fn edits(policy: &rego::Module, conventions: &Conventions, strips: bool) -> Edits {
    let (source, module) = (&*policy.source, &*policy.syntax);
    let mut edits = Edits::default();
    let read = Read::of(module);
    for rule in &module.rules {
        let is_foreign = is_foreign(rule, &read, conventions);
        if is_foreign {
            edits.replace(rule.head.name_span, "deny");
        }
        let asked = is_foreign || conventions.is_entry(&rule.head.name);
        let returned = if asked { returned(rule) } else { Vec::new() };
        let returned = returned.iter().map(|object| object.span.start).collect();
        let within = false;
        let mut results =
            Results { source, conventions, strips, returned, within, edits: &mut edits };
        visit::rule(&mut results, rule);
    }
    edits
}

/// Whether a rule reports something, though check does not know it by its name: one that the
/// library is known for, or a set of results that nothing else reads.
fn is_foreign(rule: &Rule, read: &Read, conventions: &Conventions) -> bool {
    let name = &*rule.head.name;
    let is_result = |object: &&Term| match &object.kind {
        TermKind::Object(entries) => {
            let mut keys = entries.iter().filter_map(|(key, _)| key.as_string());
            keys.any(|key| conventions.is_result(key))
        }
        _ => false,
    };
    conventions.is_foreign_entry(name)
        || matches!(rule.head.kind, HeadKind::Contains(_))
            && !conventions.is_entry(name)
            && !read.0.contains(name)
            && returned(rule).iter().any(is_result)
}

/// The names that the rules of a module read.
struct Read(BTreeSet<String>);

impl Read {
    fn of(module: &Module) -> Self {
        let mut read = Self(BTreeSet::new());
        module.rules.iter().for_each(|rule| visit::rule(&mut read, rule));
        read
    }
}

impl Visitor for Read {
    fn term(&mut self, seen: &Term) {
        if let TermKind::Variable(name) = &seen.kind {
            self.0.insert(name.to_string());
        }
        visit::term(self, seen);
    }
}

/// The objects that a rule returns: those in its head, and those that the variables in its head
/// are given in the body.
fn returned(rule: &Rule) -> Vec<&Term> {
    let head = match &rule.head.kind {
        HeadKind::Contains(term) => Some(term),
        HeadKind::Value(term) => term.as_ref(),
    };
    let mut found: Vec<&Term> = head.into_iter().collect();
    let mut at = 0;
    while let Some(term) = found.get(at) {
        at += 1;
        let Some(name) = term.as_variable() else { continue };
        for (given, value) in rule.body.iter().flat_map(assignments) {
            let is_known = found.iter().any(|known| known.span == value.span);
            if given.as_variable() == Some(name) && !is_known {
                found.push(value);
            }
        }
    }
    found.retain(|term| matches!(term.kind, TermKind::Object(_)));
    found
}

/// The `x := value` and `x = value` of a body itself.
fn assignments(body: &Body) -> impl Iterator<Item = (&Term, &Term)> {
    body.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Assign(a, b) | StatementKind::Unify(a, b) => Some((a, b)),
        _ => None,
    })
}

struct Results<'r> {
    source: &'r SourceText,
    conventions: &'r Conventions,
    strips: bool,
    /// Where the objects begin that are known to be results.
    returned: BTreeSet<usize>,
    /// Whether this is the inside of a result.
    within: bool,
    edits: &'r mut Edits,
}

impl Visitor for Results<'_> {
    fn statement(&mut self, seen: &Statement) {
        let within = std::mem::take(&mut self.within);
        visit::statement(self, seen);
        self.within = within;
    }

    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Object(entries) => self.object(seen, entries),
            TermKind::Call(function, args) if self.strips && called(function) == "result.new" => {
                if let [_, node] = args.as_slice() {
                    self.edits.replace(node.span, "{}");
                }
            }
            _ => visit::term(self, seen),
        }
    }
}

impl Results<'_> {
    fn object(&mut self, object: &Term, entries: &[(Term, Term)]) {
        let keys: Vec<_> =
            entries.iter().map(|(key, _)| key.as_string().map_or("", |key| &**key)).collect();
        let is_result = self.returned.contains(&object.span.start)
            || keys.iter().any(|key| self.conventions.is_result(key));
        let outside = self.within;
        self.within |= is_result;
        if is_result && !self.strips {
            self.name_words(entries, &keys);
        }
        let gone: Vec<_> = keys
            .iter()
            .map(|key| self.within && self.strips && self.conventions.tells_place(key))
            .collect();
        self.take_out(object, entries, &gone);
        for ((key, value), gone) in entries.iter().zip(&gone) {
            if !gone {
                visit::terms(self, [key, value]);
            }
        }
        self.within = outside;
    }

    /// Where a result has no `msg`, what stands for it becomes one.
    fn name_words(&mut self, entries: &[(Term, Term)], keys: &[&str]) {
        let best = keys.iter().zip(entries).filter_map(|(key, (term, value))| {
            self.conventions.words(key).map(|rank| (rank, *key, term.span, value))
        });
        match best.min_by_key(|(rank, ..)| *rank) {
            Some((_, "msg" | "message", ..)) | None => {}
            Some((_, key, span, value)) => {
                self.edits.replace(span, "\"msg\"");
                if Conventions::speaks_of_paths(key) {
                    self.take_paths_out_of(value);
                }
            }
        }
    }

    fn take_paths_out_of(&mut self, words: &Term) {
        let (literal, filled) = match &words.kind {
            TermKind::Call(function, args) if called(function) == "sprintf" => {
                let items = args.get(1).and_then(|filled| match &filled.kind {
                    TermKind::Array(items) => Some((filled.span, items)),
                    _ => None,
                });
                (args.first(), items)
            }
            _ => (Some(words), None),
        };
        let text = literal.and_then(|literal| Some((literal.span, literal.as_string()?)));
        let Some((span, text)) = text else { return };
        let (text, left) = without_paths(text);
        match filled {
            Some((whole, items)) if items.len() == left.len() => {
                let items = items.iter().zip(left).filter(|(_, stays)| *stays);
                let items: Vec<_> = items.map(|(item, _)| self.source.slice(item.span)).collect();
                self.edits.replace(whole, format!("[{}]", items.join(", ")));
            }
            // What is filled in can't be told apart.
            Some(_) => return,
            None => {}
        }
        self.edits.replace(span, serde_json::Value::from(text).to_string());
    }

    fn take_out(&mut self, object: &Term, entries: &[(Term, Term)], gone: &[bool]) {
        if !gone.is_empty() && gone.iter().all(|gone| *gone) {
            self.edits.replace(object.span, "{}");
            return;
        }
        let mut at = 0;
        while at < entries.len() {
            let run = gone[at..].iter().take_while(|gone| **gone).count();
            if run == 0 {
                at += 1;
                continue;
            }
            let span = match (entries.get(at + run), at) {
                (Some(next), _) => Span::new(entries[at].0.span.start, next.0.span.start),
                (None, _) => {
                    Span::new(entries[at - 1].1.span.end, entries[at + run - 1].1.span.end)
                }
            };
            self.edits.replace(span, "");
            at += run;
        }
    }
}
