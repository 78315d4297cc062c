//! What is read how, and what is said of what can't be read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::ast::{HeadKind, Statement, StatementKind, Term};
use super::*;

fn source(text: &str) -> Arc<SourceText> {
    Arc::new(SourceText::new("p.rego", text))
}

fn read(text: &str, version: RegoVersion) -> Result<String, PolicyError> {
    parse(&source(text), version).map(|module| {
        let printed = printer::module(&module);
        printed.split_once('\n').map_or(String::new(), |(_, rules)| rules.trim_end().to_owned())
    })
}

/// The rules of a v1 file without its package, in the compact form.
fn v1(rules: &str) -> String {
    read(&format!("package p\n{rules}"), RegoVersion::V1).unwrap()
}

fn v0(rules: &str) -> String {
    read(&format!("package p\n{rules}"), RegoVersion::V0).unwrap()
}

fn query(text: &str) -> String {
    printer::body(&parse_query(&source(text), RegoVersion::V1).unwrap())
}

/// The message for a file, and the text it underlines.
fn fault_in(text: &str, version: RegoVersion) -> (String, String) {
    let source = source(text);
    let error = parse(&source, version).unwrap_err();
    (error.message, source.slice(error.span.unwrap()).to_owned())
}

fn fault(rules: &str) -> (String, String) {
    fault_in(&format!("package p\n{rules}"), RegoVersion::V1)
}

#[test]
fn operators_bind_as_in_opa() {
    assert_eq!(query("a + b * c - d"), "minus(plus(a,mul(b,c)),d)");
    assert_eq!(query("a | b & c == d"), "equal(or(a,and(b,c)),d)");
    assert_eq!(query("x == y in z"), r#"internal["member_2"](equal(x,y),z)"#);
    assert_eq!(query("k, v in a | b"), r#"internal["member_3"](k,v,or(a,b))"#);
    assert_eq!(query("a := (b - c) - -d"), "assign(a,minus(minus(b,c),minus(0,d)))");
    assert_eq!(query("x := -1\n- 2"), "assign(x,minus(-1,2))");
    assert_eq!(query("-.5 - 1e3"), "minus(-.5,1e3)");
}

#[test]
fn brackets_of_the_next_line_begin_a_statement() {
    let body = |body: &str| v1(&format!("p if {{ {body} }}"));
    assert_eq!(body("x\n[1][0]"), "p := true if x; [1][0]");
    assert_eq!(body("x\n(1 + 2)"), "p := true if x; plus(1,2)");
    assert_eq!(body("x.y[\nz\n]; f(\n1,\n)"), r#"p := true if x["y"][z]; f(1)"#);
    assert_eq!(body("x ==\n y\n + z"), "p := true if equal(x,plus(y,z))");
}

#[test]
fn a_bar_makes_a_comprehension_if_it_can() {
    assert_eq!(query("{a | b}"), "{a|b}");
    assert_eq!(query("{a | b, c}"), "set{c,or(a,b)}");
    assert_eq!(query("{a + 1 | b}"), "set{or(plus(a,1),b)}");
    assert_eq!(query("[a | b; c]"), "[a|b; c]");
    assert_eq!(query("[a | b, c]"), "[or(a,b),c]");
    assert_eq!(query("{a: b | c}"), "{a:b|c}");
    assert_eq!(query("{a: b | c, d: e}"), "{a:or(b,c),d:e}");
    assert_eq!(query("{a: b + c, 1: 2,}"), "{1:2,a:plus(b,c)}");
    assert_eq!(query("set() == {}"), "equal(set{},{})");
}

#[test]
fn references_go_on_from_any_collection_or_call() {
    assert_eq!(query(r#"a.b["c d"][e].not.in"#), r#"a["b"]["c d"][e]["not"]["in"]"#);
    assert_eq!(query("f(x).y[0]"), r#"f(x)["y"][0]"#);
    assert_eq!(query("data.lib.f(x)"), r#"data["lib"]["f"](x)"#);
    assert_eq!(query("[1, 2][i]; {1 | true}[x]"), "[1,2][i]; {1|true}[x]");
    assert_eq!(query("not.x == 1; not x"), r#"equal(not["x"],1); not x"#);
}

#[test]
fn statements_carry_what_modifies_them() {
    assert_eq!(query("some x, y"), "some x,y");
    assert_eq!(query("some k, v in xs"), r#"some internal["member_3"](k,v,xs)"#);
    assert_eq!(query("every k, v in xs { k == v }"), "every k,v in xs {equal(k,v)}");
    assert_eq!(
        query("not x with input.a as 1 with f as g"),
        r#"not x with input["a"] as 1 with f as g"#
    );
}

#[test]
fn template_strings_hold_values() {
    assert_eq!(query(r#"$"a\{{x.y}\n{"b"}""#), r#"$["a{",x["y"],"\n","b"]"#);
    assert_eq!(query(r"$`a\n\{{x}`"), r#"$["a\\n{",x]"#);
    assert_eq!(query(r#"$"{x with input as {"a": 1}}""#), r#"$[x with input as {"a":1}]"#);
    assert_eq!(fault("p := $\"{x := 1}\"").1, "x := 1");
    assert_eq!(fault_in("package p\np = $\"a\"", RegoVersion::V0).1, "$\"a\"");
}

#[test]
fn rules_of_v1() {
    assert_eq!(v1("p contains x if some x in [1]").split(" if").next(), Some("p contains x"));
    assert_eq!(v1("p contains 1\nq := 2\nf(1)\nr.s := 3").lines().count(), 4);
    assert_eq!(v1("a.b[c].d contains e if f"), r#"a["b"][c]["d"] contains e if f"#);
    assert_eq!(v1("p if {\"a\": 1}"), r#"p := true if {"a":1}"#);
    assert_eq!(v1("p if {x}"), "p := true if x");
    assert_eq!(v1("p[x] := y if z"), "p[x] := y if z");
    assert_eq!(v1("f(_, [x]) := x if true else := 2"), "f(_,[x]) := x if true else := 2 if true");
    assert_eq!(
        v1("p := 1 if { a } else := 2 if b else := 3"),
        "p := 1 if a else := 2 if b else := 3 if true"
    );
    assert_eq!(v1("default f(_) := {\"a\": [1]}"), r#"default f(_) := {"a":[1]} if true"#);
    assert_eq!(v1("p if { a } { b }"), "p := true if a\np := true if b");
    assert_eq!(v1("x := 1 y := 2"), "x := 1 if true\ny := 2 if true");
}

#[test]
fn rules_of_v0() {
    assert_eq!(v0("p[x] { x = 1 }"), "p contains x if eq(x,1)");
    assert_eq!(v0("p[x] = y { x := y }"), "p[x] := y if assign(x,y)");
    assert_eq!(v0("p.q[x] { x }"), r#"p["q"][x] := true if x"#);
    assert_eq!(v0("p[1]\nq = 2"), "p contains 1 if true\nq := 2 if true");
    assert_eq!(v0("p = 1 { a } else = 2 { b }"), "p := 1 if a else := 2 if b");
    assert_eq!(v0("in := contains.if"), r#"in := contains["if"] if true"#);
    let imported = "import future.keywords.in\nimport rego.v1\np contains x if 1 in x";
    assert_eq!(v0(imported).lines().count(), 3);
}

#[test]
fn future_keywords_join_statements() {
    let body = |body: &str| {
        v1(&format!("import future.keywords\np if {{ {body} }}")).lines().last().unwrap().to_owned()
    };
    assert_eq!(body("a or b and c"), "p := true if {a} or {{b} and {c}}");
    assert_eq!(body("not { a; b }"), "p := true if not{a; b}");
    assert_eq!(body("not a with b as c"), "p := true if not{a} with b as c");
    assert_eq!(body("{ a; b } or (c and d)"), "p := true if {a; b} or {{c} and {d}}");
    assert_eq!(body("(a + b) == c; or(x, y)"), "p := true if equal(plus(a,b),c); or(x,y)");
}

#[test]
fn the_file_begins_with_its_package_and_imports() {
    let text = "# title\npackage a.b[\"c-d\"]\nimport data.x.y as z\nimport input.if\n";
    let module = parse(&source(text), RegoVersion::V0).unwrap();
    assert_eq!(module.package.join("/"), "a/b/c-d");
    assert_eq!(&text[module.package_span.start..module.package_span.end], "package a.b[\"c-d\"]");
    assert_eq!(module.imports[0].alias.as_deref(), Some("z"));
    let span = module.imports[0].span;
    assert_eq!(&text[span.start..span.end], "import data.x.y as z");
    assert_eq!(fault_in("x := 1", RegoVersion::V1).1, "x");
    assert_eq!(fault("import lib").1, "lib");
    assert_eq!(fault("import input.if").1, "input.if");
    assert_eq!(fault("import future.keywords.what").1, "future.keywords.what");
}

#[test]
fn faults_are_where_they_are() {
    let said = |rules: &str, message: &str, at: &str| {
        assert_eq!(fault(rules), (message.to_owned(), at.to_owned()), "{rules}");
    };
    said("p { x }", "`if` is missing before the rule's body", "{");
    said("p[x] { x }", "`contains` is missing in the head of this set", "p[x]");
    said("p if {\n  x :=\n}", "a value is expected here, not `}`", "}");
    said("p if { every x in y {} }", "a body can't be empty", "}");
    said("p := \"a", "a string is not closed", "\"a");
    said("p := [1, 2", "`,` or `]` is expected here, but the text ends", "");
    said("p if { x y }", "a new line, `;` or `}` is expected after the statement, not `y`", "y");
    said("p := 01", "a number does not begin with zeros", "01");
    said("p", "the rule `p` has neither a value nor a body", "p");
    said("default p := x", "a default can't depend on variables, references or calls", "x");
    said("p if not some x in y", "a value is expected after `not`, not the keyword `some`", "some");
    said("p := x.", "a name is expected right after the dot, but the text ends", "");
    said("if := 1", "a keyword can't be the name of a rule", "if");
    let imported = "package p\nimport rego.v1\np { x }";
    assert_eq!(fault_in(imported, RegoVersion::V0).1, "{");
}

#[test]
fn deep_nesting_is_refused_and_tried_readings_take_no_time() {
    let start = Instant::now();
    for (open, close) in [
        ("[", "]"),
        ("{x | y == ", ", z}"),
        ("{x: y | ", ", z: 1}"),
        ("[x | every y in z { ", "}]"),
        ("({", "})"),
        ("(", " or x)"),
        ("not {", "}"),
        ("f(", ")"),
        ("", ".y(x)"),
        ("x + ", ""),
    ] {
        for keywords in ["", "import future.keywords\n"] {
            for (times, deep) in [(20, false), (5000, true)] {
                let (open, close) = (open.repeat(times), close.repeat(times));
                let text = format!("package p\n{keywords}p if {{ {open}x{close} }}");
                let read = read(&text, RegoVersion::V1);
                let refused = read.is_err_and(|error| error.message.contains("nested too deep"));
                assert!(!refused || deep, "{text:.80}");
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let error = read(&format!("package p\np := {}", "[".repeat(5000)), RegoVersion::V1);
    assert_eq!(error.unwrap_err().message, "this is nested too deep");
}

/// The spans of a file, of statements and of terms at their top.
fn spans(module: &Module) -> Vec<Span> {
    fn statements(found: &mut Vec<Span>, all: &[Statement]) {
        for statement in all {
            found.push(statement.span);
            match &statement.kind {
                StatementKind::Term(term) => found.push(term.span),
                StatementKind::Assign(left, right) => found.extend([left.span, right.span]),
                StatementKind::Every { body, .. } | StatementKind::Not(body) => {
                    statements(found, &body.statements);
                }
                _ => {}
            }
        }
    }
    let mut found = vec![module.package_span];
    for rule in &module.rules {
        found.extend([rule.span, rule.head.span, rule.head.name_span]);
        found.extend(rule.head.path.iter().map(|term: &Term| term.span));
        if let HeadKind::Value(Some(term)) | HeadKind::Contains(term) = &rule.head.kind {
            found.push(term.span);
        }
        for body in rule.body.iter().chain(rule.otherwise.iter().filter_map(|e| e.body.as_ref())) {
            found.push(body.span);
            statements(&mut found, &body.statements);
        }
    }
    found
}

const SOUP: &[&str] = &[
    "package p",
    "import",
    "future.keywords",
    "data",
    "x",
    "y",
    "_",
    "f(",
    ")",
    "(",
    "[",
    "]",
    "{",
    "}",
    "|",
    "&",
    "+",
    "-",
    "==",
    "=",
    ":=",
    ":",
    ",",
    ";",
    ".",
    "not",
    "some",
    "every",
    "in",
    "if",
    "contains",
    "else",
    "with",
    "as",
    "default",
    "and",
    "or",
    "null",
    "1",
    "0.5",
    "\"s\"",
    "\"",
    "`r`",
    "$\"a{",
    "}b\"",
    "$`",
    "set()",
    "\n",
    "\n",
    "# c\n",
    "é",
    "\\",
    "p if {",
    "p[x] {",
];

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        words in proptest::collection::vec((proptest::sample::select(SOUP), any::<bool>()), 0..60),
        v1: bool,
        header: bool,
    ) {
        let mut text = if header { "package p\np if {\n".to_owned() } else { String::new() };
        for (word, space) in words {
            text.push_str(word);
            text.push_str(if space { " " } else { "" });
        }
        let version = if v1 { RegoVersion::V1 } else { RegoVersion::V0 };
        let source = source(&text);
        let spans = match parse(&source, version) {
            Ok(module) => spans(&module),
            Err(error) => vec![error.span.unwrap()],
        };
        for span in spans {
            prop_assert!(text.get(span.start..span.end).is_some(), "{span:?} of {text:?}");
        }
        let _ = parse_query(&source, version);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let source = source(&format!("package p\np := {text}"));
        if let Err(error) = parse(&source, RegoVersion::V1) {
            let span = error.span.unwrap();
            prop_assert!(source.text().get(span.start..span.end).is_some());
        }
    }
}
