//! Bodies that can never hold, as far as that can be proved from their text.
//!
//! Statements of a body must hold together. Those that claim something of one and the same value
//! are held against each other: `input.kind == "Pod"` and `input.kind == "Service"`. Whatever is not
//! understood is taken to hold.

mod body;
mod fact;
mod place;

use std::collections::BTreeSet;

use crate::rego::Module;
use crate::rego::ast::{Statement, Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::source::Span;

pub(super) use body::{Among, Known, body};

/// Why a body can never hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Never {
    /// What is wrong, to be put behind "this rule can never fire: ".
    pub(super) reason: String,
    /// The statement that can't hold.
    pub(super) span: Span,
    /// The one that it can't hold with.
    pub(super) with: Option<Span>,
}

/// The functions and operators that some `with` replaces: of what they say nothing is known.
#[derive(Debug, Default)]
pub(super) struct Replaced(BTreeSet<String>);

impl Replaced {
    pub(super) fn in_modules<'m>(modules: impl IntoIterator<Item = &'m Module>) -> Self {
        let mut found = Self::default();
        for module in modules {
            module.syntax.rules.iter().for_each(|rule| visit::rule(&mut found, rule));
        }
        found
    }

    fn has(&self, function: &str) -> bool {
        self.0.contains(function)
    }
}

impl Visitor for Replaced {
    fn statement(&mut self, seen: &Statement) {
        self.0.extend(seen.with.iter().filter_map(|with| dotted(&with.target)));
        visit::statement(self, seen);
    }
}

/// A name with its parts, as functions have it.
pub(super) fn dotted(term: &Term) -> Option<String> {
    match &term.kind {
        TermKind::Variable(name) => Some(name.to_string()),
        TermKind::Reference(base, keys) => {
            let mut name = dotted(base)?;
            for key in keys {
                name.push('.');
                name.push_str(key.as_string()?);
            }
            Some(name)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rego::{PolicyLimits, VersionChoice, parse};
    use crate::source::SourceText;

    /// Why the body of a rule can never hold.
    fn reason(statements: &str) -> Option<String> {
        let text = format!("package p\n\ndeny if {{\n{statements}\n}}\n");
        let source = Arc::new(SourceText::new("p.rego", text));
        let module = parse(&source, VersionChoice::V1, &PolicyLimits::default()).unwrap();
        let replaced = Replaced::in_modules([&module]);
        let rule = &module.syntax.rules[0];
        let known = Known { among: None, own: &[] };
        body(rule.body.as_ref().unwrap(), &replaced, &known).map(|never| never.reason)
    }

    #[test]
    fn what_can_be_proved_is_found() {
        for statements in [
            "false",
            "1 == 2",
            "3 < 2",
            "\"a\" in {\"b\"}",
            "some x in []",
            "input.kind == \"Pod\"; input.kind == \"Service\"",
            "input.kind = \"Pod\"; \"Service\" = input.kind",
            "input.kind == \"Pod\"; input[\"kind\"] != \"Pod\"",
            "input.kind in {\"Pod\", \"Job\"}; input.kind == \"Service\"",
            "kind := input.kind; kind == \"Pod\"; input.kind == \"Service\"",
            "some i; input.c[i].name == \"a\"; input.c[i].name == \"b\"",
            "c := input.c[_]; c.name == \"a\"; c.name == \"b\"",
            "x := 3; x > 4",
            "some x in [1, 2]; x == 3",
            "input.spec.replicas < 2; input.spec.replicas > 2",
            "2 > input.spec.replicas; 2 <= input.spec.replicas",
            "input.a != input.a",
            "input.hostNetwork == true; not input.hostNetwork",
            "input.a; not input.a",
            "is_string(input.a); is_number(input.a)",
            "is_string(input.a); input.a == 1",
            "input.kind == \"Pod\"; input.kind.name == \"x\"",
            "input.kind == \"Pod\"; input.kind.name",
            "x := input.kind.name; input.kind == \"Pod\"",
        ] {
            assert!(reason(statements).is_some(), "{statements}");
        }
    }

    #[test]
    fn what_may_hold_is_left_alone() {
        for statements in [
            "true",
            "not false",
            "not true",
            "1 == 1.0",
            "input.kind == \"Pod\"; input.kind == \"Pod\"",
            "input.c[_] == \"a\"; input.c[_] == \"b\"",
            "some i, j; input.c[i] == 1; input.c[j] == 2",
            "some x in [1]; y := [x | some x in [2]; x == 2]; x == 1; y",
            "x := 1; y := [z | x := 2; z := x; x == 2]; y == [2]",
            "input.kind == \"Pod\"; input.kind == \"Service\" with input as {\"kind\": \"Service\"}",
            "input.kind == \"Pod\" with input.kind as \"Pod\"; input.kind == \"Service\"",
            "not input.a == 1; not input.a == 2",
            "input.a == 1; not input.a.b",
            "input.a == false; not input.a",
            "not input.a; not input.a",
            "every x in [] { false }",
            "[x | false] == []",
            "is_string(1) with is_string as true; is_number(input.a); is_string(input.a)",
            "input.a > 1; input.a < 2",
            "input.a < 1; not input.a",
            "some a, b in [[1, 2]]; a == 0; b == [1, 2]",
            "x == 1; y == 2; x != y",
        ] {
            assert_eq!(reason(statements), None, "{statements}");
        }
    }

    #[test]
    fn what_is_known_of_the_input_counts() {
        let text = "package p\n\ndeny if input.kind == \"Service\"\n";
        let source = Arc::new(SourceText::new("p.rego", text));
        let module = parse(&source, VersionChoice::V1, &PolicyLimits::default()).unwrap();
        let values = vec![crate::engine::value::Value::string("Pod")];
        let found = |field: &[&str], values: &[_]| {
            let among = Among { fields: &[field], values: values.to_vec(), says: "it" };
            let known = Known { among: Some(among), own: &[] };
            let rule = &module.syntax.rules[0];
            body(rule.body.as_ref().unwrap(), &Replaced::default(), &known).is_some()
        };
        assert!(found(&["kind"], &values));
        assert!(!found(&["kinds"], &values));
        assert!(!found(&["spec", "kind"], &values));
    }
}
