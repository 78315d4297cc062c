//! Results without words.

use crate::lint::Finding;
use crate::lint::names::NO_MESSAGE;
use crate::lint::world::World;
use crate::rego::ast::{HeadKind, Rule, StatementKind, Term, TermKind};

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    for asked in &world.policies {
        let policy = &*asked.policy;
        // A title stands in for a message, but not in Gatekeeper.
        if policy.metadata.title.is_some() && !world.is_template {
            continue;
        }
        for clause in &asked.clauses {
            let module = &world.modules[clause.module];
            let Some(rule) = module.syntax.rules.get(clause.rule).filter(|rule| !rule.is_default)
            else {
                continue;
            };
            let Some(said) = speechless(rule, world.is_template) else { continue };
            let finding = Finding::new(NO_MESSAGE, said.message, &module.source, said.span);
            found.push(finding.of(&policy.id).help(said.help));
        }
    }
}

struct Said {
    message: &'static str,
    help: &'static str,
    span: crate::source::Span,
}

/// What a rule gives that says nothing, where that is plain.
fn speechless(rule: &Rule, is_template: bool) -> Option<Said> {
    let value = match &rule.head.kind {
        HeadKind::Value(None) => {
            return (!is_template).then_some(Said {
                message: "the result is `true`: the finding can't say what is wrong",
                help: "make it a message, as in `deny contains \"..\" if`, or give the policy a `title`",
                span: rule.head.span,
            });
        }
        HeadKind::Value(Some(value)) | HeadKind::Contains(value) => resolved(rule, value)?,
    };
    let says = |key: &str, fields: &[(Term, Term)]| {
        // A key that is worked out may be any.
        fields.iter().any(|(field, _)| field.as_string().is_none_or(|name| &**name == key))
    };
    let message = match &value.kind {
        TermKind::Object(fields) if is_template => {
            (!says("msg", fields)).then_some("the violation has no `msg`")
        }
        TermKind::Object(fields) => {
            let is_said = says("msg", fields) || says("message", fields);
            (!is_said).then_some("the result has neither `msg` nor `message`")
        }
        TermKind::String(_) | TermKind::Template(_) => {
            is_template.then_some("the violation is no object with a `msg`")
        }
        TermKind::Number(_) | TermKind::Bool(true) => Some("the result has no words"),
        _ => None,
    };
    message.map(|message| Said {
        message,
        help: if is_template {
            "Gatekeeper reports `{\"msg\": ..}` alone, and drops the others"
        } else {
            "say what is wrong under `msg`, or give the policy a `title`"
        },
        span: value.span,
    })
}

/// The term that a variable is given once, in the rule's only body.
fn resolved<'r>(rule: &'r Rule, value: &'r Term) -> Option<&'r Term> {
    let Some(name) = value.as_variable() else { return Some(value) };
    if !rule.otherwise.is_empty() {
        return None;
    }
    let mut given =
        rule.body.iter().flat_map(|body| &body.statements).filter_map(|statement| match &statement
            .kind
        {
            StatementKind::Assign(target, term) => {
                (target.as_variable() == Some(name)).then_some(term)
            }
            _ => None,
        });
    given.next().filter(|_| given.next().is_none())
}
