//! The order of terms, as OPA sorts them in sets and objects.

use std::cmp::Ordering;

use super::super::super::value::Value;

const TYPES: [&str; 14] = [
    "null",
    "boolean",
    "number",
    "string",
    "templatestring",
    "var",
    "ref",
    "array",
    "object",
    "set",
    "arraycomprehension",
    "objectcomprehension",
    "setcomprehension",
    "call",
];

/// How two terms compare, both as they are written.
pub(super) fn terms(a: &Value, b: &Value) -> Ordering {
    let (rank_a, rank_b) = (rank(a), rank(b));
    if rank_a != rank_b {
        return rank_a.cmp(&rank_b);
    }
    let parts = a.field("value").zip(b.field("value"));
    let Some((a, b)) = parts else { return expressions(a, b) };
    match TYPES.get(rank_a).copied() {
        Some("ref" | "array" | "set" | "call") => lists(a, b, terms),
        Some("object") => lists(a, b, |a, b| lists(a, b, terms)),
        Some("arraycomprehension" | "setcomprehension") => {
            fields(a, b, "term", terms).then_with(|| fields(a, b, "body", bodies))
        }
        Some("objectcomprehension") => fields(a, b, "key", terms)
            .then_with(|| fields(a, b, "value", terms))
            .then_with(|| fields(a, b, "body", bodies)),
        Some("templatestring") => fields(a, b, "multi_line", Value::cmp)
            .then_with(|| fields(a, b, "parts", |a, b| a.len().cmp(&b.len())))
            .then_with(|| fields(a, b, "parts", bodies)),
        _ => a.cmp(b),
    }
}

/// What is no term comes last.
fn rank(term: &Value) -> usize {
    let kind = term.field("type").and_then(Value::as_str);
    TYPES.iter().position(|name| Some(*name) == kind).unwrap_or(TYPES.len())
}

fn lists(a: &Value, b: &Value, each: impl Fn(&Value, &Value) -> Ordering) -> Ordering {
    let (a, b) = (a.as_array().unwrap_or_default(), b.as_array().unwrap_or_default());
    let differing = a.iter().zip(b).map(|(a, b)| each(a, b)).find(|ordering| ordering.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// What is missing comes first.
fn fields(a: &Value, b: &Value, name: &str, each: impl Fn(&Value, &Value) -> Ordering) -> Ordering {
    match (a.field(name), b.field(name)) {
        (Some(a), Some(b)) => each(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn bodies(a: &Value, b: &Value) -> Ordering {
    lists(a, b, terms)
}

fn expressions(a: &Value, b: &Value) -> Ordering {
    let rank = |expression: &Value| match expression.field("terms") {
        Some(Value::Array(..)) => 2,
        Some(said) if said.field("symbols").is_some() => 0,
        Some(said) if said.field("domain").is_some() => 3,
        Some(said) => match said.field("type").and_then(Value::as_str) {
            Some("not") => 4,
            Some("and") => 5,
            Some("or") => 6,
            _ => 1,
        },
        None => 7,
    };
    rank(a)
        .cmp(&rank(b))
        .then_with(|| fields(a, b, "index", Value::cmp))
        .then_with(|| fields(a, b, "negated", Value::cmp))
        .then_with(|| {
            fields(a, b, "terms", |a, b| match rank_of_terms(a) {
                0 => lists(a, b, terms),
                1 => terms(a, b),
                _ => nested(a, b),
            })
        })
        .then_with(|| {
            fields(a, b, "with", |a, b| {
                lists(a, b, |a, b| {
                    fields(a, b, "target", terms).then_with(|| fields(a, b, "value", terms))
                })
            })
        })
}

fn rank_of_terms(said: &Value) -> u8 {
    match said {
        Value::Array(..) => 0,
        said if said.field("value").is_some() && said.field("type").is_some() => 1,
        _ => 2,
    }
}

/// `some`, `every`, `not`, `and`, `or`
fn nested(a: &Value, b: &Value) -> Ordering {
    let term_or_none = |a: &Value, b: &Value| match (a, b) {
        (Value::Null(_), _) | (_, Value::Null(_)) => a.cmp(b),
        _ => terms(a, b),
    };
    fields(a, b, "symbols", |a, b| lists(a, b, terms))
        .then_with(|| fields(a, b, "key", term_or_none))
        .then_with(|| fields(a, b, "value", terms))
        .then_with(|| fields(a, b, "domain", terms))
        .then_with(|| fields(a, b, "lhs", bodies))
        .then_with(|| fields(a, b, "rhs", bodies))
        .then_with(|| fields(a, b, "body", bodies))
}
