//! The true places beside the inferred ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use manifestly::rego::{PolicyError, PolicyErrors};
use manifestly::source::SourceText;

use super::Error;
use super::conventions::Conventions;
use super::grade::Grade;
use super::judge::{self, Cost, Guess, Inferred, Key, Policies};
use super::library::{Case, Library, Note, Unit};
use super::options::Options;
use super::spot::Spot;
use super::strip;

/// A violation whose place is told and was inferred.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) case: String,
    pub(crate) key: Key,
    pub(crate) truths: Vec<Spot>,
    pub(crate) first: Guess,
    pub(crate) also: Vec<Spot>,
    /// The grade of the first place.
    pub(crate) grade: Grade,
    /// The best grade of all places.
    pub(crate) best: Grade,
    /// Whether the first place is in the right element of every list.
    pub(crate) is_in_element: bool,
    /// Whether the first place is a true one, but for what is absent.
    pub(crate) exists_exactly: bool,
    /// How many of the true places were found.
    pub(crate) found: usize,
}

/// What came of a library.
#[derive(Debug, Default)]
pub(crate) struct Scored {
    pub(crate) violations: Vec<Violation>,
    pub(crate) notes: Vec<Note>,
    /// What the places of violations took, with their cases.
    pub(crate) costs: Vec<(String, Cost)>,
    /// Violations that tell no place.
    pub(crate) placeless: usize,
    pub(crate) cases: usize,
    /// Of the cases for which the library tells what it expects: how many there are, and how many
    /// have that.
    pub(crate) expected: (usize, usize),
}

/// Scores all units of a library.
pub(crate) fn all(library: &Library, options: &Options) -> Result<Scored, Error> {
    let mut scored = Scored { notes: library.notes.clone(), ..Scored::default() };
    for unit in &library.units {
        let Some(texts) = Texts::of(unit, &library.conventions, &mut scored) else { continue };
        if let Some(folder) = &options.stripped {
            texts.write(folder)?;
        }
        let mut known: Option<(usize, Policies, Policies)> = None;
        for (number, case) in unit.cases.iter().enumerate() {
            // Most cases have the same data.
            let is_known = |of: usize| unit.cases[of].data == case.data;
            if !known.as_ref().is_some_and(|(of, ..)| is_known(*of)) {
                known = texts.compile(unit, case, &mut scored).map(|(a, b)| (number, a, b));
            }
            let Some((_, whole, stripped)) = &known else { break };
            if let Err(note) = one(unit, case, whole, stripped, options, &mut scored) {
                scored.notes.push(note);
            }
        }
    }
    scored.notes.sort();
    Ok(scored)
}

/// The policies of a unit as they are asked.
struct Texts {
    whole: Vec<Arc<SourceText>>,
    stripped: Vec<Arc<SourceText>>,
}

impl Texts {
    fn of(unit: &Unit, conventions: &Conventions, scored: &mut Scored) -> Option<Self> {
        let mut texts = Self { whole: unit.helpers.clone(), stripped: unit.helpers.clone() };
        for policy in &unit.policies {
            let both = strip::prepared(policy, conventions)
                .map_err(|error| unparsed("a policy does not parse", policy, &error))
                .and_then(|whole| {
                    let stripped = strip::stripped(&whole, conventions).map_err(|error| {
                        unparsed("a policy does not parse without its places", policy, &error)
                    })?;
                    Ok((whole, stripped))
                });
            match both {
                Ok((whole, stripped)) => {
                    texts.whole.push(whole);
                    texts.stripped.push(stripped);
                }
                Err(note) => scored.notes.push(note),
            }
        }
        (texts.whole.len() > unit.helpers.len()).then_some(texts)
    }

    /// Compiles both. Files that do not compile are left out, as long as others are left.
    fn compile(
        &self,
        unit: &Unit,
        case: &Case,
        scored: &mut Scored,
    ) -> Option<(Policies, Policies)> {
        let mut without = BTreeSet::new();
        let rest = |texts: &[Arc<SourceText>], without: &BTreeSet<String>| {
            let stays = texts.iter().filter(|text| !without.contains(text.name()));
            stays.cloned().collect::<Vec<_>>()
        };
        while without.len() < self.whole.len() {
            let why = ["a policy does not compile", "a policy does not compile without its places"];
            let whole = judge::compile(&rest(&self.whole, &without), case);
            let stripped = judge::compile(&rest(&self.stripped, &without), case);
            let (why, errors) = match (whole, stripped) {
                (Ok(whole), Ok(stripped)) => return Some((whole, stripped)),
                (Err(errors), _) => (why[0], errors),
                (_, Err(errors)) => (why[1], errors),
            };
            let before = without.len();
            for (file, message) in files_of(&errors) {
                let what = if unit.name.is_some() { unit.name.clone() } else { file.clone() };
                let note = Note::new(why, what.unwrap_or_default(), message);
                if !scored.notes.contains(&note) {
                    scored.notes.push(note);
                }
                without.extend(file);
            }
            if without.len() == before || unit.name.is_some() {
                break;
            }
        }
        None
    }

    fn write(&self, folder: &Path) -> Result<(), Error> {
        for text in &self.stripped {
            let file = folder.join(text.name());
            let failed = |error| Error::Write(file.display().to_string(), error);
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            std::fs::write(&file, text.text()).map_err(failed)?;
        }
        Ok(())
    }
}

fn unparsed(why: &str, policy: &SourceText, error: &PolicyError) -> Note {
    Note::new(why, policy.name(), error.message.clone())
}

/// The files that errors are in, with what is wrong.
fn files_of(errors: &PolicyErrors) -> Vec<(Option<String>, String)> {
    let file = |error: &PolicyError| error.text.as_ref().map(|text| text.name().to_owned());
    errors.0.iter().map(|error| (file(error), error.message.clone())).collect()
}

/// Scores the violations of one case.
fn one(
    unit: &Unit,
    case: &Case,
    whole: &Policies,
    stripped: &Policies,
    options: &Options,
    scored: &mut Scored,
) -> Result<(), Note> {
    let rule = unit.name.as_deref();
    let what = match (rule, case.name.as_str()) {
        (Some(rule), "") => rule.to_owned(),
        (Some(rule), case) => format!("{rule}/{case}"),
        (None, case) => case.to_owned(),
    };
    let failed = |error| Note::new("a case can't be judged", &*what, error);
    let declared = judge::declared(whole, rule, case).map_err(failed)?;
    scored.cases += 1;
    if let Some(expected) = &case.expected {
        scored.expected.0 += 1;
        let expected: BTreeSet<_> = expected.iter().collect();
        let told: BTreeSet<_> = declared.keys().map(|key| &key.message).collect();
        if expected == told {
            scored.expected.1 += 1;
        } else {
            let detail = format!("{} messages in place of {}", told.len(), expected.len());
            let why = "a case has other messages than its library expects; it is scored";
            scored.notes.push(Note::new(why, &*what, detail));
        }
    }
    let (inferred, costs) = judge::inferred(stripped, rule, case).map_err(failed)?;
    let costs = costs.into_iter().filter(|cost| rule.is_some() || options.wants(&cost.policy));
    scored.costs.extend(costs.map(|cost| (what.clone(), cost)));
    let changed = changed(&declared, &inferred);
    for rule in &changed {
        let name = if unit.name.is_some() { &what } else { rule };
        let why = "without its places a rule has other messages";
        scored.notes.push(Note::new(why, name.clone(), ""));
    }
    let documents = judge::documents(case);
    for found in inferred {
        let rule = &found.key.rule;
        let truths = declared.get(&found.key).map(Vec::as_slice).unwrap_or_default();
        if changed.contains(rule) || !options.wants(rule) {
            continue;
        }
        if truths.is_empty() {
            scored.placeless += 1;
            continue;
        }
        if let Guess::Declared(spot) = &found.first {
            let why = "without its places a rule still tells some";
            scored.notes.push(Note::new(why, rule.clone(), spot.to_string()));
            continue;
        }
        let existing = |spot: &Spot| {
            let document = documents.get(&(spot.file.clone(), spot.document));
            document.map_or_else(|| spot.clone(), |root| spot.existing(root))
        };
        scored.violations.push(violation(case, found, truths.to_vec(), &existing));
    }
    Ok(())
}

/// The rules whose messages are not the same without places.
fn changed(declared: &BTreeMap<Key, Vec<Spot>>, inferred: &[Inferred]) -> BTreeSet<String> {
    let before: BTreeSet<&Key> = declared.keys().collect();
    let after: BTreeSet<&Key> = inferred.iter().map(|found| &found.key).collect();
    before.symmetric_difference(&after).map(|key| key.rule.clone()).collect()
}

fn violation(
    case: &Case,
    found: Inferred,
    truths: Vec<Spot>,
    existing: &dyn Fn(&Spot) -> Spot,
) -> Violation {
    let Inferred { key, first, also } = found;
    let spot = match &first {
        Guess::Place(spot, _) => Some(spot),
        Guess::Resource | Guess::Declared(_) => None,
    };
    let grade = spot.map_or(Grade::Resource, |spot| Grade::of(spot, &truths));
    let others = also.iter().map(|spot| Grade::of(spot, &truths));
    let best = others.fold(grade, Grade::min);
    let is_in_element =
        spot.is_some_and(|spot| truths.iter().any(|truth| spot.is_in_element_of(truth)));
    let exists_exactly =
        spot.map(existing).is_some_and(|spot| truths.iter().any(|truth| existing(truth) == spot));
    let places: BTreeSet<&Spot> = spot.into_iter().chain(&also).collect();
    let found = truths.iter().filter(|truth| places.contains(truth)).count();
    Violation {
        case: case.name.clone(),
        grade,
        best,
        is_in_element,
        exists_exactly,
        found,
        key,
        truths,
        first,
        also,
    }
}
