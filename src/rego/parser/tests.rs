//! What is read how.

use std::sync::Arc;

use super::*;

#[test]
fn corpus_tmp() {
    let Ok(path) = std::env::var("CORPUS") else { return };
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut outs = Vec::new();
    for case in &cases {
        let source = Arc::new(SourceText::new("t.rego", case["source"].as_str().unwrap()));
        let version = if case["v0"] == true { RegoVersion::V0 } else { RegoVersion::V1 };
        let error = |error: PolicyError| {
            let at = source.position(error.span.unwrap().start);
            format!(
                "ERR {}:{} {} [{}]",
                at.line,
                at.column,
                error.message,
                error.help.unwrap_or_default()
            )
        };
        outs.push(if case["query"] == true {
            parse_query(&source, version).map_or_else(error, |body| printer::body(&body))
        } else {
            parse(&source, version).map_or_else(error, |module| printer::module(&module))
        });
    }
    std::fs::write(std::env::var("CORPUS_OUT").unwrap(), serde_json::to_string(&outs).unwrap())
        .unwrap();
}

#[test]
fn stack_tmp() {
    let size: usize = std::env::var("STACK").map_or(2048, |s| s.parse().unwrap()) << 10;
    let go = move |text: String| {
        std::thread::Builder::new()
            .stack_size(size)
            .spawn(move || {
                let now = std::time::Instant::now();
                let source = Arc::new(SourceText::new("t.rego", text));
                let r = parse(&source, RegoVersion::V1);
                println!(
                    "{:?} {:?}",
                    r.as_ref().map(|_| ()).map_err(|e| &e.message),
                    now.elapsed()
                );
                let _ = r.clone();
            })
            .unwrap()
            .join()
            .unwrap();
    };
    for n in [195usize] {
        for (a, b, mid) in [
            ("[", "]", "1"),
            ("{", "}", "1"),
            ("{\"a\":", "}", "1"),
            ("(", ")", "1"),
            ("{x | ", "}", "x"),
            ("{x | y == ", ", z}", "x"),
            ("{x: y | ", "}", "x"),
            ("{x: y | ", ", z: 1}", "x"),
            ("[x | y | ", ", z]", "x"),
            ("f(", ")", "x"),
            ("x[", "]", "y"),
            ("$\"a{", "}\"", "y"),
            ("{ [x, y + ", " + 1] | x }", "x"),
            ("1 + ", "", "1"),
            ("1 - (", ")", "1"),
            ("{k: v | every x in y { x == ", "}}", "1"),
            ("(a, ", ")", "b"),
            ("(a, ", " in b)", "b"),
            ("", "(x).y", "f"),
            ("", "+ 1", "f"),
        ] {
            for pre in ["package a\n", "package a\nimport future.keywords\n"] {
                print!("{n} {a} {} ", pre.len());
                go(format!("{pre}p if {{ q := {}{mid}{} }}", a.repeat(n), b.repeat(n)));
                go(format!("{pre}p if {{ {}{mid}{} }}", a.repeat(n), b.repeat(n)));
                go(format!("{pre}p := {}{mid}{}", a.repeat(n), b.repeat(n)));
                go(format!("{pre}p := {}{mid}", a.repeat(n)));
            }
        }
        for pre in ["package a\n", "package a\nimport future.keywords\n"] {
            for (a, b) in [
                ("not {", "}"),
                ("every x in y {", "}"),
                ("(x and ", ")"),
                ("x or {", "}"),
                ("not (", ")"),
                ("x and ", ""),
                ("{", "}"),
                ("({", "})"),
                ("({ x; ", "})"),
                ("(", "or x)"),
            ] {
                print!("{n} {a} {} ", pre.len());
                go(format!("{pre}p if {{ {}x{} }}", a.repeat(n), b.repeat(n)));
            }
        }
        print!("else ");
        go(format!("package a\np if x {}", "else := 1 if x ".repeat(n)));
    }
}
