//! Gatekeeper's suites: constraints, objects, and how many violations there should be.

mod assertion;
mod read;
mod run;

use std::path::Path;
use std::sync::Arc;

use crate::manifest::{self, Format, Manifest, ReadLimits, Resource};
use crate::rego::PolicyError;
use crate::source::SourceFile;

use super::{Found, Options};

/// The tests of a file, if it holds a suite.
pub(super) fn find(file: &SourceFile, options: Options) -> Found {
    let mut found = Found::default();
    let source = match file.read() {
        Ok(source) => source,
        Err(error) => {
            found.errors.push(PolicyError::new(error.to_string()));
            return found;
        }
    };
    if !source.text().contains("test.gatekeeper.sh") {
        return found;
    }
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    found.errors.extend(reading.errors.into_iter().map(PolicyError::from));
    let folder = file.path.parent().unwrap_or(Path::new("")).to_owned();
    for manifest in reading.manifests.into_iter().map(Arc::new) {
        if !is_suite(&manifest) {
            continue;
        }
        match read::suite(&manifest) {
            Ok(suite) => found.extend(run::tests(suite, &folder, options)),
            Err(error) => found.errors.push(error),
        }
    }
    found
}

fn is_suite(manifest: &Arc<Manifest>) -> bool {
    let id = Resource::whole(manifest).id;
    id.kind == "Suite" && id.group() == "test.gatekeeper.sh"
}
