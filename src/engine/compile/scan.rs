//! Statements that go through one collection, told apart from those that do anything else:
//! they are most of those that have several values, and need none of the general machinery.

use crate::engine::ir::{Expr, Found, Statement};

/// The statement as a scan, where it is one.
pub(super) fn scanning(statement: Statement) -> Statement {
    let scan = match &statement {
        Statement::Test(expr) => scan(expr, Found::Truth),
        Statement::Unify(Expr::Bind(slot), expr) => scan(expr, Found::Value(*slot)),
        Statement::Unify(Expr::Any, expr) => scan(expr, Found::Anything),
        Statement::Unify(pattern, expr) if pattern.is_plain() => {
            scan(expr, Found::Same(pattern.clone()))
        }
        _ => None,
    };
    scan.unwrap_or(statement)
}

/// `base[a][_][b]`: a key that is open, and around it keys that are known. Documents below `data`
/// are not gone through as a whole.
fn scan(expr: &Expr, found: Found) -> Option<Statement> {
    let Expr::Get(base, keys) = expr else { return None };
    let open = keys.iter().position(|key| !key.is_plain())?;
    let key = match keys[open] {
        Expr::Any => None,
        Expr::Bind(slot) => Some(slot),
        _ => return None,
    };
    let path = &keys[open + 1..];
    let is_document = matches!(**base, Expr::Document(_));
    if is_document || !base.is_single() || !path.iter().all(Expr::is_plain) {
        return None;
    }
    let collection = match &keys[..open] {
        [] => (**base).clone(),
        known => Expr::Single(Box::new(Expr::Get(base.clone(), known.to_vec()))),
    };
    Some(Statement::Scan { collection, key, path: path.to_vec(), found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::value::Value;

    fn input(keys: Vec<Expr>) -> Expr {
        Expr::Get(Box::new(Expr::Input), keys)
    }

    fn name(name: &str) -> Expr {
        Expr::Constant(Value::string(name))
    }

    #[test]
    fn one_open_key_is_a_scan() {
        let image = input(vec![name("containers"), Expr::Any, name("image")]);
        let scan = scanning(Statement::Unify(Expr::Bind(0), image));
        let Statement::Scan { key: None, path, found: Found::Value(0), collection } = scan else {
            panic!("{scan:?}");
        };
        assert_eq!(path.len(), 1);
        assert!(matches!(collection, Expr::Single(inner) if matches!(*inner, Expr::Get(..))));
        let labels = scanning(Statement::Test(input(vec![Expr::Bind(1)])));
        assert!(matches!(labels, Statement::Scan { key: Some(1), found: Found::Truth, .. }));
    }

    #[test]
    fn two_open_keys_or_none_are_not() {
        let two = Statement::Test(input(vec![Expr::Any, Expr::Any]));
        assert!(matches!(scanning(two), Statement::Test(_)));
        let none = Statement::Test(input(vec![name("kind")]));
        assert!(matches!(scanning(none), Statement::Test(_)));
        let document = Expr::Get(Box::new(Expr::Document(Vec::new())), vec![Expr::Any]);
        assert!(matches!(scanning(Statement::Test(document)), Statement::Test(_)));
    }
}
