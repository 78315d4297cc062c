//! Regular expressions, with the syntax and the rules of RE2 as Go has them.

mod expression;
mod globs;
mod template;
mod translate;

use std::sync::Arc;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) use expression::Expression;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("re_match", 2, is_match),
    Builtin::supported("regex.match", 2, is_match).kept(),
    Builtin::supported("regex.is_valid", 1, |_, args| {
        let pattern = operand::any(args, 0)?.as_str();
        some(pattern.is_some_and(|pattern| translate::translate(pattern).is_ok()))
    }),
    Builtin::supported("regex.find_n", 3, find_n).kept(),
    Builtin::supported("regex.find_all_string_submatch_n", 3, find_all_string_submatch_n).kept(),
    Builtin::supported("regex.replace", 3, replace),
    Builtin::supported("regex.split", 2, split),
    Builtin::supported("regex.template_match", 4, template::template_match),
    Builtin::supported("regex.globs_match", 2, globs::globs_match),
];

/// The compiled pattern, from the cache if it was compiled before.
fn compile(context: &mut Context<'_>, pattern: &str) -> Result<Arc<Expression>, BuiltinError> {
    context.caches.expressions.get_or(pattern, || Expression::compile(pattern).map(Arc::new))
}

fn is_match(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (pattern, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    context.tick(text.len())?;
    some(compile(context, pattern)?.is_match(text))
}

fn find_n(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (pattern, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let count = operand::integer(args, 2)?;
    context.tick(text.len())?;
    let found = compile(context, pattern)?.find_all(text, limit(count));
    let texts = found.iter().map(|spans| spans.first().copied().flatten());
    Ok(Some(Value::array(texts.map(|span| part(text, span)).collect())))
}

fn find_all_string_submatch_n(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (pattern, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let count = operand::integer(args, 2)?;
    context.tick(text.len())?;
    let found = compile(context, pattern)?.find_all(text, limit(count));
    let groups = |spans: &Vec<Option<(usize, usize)>>| {
        Value::array(spans.iter().map(|span| part(text, *span)).collect())
    };
    Ok(Some(Value::array(found.iter().map(groups).collect())))
}

/// How many matches are wanted: all, if the number is negative.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn part(text: &str, span: Option<(usize, usize)>) -> Value {
    Value::string(span.map_or("", |(start, end)| &text[start..end]))
}

fn replace(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (text, pattern) = (operand::string(args, 0)?, operand::string(args, 1)?);
    let replacement = operand::string(args, 2)?;
    context.tick(text.len())?;
    some(compile(context, pattern)?.replace_all(text, replacement))
}

fn split(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (pattern, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    context.tick(text.len())?;
    let parts = compile(context, pattern)?.split(text);
    Ok(Some(Value::array(parts.into_iter().map(Value::string).collect())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    fn call(name: &str, arguments: &[&str]) -> String {
        let quoted: Vec<String> =
            arguments.iter().map(|text| serde_json::to_string(text).unwrap()).collect();
        eval(name, &quoted.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn classes_are_ascii() {
        for (pattern, text, result) in [
            (r"^\w+$", "é", "false"),
            (r"^\d$", "٣", "false"),
            (r"^\s$", "\u{a0}", "false"),
            (r"^\s$", "\u{b}", "false"),
            (r"^[[:space:]]$", "\u{b}", "true"),
            (r"\bé", "xé", "true"),
            (r"^\W$", "é", "true"),
            (r"^.$", "é", "true"),
            (r"^\pL$", "é", "true"),
            (r"(?i)^É$", "é", "true"),
            (r"a\Bb", "ab", "true"),
            (r"^\Q.*\E$", ".*", "true"),
            (r"^[[a]$", "[", "true"),
            (r"^[a&&b]$", "&", "true"),
            (r"^{$", "{", "true"),
            (r"^a{,2}$", "a{,2}", "true"),
            (r"\z", "", "true"),
            (r"a$", "a\n", "false"),
        ] {
            assert_eq!(call("regex.match", &[pattern, text]), result, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            r"\1",
            r"\C",
            r"\Z",
            r"\y",
            "a**",
            "a{1001}",
            "(a{100}){11}",
            "(",
            ")",
            "[a",
            "[b-a]",
            "*a",
            r"\p{Nope}",
            "(?P<a b>x)",
            "[[:nope:]]",
        ] {
            assert_eq!(call("regex.is_valid", &[pattern]), "false", "{pattern}");
        }
        for pattern in ["(?P<a>x)", "(?<1>x)", r"\_", r"\012", "(a{10}){100}", "^*", "[]a]", ""] {
            assert_eq!(call("regex.is_valid", &[pattern]), "true", "{pattern}");
        }
    }

    #[test]
    fn replacement_follows_go() {
        for (text, pattern, replacement, result) in [
            ("foo", "(o)", "[$1]", "f[o][o]"),
            ("foo", "(o)", "$1x", "f"),
            ("foo", "(o)", "${1}x", "foxox"),
            ("foo", "(?P<l>o)", "$l$$", "fo$o$"),
            ("abc", "x*", "-", "-a-b-c-"),
            ("baaac", "a*", "X", "XbXcX"),
            ("foo", "^[a-z]", "F", "Foo"),
            ("a", "a", "$", "$"),
            ("a", "a", "${", "${"),
        ] {
            assert_eq!(
                call("regex.replace", &[text, pattern, replacement]),
                format!("{result:?}"),
                "{text} {pattern} {replacement}"
            );
        }
    }

    #[test]
    fn matches_are_found_and_split_at() {
        assert_eq!(eval("regex.find_n", &["\"a*\"", "\"baab\"", "-1"]), r#"["", "aa", ""]"#);
        assert_eq!(eval("regex.find_n", &["\"[a-z]\"", "\"abc\"", "2"]), r#"["a", "b"]"#);
        assert_eq!(
            eval(
                "regex.find_all_string_submatch_n",
                &["\"a(x*)b(y|z)?c\"", "\"-axxxbyc-abzc-\"", "-1"]
            ),
            r#"[["axxxbyc", "xxx", "y"], ["abzc", "", "z"]]"#
        );
        assert_eq!(
            call("regex.split", &["a*", "abaabaccadaaae"]),
            r#"["", "b", "b", "c", "c", "d", "e"]"#
        );
        assert_eq!(call("regex.split", &["/", "a/b"]), r#"["a", "b"]"#);
    }

    #[test]
    fn templates_and_globs() {
        assert_eq!(
            call("regex.template_match", &["urn:foo:{.*}", "urn:foo:bar:baz", "{", "}"]),
            "true"
        );
        assert_eq!(
            call("regex.template_match", &["a{", "a", "{", "}"]),
            "error: unbalanced braces in \"a{\""
        );
    }
}
