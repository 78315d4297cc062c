//! Values that statements of one body speak of: names, and paths from names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::engine::number::Number;
use crate::engine::value::Value;
use crate::rego::ast::{Term, TermKind};

/// A value as a body names it: `input.spec.replicas`, `x`, `containers[i].name`. Where two
/// statements of a body name the same place, they speak of the same value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    base: Name,
    keys: Vec<Key>,
}

/// A name, and which of the variables that are declared under it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    text: Arc<str>,
    declaration: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Constant(Value),
    Variable(Name),
}

impl Place {
    /// The places that hold this one.
    pub(super) fn holders(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.keys.len())
            .map(|keys| Place { base: self.base.clone(), keys: self.keys[..keys].to_vec() })
    }

    /// Whether it is a path of the input by these keys.
    pub(super) fn is_input(&self, keys: &[&str]) -> bool {
        let same = |(key, wanted): (&Key, &&str)| match key {
            Key::Constant(value) => value.as_str() == Some(wanted),
            Key::Variable(_) => false,
        };
        *self.base.text == *"input"
            && self.keys.len() == keys.len()
            && self.keys.iter().zip(keys).all(same)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base.text)?;
        for key in &self.keys {
            match key {
                Key::Constant(value) => match value.as_str() {
                    Some(text) if is_name(text) => write!(f, ".{text}")?,
                    _ => write!(f, "[{value}]")?,
                },
                Key::Variable(name) => write!(f, "[{}]", name.text)?,
            }
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The names of a body, as far as it has been gone through.
#[derive(Default)]
pub(super) struct Names {
    declared: BTreeMap<Arc<str>, usize>,
    /// Variables that are another place.
    same: BTreeMap<(Arc<str>, usize), Place>,
}

impl Names {
    /// From here on the name is another variable.
    pub(super) fn declare(&mut self, name: &Arc<str>) {
        *self.declared.entry(Arc::clone(name)).or_default() += 1;
    }

    /// From here on the name stands for a place.
    pub(super) fn alias(&mut self, name: &Arc<str>, place: Option<Place>) {
        self.declare(name);
        if let Some(place) = place {
            self.same.insert((Arc::clone(name), self.declared[name]), place);
        }
    }

    /// The place that a term names, if it is one.
    pub(super) fn place(&self, term: &Term) -> Option<Place> {
        match &term.kind {
            TermKind::Variable(name) => {
                let name = self.name(name)?;
                let known = self.same.get(&(Arc::clone(&name.text), name.declaration));
                Some(known.cloned().unwrap_or(Place { base: name, keys: Vec::new() }))
            }
            TermKind::Reference(base, keys) => {
                let mut place = self.place(base)?;
                for key in keys {
                    place.keys.push(match &key.kind {
                        TermKind::Variable(name) => Key::Variable(self.name(name)?),
                        _ => Key::Constant(constant(key)?),
                    });
                }
                Some(place)
            }
            _ => None,
        }
    }

    /// A blank is another variable each time.
    fn name(&self, text: &Arc<str>) -> Option<Name> {
        let declaration = self.declared.get(text).copied().unwrap_or_default();
        (&**text != "_").then(|| Name { text: Arc::clone(text), declaration })
    }
}

/// The value of a literal without parts.
pub(super) fn constant(term: &Term) -> Option<Value> {
    Some(match &term.kind {
        TermKind::Null => Value::NULL,
        TermKind::Bool(value) => Value::bool(*value),
        TermKind::String(text) => Value::string(Arc::clone(text)),
        TermKind::Number(text) => Value::from(Number::parse(text)?),
        _ => return None,
    })
}

/// The members of a literal list or set whose members are literals without parts.
pub(super) fn constants(term: &Term) -> Option<Vec<Value>> {
    match &term.kind {
        TermKind::Array(items) | TermKind::Set(items) => items.iter().map(constant).collect(),
        _ => None,
    }
}
