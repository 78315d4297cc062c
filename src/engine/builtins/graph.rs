//! Graphs: objects whose values are the arrays or sets of the keys that each key leads to.

use std::collections::BTreeSet;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("graph.reachable", 2, reachable),
    Builtin::supported("graph.reachable_paths", 2, reachable_paths),
];

fn starts(args: &[Value]) -> Result<&[Value], BuiltinError> {
    let value = operand::any(args, 1)?;
    value.items().ok_or_else(|| operand::wrong_type(1, value, &["{array, set}"]))
}

/// Where a node leads to, if it is one.
fn edges<'a>(graph: &'a Value, node: &Value) -> Option<&'a [Value]> {
    graph.get(node).map(|edges| edges.items().unwrap_or_default())
}

fn reachable(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    operand::object(args, 0)?;
    let graph = operand::any(args, 0)?;
    let mut waiting: Vec<&Value> = starts(args)?.iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(node) = waiting.pop() {
        context.tick(1)?;
        if let Some(edges) = edges(graph, node)
            && reached.insert(node)
        {
            waiting.extend(edges);
        }
    }
    Ok(Some(Value::sorted_set(reached.into_iter().cloned().collect())))
}

fn reachable_paths(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    operand::object(args, 0)?;
    let graph = operand::any(args, 0)?;
    let mut paths = Vec::new();
    for start in starts(args)? {
        match edges(graph, start) {
            None => {}
            Some([]) => paths.push(Value::array(vec![start.clone()])),
            Some(edges) => {
                for next in edges {
                    follow(context, graph, next, vec![start], &mut paths)?;
                }
            }
        }
    }
    Ok(Some(Value::set(paths)))
}

/// Adds every path on from `node` that ends or comes back to itself.
fn follow<'a>(
    context: &mut Context<'_>,
    graph: &'a Value,
    node: &'a Value,
    mut path: Vec<&'a Value>,
    paths: &mut Vec<Value>,
) -> Result<(), BuiltinError> {
    context.tick(1 + path.len())?;
    let whole = |path: &[&Value]| Value::array(path.iter().map(|node| (*node).clone()).collect());
    let Some(edges) = edges(graph, node) else {
        // Not a node: the path ends before it.
        paths.push(whole(&path));
        return Ok(());
    };
    path.push(node);
    if edges.is_empty() {
        paths.push(whole(&path));
    }
    for next in edges {
        if path.contains(&next) {
            paths.push(whole(&path));
        } else {
            follow(context, graph, next, path.clone(), paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn graphs_are_walked() {
        let graph = r#"{"a": ["b"], "b": ["c", "a"], "c": [], "d": ["e"]}"#;
        assert_eq!(eval("graph.reachable", &[graph, r#"["a"]"#]), r#"{"a", "b", "c"}"#);
        assert_eq!(
            eval("graph.reachable_paths", &[graph, r#"["a"]"#]),
            r#"{["a", "b"], ["a", "b", "c"]}"#
        );
        assert_eq!(eval("graph.reachable_paths", &[graph, r#"["d"]"#]), r#"{["d"]}"#);
    }
}
