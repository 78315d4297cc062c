//! Which of the candidates is the cause.

use std::cmp::Ordering;

use crate::engine::value::Value;
use crate::manifest::Step;

use super::candidate::Read;
use super::probe::{Effect, Probed};
use super::spot::{Ranked, Spot};
use super::words::Words;

/// How much speaks for a candidate.
pub(super) fn score(spot: &Spot, probed: &Probed, words: &Words, readings: usize) -> i64 {
    let Spot { candidate, path, .. } = spot;
    let is_missing = spot.is_missing();
    let value = (!is_missing).then_some(&spot.value);
    let is_block = value.is_some_and(|value| value.len().is_some());
    let keys: Vec<&str> = spot.in_object().iter().filter_map(Step::as_key).collect();
    let last = keys.last().copied().unwrap_or_default();
    let in_list = matches!(path.0.as_slice(), [.., Step::Index(_), Step::Key(_)]);
    // What every manifest has is named by chance.
    let named = !is_common(last) && (words.name_key(last) || is_missing && words.name_one_of(last));
    let text = value.and_then(Value::as_str);
    let quoted = text.is_some_and(|text| words.name(text) || words.name_flag(text));
    let mut score = match (probed.effect, is_missing) {
        (Effect::Flipped, false) => 950,
        (Effect::Flipped, true) => 900,
        (Effect::Literal, true) => 860,
        (Effect::Literal, false) => 800,
        (Effect::Arbitrary, true) => 780,
        (Effect::Arbitrary, false) => 680,
        (Effect::Removed, _) if is_block => 450,
        (Effect::Removed, _) if candidate.printed => 300,
        (Effect::Removed, _) => 600,
        (Effect::Quoted, _) if candidate.read == Read::Used => 350,
        (Effect::Quoted, _) if quoted => 250,
        (Effect::Quoted, _) => 60,
        (Effect::None, true) if named => 400,
        (Effect::None, true) => 80,
        (Effect::None, false) => match candidate.read {
            Read::Used => 100,
            Read::Stepped => 70,
            Read::Printed if quoted => 250,
            Read::Printed => 40,
        },
    };
    if named {
        score += 200 + words.how_early(last);
    } else if let Some(early) = around(&keys, words) {
        score += 80 + early;
    } else if matches!(path.0.last(), Some(Step::Index(_))) && is_missing {
        score += 60;
    } else if is_missing {
        score -= 150;
    }
    if let Some(text) = text {
        if words.name_flag(text) {
            score += 350;
        } else if quoted {
            score += 150;
        } else if words.name_part_of(text) {
            score += 50;
        }
    }
    match keys.as_slice() {
        [] => score -= 2_000,
        ["kind" | "apiVersion"] => score -= if named || quoted { 600 } else { 1_000 },
        // Beside the object that is judged there may be others, which are known by their names.
        ["metadata", "name" | "namespace"] => score -= if spot.base > 2 { 300 } else { 800 },
        ["metadata", ..] if !named => score -= if is_missing { 350 } else { 250 },
        [.., list, "name"] if probed.effect < Effect::Literal && in_list && has_names(list) => {
            score -= 400;
        }
        [.., "kind" | "apiVersion" | "apiGroup" | "group" | "namespace"] => score -= 450,
        _ => {}
    }
    score += i64::try_from(spot.in_object().len().min(10)).unwrap_or_default() * 6;
    // Rules look at whom they are about first, and at what is wrong last.
    let late = (candidate.order * 80).checked_div(readings).unwrap_or_default();
    score += i64::try_from(late).unwrap_or_default();
    score
}

fn is_common(key: &str) -> bool {
    matches!(key, "spec" | "metadata" | "template" | "data" | "items" | "name")
}

/// How early the message names one of the keys on the way.
fn around(keys: &[&str], words: &Words) -> Option<i64> {
    let (_, around) = keys.split_last()?;
    let around = around.iter().rev().take(3).filter(|key| !is_common(key));
    around.filter(|key| words.name_key(key)).map(|key| words.how_early(key)).max()
}

/// Whether the elements of a list are told apart by their names.
fn has_names(list: &str) -> bool {
    list.ends_with("ontainers") || matches!(list, "volumes" | "volumeMounts" | "env" | "ports")
}

/// The likeliest first; of those that are as likely, what was read first.
pub(super) fn by_score(a: &Ranked, b: &Ranked) -> Ordering {
    b.score.cmp(&a.score).then(a.spot.candidate.order.cmp(&b.spot.candidate.order))
}

/// Puts right the scores of causes that stand for each other.
pub(super) fn settle(ranked: &mut [Ranked], words: &Words) {
    elements(ranked);
    for at in 0..ranked.len() {
        for other in 0..ranked.len() {
            let (a, b) = (&ranked[at], &ranked[other]);
            if at == other || a.score > b.score {
                continue;
            }
            if stands_deeper(a, b) {
                ranked[at].score = b.score + 10;
            } else if is_first_of_all(a, b) || is_named_first(a, b, words) {
                ranked[at].score = b.score + 1;
            }
        }
    }
}

/// What is added around another cause and is not named hides that cause.
pub(super) fn hidden(ranked: &mut [Ranked], words: &Words) {
    let strong = ranked.iter().filter(|r| r.probed.effect >= Effect::Arbitrary);
    let strong: Vec<Vec<Step>> = strong.map(|r| r.spot.path.0.clone()).collect();
    for one in ranked.iter_mut().filter(|one| one.spot.candidate.missing.len() > 1) {
        let path = &one.spot.path.0;
        let around = path.len() - one.spot.candidate.missing.len();
        let (around, first) = (&path[..around], &path[..=around]);
        let is_beside = |other: &Vec<Step>| other.starts_with(around) && !other.starts_with(first);
        if !words.name_key(one.spot.field()) && strong.iter().any(is_beside) {
            one.score -= 400;
        }
    }
}

/// What may as well be said by one more element of a list says nothing of those that are there.
fn elements(ranked: &mut [Ranked]) {
    let is_end = |r: &&Ranked| {
        r.spot.candidate.missing.len() == 1 && matches!(r.spot.path.0.last(), Some(Step::Index(_)))
    };
    let lists: Vec<Vec<Step>> = ranked
        .iter()
        .filter(is_end)
        .map(|r| r.spot.path.0[..r.spot.path.0.len() - 1].to_vec())
        .collect();
    for one in ranked {
        let path = &one.spot.path.0;
        let is_element = |list: &Vec<Step>| path.len() > list.len() && path.starts_with(list);
        if !one.spot.is_missing()
            && one.probed.effect == Effect::Literal
            && lists.iter().any(is_element)
        {
            one.score -= 300;
        }
    }
}

/// Of a field that may stand in a container or in its pod, the container's is meant.
fn stands_deeper(a: &Ranked, b: &Ranked) -> bool {
    let (one, other) = (&a.spot.path.0, &b.spot.path.0);
    one.last() == other.last()
        && one.len() > other.len()
        && a.probed.effect >= Effect::Arbitrary
        && b.probed.effect >= Effect::Arbitrary
        && !matches!(one.last(), Some(Step::Index(_)))
}

/// Of keys that are all wanted, the first is meant.
fn is_first_of_all(a: &Ranked, b: &Ranked) -> bool {
    let alone = |r: &Ranked| r.spot.candidate.missing.len() == 1;
    let (one, other) = (&a.spot.path.0, &b.spot.path.0);
    alone(a)
        && alone(b)
        && one.len() == other.len()
        && one[..one.len() - 1] == other[..other.len() - 1]
        && a.probed.effect == b.probed.effect
        && a.spot.candidate.order < b.spot.candidate.order
        && (b.score + b.lost) - (a.score + a.lost) < 30
}

/// Of two that are as good and both named, the first that is named is meant.
fn is_named_first(a: &Ranked, b: &Ranked, words: &Words) -> bool {
    a.probed.effect == b.probed.effect
        && a.spot.is_missing() == b.spot.is_missing()
        && b.score - a.score < 60
        && match (words.place_of(a.spot.field()), words.place_of(b.spot.field())) {
            (Some(a), Some(b)) => a < b,
            _ => false,
        }
}
