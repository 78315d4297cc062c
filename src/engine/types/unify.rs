//! Terms against the types that they are to have; what is not known yet is learned.

use super::core::{Kind, Term};
use super::environment::Environment;
use super::kind::{Array, Object, Type, unifies};

/// Whether a term can have a type. In a union each member adds to what is learned.
pub(super) fn fits(env: &Environment<'_>, term: &Term, kind: &Type, union: bool) -> bool {
    match &term.kind {
        Kind::Array(items) => match kind {
            Type::Array(array) => array_fits(env, items, array, union),
            Type::Union(members) => any_fits(env, term, members),
            _ => false,
        },
        Kind::Object(fields) => match kind {
            Type::Object(object) => object_fits(env, fields, object, union),
            Type::Union(members) => any_fits(env, term, members),
            _ => false,
        },
        Kind::Set(items) => match kind {
            Type::Set(member) => items.iter().all(|item| fits(env, item, member, union)),
            Type::Union(members) => any_fits(env, term, members),
            _ => false,
        },
        Kind::Variable(var) => {
            let known = env.variable(*var);
            if union {
                env.learn(*var, known.or(kind));
            } else if known.is_unknown() {
                env.learn(*var, kind.clone());
            } else {
                return unifies(&known, kind);
            }
            true
        }
        _ => unifies(&env.kind_of(term), kind),
    }
}

fn any_fits(env: &Environment<'_>, term: &Term, members: &[Type]) -> bool {
    if members.is_empty() {
        for child in term.children() {
            fits(env, child, &Type::any(), true);
        }
        return true;
    }
    // All of them, for what they tell of variables.
    let fitting = members.iter().filter(|member| fits(env, term, member, true));
    fitting.count() > 0
}

fn array_fits(env: &Environment<'_>, items: &[Term], array: &Array, union: bool) -> bool {
    if items.len() != array.items.len() && array.rest.is_unknown() {
        return false;
    }
    items.iter().enumerate().all(|(at, item)| fits(env, item, array.item(at), union))
}

fn object_fits(
    env: &Environment<'_>,
    fields: &[(Term, Term)],
    object: &Object,
    union: bool,
) -> bool {
    let is_open = object.rest.as_ref().is_some_and(|(_, values)| !values.is_unknown());
    if fields.len() != object.fields.len() && !is_open {
        return false;
    }
    fields.iter().all(|(key, value)| match key.constant() {
        Some(key) => match object.select(&key) {
            Type::Unknown => false,
            kind => fits(env, value, &kind, union),
        },
        None => {
            fits(env, value, &Type::any(), union);
            true
        }
    })
}

/// Whether two terms can be equal.
pub(super) fn equal(env: &Environment<'_>, a: &Term, b: &Term) -> bool {
    let (kind_a, kind_b) = (env.kind_of(a), env.kind_of(b));
    match (kind_a.is_partial(), kind_b.is_partial()) {
        (true, false) => return fits(env, a, &kind_b, false),
        (false, true) => return fits(env, b, &kind_a, false),
        (false, false) => return unifies(&kind_a, &kind_b),
        (true, true) => {}
    }
    match (&a.kind, &b.kind) {
        (Kind::Array(first), Kind::Array(second)) => {
            return first.len() == second.len()
                && first.iter().zip(second).all(|(a, b)| equal(env, a, b));
        }
        (Kind::Object(first), Kind::Object(second)) => return objects_equal(env, first, second),
        (Kind::Array(_) | Kind::Object(_) | Kind::Variable(_), Kind::Variable(_)) => {
            return fits(env, a, &Type::any(), false) && fits(env, b, &env.kind_of(a), false);
        }
        (Kind::Variable(_), Kind::Array(_) | Kind::Object(_)) => {
            return fits(env, b, &Type::any(), false) && fits(env, a, &env.kind_of(b), false);
        }
        (Kind::Variable(_), Kind::Reference(_)) => return fits(env, a, &Type::any(), false),
        (Kind::Reference(_), Kind::Variable(_)) => return fits(env, b, &Type::any(), false),
        (Kind::Array(_) | Kind::Object(_), _) => return false,
        _ => {}
    }
    if matches!(a.kind, Kind::Variable(_)) && kind_a.is_unknown() && !kind_b.is_unknown() {
        return fits(env, a, &kind_b, false);
    }
    if matches!(b.kind, Kind::Variable(_)) && kind_b.is_unknown() && !kind_a.is_unknown() {
        return fits(env, b, &kind_a, false);
    }
    false
}

fn objects_equal(env: &Environment<'_>, a: &[(Term, Term)], b: &[(Term, Term)]) -> bool {
    a.len() == b.len()
        && a.iter().all(|(key, value)| {
            let Some(key) = key.constant() else { return true };
            let other = b.iter().find(|(other, _)| other.constant().as_ref() == Some(&key));
            other.is_some_and(|(_, other)| equal(env, value, other))
        })
}
