//! Elements of lists: one that is not there, and those that the message names.

use std::collections::BTreeSet;

use crate::engine::value::Value;
use crate::engine::{Change, Reading, changed};
use crate::manifest::Step;

use super::candidate::{Candidate, Read};
use super::case::{Case, Outcome};
use super::links::Link;
use super::probe::{Effect, Probed};
use super::rank;
use super::search::Search;
use super::spot::{Ranked, at};
use super::words::Words;

/// Where a list only needs one more element, none of those that are there is the cause: the list
/// lacks it.
pub(super) fn lacking(
    search: &Search<'_>,
    case: &mut Case<'_>,
    ranked: &mut Vec<Ranked>,
    readings: usize,
) {
    let mut tried = BTreeSet::new();
    let mut found = Vec::new();
    for one in ranked.iter().filter(|one| one.probed.effect >= Effect::Literal) {
        let (spot, way) = (&one.spot, &one.spot.way);
        let is_index = |step: &Step| matches!(step, Step::Index(_));
        let Some(depth) = spot.path.0[..way.len()].iter().rposition(is_index) else { continue };
        let (list, within) = (&way[..depth], &way[depth + 1..]);
        // Scalars are tried where their list is.
        let is_scalar = within.is_empty() && !spot.is_missing();
        if is_scalar || !tried.insert(list) {
            continue;
        }
        let Some((wanted, length)) = one.change().and_then(|change| {
            let element = at(search.small, &way[..=depth])?;
            let length = at(search.small, list)?.len()?;
            let wanted = changed(element, within, &change)?;
            let mut outcome = |element: &Value| {
                let change = Change::Add(vec![Value::from(length)], element.clone());
                case.probe(search.small, list, &change)
            };
            // What any element does says nothing of the list.
            let is_any = outcome(element)? == Outcome::Gone;
            (!is_any && outcome(&wanted)? == Outcome::Gone).then_some((wanted, length))
        }) else {
            continue;
        };
        // The small input may lack some of the elements.
        let end = at(search.input, list).and_then(Value::len).unwrap_or(length);
        let candidate = Candidate {
            node: at(search.small, list).map(Value::node).unwrap_or_default(),
            missing: vec![Value::from(end)],
            read: Read::Used,
            printed: false,
            order: spot.candidate.order,
        };
        if let Some(spot) = search.spot(candidate) {
            let probed = Probed { effect: Effect::Literal, value: Some(wanted) };
            let score = rank::score(&spot, &probed, &case.words, readings);
            found.push(Ranked { spot, probed, score, lost: 0, link: Link::None });
        }
    }
    ranked.extend(found);
}

/// The paths of the elements whose names are written into the message.
pub(super) fn named(search: &Search<'_>, readings: &[Reading], words: &Words) -> Vec<Vec<Step>> {
    let element = |reading: &Reading| {
        let Reading::Printed(node) = reading else { return None };
        let path = search.proving.path_of(*node)?.0;
        let [element @ .., Step::Key(key)] = path.as_slice() else { return None };
        let name = at(search.input, &search.proving.way_to(*node))?.as_str()?;
        let is_element = matches!(element.last(), Some(Step::Index(_)));
        (&**key == "name" && is_element && words.name(name)).then(|| element.to_vec())
    };
    readings.iter().filter_map(element).collect()
}
