//! The search for a cause among what was read.

use std::collections::{BTreeSet, HashSet};

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Evaluator, Literals, Reading, changed, steps};
use crate::locate::Confidence;
use crate::manifest::{Pointer, Step};
use crate::policy::Dialect;

use super::candidate::{Candidate, Read, candidates};
use super::case::Case;
use super::group::{self, Together};
use super::links::{self, Link};
use super::probe::{Effect, Probe, Probed, is_made_up};
use super::spot::{Ranked, Spot, at, object_on};
use super::words::Words;
use super::{Cause, Changing};
use super::{elements, rank, whole};

/// How many candidates are tried.
const CANDIDATES: usize = 40;
/// How many texts of the input are tried in each other's places.
const TEXTS: usize = 12;
/// From here on a cause needs no others beside it.
const ALONE: i64 = 400;
/// From here on it is held to be right.
const STRONG: i64 = 500;
/// How many causes are weighed.
const WEIGHED: usize = 8;
/// What speaks against a change that hides everything else.
const HIDDEN: usize = 450;
/// How deep is looked for what is missing behind something missing, and for how many fields.
const DEPTH: usize = 3;
const FIELDS: usize = 6;

/// A violation's proof, and the input that it is about.
pub(super) struct Search<'s> {
    /// The input as it is.
    pub(super) input: &'s Value,
    /// What is left of it that matters.
    pub(super) small: &'s Value,
    /// What was read of the input as it is.
    pub(super) whole: &'s [Reading],
    /// What was read of what is left.
    pub(super) readings: &'s [Reading],
    /// Knows the nodes.
    pub(super) proving: &'s Evaluator,
    pub(super) literals: &'s Literals,
    pub(super) dialect: Dialect,
}

/// A cause that was found, and what makes it go.
pub(super) struct Found {
    pub(super) cause: Cause,
    pub(super) change: Option<Changing>,
}

impl Search<'_> {
    /// The causes: one, or several that only together make the violation.
    pub(super) fn run(&self, case: &mut Case<'_>) -> Vec<Found> {
        // What is left out of the small input is compared with nothing there, and may matter.
        let mut readings = self.readings.to_vec();
        let known: HashSet<_> = self.readings.iter().collect();
        readings.extend(self.whole.iter().filter(|reading| !known.contains(reading)).cloned());
        let spots: Vec<_> = candidates(&readings)
            .into_iter()
            .filter_map(|candidate| self.spot(candidate))
            .collect();
        case.budget.keep(true);
        let mut ranked = self.probe_all(case, spots, readings.len());
        case.budget.keep(false);
        if let Some(subject) = self.subject(&readings) {
            // Of several objects, the one that is named is meant.
            let others = ranked.iter_mut().filter(|r| !r.spot.path.0.starts_with(&subject));
            others.for_each(|other| other.score -= 400);
        }
        elements::lacking(self, case, &mut ranked, readings.len());
        links::mark(self, &mut ranked);
        rank::hidden(&mut ranked, &case.words);
        self.weigh(case, &mut ranked);
        rank::settle(&mut ranked, &case.words);
        let named = elements::named(self, &readings, &case.words);
        for one in ranked.iter_mut().filter(|_| !named.is_empty()) {
            // Of several elements, the one that is named is meant, and not what is around it.
            let path = &one.spot.path.0;
            if !named.iter().any(|element| path.starts_with(element) || element.starts_with(path)) {
                one.score -= 300;
            }
        }
        let is_strong = |r: &Ranked| r.probed.effect >= Effect::Arbitrary && r.score >= ALONE;
        if !ranked.iter().any(is_strong) {
            let together = group::together(case, self.small, &ranked, self.literals);
            if !together.is_empty() {
                let mut found = all_of(together, &case.words);
                for one in &mut found {
                    one.cause.path = self.whole_of(one.cause.path.clone(), &readings, &case.words);
                }
                return found;
            }
        }
        links::likeliest(ranked, &case.words)
            .into_iter()
            .map(|best| {
                let field = best.spot.field().to_owned();
                let lacks_element = best.lacks_element();
                let mut found = Found::from(best);
                // A text that the policy looks for in the field is not what the field should be.
                let is_right =
                    |value: &Value| value.as_str().is_none() || self.literals.may_be(&field, value);
                found.cause.remedy = found.cause.remedy.filter(is_right);
                if lacks_element {
                    // Which element it is to be is another matter, and which number it has.
                    found.cause.path.0.pop();
                    return found;
                }
                found.cause.path = self.whole_of(found.cause.path, &readings, &case.words);
                found
            })
            .collect()
    }

    /// The cause, or the element or map around it, where that is meant as a whole.
    fn whole_of(&self, path: Pointer, readings: &[Reading], words: &Words) -> Pointer {
        let mut seen = whole::Seen::default();
        for reading in readings {
            let (paths, node) = match reading {
                Reading::Used(node) => (&mut seen.used, node),
                Reading::Stepped(node) => (&mut seen.stepped, node),
                Reading::Printed(node) => (&mut seen.printed, node),
                Reading::Missing(..) => continue,
            };
            paths.extend(self.proving.path_of(*node));
        }
        let literals = self.literals.all.iter().filter_map(Value::as_str).collect();
        whole::around(path, &seen, words, literals)
    }

    pub(super) fn spot(&self, candidate: Candidate) -> Option<Spot> {
        let way = self.proving.way_to(candidate.node);
        let path = self.proving.path_of(candidate.node)?.join(&steps(&candidate.missing)?);
        // What no object has is no place: a request's user, or parameters.
        self.dialect.path_of_input(&path)?;
        let value = at(self.small, &way)?.clone();
        let base = object_on(self.small, &way);
        Some(Spot { candidate, way, path, value, base })
    }

    fn probe_all(&self, case: &mut Case<'_>, spots: Vec<Spot>, readings: usize) -> Vec<Ranked> {
        let around: BTreeSet<NodeId> = spots
            .iter()
            .flat_map(|spot| {
                let end = spot.way.len() - usize::from(!spot.is_missing() && !spot.way.is_empty());
                spot.way[..end].iter().copied()
            })
            .collect();
        let texts = self.texts();
        let mut ranked = Vec::new();
        let (read, printed): (Vec<_>, Vec<_>) =
            spots.into_iter().rev().partition(|spot| spot.candidate.read != Read::Printed);
        for spot in read.into_iter().chain(printed).take(CANDIDATES) {
            let mut take = |spot: Spot, probed: Probed, case: &Case<'_>| {
                let mut score = rank::score(&spot, &probed, &case.words, readings);
                if !spot.is_missing() && around.contains(&spot.candidate.node) {
                    // What is inside of it is nearer to the cause.
                    score -= 300;
                }
                ranked.push(Ranked { spot, probed, score, lost: 0, link: Link::None });
            };
            if spot.candidate.read == Read::Printed {
                take(spot, Probed::NOTHING, case);
                continue;
            }
            let probe = self.probe(case, self.small, &spot);
            let mut probed = probe.candidate(&spot.candidate.missing, &spot.value);
            if spot.candidate.printed
                && probed.effect <= Effect::Removed
                && spot.value.as_str().is_some()
            {
                self.probe(case, self.input, &spot).refer(&spot.value, &texts, &mut probed);
            }
            let more = match &spot.value {
                _ if spot.is_missing() && probed.effect > Effect::Quoted => None,
                _ if spot.is_missing() => {
                    self.probe(case, self.small, &spot).below(&spot.candidate.missing, &mut probed)
                }
                Value::Object(..) => self.probe(case, self.small, &spot).enter(),
                Value::Array(_, items) if items.iter().all(|item| item.len().is_none()) => {
                    let probed = self.probe(case, self.small, &spot).append(items.len());
                    // The small input may lack some of the elements.
                    let all = at(self.input, &spot.way).and_then(Value::len);
                    probed.map(|probed| (Value::from(all.unwrap_or(items.len())), probed))
                }
                _ => None,
            };
            if spot.is_missing() && more.is_none() && probed.effect <= Effect::Quoted {
                for (further, probed) in self.deeper(case, &spot) {
                    take(further, probed, case);
                }
            }
            if let Some((key, probed)) = more
                && let Some(further) = spot.further(&[key])
            {
                take(further, probed, case);
            }
            take(spot, probed, case);
        }
        ranked
    }

    /// A change that keeps the rule from looking at what it looked at only hides it: the less is
    /// read with the change, the less speaks for it.
    fn weigh(&self, case: &mut Case<'_>, ranked: &mut [Ranked]) {
        ranked.sort_by(rank::by_score);
        let strong = ranked.iter_mut().filter(|r| r.probed.effect >= Effect::Removed);
        for one in strong.filter(|r| r.score > 0).take(WEIGHED) {
            let Some(change) = one.change() else { continue };
            let Some(input) = changed(self.small, &one.spot.way, &change) else { continue };
            let Some(read) = case.survey(input) else { return };
            let read: HashSet<_> = read.into_iter().collect();
            let is_other = |reading: &&Reading| match reading {
                Reading::Used(node) | Reading::Stepped(node) => {
                    !self.proving.way_to(*node).starts_with(&one.spot.way)
                }
                Reading::Missing(node, keys) => {
                    *node != one.spot.candidate.node || *keys != one.spot.candidate.missing
                }
                Reading::Printed(_) => false,
            };
            let others = self.readings.iter().filter(is_other);
            let all = others.clone().count();
            let lost = others.filter(|reading| !read.contains(reading)).count();
            let lost = (lost * HIDDEN).checked_div(all).unwrap_or_default();
            one.lost = i64::try_from(lost).unwrap_or_default();
            one.score -= one.lost;
        }
    }

    fn probe<'p, 'c>(
        &'p self,
        case: &'p mut Case<'c>,
        input: &'p Value,
        spot: &'p Spot,
    ) -> Probe<'p, 'c> {
        Probe { case, input, way: &spot.way, literals: self.literals, field: spot.field() }
    }

    /// What is looked for in vain where something is missing, once there is an object; tried.
    fn deeper(&self, case: &mut Case<'_>, spot: &Spot) -> Vec<(Spot, Probed)> {
        let mut missing = spot.candidate.missing.clone();
        for _ in 0..DEPTH {
            let there = Value::record([]).with_node(NodeId::PUT);
            let change = Change::Add(missing.clone(), there);
            let Some(input) = changed(self.small, &spot.way, &change) else { break };
            if case.budget.is_used_up() {
                break;
            }
            let Some(readings) = case.prove(&input) else { break };
            let keys: Vec<_> = readings
                .into_iter()
                .filter_map(|reading| match reading {
                    Reading::Missing(NodeId::PUT, keys) => Some(keys),
                    _ => None,
                })
                .collect();
            let further = |keys: &Vec<Value>| {
                let known = &missing[spot.candidate.missing.len()..];
                spot.further(&[known, keys].concat())
            };
            let mut tried = |spot: Spot| {
                let probe = self.probe(case, self.small, &spot);
                let probed = probe.candidate(&spot.candidate.missing, &spot.value);
                (spot, probed)
            };
            let spots = keys.iter().take(FIELDS).filter_map(further);
            let spots: Vec<_> = spots.map(&mut tried).collect();
            let is_effective = |(_, probed): &(Spot, Probed)| probed.effect > Effect::Quoted;
            match keys.first() {
                Some(first) if !spots.iter().any(is_effective) => {
                    missing.extend(first.iter().cloned());
                }
                _ => return spots,
            }
        }
        Vec::new()
    }

    /// The texts that were read of the input: one may have to be the other.
    fn texts(&self) -> Vec<Value> {
        let mut texts = Vec::new();
        for reading in self.whole {
            if let Reading::Used(node) = reading
                && let Some(text @ Value::String(..)) = at(self.input, &self.proving.way_to(*node))
                && texts.len() < TEXTS
                && !texts.contains(text)
            {
                texts.push(text.clone());
            }
        }
        texts
    }

    /// The way to the object that the message speaks of, where the input has several.
    fn subject(&self, readings: &[Reading]) -> Option<Vec<Step>> {
        readings.iter().find_map(|reading| match reading {
            Reading::Printed(node) => {
                let base = object_on(self.input, &self.proving.way_to(*node));
                let path = self.proving.path_of(*node)?.0;
                (base > 0).then(|| path[..base].to_vec())
            }
            _ => None,
        })
    }
}

/// Causes that are causes only together, the likeliest first.
fn all_of(together: Vec<Together<'_>>, words: &Words) -> Vec<Found> {
    let scored = together.into_iter().map(|Together { spot, change, value }| {
        let probed = Probed { effect: Effect::Literal, value };
        (rank::score(spot, &probed, words, 0), spot, change)
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    let confidence = Confidence::Medium;
    scored
        .into_iter()
        .map(|(_, spot, change)| Found {
            cause: Cause { path: spot.path.clone(), confidence, remedy: None },
            change: Some((spot.way.clone(), change)),
        })
        .collect()
}

impl From<Ranked> for Found {
    fn from(ranked: Ranked) -> Self {
        let change = ranked.change();
        let Ranked { spot, probed, score, .. } = ranked;
        let confidence = match probed.effect {
            Effect::Flipped | Effect::Literal if score >= 700 => Confidence::High,
            Effect::Arbitrary | Effect::Flipped | Effect::Literal | Effect::Removed
                if score >= STRONG =>
            {
                Confidence::Medium
            }
            _ => Confidence::Low,
        };
        let is_known = probed.effect >= Effect::Literal && confidence > Confidence::Low;
        let remedy = probed.value.filter(|value| is_known && !is_made_up(value));
        Self {
            cause: Cause { path: spot.path, confidence, remedy },
            change: change.map(|change| (spot.way, change)),
        }
    }
}
