//! YAML text.

mod order;
mod resolve;
mod writer;

use std::sync::Arc;

use crate::manifest::{self, Format, ReadLimits};
use crate::source::SourceText;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("yaml.is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().is_some_and(|text| read(text).is_ok()))
    }),
    Builtin::supported("yaml.marshal", 1, |_, args| some(writer::write(operand::any(args, 0)?))),
    Builtin::supported("yaml.unmarshal", 1, unmarshal),
];

fn unmarshal(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    context.tick(text.len() / 16)?;
    read(text).map(Some)
}

/// The first document.
fn read(text: &str) -> Result<Value, BuiltinError> {
    let source = Arc::new(SourceText::new("yaml", text));
    let reading = manifest::read(&source, Format::Yaml, &ReadLimits::default());
    if let Some(error) = reading.errors.first() {
        return Err(BuiltinError::new(format!("yaml: {error}")));
    }
    Ok(reading.manifests.first().map_or(Value::NULL, |manifest| Value::from(&manifest.root)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn yaml_is_read() {
        for (text, result) in [
            ("a: 1", "{\"a\": 1}"),
            ("on: yes", "{\"on\": \"yes\"}"),
            ("a: 0777\\nb: 1e3\\nc: 0b11", "{\"a\": 511, \"b\": 1000, \"c\": 3}"),
            ("a: 1\\n---\\nb: 2", "{\"a\": 1}"),
            ("", "null"),
            (
                "a: &x yes\\nb: *x\\n*x : 12345678901234567890",
                "{\"a\": \"yes\", \"b\": \"yes\", \"yes\": 12345678901234567890}",
            ),
            ("{\\\"a\\\": 1.0}", "{\"a\": 1}"),
            ("a: &x {b: 1}\\nc: {<<: *x}", "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}"),
        ] {
            assert_eq!(eval("yaml.unmarshal", &[&format!("\"{text}\"")]), result, "{text}");
        }
        assert_eq!(eval("yaml.is_valid", &["\"a: [\""]), "false");
        assert_eq!(eval("yaml.is_valid", &["\"\\t\""]), "false");
        assert_eq!(eval("yaml.is_valid", &["1"]), "false");
    }
}
