//! Replacements, narrowed down to what really differs: so that the rest keeps its comments.

use crate::manifest::{Node, NodeKind, Pointer};

use super::super::patch::Operation;

/// How many operations one may become before all is replaced at once.
const MOST: usize = 32;

/// The operations that do what one does, as deep in the tree as they can be.
pub(super) fn narrowed(operation: &Operation, root: &Node) -> Vec<Operation> {
    let (Operation::Add { path, value } | Operation::Replace { path, value }) = operation else {
        return vec![operation.clone()];
    };
    // What is added to a list replaces nothing there.
    let holder = path.0.split_last().and_then(|(_, above)| found(&Pointer(above.to_vec()), root));
    let adds = matches!(operation, Operation::Add { .. })
        && holder.is_some_and(|holder| holder.items().is_some());
    let Some(old) = found(path, root).filter(|_| !adds) else { return vec![operation.clone()] };
    let mut narrowed = Vec::new();
    differences(old, value, path, &mut narrowed);
    if narrowed.len() <= MOST { narrowed } else { vec![operation.clone()] }
}

fn found<'n>(path: &Pointer, root: &'n Node) -> Option<&'n Node> {
    let resolved = path.resolve(root);
    resolved.missing.is_empty().then_some(resolved.node)
}

fn differences(old: &Node, new: &Node, path: &Pointer, found: &mut Vec<Operation>) {
    if old.same_value(new) || found.len() > MOST {
        return;
    }
    match (&old.kind, &new.kind) {
        (NodeKind::Mapping(a), NodeKind::Mapping(b))
            if a.iter().any(|entry| new.get(&entry.key).is_some()) =>
        {
            for entry in b.iter() {
                let path = path.join(&[(&*entry.key).into()]);
                match old.get(&entry.key) {
                    Some(old) => differences(old, &entry.value, &path, found),
                    None => found.push(Operation::Add { path, value: entry.value.clone() }),
                }
            }
            let gone = a.iter().filter(|entry| new.get(&entry.key).is_none());
            found.extend(
                gone.map(|entry| Operation::Remove { path: path.join(&[(&*entry.key).into()]) }),
            );
        }
        (NodeKind::Sequence(a), NodeKind::Sequence(b)) if a.len() == b.len() => {
            for (at, (old, new)) in a.iter().zip(b.iter()).enumerate() {
                differences(old, new, &path.join(&[at.into()]), found);
            }
        }
        _ => found.push(Operation::Replace { path: path.clone(), value: new.clone() }),
    }
}
