//! Leaving out of an input what does not matter, so that what is left is certain.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Evaluator, Reading, changed};

use super::case::Case;

/// Lists with more elements than this that matter are left as they are.
const MOST: usize = 8;

/// The input without the list elements that the violation can do without.
pub(super) fn isolated(
    case: &mut Case<'_>,
    input: &Value,
    readings: &[Reading],
    proving: &Evaluator,
) -> Value {
    let mut touched = BTreeSet::new();
    let mut stepped = BTreeSet::new();
    for reading in readings {
        if let Reading::Stepped(node) = reading {
            stepped.insert(*node);
        }
        let (Reading::Used(node)
        | Reading::Printed(node)
        | Reading::Missing(node, _)
        | Reading::Stepped(node)) = reading;
        touched.extend(proving.way_to(*node));
    }
    let mut lists = BTreeMap::new();
    find_lists(input, &mut Vec::new(), (&touched, &stepped), &mut lists);
    // What the proof does not speak of goes first, all at once.
    let mut now = input.clone();
    let mut bare = input.clone();
    let mut drops = 0;
    for (way, items) in &lists {
        for (item, _) in items.iter().filter(|(item, _)| !touched.contains(item)) {
            let way: Vec<_> = way.iter().copied().chain([*item]).collect();
            if let Some(without) = changed(&bare, &way, &Change::Remove) {
                bare = without;
                drops += 1;
            }
        }
    }
    if drops > 0 && case.is_same(bare.clone()) {
        now = bare;
    }
    // Of what it speaks of, the last of several that do the same go.
    for (way, items) in &lists {
        // A scalar may be why there is no other reason.
        let items: Vec<_> = items
            .iter()
            .filter(|(item, is_block)| *is_block && touched.contains(item))
            .map(|(item, _)| item)
            .collect();
        if items.len() < 2 || items.len() > MOST {
            continue;
        }
        let mut left = items.len();
        for item in items.into_iter().rev() {
            if left == 1 {
                break;
            }
            let way: Vec<_> = way.iter().copied().chain([*item]).collect();
            if let Some(without) = changed(&now, &way, &Change::Remove)
                && case.is_same(without.clone())
            {
                now = without;
                left -= 1;
            }
        }
    }
    now
}

/// The lists of an input, and the maps that are gone through, by the ways to them: the nodes of
/// their elements, and whether each is a block. Those that nobody went into are passed over.
fn find_lists(
    value: &Value,
    way: &mut Vec<NodeId>,
    (touched, stepped): (&BTreeSet<NodeId>, &BTreeSet<NodeId>),
    lists: &mut BTreeMap<Vec<NodeId>, Vec<(NodeId, bool)>>,
) {
    let members: Vec<&Value> = match value {
        Value::Array(_, items) => {
            if items.len() > 1 {
                let items = items.iter().map(|item| (item.node(), item.len().is_some()));
                lists.insert(way.clone(), items.collect());
            }
            items.iter().collect()
        }
        Value::Object(_, fields) => {
            // A map whose entries are gone through is a list of them.
            if stepped.contains(&value.node()) && fields.len() > 1 {
                let items = fields.iter().map(|(_, value)| (value.node(), false));
                lists.insert(way.clone(), items.collect());
            }
            fields.iter().map(|(_, value)| value).collect()
        }
        _ => return,
    };
    for member in members {
        if touched.contains(&member.node()) {
            way.push(member.node());
            find_lists(member, way, (touched, stepped), lists);
            way.pop();
        }
    }
}
