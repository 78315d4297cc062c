//! Comparison, which is defined between any two values.

use super::super::value::Value;
use super::{Builtin, BuiltinError, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("equal", 2, |_, args| pair(args).map(|(a, b)| Some((a == b).into()))),
    Builtin::supported("neq", 2, |_, args| pair(args).map(|(a, b)| Some((a != b).into()))),
    Builtin::supported("lt", 2, |_, args| pair(args).map(|(a, b)| Some((a < b).into()))),
    Builtin::supported("lte", 2, |_, args| pair(args).map(|(a, b)| Some((a <= b).into()))),
    Builtin::supported("gt", 2, |_, args| pair(args).map(|(a, b)| Some((a > b).into()))),
    Builtin::supported("gte", 2, |_, args| pair(args).map(|(a, b)| Some((a >= b).into()))),
    // Between values, without variables to bind, this is equality.
    Builtin::supported("eq", 2, |_, args| pair(args).map(|(a, b)| Some((a == b).into()))),
    Builtin::supported("internal.member_2", 2, |_, args| {
        let (value, whole) = pair(args)?;
        some(whole.has(value))
    }),
    Builtin::supported("internal.member_3", 3, |_, args| {
        let (key, value) = pair(args)?;
        let whole = operand::any(args, 2)?;
        some(match whole {
            Value::Set(..) => key == value && whole.has(value),
            whole => whole.get(key) == Some(value),
        })
    }),
];

fn pair(args: &[Value]) -> Result<(&Value, &Value), BuiltinError> {
    Ok((operand::any(args, 0)?, operand::any(args, 1)?))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn membership_is_by_value_and_by_key() {
        assert_eq!(eval("internal.member_2", &["1.0", "{\"a\": 1}"]), "true");
        assert_eq!(eval("internal.member_2", &["1", "\"1\""]), "false");
        assert_eq!(eval("internal.member_3", &["0", "\"a\"", "[\"a\"]"]), "true");
    }
}
