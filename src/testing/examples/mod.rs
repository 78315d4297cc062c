//! Examples beside policies as tests: the good ones pass, the bad ones are caught.

mod bench;
mod judge;
mod shown;

use std::path::Path;
use std::sync::Arc;

use crate::check::{self, Inference};
use crate::policy::examples::{self, Example, Group, is_example};
use crate::policy::{PolicySet, gatekeeper};
use crate::rego::PolicyError;
use crate::source::{SourceFile, SourceText, Span, display_name};

use super::{Found, Options, Test, TestId};

use bench::Bench;
use judge::Jury;
pub(crate) use shown::Shown;
pub(super) use shown::shown;

/// The examples below some paths.
pub(super) struct Examples {
    groups: Vec<Group>,
    errors: Vec<PolicyError>,
}

impl Examples {
    /// Looks for their folders.
    pub(super) fn below<P: AsRef<Path>>(paths: &[P]) -> Self {
        let mut errors = Vec::new();
        let groups = examples::groups(paths, &mut errors);
        Self { groups, errors }
    }

    pub(super) fn are_none(&self) -> bool {
        self.groups.is_empty() && self.errors.is_empty()
    }

    /// The tests: one for each example. `manifests` are the files in which Gatekeeper's policies may
    /// stand.
    pub(super) fn tests(
        self,
        policies: Option<&PolicySet>,
        manifests: &[SourceFile],
        options: Options,
    ) -> Found {
        let mut found = Found { errors: self.errors, ..Found::default() };
        let files = manifests.iter().map(|file| file.path.clone());
        let files: Vec<_> = files.filter(|path| !is_example(path)).collect();
        let gatekeeper = gatekeeper::read(&files, &mut found.errors);
        let judging = check::Options {
            engine: options.limits(),
            inference: Inference::Unwanted,
            ..check::Options::default()
        };
        let bench = match Bench::new(policies, gatekeeper, judging) {
            Ok(bench) => Arc::new(bench),
            Err(errors) => {
                found.errors.extend(errors.0);
                return found;
            }
        };
        for group in self.groups {
            match examples::subject(&group, policies, bench.gatekeeper()) {
                Ok(subject) => {
                    let jury = Arc::new(Jury::new(subject, &bench));
                    found.tests.extend(tests(group, &jury));
                    if options.coverage {
                        found.gauges.push(Box::new(move || jury.coverage()));
                    }
                }
                Err(error) => found.errors.push(error),
            }
        }
        if options.coverage {
            found.gauges.push(Box::new(move || bench.coverage()));
        }
        found
    }
}

fn tests(group: Group, jury: &Arc<Jury>) -> Vec<Test> {
    let called = match jury.ids() {
        [id] => id.clone(),
        _ => display_name(&group.home),
    };
    let ready = |example: Example| {
        let file = display_name(&example.path);
        let place = (Arc::new(SourceText::new(&*file, "")), Span::default());
        let id = TestId { file, group: called.clone(), name: example.name.clone() };
        let jury = Arc::clone(jury);
        Test::new(id, place, move || jury.outcome(&example))
    };
    group.examples.into_iter().map(ready).collect()
}
