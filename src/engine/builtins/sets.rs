//! Sets.

use std::cmp::Ordering;

use super::super::value::Value;
use super::{Builtin, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("and", 2, |_, args| {
        Ok(Some(common(operand::set(args, 0)?, operand::set(args, 1)?)))
    }),
    Builtin::supported("or", 2, |_, args| {
        Ok(Some(merged(operand::set(args, 0)?, operand::set(args, 1)?)))
    }),
    Builtin::supported("set_diff", 2, |_, args| {
        Ok(Some(difference(operand::set(args, 0)?, operand::set(args, 1)?)))
    }),
    Builtin::supported("intersection", 1, intersection),
    Builtin::supported("union", 1, union),
];

/// The members of `a` that are not in `b`.
pub(super) fn difference(a: &[Value], b: &[Value]) -> Value {
    walk(a, b, |order| order == Ordering::Less)
}

/// The members of both.
pub(super) fn common(a: &[Value], b: &[Value]) -> Value {
    walk(a, b, |order| order == Ordering::Equal)
}

/// The members of either.
pub(super) fn merged(a: &[Value], b: &[Value]) -> Value {
    walk(a, b, |_| true)
}

/// Walks along both in order and keeps members by the side they are on: less is `a` alone,
/// greater is `b` alone.
fn walk(mut a: &[Value], mut b: &[Value], keep: impl Fn(Ordering) -> bool) -> Value {
    let mut members = Vec::new();
    loop {
        let order = match (a.first(), b.first()) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return Value::sorted_set(members),
        };
        let member = if order == Ordering::Greater { &b[0] } else { &a[0] };
        if keep(order) {
            members.push(member.clone());
        }
        if order != Ordering::Greater {
            a = &a[1..];
        }
        if order != Ordering::Less {
            b = &b[1..];
        }
    }
}

fn intersection(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let members = operand::set(args, 0)?;
    let mut result: Option<Value> = None;
    for member in members {
        let set = member.as_set().ok_or_else(|| operand::wrong_type(0, member, &["set"]))?;
        result = Some(match &result {
            Some(Value::Set(_, before)) => common(before, set),
            _ => member.clone(),
        });
    }
    Ok(Some(result.unwrap_or_else(|| Value::sorted_set(Vec::new()))))
}

fn union(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let mut members = Vec::new();
    for member in operand::set(args, 0)? {
        let set = member.as_set().ok_or_else(|| operand::wrong_type(0, member, &["set"]))?;
        members.extend_from_slice(set);
    }
    Ok(Some(Value::set(members)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    fn set(members: &[i64]) -> Value {
        Value::set(members.iter().map(|member| Value::from(*member)).collect())
    }

    #[test]
    fn sets_are_combined() {
        let (a, b) = (set(&[1, 2, 3]), set(&[3, 4]));
        let of = |name: &str| call(name, &[a.clone(), b.clone()]).unwrap().unwrap();
        assert_eq!(of("and"), set(&[3]));
        assert_eq!(of("or"), set(&[1, 2, 3, 4]));
        assert_eq!(of("minus"), set(&[1, 2]));
        let all = Value::set(vec![a.clone(), b.clone()]);
        assert_eq!(call("union", std::slice::from_ref(&all)), Ok(Some(set(&[1, 2, 3, 4]))));
        assert_eq!(call("intersection", &[all]), Ok(Some(set(&[3]))));
    }
}
