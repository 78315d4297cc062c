//! `strings.render_template`: Go's `text/template`, with the functions that it brings along and
//! without methods, which the values of policies don't have.

mod data;
mod escape;
mod functions;
mod lexer;
mod literal;
mod parser;
mod run;
mod tree;

pub(super) use self::data::Data;
use super::{Builtin, BuiltinError, Context, Outcome, Value, bytes, operand, some};
use crate::stack;

pub(super) const BUILTINS: &[Builtin] =
    &[Builtin::supported("strings.render_template", 2, render_template)];

fn render_template(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    operand::object(args, 1)?;
    let variables = Data::of(operand::any(args, 1)?)?;
    // Nodes are freed by recursion, too.
    let rendered = stack::deep(|| {
        let templates = parser::parse(text).map_err(BuiltinError::new)?;
        run::run(&templates, variables, context)
    })?;
    some(bytes::to_text(rendered).replace("<no value>", "<undefined>"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, json};
    use super::Value;

    const VARIABLES: &str = r#"{
        "s": "a<b", "n": 7, "zero": 0, "f": 1.50, "t": true, "no": false, "null": null, "e": "é",
        "list": ["x", 1, null, [true]], "empty": [], "map": {"b": 2, "a": {"deep": "d"}}
    }"#;

    fn render(text: &str) -> String {
        match call("strings.render_template", &[Value::string(text), json(VARIABLES)]) {
            Ok(value) => value.unwrap().as_str().unwrap().to_owned(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn actions_are_those_of_go() {
        for (text, result) in [
            ("{{.s}} {{ .map.a.deep }} {{.f}} {{$.n}}", "a<b d 1.50 7"),
            ("{{.missing}} {{.missing.too}} {{.null}}", "<undefined> <undefined> <undefined>"),
            ("{{.list}} {{.map}}", "[x 1 <nil> [true]] map[a:map[deep:d] b:2]"),
            ("a \n{{- .n -}}\n b", "a7b"),
            ("{{/* a comment */}}x{{- /* another */ -}} y", "xy"),
            ("{{if .t}}1{{else if .no}}2{{else}}3{{end}}{{if .empty}}4{{else}}5{{end}}", "15"),
            ("{{if .zero}}numbers are their text{{end}}", "numbers are their text"),
            ("{{with .map.a}}{{.deep}}{{$.n}}{{else with .s}}no{{end}}", "d7"),
            ("{{with $x := .n}}{{$x}}{{end}}", "7"),
            ("{{range $i, $e := .list}}{{$i}}={{$e}};{{end}}", "0=x;1=1;2=<undefined>;3=[true];"),
            (
                "{{range $k, $v := .map}}{{$k}} {{end}}{{range .empty}}{{else}}none{{end}}",
                "a b none",
            ),
            ("{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}", "02"),
            ("{{range .list}}{{.}}{{break}}{{end}}", "x"),
            ("{{$x := 1}}{{range 2}}{{$x = .}}{{end}}{{$x}}", "1"),
            (
                r#"{{define "t"}}[{{.}}]{{end}}{{template "t" .n}}{{block "b" .t}}{{.}}{{end}}"#,
                "[7]true",
            ),
            ("{{ .n | }}{{(.map).a.deep}}{{slice (print) }}", "7d"),
            ("<no value>", "<undefined>"),
        ] {
            assert_eq!(render(text), result, "{text}");
        }
    }

    #[test]
    fn functions_are_those_of_go() {
        for (text, result) in [
            (r#"{{printf "%05v|%06t" nil .t}}"#, "<nil>|00true"),
            (
                "{{1}} {{0x1F}} {{1_000}} {{'a'}} {{1.5e3}} {{1i}} {{-0}}",
                "1 31 1000 97 1500 (0+1i) 0",
            ),
            (r#"{{"a\t\x41\u00e9\101"}}{{`raw\n`}}"#, "a\tAéAraw\\n"),
            (
                "{{and .t .s}} {{or .no .n}} {{not .t}} {{or .t (index .list 9)}}",
                "a<b 7 false true",
            ),
            (
                "{{eq .n \"7\"}} {{eq .missing nil}} {{ne .s \"x\"}} {{eq 1 2 1}}",
                "true true true true",
            ),
            ("{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 2.5}}", "true true true false"),
            (
                "{{len .list}} {{len .e}} {{len .map}} {{index .list 3 0}} {{index .map \"a\" \"deep\"}}",
                "4 2 2 true d",
            ),
            ("{{index .s 0}} {{printf \"%c %T\" (index .s 0) (index .s 0)}}", "97 a uint8"),
            (
                "{{slice .s 1}} {{slice .s 0 1}} {{slice .list 1 2}} {{slice .e 0 1}}",
                "<b a [1] \u{fffd}",
            ),
            (
                r#"{{printf "%s %d %v %5.1f|%q|%T" .s 3 .map 1.25 .list .n}}"#,
                "a<b 3 map[a:map[deep:d] b:2]   1.2|[\"x\" \"1\" <nil> [%!q(bool=true)]]|json.Number",
            ),
            (
                r#"{{.n | printf "%d"}} {{printf "%d" .list}} {{printf "%#v" .list}}"#,
                "%!d(json.Number=7) [%!d(string=x) %!d(json.Number=1) <nil> [%!d(bool=true)]] \
              []interface {}{\"x\", \"1\", interface {}(nil), []interface {}{true}}",
            ),
            (r#"{{printf "%*d|%t|%v|%x"  4 2 .t nil .missing}}"#, "   2|true|<nil>|%!x(<nil>)"),
            ("{{print 1 2 .s 3 .n}} {{println 1 .s}}", "1 2a<b37 1 a<b\n"),
            (
                r#"{{html "<a href='x'>&" .missing}} {{js "'<=\u2028é"}} {{urlquery "a b&" 1}}"#,
                "&lt;a href=&#39;x&#39;&gt;&amp;&lt;no value&gt; \\'\\u003C\\u003D\\u2028é a+b%261",
            ),
        ] {
            assert_eq!(render(text), result, "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_an_error() {
        for text in [
            "{{",
            "{{.x",
            "{{end}}",
            "{{if .t}}",
            "{{nothing .s}}",
            "{{$x}}",
            "{{break}}",
            "{{1 2}}",
            "{{.s.field}}",
            "{{.null.field}}",
            "{{.n | 1}}",
            "{{eq .n 1}}",
            "{{lt .t .t}}",
            "{{len .n 1}}",
            "{{len 1}}",
            "{{index .list 9}}",
            "{{index .map 1}}",
            "{{index nil 1}}",
            "{{range .s}}{{end}}",
            "{{template \"none\"}}",
            "{{.s 1}}",
            "{{nil}}",
            "{{\"a}}",
            "{{'ab'}}",
            "{{0x}}",
            "{{a.}}",
            "{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
            "{{call .s}}",
            "{{printf .n}}",
            "{{..x}}",
            "{{99999999999999999999}}",
            "{{18446744073709551615}}",
            "{{eq .list .list}}",
            "{{{}}}",
            "{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}",
            "{{($x := 1)}}{{$y}}",
            "{{if}}{{end}}",
        ] {
            assert!(render(text).starts_with("error: "), "{text}: {}", render(text));
        }
    }

    #[test]
    fn variables_have_to_be_json() {
        for variables in [
            Value::record([("a", Value::set(vec![]))]),
            Value::object(vec![(Value::from(1), Value::from(1))]).unwrap(),
            Value::record([("a", Value::string("\u{7f}"))]),
        ] {
            let result = call("strings.render_template", &[Value::string("x"), variables]);
            assert!(result.is_err(), "{result:?}");
        }
    }
}
