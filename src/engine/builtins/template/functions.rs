//! The functions that templates can call.

use std::cmp::Ordering;

use super::super::sprintf;
use super::data::Data;
use super::escape;
use super::run::{Ran, fail};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

const ALL: [(&str, Function); 19] = [
    ("and", Function::And),
    ("call", Function::Call),
    ("eq", Function::Eq),
    ("ge", Function::Ge),
    ("gt", Function::Gt),
    ("html", Function::Html),
    ("index", Function::Index),
    ("js", Function::Js),
    ("le", Function::Le),
    ("len", Function::Len),
    ("lt", Function::Lt),
    ("ne", Function::Ne),
    ("not", Function::Not),
    ("or", Function::Or),
    ("print", Function::Print),
    ("printf", Function::Printf),
    ("println", Function::Println),
    ("slice", Function::Slice),
    ("urlquery", Function::UrlQuery),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
    }

    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|entry| entry.1 == self).map_or("", |entry| entry.0)
    }

    /// How many arguments it takes, at least and at most.
    pub(super) fn arguments(self) -> (usize, Option<usize>) {
        match self {
            Self::And | Self::Or | Self::Call | Self::Eq | Self::Index | Self::Slice => (1, None),
            Self::Printf => (1, None),
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => (2, Some(2)),
            Self::Len | Self::Not => (1, Some(1)),
            Self::Html | Self::Js | Self::Print | Self::Println | Self::UrlQuery => (0, None),
        }
    }
}

/// Calls a function that looks at nothing but its arguments, of which there are enough.
pub(super) fn call(function: Function, args: &[Data]) -> Ran<Data> {
    let (first, rest) = args.split_first().unwrap_or((&Data::Absent, &[]));
    let second = rest.first().unwrap_or(&Data::Absent);
    let is = |value| Ok(Data::Bool(value));
    match function {
        Function::Not => is(!first.is_true()),
        Function::Eq if rest.is_empty() => fail("missing argument for comparison"),
        Function::Eq => {
            for other in rest {
                if equal(first, other)? {
                    return is(true);
                }
            }
            is(false)
        }
        Function::Ne => is(!equal(first, second)?),
        Function::Lt => is(less(first, second)?),
        Function::Le => is(less(first, second)? || equal(first, second)?),
        Function::Gt => is(!(less(first, second)? || equal(first, second)?)),
        Function::Ge => is(!less(first, second)?),
        Function::Len => length(first),
        Function::Index => index(first, rest),
        Function::Slice => slice(first, rest),
        Function::Print => Ok(Data::text(&sprintf::joined(args))),
        Function::Println => Ok(Data::text(&sprintf::line(args))),
        Function::Html => Ok(Data::text(&escape::html(&text(args)))),
        Function::Js => Ok(Data::text(&escape::javascript(&text(args)))),
        Function::UrlQuery => Ok(Data::text(&escape::url(&text(args)))),
        Function::Call => fail("call of what is no function"),
        Function::And | Function::Or | Function::Printf => fail("it needs the template"),
    }
}

/// The arguments as text, as actions print them.
fn text(args: &[Data]) -> Vec<u8> {
    let shown = |arg: &Data| match arg {
        Data::Absent | Data::Nil => Data::text(b"<no value>"),
        arg => arg.clone(),
    };
    sprintf::joined(&args.iter().map(shown).collect::<Vec<_>>())
}

fn equal(a: &Data, b: &Data) -> Ran<bool> {
    Ok(match (a, b) {
        (Data::Bool(a), Data::Bool(b)) => a == b,
        #[allow(clippy::float_cmp)] // Go compares them so
        (Data::Float(a), Data::Float(b)) => a == b,
        #[allow(clippy::float_cmp)]
        (Data::Complex(a, c), Data::Complex(b, d)) => a == b && c == d,
        (Data::Integer(_) | Data::Byte(_), Data::Integer(_) | Data::Byte(_)) => {
            integer(a) == integer(b)
        }
        (Data::Text(a) | Data::Number(a), Data::Text(b) | Data::Number(b)) => a == b,
        (Data::Absent | Data::Nil, b) => matches!(b, Data::Absent | Data::Nil),
        (_, Data::Absent | Data::Nil) => false,
        _ => {
            let (a, b) = (a.type_name(), b.type_name());
            return fail(format!("incompatible types for comparison: {a} and {b}"));
        }
    })
}

fn less(a: &Data, b: &Data) -> Ran<bool> {
    let ordering = match (a, b) {
        (Data::Float(a), Data::Float(b)) => a.partial_cmp(b),
        (Data::Integer(_) | Data::Byte(_), Data::Integer(_) | Data::Byte(_)) => {
            integer(a).partial_cmp(&integer(b))
        }
        (Data::Text(a) | Data::Number(a), Data::Text(b) | Data::Number(b)) => Some(a.cmp(b)),
        _ => return fail("invalid type for comparison"),
    };
    Ok(ordering == Some(Ordering::Less))
}

fn integer(value: &Data) -> Option<i64> {
    match value {
        Data::Integer(value) => Some(*value),
        Data::Byte(value) => Some(i64::from(*value)),
        _ => None,
    }
}

fn length(value: &Data) -> Ran<Data> {
    let length = match value {
        Data::Text(text) | Data::Number(text) => text.len(),
        Data::List(list) => list.len(),
        Data::Map(map) => map.len(),
        Data::Absent | Data::Nil => return fail("len of nil pointer"),
        other => return fail(format!("len of type {}", other.type_name())),
    };
    Ok(Data::Integer(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// A position, no further than `most`.
fn position(index: &Data, most: usize) -> Ran<usize> {
    let Some(number) = integer(index) else {
        return fail(format!("cannot index slice/array with type {}", index.type_name()));
    };
    match usize::try_from(number) {
        Ok(at) if at <= most => Ok(at),
        _ => fail(format!("index out of range: {number}")),
    }
}

fn index(item: &Data, indexes: &[Data]) -> Ran<Data> {
    if matches!(item, Data::Absent | Data::Nil) {
        return fail("index of untyped nil");
    }
    let mut item = item.clone();
    for index in indexes {
        let found = match &item {
            Data::Text(text) | Data::Number(text) => {
                text.get(position(index, text.len())?).copied().map(Data::Byte)
            }
            Data::List(list) => list.get(position(index, list.len())?),
            Data::Map(map) => {
                let Data::Text(key) = index else {
                    let kind = index.type_name();
                    return fail(format!("value has type {kind}; should be string"));
                };
                let found = std::str::from_utf8(key).ok().and_then(|key| map.get(key));
                Some(found.cloned().unwrap_or(Data::Nil))
            }
            Data::Absent | Data::Nil => return fail("index of nil pointer"),
            other => return fail(format!("can't index item of type {}", other.type_name())),
        };
        item = match found {
            Some(found) => found,
            None => return fail("index out of range"),
        };
    }
    Ok(item)
}

fn slice(item: &Data, indexes: &[Data]) -> Ran<Data> {
    let (length, room) = match item {
        Data::Text(text) | Data::Number(text) => (text.len(), text.len()),
        Data::List(list) => (list.len(), list.room()),
        Data::Absent | Data::Nil => return fail("slice of untyped nil"),
        other => return fail(format!("can't slice item of type {}", other.type_name())),
    };
    let is_text = matches!(item, Data::Text(_) | Data::Number(_));
    if indexes.len() > 3 || is_text && indexes.len() == 3 {
        return fail(format!("too many slice indexes: {}", indexes.len()));
    }
    let mut bounds = [0, length, room];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, room)?;
    }
    let [from, to, most] = bounds;
    if from > to || to > most {
        return fail(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match item {
        Data::Text(text) => Data::text(&text[from..to]),
        Data::Number(text) => Data::Number(text[from..to].into()),
        Data::List(list) => Data::List(list.slice(from, to, most)),
        _ => Data::Absent,
    })
}
