//! What is known of a value before there is one.

use std::fmt;
use std::sync::Arc;

use crate::engine::value::Value;

/// A type. The order of the variants is the order of unions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Type {
    /// Nothing is known: a variable that nothing has bound yet, or what can't exist.
    Unknown,
    Null,
    Boolean,
    Number,
    String,
    Array(Arc<Array>),
    Object(Arc<Object>),
    /// A set of members of one type; [`Type::Unknown`] for the empty set.
    Set(Arc<Type>),
    /// One of several types, in order; none for any value at all.
    Union(Arc<[Type]>),
    Function(Arc<Function>),
}

/// Items that are known one by one, then the type of further ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Array {
    /// [`Type::Unknown`] where there are no further items.
    pub(super) rest: Type,
    pub(super) items: Vec<Type>,
}

/// Fields that are known one by one, then the types of further ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Object {
    pub(super) rest: Option<(Type, Type)>,
    /// Sorted by their keys.
    pub(super) fields: Vec<(Value, Type)>,
}

/// A function, its result being [`Type::Unknown`] if it has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Function {
    pub(super) arguments: Vec<Type>,
    pub(super) result: Type,
    /// The type of any number of further arguments.
    pub(super) variadic: Option<Type>,
}

impl Type {
    pub(super) fn any() -> Self {
        Self::Union(Arc::new([]))
    }

    pub(super) fn array(items: Vec<Self>, rest: Self) -> Self {
        Self::Array(Arc::new(Array { rest, items }))
    }

    pub(super) fn object(mut fields: Vec<(Value, Self)>, rest: Option<(Self, Self)>) -> Self {
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::Object(Arc::new(Object { rest, fields }))
    }

    pub(super) fn set(member: Self) -> Self {
        Self::Set(Arc::new(member))
    }

    pub(super) fn function(arguments: Vec<Self>, result: Self) -> Self {
        Self::Function(Arc::new(Function { arguments, result, variadic: None }))
    }

    /// The type of a constant.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null(_) => Self::Null,
            Value::Bool(..) => Self::Boolean,
            Value::Number(..) => Self::Number,
            Value::String(..) => Self::String,
            Value::Array(_, items) => {
                Self::array(items.iter().map(Self::of).collect(), Self::Unknown)
            }
            Value::Set(_, members) => {
                Self::set(members.iter().map(Self::of).fold(Self::Unknown, |all, one| all.or(&one)))
            }
            Value::Object(_, fields) => Self::object(
                fields.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect(),
                None,
            ),
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether a part of the type is not known. Unions are not looked into.
    pub(super) fn is_partial(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Array(array) => {
                array.items.iter().any(Self::is_partial)
                    || (!array.rest.is_unknown() && array.rest.is_partial())
            }
            Self::Object(object) => {
                object.fields.iter().any(|(_, value)| value.is_partial())
                    || object.rest.as_ref().is_some_and(|(k, v)| k.is_partial() || v.is_partial())
            }
            Self::Set(member) => member.is_partial(),
            Self::Function(function) => {
                function.arguments.iter().any(Self::is_partial) || function.result.is_partial()
            }
            _ => false,
        }
    }

    /// Whether the type is that of a collection which can't hold anything.
    pub(super) fn is_empty_collection(&self) -> bool {
        match self {
            Self::Array(array) => array.items.is_empty() && array.rest.is_unknown(),
            Self::Object(object) => object.fields.is_empty() && object.rest.is_none(),
            Self::Set(member) => member.is_unknown(),
            _ => false,
        }
    }

    /// Whether every value of the other type is one of this, as far as unions show it.
    fn contains(&self, other: &Self) -> bool {
        match self {
            Self::Union(_) if matches!(other, Self::Function(_)) => false,
            Self::Union(members) => members.is_empty() || members.binary_search(other).is_ok(),
            _ => self == other,
        }
    }

    /// The type of what has one type or the other.
    #[must_use]
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unknown, one) | (one, Self::Unknown) => one.clone(),
            (Self::Function(a), Self::Function(b)) => a.or(b),
            (Self::Function(_), _) | (_, Self::Function(_)) => Self::Unknown,
            (Self::Union(a), Self::Union(b)) => {
                if a.is_empty() || b.is_empty() {
                    return Self::any();
                }
                let mut members: Vec<Self> = a.iter().chain(b.iter()).cloned().collect();
                members.sort();
                members.dedup();
                Self::Union(members.into())
            }
            (Self::Union(members), one) | (one, Self::Union(members)) => {
                if members.is_empty() {
                    return Self::any();
                }
                match members.binary_search(one) {
                    Ok(_) => Self::Union(Arc::clone(members)),
                    Err(at) => {
                        let mut members = members.to_vec();
                        members.insert(at, one.clone());
                        Self::Union(members.into())
                    }
                }
            }
            (a, b) if a == b => a.clone(),
            (a, b) => {
                let mut members = [a.clone(), b.clone()];
                members.sort();
                Self::Union(Arc::new(members))
            }
        }
    }

    /// The type of what stands under a constant key.
    pub(super) fn select(&self, key: &Value) -> Self {
        match self {
            Self::Array(array) => match key {
                Value::Number(_, number) => number
                    .to_string()
                    .parse::<usize>()
                    .map_or(Self::Unknown, |position| array.item(position).clone()),
                _ => Self::Unknown,
            },
            Self::Object(object) => object.select(key),
            Self::Set(member) => {
                let kind = Self::of(key);
                let known = match &**member {
                    Self::Union(_) => member.contains(&kind),
                    member => *member == kind,
                };
                if known { kind } else { Self::Unknown }
            }
            Self::Union(members) if members.is_empty() => Self::any(),
            Self::Union(members) => {
                members.iter().fold(Self::Unknown, |all, one| one.select(key).or(&all))
            }
            _ => Self::Unknown,
        }
    }

    /// The type of the keys that can be gone through.
    pub(super) fn keys(&self) -> Self {
        match self {
            Self::Array(_) => Self::Number,
            Self::Object(object) => {
                let known = object.fields.iter().map(|(key, _)| Self::of(key));
                let further = object.rest.iter().map(|(key, _)| key.clone());
                known.chain(further).fold(Self::Unknown, |all, one| all.or(&one))
            }
            Self::Set(member) => (**member).clone(),
            Self::Union(members) if members.is_empty() => Self::any(),
            Self::Union(members) => {
                members.iter().fold(Self::Unknown, |all, one| one.keys().or(&all))
            }
            _ => Self::Unknown,
        }
    }

    /// The type of the values that can be gone through.
    pub(super) fn values(&self) -> Self {
        match self {
            Self::Array(array) => {
                array.items.iter().fold(Self::Unknown, |all, one| all.or(one)).or(&array.rest)
            }
            Self::Object(object) => {
                let known = object.fields.iter().map(|(_, value)| value);
                let further = object.rest.iter().map(|(_, value)| value);
                known.chain(further).fold(Self::Unknown, |all, one| all.or(one))
            }
            Self::Set(member) => (**member).clone(),
            Self::Union(members) if members.is_empty() => Self::any(),
            Self::Union(members) => {
                members.iter().fold(Self::Unknown, |all, one| one.values().or(&all))
            }
            _ => Self::Unknown,
        }
    }

    /// The keys that are known one by one.
    pub(super) fn known_keys(&self) -> Vec<Value> {
        let mut found = match self {
            Self::Object(object) => object.fields.iter().map(|(key, _)| key.clone()).collect(),
            Self::Union(members) => members.iter().flat_map(Self::known_keys).collect(),
            _ => Vec::new(),
        };
        found.sort();
        found.dedup();
        found
    }
}

impl Array {
    pub(super) fn item(&self, position: usize) -> &Type {
        self.items.get(position).unwrap_or(&self.rest)
    }
}

impl Object {
    pub(super) fn select(&self, key: &Value) -> Type {
        if let Ok(at) = self.fields.binary_search_by(|(known, _)| known.cmp(key)) {
            return self.fields[at].1.clone();
        }
        match &self.rest {
            Some((keys, values)) if keys.contains(&Type::of(key)) => values.clone(),
            _ => Type::Unknown,
        }
    }
}

impl Function {
    fn or(&self, other: &Self) -> Type {
        if self.arguments.len() != other.arguments.len()
            || self.variadic.is_some() != other.variadic.is_some()
        {
            return Type::Unknown;
        }
        let arguments = self.arguments.iter().zip(&other.arguments).map(|(a, b)| a.or(b)).collect();
        Type::function(arguments, self.result.or(&other.result))
    }

    /// What may stand at a position; the result stands behind the arguments.
    pub(super) fn expects(&self, position: usize) -> &Type {
        match self.arguments.get(position) {
            Some(argument) => argument,
            None => self.variadic.as_ref().unwrap_or(&self.result),
        }
    }
}

/// As messages say it: `an array of strings or numbers` would grow too long, so this is terse.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 3)
    }
}

impl Type {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let name = match self {
            Self::Unknown => "unknown",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::Set(_) => "set",
            Self::Function(_) => "function",
            Self::Union(members) if members.is_empty() => "any",
            Self::Union(members) => {
                return between(f, " or ", members, |f, one| one.write(f, depth));
            }
        };
        f.write_str(name)?;
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        match self {
            Self::Array(array) => {
                if !array.items.is_empty() {
                    f.write_str("<")?;
                    between(f, ", ", &array.items, |f, one| one.write(f, depth))?;
                    f.write_str(">")?;
                }
                inside(f, [&array.rest].into_iter().filter(|rest| !rest.is_unknown()), depth)
            }
            Self::Set(member) => {
                inside(f, [&**member].into_iter().filter(|m| !m.is_unknown()), depth)
            }
            Self::Object(object) => {
                if !object.fields.is_empty() {
                    f.write_str("<")?;
                    between(f, ", ", &object.fields, |f, (key, value)| {
                        match key {
                            Value::String(_, name) => write!(f, "{name}: ")?,
                            key => write!(f, "{key}: ")?,
                        }
                        value.write(f, depth)
                    })?;
                    f.write_str(">")?;
                }
                let rest = object.rest.iter().flat_map(|(key, value)| [key, value]);
                inside(f, rest, depth)
            }
            _ => Ok(()),
        }
    }
}

fn inside<'t>(
    f: &mut fmt::Formatter<'_>,
    types: impl Iterator<Item = &'t Type>,
    depth: usize,
) -> fmt::Result {
    let types: Vec<_> = types.collect();
    if types.is_empty() {
        return Ok(());
    }
    f.write_str("[")?;
    between(f, ": ", &types, |f, one| one.write(f, depth))?;
    f.write_str("]")
}

/// Items with something between them; of many the first ones.
fn between<T>(
    f: &mut fmt::Formatter<'_>,
    separator: &str,
    items: &[T],
    each: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    const SHOWN: usize = 8;
    for (number, item) in items.iter().take(SHOWN).enumerate() {
        if number > 0 {
            f.write_str(separator)?;
        }
        each(f, item)?;
    }
    if items.len() > SHOWN { write!(f, "{separator}..") } else { Ok(()) }
}

/// Whether a value can have both types.
pub(super) fn unifies(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Unknown, _) | (_, Type::Unknown) => false,
        (Type::Union(_), Type::Function(_)) | (Type::Function(_), Type::Union(_)) => false,
        (Type::Union(members), other) | (other, Type::Union(members)) if members.is_empty() => {
            !matches!(other, Type::Function(_))
        }
        (Type::Union(a), Type::Union(_)) => a.iter().any(|one| unifies(one, b)),
        (Type::Union(members), other) | (other, Type::Union(members)) => {
            members.iter().any(|one| unifies(one, other))
        }
        (Type::Array(a), Type::Array(b)) => {
            let longest = a.items.len().max(b.items.len());
            (0..longest).all(|at| unifies(a.item(at), b.item(at)))
                && (a.rest.is_unknown() || b.rest.is_unknown() || unifies(&a.rest, &b.rest))
        }
        (Type::Object(a), Type::Object(b)) => {
            fields_unify(a, b)
                && fields_unify(b, a)
                && match (&a.rest, &b.rest) {
                    (Some((_, a)), Some((_, b))) => {
                        a.is_unknown() || b.is_unknown() || unifies(a, b)
                    }
                    _ => true,
                }
        }
        (Type::Set(a), Type::Set(b)) => a.is_unknown() || b.is_unknown() || unifies(a, b),
        (Type::Function(a), Type::Function(b)) => {
            a.arguments.len() == b.arguments.len()
                && a.arguments.iter().zip(&b.arguments).all(|(a, b)| unifies(a, b))
        }
        (a, b) => a == b,
    }
}

fn fields_unify(a: &Object, b: &Object) -> bool {
    let further = |object: &Object| object.rest.as_ref().is_some_and(|(_, v)| !v.is_unknown());
    a.fields.iter().all(|(key, value)| match b.select(key) {
        Type::Unknown => further(a) || further(b),
        other => unifies(value, &other),
    })
}
