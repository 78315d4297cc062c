//! Gatekeeper's suites: constraints, objects, and how many violations there should be.

mod assertion;
mod read;
mod run;
mod shown;

use std::path::Path;
use std::sync::Arc;

use crate::manifest::{self, Format, Manifest, ReadLimits, Resource};
use crate::rego::PolicyError;
use crate::source::SourceFile;

use super::{Found, Options};

use read::Suite;
pub(super) use shown::shown;

/// The tests of a file, if it holds a suite.
pub(super) fn find(file: &SourceFile, options: Options) -> Found {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let (suites, errors) = read(file);
    let mut found = Found { errors, ..Found::default() };
    suites.into_iter().for_each(|suite| found.extend(run::tests(suite, folder, options)));
    found
}

/// The suites that a file holds, and what is wrong with it.
fn read(file: &SourceFile) -> (Vec<Suite>, Vec<PolicyError>) {
    let source = match file.read() {
        Ok(source) => source,
        Err(error) => return (Vec::new(), vec![PolicyError::new(error.to_string())]),
    };
    if !source.text().contains("test.gatekeeper.sh") {
        return (Vec::new(), Vec::new());
    }
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let mut errors: Vec<_> = reading.errors.into_iter().map(PolicyError::from).collect();
    let mut suites = Vec::new();
    for manifest in reading.manifests.into_iter().map(Arc::new).filter(is_suite) {
        match read::suite(&manifest) {
            Ok(suite) => suites.push(suite),
            Err(error) => errors.push(error),
        }
    }
    (suites, errors)
}

fn is_suite(manifest: &Arc<Manifest>) -> bool {
    let id = Resource::whole(manifest).id;
    id.kind == "Suite" && id.group() == "test.gatekeeper.sh"
}
