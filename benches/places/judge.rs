//! What policies say of a case: with their places, and without.

mod kics;
mod kubescape;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use manifestly::check::{Checker, Effort, Finding, Inference, Input, Observer, Options, Report};
use manifestly::engine::value::Value;
use manifestly::engine::{EngineLimits, Program};
use manifestly::locate::PlaceSource;
use manifestly::manifest::{self, Format, Node, ReadLimits};
use manifestly::policy::PolicySet;
use manifestly::rego::{PolicyErrors, PolicyLimits, VersionChoice, parse};
use manifestly::source::SourceText;

use super::library::{Case, Subject, Told};
use super::spot::Spot;

/// What a violation is known by, with places and without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) rule: String,
    /// The resource, where it is told.
    pub(crate) resource: String,
    pub(crate) message: String,
}

/// A violation without its places.
#[derive(Debug)]
pub(crate) struct Inferred {
    pub(crate) key: Key,
    pub(crate) first: Guess,
    pub(crate) also: Vec<Spot>,
}

/// A place that was inferred.
#[derive(Clone, Debug)]
pub(crate) enum Guess {
    /// This one, and how sure that is.
    Place(Spot, Option<String>),
    /// No more than the resource.
    Resource,
    /// It is told after all: not all of the places were taken out.
    Declared(Spot),
}

/// What it took to infer the places of a violation.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    /// The id of the policy.
    pub(crate) policy: String,
    pub(crate) evaluations: usize,
    pub(crate) milliseconds: f64,
}

/// Policies of a unit that compile.
#[derive(Debug)]
pub(crate) struct Policies {
    checker: Checker,
    program: Program,
    /// What was told since it was last asked for.
    costs: Arc<Mutex<Vec<Cost>>>,
}

/// Compiles policies with the data of a case.
pub(crate) fn compile(texts: &[Arc<SourceText>], case: &Case) -> Result<Policies, PolicyErrors> {
    let mut modules = Vec::new();
    let mut errors = Vec::new();
    for text in texts {
        match parse(text, VersionChoice::Auto, &PolicyLimits::default()) {
            Ok(module) => modules.push(module),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(PolicyErrors(errors));
    }
    let set = PolicySet::new(modules, case.data.clone())?;
    let program = Program::compile(&set, EngineLimits::default())?;
    let costs = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&costs);
    let observer = Observer::new(move |effort: &Effort| {
        told.lock().unwrap_or_else(PoisonError::into_inner).push(Cost {
            policy: effort.policy.id.clone(),
            evaluations: effort.evaluations,
            milliseconds: effort.time.as_secs_f64() * 1e3,
        });
    });
    let options = Options { inference: Inference::Observed(observer), ..Options::default() };
    Ok(Policies { checker: Checker::with_options(set, options)?, program, costs })
}

/// The violations of a case, with the places that they tell.
pub(crate) fn declared(
    policies: &Policies,
    rule: Option<&str>,
    case: &Case,
) -> Result<BTreeMap<Key, Vec<Spot>>, String> {
    let mut found: BTreeMap<Key, Vec<Spot>> = BTreeMap::new();
    match &case.subject {
        Subject::Files(_) => {
            for finding in check(policies, case)?.findings {
                let places = finding.place.iter().chain(&finding.also);
                let places = places.filter(|place| place.source == PlaceSource::Declared);
                let spots: Vec<_> = places.map(Spot::of).collect();
                found.entry(key(rule, &finding)).or_default().extend(spots);
            }
        }
        Subject::Value(input, told) => {
            let root = Node::from(input);
            let set = policies.checker.policies();
            let mut evaluator = policies.program.evaluator();
            evaluator.set_input(&root, VALUE);
            let entries: Vec<_> = set.entry_points.iter().collect();
            for outcome in evaluator.evaluate_all(&entries) {
                let outcome = outcome.map_err(|error| error.message)?;
                for result in outcome.results {
                    let key = Key {
                        rule: rule.unwrap_or(&result.policy.id).to_owned(),
                        resource: String::new(),
                        message: message(&result.value),
                    };
                    let paths = match told {
                        Told::Kubescape => kubescape::paths(&result.value, input, &root),
                        Told::Kics { manifests, lines } => {
                            kics::paths(&result.value, manifests, lines)
                        }
                    };
                    let spot = |path| Spot { file: VALUE.to_owned(), document: 1, path };
                    found.entry(key).or_default().extend(paths.into_iter().map(spot));
                }
            }
        }
    }
    for spots in found.values_mut() {
        spots.sort();
        spots.dedup();
    }
    Ok(found)
}

/// The violations of a case by policies without places, with the places that are inferred, and
/// what these took.
pub(crate) fn inferred(
    policies: &Policies,
    rule: Option<&str>,
    case: &Case,
) -> Result<(Vec<Inferred>, Vec<Cost>), String> {
    policies.take_costs();
    let report = check(policies, case)?;
    let violation = |finding: &Finding| Inferred {
        key: key(rule, finding),
        first: guess(finding),
        also: finding.also.iter().map(Spot::of).collect(),
    };
    Ok((report.findings.iter().map(violation).collect(), policies.take_costs()))
}

impl Policies {
    fn take_costs(&self) -> Vec<Cost> {
        std::mem::take(&mut *self.costs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The documents that a case is about, by text and number.
pub(crate) fn documents(case: &Case) -> BTreeMap<(String, usize), Node> {
    match &case.subject {
        Subject::Value(value, _) => BTreeMap::from([((VALUE.to_owned(), 1), Node::from(value))]),
        Subject::Files(texts) => texts
            .iter()
            .flat_map(|text| {
                manifest::read(text, Format::Manifest, &ReadLimits::default()).manifests
            })
            .map(|one| ((one.source.name().to_owned(), one.document), one.root))
            .collect(),
    }
}

/// The name that check has for a value.
const VALUE: &str = "<value>";

fn check(policies: &Policies, case: &Case) -> Result<Report, String> {
    let report = match &case.subject {
        Subject::Value(value, _) => policies.checker.check_value(value),
        Subject::Files(texts) => {
            let inputs: Vec<_> = texts.iter().cloned().map(Input::Text).collect();
            policies.checker.check(&inputs, Vec::new(), &|| {})
        }
    };
    match (&case.subject, report.errors.first()) {
        (Subject::Value(..), Some(error)) => Err(error.to_string()),
        // Of many files some can't be judged; the others can.
        _ => Ok(report),
    }
}

fn key(rule: Option<&str>, finding: &Finding) -> Key {
    let place = finding.place.as_ref();
    let file = place.map(|place| place.text.name()).filter(|name| *name != VALUE);
    let resource = match (file, &finding.resource) {
        (Some(file), Some(id)) => format!("{file} {id}"),
        _ => String::new(),
    };
    Key {
        rule: rule.unwrap_or(&finding.policy.id).to_owned(),
        resource,
        message: finding.message.clone(),
    }
}

/// The words of a result, as check tells them.
fn message(result: &Value) -> String {
    let said = match result {
        Value::String(_, text) => Some(&**text),
        value => ["msg", "message"].into_iter().find_map(|key| value.field(key)?.as_str()),
    };
    said.map_or_else(|| result.to_json_string(), |text| text.trim().to_owned())
}

fn guess(finding: &Finding) -> Guess {
    match &finding.place {
        Some(place) => match place.source {
            PlaceSource::Inferred => {
                let confidence = place.confidence.map(|confidence| confidence.as_str().to_owned());
                Guess::Place(Spot::of(place), confidence)
            }
            PlaceSource::Declared => Guess::Declared(Spot::of(place)),
            PlaceSource::Resource => Guess::Resource,
        },
        None => Guess::Resource,
    }
}
