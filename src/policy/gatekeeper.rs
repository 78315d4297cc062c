//! Gatekeeper's templates, constraints and expansion templates among the files of policies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::manifest::{self, Format, ReadLimits, Resource};
use crate::rego::PolicyError;

use super::load::read_text;
use super::set::PolicySet;

/// The API group of templates.
pub(crate) const TEMPLATES: &str = "templates.gatekeeper.sh";
/// The API group of constraints.
pub(crate) const CONSTRAINTS: &str = "constraints.gatekeeper.sh";
/// The API group of expansion templates.
pub(crate) const EXPANSIONS: &str = "expansion.gatekeeper.sh";

const GROUPS: [&str; 3] = [TEMPLATES, CONSTRAINTS, EXPANSIONS];

/// Whether there is a constraint.
pub(super) fn asks(set: &PolicySet) -> bool {
    set.gatekeeper.iter().any(|resource| resource.id.group() == CONSTRAINTS)
}

/// What stands in files for Gatekeeper. Other documents, such as examples, are left alone.
pub(crate) fn read(files: &[PathBuf], errors: &mut Vec<PolicyError>) -> Vec<Resource> {
    let read: Vec<_> = files.par_iter().map(|file| read_file(file)).collect();
    let mut found = Vec::new();
    for (resources, wrong) in read {
        found.extend(resources);
        errors.extend(wrong);
    }
    found
}

fn read_file(file: &Path) -> (Vec<Resource>, Vec<PolicyError>) {
    let source = match read_text(file) {
        Ok(source) => source,
        Err(error) => return (Vec::new(), vec![error]),
    };
    if !speaks_of_it(source.text()) {
        return (Vec::new(), Vec::new());
    }
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    let errors = reading.errors.into_iter().map(PolicyError::from);
    let manifests = reading.manifests.into_iter().map(Arc::new);
    let resources = manifests.filter_map(|manifest| manifest::resources(&manifest)).flatten();
    (resources.filter(is_policy).collect(), errors.collect())
}

fn speaks_of_it(text: &str) -> bool {
    GROUPS.iter().any(|group| text.contains(group))
}

/// Whether something may stand in a file; what can't be read may.
pub(super) fn may_speak_of_it(file: &Path) -> bool {
    std::fs::read_to_string(file).map_or(true, |text| speaks_of_it(&text))
}

/// Whether a resource is a template, a constraint or an expansion template.
pub(crate) fn is_policy(resource: &Resource) -> bool {
    GROUPS.contains(&resource.id.group())
}
