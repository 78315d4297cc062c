//! JSON text and parts of values.

mod parser;
mod paths;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) use parser::is_valid;
pub(super) use parser::parse;
pub(super) use paths::path;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("json.filter", 2, paths::filter),
    Builtin::supported("json.is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().is_some_and(parser::is_valid))
    }),
    Builtin::supported("json.marshal", 1, |_, args| {
        some(checked(operand::any(args, 0)?.to_json_string())?)
    }),
    Builtin::supported("json.marshal_with_options", 2, marshal_with_options),
    Builtin::supported("json.patch", 2, super::patch::patch),
    Builtin::supported("json.remove", 2, paths::remove),
    Builtin::supported("json.unmarshal", 1, unmarshal),
];

/// Numbers that were read from strings may be none of JSON's.
fn checked(text: String) -> Result<String, BuiltinError> {
    if parser::is_valid(&text) {
        Ok(text)
    } else {
        Err(BuiltinError::new("json: invalid number literal"))
    }
}

fn unmarshal(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    context.tick(text.len() / 16)?;
    parse(text).map(Some).map_err(BuiltinError::new)
}

fn marshal_with_options(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let value = operand::any(args, 0)?;
    let (mut prefix, mut indent, mut implied, mut pretty) = ("", "\t", false, None);
    for (key, option) in operand::object(args, 1)? {
        let name = key
            .as_str()
            .ok_or_else(|| BuiltinError::new(format!("operand 2 failed to stringify key {key}")))?;
        let text = || {
            option.as_str().ok_or_else(|| {
                BuiltinError::new(format!("operand 2 key {name} failed cast to string"))
            })
        };
        match name {
            "prefix" => (prefix, implied) = (text()?, true),
            "indent" => (indent, implied) = (text()?, true),
            "pretty" => {
                pretty = Some(option.as_bool().ok_or_else(|| {
                    BuiltinError::new("operand 2 key pretty failed cast to bool")
                })?);
            }
            _ => {
                return Err(BuiltinError::new(format!(
                    "operand 2 object contained unknown key {name:?}"
                )));
            }
        }
    }
    let compact = checked(value.to_json_string())?;
    some(if pretty.unwrap_or(implied) {
        format!("{prefix}{}", value.to_json_lines(prefix, indent))
    } else {
        compact
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn text_goes_in_and_out() {
        for (name, arguments, result) in [
            ("json.marshal", vec!["{\"a\": [1.50, \"<\"]}"], r#""{\"a\":[1.50,\"\\u003c\"]}""#),
            ("json.unmarshal", vec![r#""{\"a\": [1.0, null]}""#], "{\"a\": [1.0, null]}"),
            ("json.is_valid", vec![r#""{\"a\": }""#], "false"),
            ("json.is_valid", vec!["1"], "false"),
            (
                "json.marshal_with_options",
                vec!["{\"a\": [1]}", "{\"indent\": \"  \", \"prefix\": \"> \"}"],
                r#""> {\n>   \"a\": [\n>     1\n>   ]\n> }""#,
            ),
            ("json.marshal_with_options", vec!["[1]", "{\"pretty\": false}"], "\"[1]\""),
        ] {
            assert_eq!(eval(name, &arguments), result, "{name}{arguments:?}");
        }
        assert_eq!(
            eval("json.marshal_with_options", &["1", "{\"x\": 1}"]),
            "error: operand 2 object contained unknown key \"x\""
        );
    }
}
