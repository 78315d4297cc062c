//! What a statement claims of a value, and which claims can't hold of one value.

use std::cmp::Ordering;

use crate::engine::value::Value;

/// A claim about a value. All but [`Fact::Falsy`] claim that there is one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// It is one of these.
    Among(Vec<Value>),
    /// It is another than this.
    Not(Value),
    /// It comes before this in Rego's order of all values, or is this.
    Below { limit: Value, inclusive: bool },
    /// It comes behind this, or is this.
    Above { limit: Value, inclusive: bool },
    /// It is not `false`.
    Truthy,
    /// It is `false`, or there is none.
    Falsy,
    /// It is of a type.
    Type(Type),
    /// Something is in it.
    Holds,
}

/// The types that `is_string` and its like ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Set,
    Object,
}

impl Type {
    /// The type that a function of OPA asks for.
    pub(super) fn asked_by(function: &str) -> Option<Self> {
        Some(match function {
            "is_null" => Self::Null,
            "is_boolean" => Self::Boolean,
            "is_number" => Self::Number,
            "is_string" => Self::String,
            "is_array" => Self::Array,
            "is_set" => Self::Set,
            "is_object" => Self::Object,
            _ => return None,
        })
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null(_) => Self::Null,
            Value::Bool(..) => Self::Boolean,
            Value::Number(..) => Self::Number,
            Value::String(..) => Self::String,
            Value::Array(..) => Self::Array,
            Value::Set(..) => Self::Set,
            Value::Object(..) => Self::Object,
        }
    }

    fn holds_others(self) -> bool {
        matches!(self, Self::Array | Self::Set | Self::Object)
    }
}

impl Fact {
    /// That a value is this.
    pub(super) fn is(value: Value) -> Self {
        Self::Among(vec![value])
    }

    /// Whether it claims that there is a value.
    pub(super) fn needs_a_value(&self) -> bool {
        *self != Self::Falsy
    }

    /// Whether no value meets both claims.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Among(values), other) | (other, Self::Among(values)) => {
                values.iter().all(|value| !other.admits(value))
            }
            (
                Self::Below { limit: below, inclusive: a },
                Self::Above { limit: above, inclusive: b },
            )
            | (
                Self::Above { limit: above, inclusive: b },
                Self::Below { limit: below, inclusive: a },
            ) => match above.cmp(below) {
                Ordering::Less => false,
                Ordering::Equal => !(*a && *b),
                Ordering::Greater => true,
            },
            (Self::Truthy, Self::Falsy) | (Self::Falsy, Self::Truthy) => true,
            (Self::Type(one), Self::Type(other)) => one != other,
            (Self::Type(one), Self::Holds) | (Self::Holds, Self::Type(one)) => !one.holds_others(),
            _ => false,
        }
    }

    /// Whether the claim holds of a value.
    fn admits(&self, value: &Value) -> bool {
        match self {
            Self::Among(values) => values.contains(value),
            Self::Not(other) => value != other,
            Self::Below { limit, inclusive } => value < limit || *inclusive && value == limit,
            Self::Above { limit, inclusive } => value > limit || *inclusive && value == limit,
            Self::Truthy => value.as_bool() != Some(false),
            Self::Falsy => value.as_bool() == Some(false),
            Self::Type(wanted) => Type::of(value) == *wanted,
            Self::Holds => Type::of(value).holds_others(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(value: impl Into<Value>) -> Fact {
        Fact::is(value.into())
    }

    fn below(limit: i64, inclusive: bool) -> Fact {
        Fact::Below { limit: limit.into(), inclusive }
    }

    fn above(limit: i64, inclusive: bool) -> Fact {
        Fact::Above { limit: limit.into(), inclusive }
    }

    #[test]
    fn claims_that_no_value_meets() {
        let string = |text: &str| Value::string(text);
        for (one, other) in [
            (is(1), is(2)),
            (Fact::Among(vec![1.into(), 2.into()]), Fact::Among(vec![3.into()])),
            (is(1), Fact::Not(1.into())),
            (is(3), below(3, false)),
            (is(2), above(2, false)),
            (below(3, true), above(3, false)),
            (below(2, true), above(3, true)),
            (Fact::is(Value::bool(false)), Fact::Truthy),
            (Fact::is(string("a")), Fact::Falsy),
            (Fact::Truthy, Fact::Falsy),
            (Fact::is(string("a")), Fact::Type(Type::Number)),
            (Fact::Type(Type::Set), Fact::Type(Type::Array)),
            (Fact::is(string("a")), Fact::Holds),
            (Fact::Type(Type::String), Fact::Holds),
        ] {
            assert!(one.excludes(&other) && other.excludes(&one), "{one:?} {other:?}");
        }
    }

    #[test]
    fn claims_that_some_value_meets() {
        for (one, other) in [
            (is(1), is(1)),
            (Fact::Among(vec![1.into(), 2.into()]), Fact::Not(1.into())),
            (is(3), below(3, true)),
            (below(3, true), above(3, true)),
            // There are numbers between integers.
            (below(3, false), above(2, false)),
            // Strings come behind all numbers.
            (Fact::Type(Type::String), above(2, false)),
            (Fact::Type(Type::String), below(2, false)),
            (Fact::Not(1.into()), Fact::Not(2.into())),
            (Fact::is(Value::bool(false)), Fact::Falsy),
            (Fact::is(Value::NULL), Fact::Truthy),
            (below(3, false), Fact::Falsy),
            (Fact::Type(Type::Object), Fact::Holds),
            (Fact::Holds, Fact::Holds),
        ] {
            assert!(!one.excludes(&other) && !other.excludes(&one), "{one:?} {other:?}");
        }
    }
}
