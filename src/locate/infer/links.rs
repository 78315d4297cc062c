//! Texts by which the objects of an input are linked, as a selector is with the labels that it wants.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Reading;
use crate::engine::value::{NodeId, Value};
use crate::manifest::Step;

use super::probe::Effect;
use super::rank;
use super::search::Search;
use super::spot::{Ranked, at, object_on};
use super::words::Words;

/// How a text links its object with another one of which the rule reads the same text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Link {
    #[default]
    None,
    /// Both have it.
    Shared,
    /// It is the other one's name.
    Reference,
    /// It is what the other one calls it by.
    Name,
}

/// Where a text stands: in which object, and where in that.
struct Stand {
    object: Vec<NodeId>,
    path: Vec<Step>,
}

impl Stand {
    fn is_name(&self) -> bool {
        let keys: Vec<_> = self.path.iter().filter_map(Step::as_key).collect();
        keys == ["metadata", "name"]
    }
}

/// Marks what links objects. A text that only has to be another one of the input leads to the
/// cause, and seldom is it.
pub(super) fn mark(search: &Search<'_>, ranked: &mut [Ranked]) {
    let mut nodes: BTreeMap<&str, BTreeSet<NodeId>> = BTreeMap::new();
    for reading in search.whole {
        if let Reading::Used(node) = reading
            && let Some(text) = at(search.input, &search.proving.way_to(*node))
            && let Some(text) = text.as_str()
        {
            nodes.entry(text).or_default().insert(*node);
        }
    }
    let stand = |node: NodeId| {
        let way = search.proving.way_to(node);
        let base = object_on(search.input, &way);
        let path = search.proving.path_of(node).map(|path| path.0).unwrap_or_default();
        let path = path.get(base..).unwrap_or_default().to_vec();
        Stand { object: way[..base].to_vec(), path }
    };
    for one in ranked.iter_mut().filter(|one| !one.spot.is_missing()) {
        let Some(text) = one.spot.value.as_str() else { continue };
        let Some(nodes) = nodes.get(text).filter(|nodes| nodes.len() > 1) else { continue };
        let is_text = |literal: &Value| literal.as_str() == Some(text);
        let is_free =
            one.probed.effect == Effect::Arbitrary && !search.literals.all.iter().any(is_text);
        if is_free {
            one.score -= 120;
        }
        let own = stand(one.spot.candidate.node);
        let others = nodes.iter().map(|node| stand(*node));
        let others: Vec<_> = others.filter(|other| other.object != own.object).collect();
        // What several have in the same place does not link them: that they share it may be wrong.
        let is_alike = others.iter().any(|other| other.path == own.path);
        one.link = if is_alike {
            Link::None
        } else if own.is_name() && others.iter().any(|other| !other.is_name()) {
            Link::Name
        } else if !own.is_name() && others.iter().any(Stand::is_name) {
            Link::Reference
        } else if is_free && !others.is_empty() {
            Link::Shared
        } else {
            Link::None
        };
    }
}

/// The likeliest cause, if there is one that may be pointed at. Of two objects that belong
/// together, the one that refers to the other by its name is. Where neither does, and where all
/// rests on what kind an object is, nothing is.
pub(super) fn likeliest(mut ranked: Vec<Ranked>, words: &Words) -> Option<Ranked> {
    ranked.sort_by(rank::by_score);
    let first = ranked.first().filter(|first| first.score > 0)?;
    let is_named = words.name_key(first.spot.field());
    let refers =
        |one: &Ranked| one.link == Link::Reference && one.probed.effect >= Effect::Arbitrary;
    let at = match first.link {
        Link::Shared if !is_named => ranked.iter().position(refers)?,
        Link::Name => ranked.iter().position(refers).unwrap_or_default(),
        _ if first.spot.is_kind() && !is_named => return None,
        _ => 0,
    };
    Some(ranked.swap_remove(at))
}
