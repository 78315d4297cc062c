//! What a rule must be beyond its syntax.

use std::collections::HashSet;

use crate::source::Span;

use super::super::ast::{HeadKind, Rule, TemplatePart, Term, TermKind};
use super::super::lexer::Word;
use super::heads::Draft;
use super::{Fault, Parsed};

/// How a rule is written, as far as v0 and v1 write it differently.
#[derive(Clone, Copy, Default)]
pub(super) struct Form {
    /// `if` stands before its body.
    pub(super) has_if: bool,
    /// `contains` stands in its head.
    pub(super) contains: bool,
}

/// What v1 demands of a rule.
pub(super) fn v1(rule: &Rule, form: Form) -> Parsed<()> {
    let head = &rule.head;
    let name = &head.name;
    if head.path.is_empty() && !matches!(Word::of(name), Word::Name | Word::And | Word::Or) {
        let message = format!("a rule can't have the name of the keyword `{name}`");
        return Err(Fault::new(message, head.name_span));
    }
    let is_set = matches!(head.kind, HeadKind::Contains(_));
    if is_set && !form.contains {
        let fault = Fault::new("`contains` is missing in the head of this set", head.span);
        let body = if rule.body.is_none() { "" } else { " if { .. }" };
        let help = format!("`name[x]` is Rego v0; write `{name} contains x{body}`");
        return Err(fault.with_help(help));
    }
    let says_nothing = matches!(head.kind, HeadKind::Value(None)) && head.args.is_none();
    if says_nothing && rule.body.is_none() && !rule.is_default {
        let fault = Fault::new("this rule has neither a value nor a body", head.span);
        return Err(fault.with_help("write `:= value` or `if { .. }` after it"));
    }
    match &rule.body {
        Some(body) if !form.has_if => Err(missing_if(body.span, rule)),
        _ => Ok(()),
    }
}

pub(super) fn missing_if(body: Span, rule: &Rule) -> Fault {
    let brace = Span::new(body.start, body.start + 1);
    let fault = Fault::new("`if` is missing before the rule's body", brace);
    let name = &rule.head.name;
    fault.with_help(format!("a body without `if` is Rego v0; write `{name} .. if {{ .. }}`"))
}

/// Whether `else` may follow a rule, or why not.
pub(super) fn may_have_else(draft: &Draft, has_if: bool) -> Result<(), &'static str> {
    if draft.path.iter().any(|key| !is_ground(key)) {
        return Err("`else` can't follow a rule with variables in its head");
    }
    let is_set = draft.member.is_some()
        || (draft.path.len() == 1
            && draft.args.is_none()
            && (!has_if || draft.path.iter().any(is_reference)));
    if is_set { Err("`else` can't follow a rule of many values") } else { Ok(()) }
}

fn is_reference(term: &Term) -> bool {
    match &term.kind {
        TermKind::Reference(..) => true,
        TermKind::Variable(name) => is_root(name),
        _ => false,
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "input" | "data")
}

/// Whether a term has no variables, those at the beginning of references aside.
fn is_ground(term: &Term) -> bool {
    match &term.kind {
        TermKind::Variable(name) => is_root(name),
        TermKind::Reference(_, keys) => keys.iter().all(is_ground),
        TermKind::Call(_, terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
            terms.iter().all(is_ground)
        }
        TermKind::Infix(_, left, right) => is_ground(left) && is_ground(right),
        TermKind::Object(pairs) => pairs.iter().all(|(k, v)| is_ground(k) && is_ground(v)),
        TermKind::In { key, value, collection } => {
            key.as_ref().is_none_or(|key| is_ground(key))
                && is_ground(value)
                && is_ground(collection)
        }
        TermKind::ArrayComprehension(term, _) | TermKind::SetComprehension(term, _) => {
            is_ground(term)
        }
        TermKind::ObjectComprehension(key, value, _) => is_ground(key) && is_ground(value),
        TermKind::Template(_) => false,
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) => true,
    }
}

/// What a default demands: a value that is known beforehand, and parameters that say nothing.
pub(super) fn default_rule(rule: &Rule) -> Parsed<()> {
    let fault = |message: &str, span: Span| Err(Fault::new(message, span));
    match &rule.head.kind {
        HeadKind::Value(None) if rule.head.path.len() == 1 && rule.head.args.is_none() => {
            return fault("a default needs a value", rule.span);
        }
        HeadKind::Contains(_) => return fault("a set has no default: it is empty", rule.span),
        HeadKind::Value(value) => {
            if let Some(term) = value.as_ref().and_then(unknown) {
                let message = "a default can't depend on variables, references or calls";
                return fault(message, term.span);
            }
        }
    }
    let mut seen = HashSet::new();
    for arg in rule.head.args.iter().flatten() {
        match &arg.kind {
            TermKind::Variable(name) if is_root(name) => {
                return fault("the parameters of a default must be plain names", arg.span);
            }
            TermKind::Variable(name) if &**name == "_" || seen.insert(name) => {}
            TermKind::Variable(_) => {
                return fault("the parameters of a default must differ", arg.span);
            }
            _ => return fault("the parameters of a default must be plain names", arg.span),
        }
    }
    Ok(())
}

/// The first part of a value that is not known beforehand. Comprehensions may hold anything.
fn unknown(term: &Term) -> Option<&Term> {
    match &term.kind {
        TermKind::Variable(_)
        | TermKind::Reference(..)
        | TermKind::Call(..)
        | TermKind::Infix(..)
        | TermKind::In { .. } => Some(term),
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().find_map(unknown),
        TermKind::Object(pairs) => pairs.iter().find_map(|(k, v)| unknown(k).or(unknown(v))),
        TermKind::Template(parts) => parts.iter().find_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Term(term) => unknown(term),
            // OPA looks into these as well; whatever they are, they are no constants.
            TemplatePart::Statement(_) => Some(term),
        }),
        _ => None,
    }
}
