//! What kind of value a value is.

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("is_array", 1, |_, args| some(is(args, "array")?)),
    Builtin::supported("is_boolean", 1, |_, args| some(is(args, "boolean")?)),
    Builtin::supported("is_null", 1, |_, args| some(is(args, "null")?)),
    Builtin::supported("is_number", 1, |_, args| some(is(args, "number")?)),
    Builtin::supported("is_object", 1, |_, args| some(is(args, "object")?)),
    Builtin::supported("is_set", 1, |_, args| some(is(args, "set")?)),
    Builtin::supported("is_string", 1, |_, args| some(is(args, "string")?)),
    Builtin::supported("type_name", 1, |_, args| some(operand::any(args, 0)?.type_name())),
    Builtin::supported("cast_array", 1, cast_array),
    Builtin::supported("cast_boolean", 1, |_, args| same(args, "boolean")),
    Builtin::supported("cast_null", 1, |_, args| same(args, "null")),
    Builtin::supported("cast_object", 1, |_, args| same(args, "object")),
    Builtin::supported("cast_set", 1, cast_set),
    Builtin::supported("cast_string", 1, |_, args| same(args, "string")),
];

fn is(args: &[Value], name: &str) -> Result<bool, BuiltinError> {
    Ok(operand::any(args, 0)?.type_name() == name)
}

fn same(args: &[Value], name: &str) -> Outcome {
    let value = operand::any(args, 0)?;
    if value.type_name() == name {
        Ok(Some(value.clone()))
    } else {
        Err(operand::wrong_type(0, value, &[name]))
    }
}

fn cast_array(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    Ok(Some(Value::array(operand::items(args, 0)?.to_vec())))
}

fn cast_set(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    Ok(Some(Value::set(operand::items(args, 0)?.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn types_are_told_apart() {
        assert_eq!(eval("is_array", &["[]"]), "true");
        assert_eq!(eval("is_array", &["{}"]), "false");
        assert_eq!(eval("type_name", &["true"]), "\"boolean\"");
        assert_eq!(eval("cast_set", &["[1, 1]"]), "{1}");
        assert_eq!(eval("cast_null", &["1"]), "error: operand 1 must be null but got number");
    }
}
