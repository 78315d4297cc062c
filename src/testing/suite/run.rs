//! Running the cases of a suite.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::engine::{Coverage, EngineLimits};
use crate::gatekeeper::{
    Constraints, ENFORCEMENT_POINT, Rejection, Review, Reviewed, Reviewer, Source, World,
};
use crate::manifest::{self, Format, Manifest, ReadLimits, Resource};
use crate::policy::gatekeeper::{CONSTRAINTS, EXPANSIONS, TEMPLATES};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::{SourceFile, SourceText, display_name};
use crate::testing::{Found, Options, Outcome, Test, TestId};

use super::read::{Case, Reference, Suite, SuiteTest};

/// A test's template and constraint, compiled when the first of its cases is run.
struct Fixture {
    source: Arc<SourceText>,
    folder: PathBuf,
    template: Reference,
    constraint: Reference,
    expansion: Option<Reference>,
    limits: EngineLimits,
    constraints: OnceLock<Result<Constraints, Fault>>,
    /// Which lines of the template all cases so far reached, where that is wanted.
    reached: Option<Mutex<Coverage>>,
}

/// Why there is nothing to try objects on.
#[derive(Clone)]
struct Fault {
    errors: Vec<PolicyError>,
    by_schema: bool,
}

impl From<PolicyError> for Fault {
    fn from(error: PolicyError) -> Self {
        Self { errors: vec![error], by_schema: false }
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        Self { errors: rejection.errors.0, by_schema: rejection.by_schema }
    }
}

/// The tests of a suite: one for each case, or the constraint itself where there are none.
pub(super) fn tests(suite: Suite, folder: &Path, options: Options) -> Found {
    let Suite { source, skip, tests } = suite;
    let mut found = Found::default();
    for test in tests {
        let SuiteTest { name: group, template, constraint, expansion, cases, invalid, .. } = test;
        let skip = skip || test.skip;
        let fixture = Arc::new(Fixture {
            source: Arc::clone(&source),
            folder: folder.to_owned(),
            template,
            constraint,
            expansion,
            limits: options.limits(),
            constraints: OnceLock::new(),
            reached: options.coverage.then(Mutex::default),
        });
        if options.coverage {
            let fixture = Arc::clone(&fixture);
            found.gauges.push(Box::new(move || fixture.coverage()));
        }
        let id = |name: &str| TestId {
            file: source.name().to_owned(),
            group: group.clone(),
            name: name.to_owned(),
        };
        if cases.is_empty() {
            let run = move || if skip { Outcome::Skipped } else { fixture.alone(invalid) };
            found.tests.push(Test::new(id(""), (Arc::clone(&source), test.span), run));
            continue;
        }
        for case in cases {
            let place = (Arc::clone(&source), case.span);
            let id = id(&case.name);
            let fixture = Arc::clone(&fixture);
            let skip = skip || case.skip;
            let run = move || if skip { Outcome::Skipped } else { fixture.case(&case) };
            found.tests.push(Test::new(id, place, run));
        }
    }
    found
}

impl Fixture {
    fn constraints(&self) -> Result<&Constraints, &Fault> {
        self.constraints.get_or_init(|| self.compile()).as_ref()
    }

    fn note(&self, reviewer: &mut Reviewer<'_>) {
        if let Some(reached) = &self.reached {
            reached.lock().unwrap_or_else(PoisonError::into_inner).add(&reviewer.take_coverage());
        }
    }

    fn coverage(&self) -> Coverage {
        let reached = self.reached.as_ref();
        let reached = reached.map(|r| r.lock().unwrap_or_else(PoisonError::into_inner).clone());
        reached.unwrap_or_default()
    }

    fn compile(&self) -> Result<Constraints, Fault> {
        let mut documents = Vec::new();
        let groups = [
            (&self.template, TEMPLATES, "template"),
            (&self.constraint, CONSTRAINTS, "constraint"),
        ];
        for (reference, group, what) in groups {
            let found = self.read(reference)?;
            let is_it = |resource: &Resource| resource.id.group() == group;
            match found.iter().map(Resource::whole).find(is_it) {
                Some(resource) => documents.push(resource),
                None => {
                    let message = format!("`{}` holds no {what}", reference.path);
                    return Err(PolicyError::at(message, &self.source, reference.span).into());
                }
            }
        }
        documents.extend(self.expansions()?);
        Ok(Constraints::compile(&documents, self.limits)?)
    }

    /// The expansion templates that the test names: a file that holds nothing else.
    fn expansions(&self) -> Result<Vec<Resource>, PolicyError> {
        let Some(reference) = &self.expansion else { return Ok(Vec::new()) };
        let found: Vec<_> = self.read(reference)?.iter().map(Resource::whole).collect();
        match found.iter().find(|resource| resource.id.group() != EXPANSIONS) {
            None => Ok(found),
            Some(other) => {
                let message = format!("`{}` holds a {}", reference.path, other.id.kind);
                Err(PolicyError::at(message, &self.source, reference.span)
                    .with_help("the file of `expansion` holds expansion templates alone"))
            }
        }
    }

    /// The documents in a file that the suite names.
    fn read(&self, reference: &Reference) -> Result<Vec<Arc<Manifest>>, PolicyError> {
        let path = self.folder.join(&reference.path);
        let file = SourceFile { name: display_name(&path), path };
        let text = file
            .read()
            .map_err(|error| PolicyError::at(error.to_string(), &self.source, reference.span))?;
        let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
        if let Some(error) = reading.errors.into_iter().next() {
            return Err(error.into());
        }
        if reading.manifests.is_empty() {
            let message = format!("`{}` holds nothing", reference.path);
            return Err(PolicyError::at(message, &self.source, reference.span));
        }
        Ok(reading.manifests.into_iter().map(Arc::new).collect())
    }

    /// A test without cases: is the constraint as valid as it should be?
    fn alone(&self, invalid: bool) -> Outcome {
        match (self.constraints(), invalid) {
            (Ok(_), false) => Outcome::Passed,
            (Err(fault), true) if fault.by_schema => Outcome::Passed,
            (Err(fault), _) => Outcome::Error(fault.errors.clone()),
            (Ok(_), true) => {
                let message = "the constraint should break its template's schema, and is valid";
                Outcome::failed(PolicyError::at(message, &self.source, self.constraint.span))
            }
        }
    }

    fn case(&self, case: &Case) -> Outcome {
        let constraints = match self.constraints() {
            Ok(constraints) => constraints,
            Err(fault) => return Outcome::Error(fault.errors.clone()),
        };
        let messages = match self.messages(case, constraints) {
            Ok(messages) => messages,
            Err(errors) => return Outcome::Error(errors.0),
        };
        for assertion in &case.assertions {
            if let Some(message) = assertion.contradicted_by(&messages) {
                let error = PolicyError::at(message, &self.source, assertion.span);
                return Outcome::failed(match messages.as_slice() {
                    [] => error,
                    messages => error.with_help(format!("it said: {}", messages.join("\n"))),
                });
            }
        }
        Outcome::Passed
    }

    /// The messages of the violations that reviewing a case's object gives.
    fn messages(
        &self,
        case: &Case,
        constraints: &Constraints,
    ) -> Result<Vec<String>, PolicyErrors> {
        let mut world = World::default();
        for reference in &case.inventory {
            self.read(reference)?.iter().for_each(|object| world.add(&Resource::whole(object)));
        }
        let objects = self.read(&case.object)?;
        let [object] = objects.as_slice() else {
            let message = format!("`{}` should hold one object", case.object.path);
            return Err(PolicyError::at(message, &self.source, case.object.span).into());
        };
        let session = constraints.session(world, ENFORCEMENT_POINT)?;
        let object = Resource::whole(object);
        let review = Review::of_resource(&object, session.world())?;
        let mut reviewer = session.reviewer();
        let reviewed = reviewer.review(&review);
        self.note(&mut reviewer);
        let mut told = messages(reviewed)?;
        // As for `gator verify`, a recorded request is reviewed alone.
        if object.is_admission_review() {
            return Ok(told);
        }
        let made = session.made_of(&object.node).map_err(|nothing| {
            let place = object.naming_node().span;
            PolicyError::at(nothing.message, &object.manifest.source, place)
        })?;
        for made in made {
            let review = Review::of_object(&made.object, Source::Generated, session.world());
            let reviewed = reviewer.review_made(&review, made.level);
            self.note(&mut reviewer);
            let messages = messages(reviewed)?;
            told.extend(
                messages.iter().map(|text| format!("[Implied by {}] {text}", made.template)),
            );
        }
        Ok(told)
    }
}

/// The messages of what a review gave.
fn messages(reviewed: Reviewed) -> Result<Vec<String>, PolicyErrors> {
    let Reviewed { violations, errors, unknown } = reviewed;
    if !errors.is_empty() {
        return Err(PolicyErrors(errors));
    }
    let message =
        |value: &crate::engine::value::Value| value.as_str().unwrap_or_default().to_owned();
    let told = violations.iter().filter_map(|result| result.value.field("msg")).map(message);
    // As Gatekeeper has it, what can't be told whether it matches is rejected.
    let rejected = unknown
        .iter()
        .map(|(_, namespace)| format!("the labels of the namespace {namespace} are not known"));
    Ok(told.chain(rejected).collect())
}
