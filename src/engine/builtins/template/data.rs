//! Values as Go's templates have them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::BuiltinError;
use crate::engine::value::{Value, quote};

#[derive(Clone, Debug)]
pub(in crate::engine::builtins) enum Data {
    /// No value: what a missing key gives.
    Absent,
    /// A `null` inside of something.
    Nil,
    Bool(bool),
    Integer(i64),
    /// A byte of a string.
    Byte(u8),
    Float(f64),
    Complex(f64, f64),
    Text(Rc<[u8]>),
    /// A number of the policy: to a template it is its text.
    Number(Rc<[u8]>),
    List(List),
    Map(Rc<BTreeMap<String, Data>>),
}

/// A part of an array. As in Go it may be made longer than it is, as far as it has room.
#[derive(Clone, Debug)]
pub(in crate::engine::builtins) struct List {
    items: Rc<[Data]>,
    from: usize,
    to: usize,
    room: usize,
}

impl List {
    fn new(items: Vec<Data>) -> Self {
        let length = items.len();
        // Go doubles what it makes room for; much beyond, it has rules of its own.
        let room = if length <= 512 { length.next_power_of_two() } else { length };
        let room = if length == 0 { 0 } else { room };
        Self { items: items.into(), from: 0, to: length, room }
    }

    pub(in crate::engine::builtins) fn len(&self) -> usize {
        self.to - self.from
    }

    /// How long it may be made.
    pub(super) fn room(&self) -> usize {
        self.room - self.from
    }

    pub(super) fn get(&self, at: usize) -> Option<Data> {
        let is_in = at < self.len();
        is_in.then(|| self.items.get(self.from + at).cloned().unwrap_or(Data::Nil))
    }

    pub(in crate::engine::builtins) fn iter(&self) -> impl Iterator<Item = Data> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    pub(super) fn slice(&self, from: usize, to: usize, room: usize) -> Self {
        Self {
            items: Rc::clone(&self.items),
            from: self.from + from,
            to: self.from + to,
            room: self.from + room,
        }
    }
}

impl Data {
    /// What Go makes of a value by way of its text, read as JSON.
    pub(super) fn of(value: &Value) -> Result<Self, BuiltinError> {
        Ok(match value {
            Value::Null(_) => Self::Nil,
            Value::Bool(_, value) => Self::Bool(*value),
            Value::Number(_, number) => Self::Number(number.to_string().into_bytes().into()),
            Value::String(_, text) => Self::text(key(text)?.as_bytes()),
            Value::Array(_, items) => {
                let items = items.iter().map(Self::of).collect::<Result<_, _>>()?;
                Self::List(List::new(items))
            }
            Value::Object(_, entries) => {
                let entry = |(name, value): &(Value, Value)| match name {
                    Value::String(_, name) => Ok((key(name)?.to_owned(), Self::of(value)?)),
                    _ => Err(no_json("a key that is no string")),
                };
                Self::Map(Rc::new(entries.iter().map(entry).collect::<Result<_, _>>()?))
            }
            Value::Set(..) => return Err(no_json("a set")),
        })
    }

    pub(super) fn text(text: &[u8]) -> Self {
        Self::Text(text.into())
    }

    /// The name of its type in Go.
    pub(in crate::engine::builtins) fn type_name(&self) -> &'static str {
        match self {
            Self::Absent | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Integer(_) => "int",
            Self::Byte(_) => "uint8",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::Text(_) => "string",
            Self::Number(_) => "json.Number",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }

    /// Whether `if` takes it for true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Absent | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Integer(value) => *value != 0,
            Self::Byte(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::Text(text) | Self::Number(text) => !text.is_empty(),
            Self::List(list) => list.len() > 0,
            Self::Map(map) => !map.is_empty(),
        }
    }
}

fn no_json(what: &str) -> BuiltinError {
    BuiltinError::new(format!("the variables are no JSON: there is {what}"))
}

/// A string, if JSON has the escapes that Rego writes it with.
fn key(text: &str) -> Result<&str, BuiltinError> {
    let quoted = quote(text);
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && matches!(characters.next(), Some('a' | 'v' | 'x' | 'U')) {
            return Err(no_json(&format!("the string {quoted}")));
        }
    }
    Ok(text)
}
