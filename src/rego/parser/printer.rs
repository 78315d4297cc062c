//! A compact form of the tree, for tests.

use super::super::ast::{
    Body, HeadKind, Module, Rule, Statement, StatementKind, TemplatePart, Term, TermKind, With,
};

pub(super) fn module(module: &Module) -> String {
    let mut said = format!("package data{}\n", parts(&module.package));
    for import in &module.imports {
        said += &format!("import {}{}", import.path[0], parts(&import.path[1..]));
        if let Some(alias) = &import.alias {
            said += &format!(" as {alias}");
        }
        said += "\n";
    }
    for one in &module.rules {
        said += &rule(one);
        said += "\n";
    }
    said
}

fn parts(path: &[std::sync::Arc<str>]) -> String {
    path.iter().fold(String::new(), |said, part| said + "[" + &string(part) + "]")
}

fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn list(terms: &[Term]) -> String {
    terms.iter().map(term).collect::<Vec<_>>().join(",")
}

fn sorted(mut parts: Vec<String>) -> String {
    parts.sort();
    parts.dedup();
    parts.join(",")
}

pub(super) fn rule(rule: &Rule) -> String {
    let head = &rule.head;
    let mut said = if rule.is_default { "default ".to_owned() } else { String::new() };
    said += &head.name;
    for key in &head.path {
        said += &format!("[{}]", term(key));
    }
    if let Some(args) = head.args.as_ref().filter(|args| !args.is_empty()) {
        said += &format!("({})", list(args));
    }
    said += &match &head.kind {
        HeadKind::Contains(member) => format!(" contains {}", term(member)),
        HeadKind::Value(value) => format!(" := {}", value.as_ref().map_or("true".into(), term)),
    };
    let if_body =
        |found: &Option<Body>| format!(" if {}", found.as_ref().map_or("true".into(), body));
    said += &if_body(&rule.body);
    for clause in &rule.otherwise {
        let value = clause.value.as_ref().map_or("true".into(), term);
        said += &format!(" else := {value}{}", if_body(&clause.body));
    }
    said
}

pub(super) fn body(body: &Body) -> String {
    body.statements.iter().map(statement).collect::<Vec<_>>().join("; ")
}

pub(super) fn statement(statement: &Statement) -> String {
    let mut said = if statement.negated { "not ".to_owned() } else { String::new() };
    said += &match &statement.kind {
        StatementKind::Term(one) => term(one),
        StatementKind::Assign(left, right) => format!("assign({},{})", term(left), term(right)),
        StatementKind::Unify(left, right) => format!("eq({},{})", term(left), term(right)),
        StatementKind::Some(names) => {
            let names: Vec<_> = names.iter().map(|name| &*name.name).collect();
            format!("some {}", names.join(","))
        }
        StatementKind::SomeIn { key, value, collection } => {
            format!("some {}", member(key.as_ref(), value, collection))
        }
        StatementKind::Every { key, value, domain, body: inner } => {
            let key = key.as_ref().map_or(String::new(), |key| format!("{},", key.name));
            format!("every {key}{} in {} {{{}}}", value.name, term(domain), body(inner))
        }
        StatementKind::Not(inner) => format!("not{{{}}}", body(inner)),
        StatementKind::And(left, right) => format!("{{{}}} and {{{}}}", body(left), body(right)),
        StatementKind::Or(left, right) => format!("{{{}}} or {{{}}}", body(left), body(right)),
    };
    said + &modifiers(&statement.with)
}

fn modifiers(all: &[With]) -> String {
    let one = |with: &With| format!(" with {} as {}", term(&with.target), term(&with.value));
    all.iter().map(one).collect()
}

fn member(key: Option<&Term>, value: &Term, collection: &Term) -> String {
    let (value, collection) = (term(value), term(collection));
    match key {
        Some(key) => format!("internal[\"member_3\"]({},{value},{collection})", term(key)),
        None => format!("internal[\"member_2\"]({value},{collection})"),
    }
}

pub(super) fn term(one: &Term) -> String {
    match &one.kind {
        TermKind::Null => "null".into(),
        TermKind::Bool(value) => value.to_string(),
        TermKind::Number(number) => number.to_string(),
        TermKind::String(text) => string(text),
        TermKind::Template(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text) => string(text),
                    TemplatePart::Term(inner) => term(inner),
                    TemplatePart::Statement(inner) => statement(inner),
                })
                .collect();
            format!("$[{}]", parts.join(","))
        }
        TermKind::Variable(name) => name.to_string(),
        TermKind::Reference(base, keys) => {
            keys.iter().fold(term(base), |said, key| said + "[" + &term(key) + "]")
        }
        TermKind::Call(function, args) => format!("{}({})", term(function), list(args)),
        TermKind::Infix(infix, left, right) => {
            format!("{}({},{})", infix.function(), term(left), term(right))
        }
        TermKind::In { key, value, collection } => member(key.as_deref(), value, collection),
        TermKind::Array(terms) => format!("[{}]", list(terms)),
        TermKind::Set(terms) => format!("set{{{}}}", sorted(terms.iter().map(term).collect())),
        TermKind::Object(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}:{}", term(key), term(value)));
            format!("{{{}}}", sorted(pairs.collect()))
        }
        TermKind::ArrayComprehension(inner, when) => format!("[{}|{}]", term(inner), body(when)),
        TermKind::SetComprehension(inner, when) => format!("{{{}|{}}}", term(inner), body(when)),
        TermKind::ObjectComprehension(key, value, when) => {
            format!("{{{}:{}|{}}}", term(key), term(value), body(when))
        }
    }
}
