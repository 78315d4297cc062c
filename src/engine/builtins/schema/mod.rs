//! JSON Schema, in the mix of drafts that OPA takes where a schema names none.

mod compile;
mod format;
mod number;
mod references;
mod validate;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, json, operand, some};

pub(super) use compile::Schema;

const NOTE: &str =
    "as OPA, but for a `$ref` to another host: it is an error, since judging does no I/O";

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("json.match_schema", 2, match_schema).noting(NOTE),
    Builtin::supported("json.verify_schema", 1, verify_schema).noting(NOTE),
];

/// A document as JSON has it: a string is taken for its text.
fn document(value: &Value) -> Result<Value, BuiltinError> {
    match value {
        Value::String(_, text) => {
            json::parse(text).map_err(|_| BuiltinError::new("invalid JSON string"))
        }
        Value::Object(..) | Value::Array(..) => {
            json::parse(&value.to_json_string()).map_err(BuiltinError::new)
        }
        _ => Err(BuiltinError::new("wrong type, expected string or object")),
    }
}

fn compiled(
    context: &mut Context<'_>,
    value: &Value,
) -> Result<std::sync::Arc<Schema>, BuiltinError> {
    // A schema given as text is another one than the string in JSON would be.
    let key = value.to_string();
    context.tick(key.len() / 16)?;
    context.caches.schemas.get_or(&key, || {
        document(value).and_then(|document| Schema::compile(&document)).map(std::sync::Arc::new)
    })
}

fn verify_schema(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    match compiled(context, operand::any(args, 0)?) {
        Ok(_) => some(Value::array(vec![Value::bool(true), Value::NULL])),
        Err(error) if error.halts => Err(error),
        Err(error) => {
            let reason = Value::from(format!("jsonschema: {error}"));
            some(Value::array(vec![Value::bool(false), reason]))
        }
    }
}

fn match_schema(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let document = document(operand::any(args, 0)?)?;
    let schema = compiled(context, operand::any(args, 1)?)?;
    let findings: Vec<Value> =
        schema.validate(context, &document)?.into_iter().map(Value::from).collect();
    some(Value::array(vec![Value::bool(findings.is_empty()), Value::array(findings)]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    fn descriptions(document: &str, schema: &str) -> Vec<String> {
        let result = eval("json.match_schema", &[document, schema]);
        let result: serde_json::Value = serde_json::from_str(&result).expect(&result);
        let findings = result[1].as_array().expect("findings").iter();
        findings.map(|finding| finding["error"].as_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn documents_are_held_against_schemas() {
        // What OPA says.
        for (document, schema, findings) in [
            (r#"{"a": 1}"#, r#"{"required": ["b"]}"#, vec!["(Root): b is required"]),
            (
                r#"{"a": "x"}"#,
                r#"{"properties": {"a": {"type": ["integer", "null"]}}}"#,
                vec!["a: Invalid type. Expected: [integer,null], given: string"],
            ),
            (
                "[1, 1.0]",
                r#"{"uniqueItems": true, "maxItems": 1}"#,
                vec![
                    "(Root): Array must have at most 1 items",
                    "(Root): array items[0,1] must be unique",
                ],
            ),
            (
                r#"{"a": 5}"#,
                r##"{"properties": {"a": {"$ref": "#/definitions/b"}},
                    "definitions": {"b": {"maximum": 4.50}}}"##,
                vec!["a: Must be less than or equal to 4.5"],
            ),
            (
                r#"{"a": {"a": 1}}"#,
                r##"{"type": "object", "properties": {"a": {"$ref": "#"}}}"##,
                vec!["a.a: Invalid type. Expected: object, given: integer"],
            ),
        ] {
            assert_eq!(descriptions(document, schema), findings, "{document} {schema}");
        }
    }

    #[test]
    fn what_never_ends_is_stopped() {
        assert_eq!(
            eval("json.match_schema", &["{}", r##"{"$ref": "#"}"##]),
            "error: the schema asks for itself without end"
        );
    }
}
