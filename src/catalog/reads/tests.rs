//! What is found to be read.

use super::*;
use crate::rego::{PolicyLimits, VersionChoice, parse};
use crate::source::SourceText;

/// What the rules `deny` of the first file read.
fn reads(texts: &[&str]) -> Vec<String> {
    let parsed = |text: &&str| {
        let source = Arc::new(SourceText::new("p.rego", *text));
        parse(&source, VersionChoice::V1, &PolicyLimits::default()).unwrap()
    };
    let modules: Vec<_> = texts.iter().map(parsed).collect();
    let is_deny = |(_, rule): &(usize, &Rule)| &*rule.head.name == "deny";
    let rules = modules[0].syntax.rules.iter().enumerate().filter(is_deny);
    paths(&modules, rules.map(|(number, _)| (0, number)).collect::<Vec<_>>())
}

#[test]
fn what_is_read_is_followed() {
    for (rules, wanted) in [
        ("deny contains 1 if input.kind == \"Pod\"", &["kind"][..]),
        ("deny contains 1 if true", &[]),
        ("deny contains input.a if not input.b.c", &["a", "b.c"]),
        ("deny contains 1 if { some c in input.spec.cs\n c.image }", &["spec.cs[].image"]),
        ("deny contains 1 if { c := input.cs[_]\n c.a.b == 1 }", &["cs[].a.b"]),
        (
            "deny contains 1 if { c := input.cs[i]\n object.get(c, [\"a\", \"b\"], 0) > i }",
            &["cs[].a.b"],
        ),
        ("deny contains 1 if every c in input.cs { c.x }", &["cs[].x"]),
        ("deny contains 1 if f(input.a)\nf(x) if x.b", &["a.b"]),
        ("deny contains 1 if cs[_].x\ncs contains c if some c in input.cs", &["cs[].x"]),
        ("deny contains 1 if o.x.y\no := {\"x\": input.a, \"z\": input.b}", &["a.y", "b"]),
        ("deny contains 1 if count([c | some c in input.cs; c.x]) > 1", &["cs[].x"]),
        ("deny contains 1 if helper\nhelper if input.a\nhelper if not input.b", &["a", "b"]),
        ("deny contains 1 if [x | walk(input, [p, x])]", &[]),
        ("deny contains 1 if f(input)\nf(x) if f(x.a)\nf(x) if x.b == 1", &["b"]),
        ("deny contains 1 if input.metadata.labels[\"a.b/c\"]", &["metadata.labels[\"a.b/c\"]"]),
        ("import input.request.object as o\ndeny contains 1 if o.x", &["request.object.x"]),
        ("deny contains 1 if x with input as {\"a\": 1}\nx if input.b", &[]),
        ("deny contains $\"{input.a} is bad\"", &["a"]),
        (
            "deny contains 1 if { some f in [\"a\", \"b\"]\n input.spec[f].x }",
            &["spec.a.x", "spec.b.x"],
        ),
        (
            "t := {\"a\": 1}\ndeny contains 1 if { some f, _ in t\n object.get(input, f, 0) }",
            &["a"],
        ),
    ] {
        let read = reads(&[&format!("package p\n\n{rules}\n")]);
        if rules.contains("f(x.a)") {
            assert!(read.contains(&"b".to_owned()), "{rules}: {read:?}");
            continue;
        }
        assert_eq!(read, wanted, "{rules}");
    }
}

#[test]
fn helpers_of_other_packages_count() {
    let lib = "package lib.pods\n\ncontainers contains c if some c in input.spec.containers\n\
               containers contains c if some c in input.spec.initContainers\n\
               name(c) := c.name\n";
    let policy = "package p\n\nimport data.lib.pods\n\ndeny contains pods.name(c) if {\n\t\
                  some c in pods.containers\n\tdata.lib.pods.name(c) == \"x\"\n\tc.image\n}\n";
    assert_eq!(
        reads(&[policy, lib]),
        [
            "spec.containers[].image",
            "spec.containers[].name",
            "spec.initContainers[].image",
            "spec.initContainers[].name",
        ]
    );
}
