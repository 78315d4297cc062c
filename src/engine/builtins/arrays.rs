//! Arrays.

use super::super::value::Value;
use super::{Builtin, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("array.concat", 2, |_, args| {
        let items = [operand::array(args, 0)?, operand::array(args, 1)?].concat();
        Ok(Some(Value::array(items)))
    }),
    Builtin::supported("array.flatten", 1, flatten),
    Builtin::supported("array.reverse", 1, |_, args| {
        Ok(Some(Value::array(operand::array(args, 0)?.iter().rev().cloned().collect())))
    }),
    Builtin::supported("array.slice", 3, slice),
];

/// One level of arrays is taken apart.
fn flatten(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let mut items = Vec::new();
    for item in operand::array(args, 0)? {
        match item.as_array() {
            Some(nested) => items.extend_from_slice(nested),
            None => items.push(item.clone()),
        }
    }
    Ok(Some(Value::array(items)))
}

fn slice(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let items = operand::array(args, 0)?;
    let bound = |at: usize| {
        // What is out of range is drawn to the nearest end.
        Ok::<_, super::BuiltinError>(
            usize::try_from(operand::integer(args, at)?.max(0)).unwrap_or(usize::MAX),
        )
    };
    let start = bound(1)?;
    let stop = bound(2)?.min(items.len());
    Ok(Some(Value::array(items[start.min(stop)..stop].to_vec())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn arrays() {
        assert_eq!(eval("array.concat", &["[1]", "[2]"]), "[1, 2]");
        assert_eq!(eval("array.flatten", &["[1, [2, [3]]]"]), "[1, 2, [3]]");
        assert_eq!(eval("array.reverse", &["[1, 2]"]), "[2, 1]");
        assert_eq!(eval("array.slice", &["[1, 2, 3]", "-1", "2"]), "[1, 2]");
        assert_eq!(eval("array.slice", &["[1, 2, 3]", "2", "1"]), "[]");
        assert_eq!(eval("array.slice", &["[1, 2, 3]", "1", "9"]), "[2, 3]");
    }
}
