//! References against what they look into.

use crate::engine::value::Value;

use super::core::{Base, Kind, Reference, Term};
use super::environment::{Documents, Environment};
use super::kind::{Type, unifies};
use super::unify::fits;

/// What is wrong with a reference.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// There is no such key.
    Missing { key: Term, known: Vec<Value>, keys: Type },
    /// A key has a type that no key has.
    Key { key: Term, found: Type, keys: Type },
    /// There is nothing in there to look into.
    Scalar { found: Type },
    /// A function that is not called.
    Function,
}

type Checked = Result<(), Box<Fault>>;

/// Checks one reference, and learns the types of its keys.
pub(super) fn check(env: &Environment<'_>, reference: &Reference) -> Checked {
    match &reference.base {
        Base::Root(root) => {
            if matches!(env.reference(reference), Type::Function(_)) {
                return Err(Box::new(Fault::Function));
            }
            from_root(env, env, root, &reference.keys)
        }
        Base::Variable(var) => {
            let kind = env.variable(*var);
            if kind.is_unknown() {
                env.learn(*var, Type::any());
                return inside(env, Type::any(), &reference.keys);
            }
            inside(env, kind, &reference.keys)
        }
        Base::Term(_) => Ok(()),
    }
}

/// From the root, as far as one scope knows of the documents; then as the next one does.
fn from_root(env: &Environment<'_>, scope: &Environment<'_>, root: &str, keys: &[Term]) -> Checked {
    let mut node = scope.root(root);
    let mut depth = 0;
    if let Some(Documents { kind: Some(kind), .. }) = node {
        return inside(env, kind.clone(), keys);
    }
    while let Some(current) = node {
        let Some(key) = keys.get(depth) else { return Ok(()) };
        if depth < 2 && !is_name(key) {
            let found = env.kind_of(key);
            return Err(Box::new(Fault::Key { key: key.clone(), found, keys: Type::String }));
        }
        learn_key(env, current, key)?;
        node = current.child(key);
        depth += 1;
        if let Some(Documents { kind: Some(kind), .. }) = node {
            return inside(env, kind.clone(), &keys[depth..]);
        }
    }
    if let Some(next) = scope.next {
        return from_root(env, next, root, keys);
    }
    // Nothing tells of it: it is data, of which nothing is known.
    inside(env, Type::any(), keys)
}

/// Below `data`, packages go by names.
fn is_name(key: &Term) -> bool {
    matches!(&key.kind, Kind::Variable(_) | Kind::Constant(Value::String(..)))
}

fn learn_key(env: &Environment<'_>, node: &Documents, key: &Term) -> Checked {
    let Kind::Variable(var) = key.kind else { return Ok(()) };
    let keys = node.extent().keys();
    let known = env.variable(var);
    if known.is_unknown() {
        env.learn(var, keys);
    } else if !unifies(&keys, &known) {
        return Err(Box::new(Fault::Key { key: key.clone(), found: known, keys }));
    }
    Ok(())
}

/// Within a value of a known type.
fn inside(env: &Environment<'_>, kind: Type, path: &[Term]) -> Checked {
    let mut kind = kind;
    for key in path {
        if kind.is_empty_collection() {
            return inside_empty(env, &kind, key);
        }
        let keys = kind.keys();
        if keys.is_unknown() {
            return Err(Box::new(Fault::Scalar { found: kind }));
        }
        let wrong = |found| Box::new(Fault::Key { key: key.clone(), found, keys: keys.clone() });
        kind = match &key.kind {
            Kind::Variable(var) => {
                let known = env.variable(*var);
                if known.is_unknown() {
                    env.learn(*var, keys.clone());
                } else if !unifies(&known, &keys) {
                    return Err(wrong(known));
                }
                kind.values()
            }
            Kind::Constant(value) => match kind.select(value) {
                Type::Unknown => {
                    let known = kind.known_keys();
                    return Err(Box::new(Fault::Missing { key: key.clone(), known, keys }));
                }
                member => member,
            },
            Kind::Array(_) | Kind::Object(_) | Kind::Set(_) => {
                if !fits(env, key, &keys, false) {
                    return Err(wrong(env.kind_of(key)));
                }
                kind.values()
            }
            _ => kind.values(),
        };
    }
    Ok(())
}

/// Nothing is in there: going through it is fine, asking for a fixed key is not.
fn inside_empty(env: &Environment<'_>, kind: &Type, key: &Term) -> Checked {
    match &key.kind {
        Kind::Constant(_) => {
            let (key, known) = (key.clone(), Vec::new());
            Err(Box::new(Fault::Missing { key, known, keys: Type::Unknown }))
        }
        Kind::Variable(var) => {
            let known = env.variable(*var);
            let keys = kind.keys();
            if known.is_unknown() {
                env.learn(*var, Type::any());
            } else if !keys.is_unknown() && !unifies(&known, &keys) {
                return Err(Box::new(Fault::Key { key: key.clone(), found: known, keys }));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
