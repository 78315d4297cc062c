//! Trivy: checks of Kubernetes below `checks/kubernetes`, and what they import below `lib`. They
//! bring no manifests; `--manifests` names some.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::source::SourceText;

use super::super::library::Library;
use super::super::options::Options;
use super::generic;

/// The folder of the checks, if this is such a library.
pub(super) fn checks(folder: &Path) -> Option<PathBuf> {
    let checks = folder.join("checks/kubernetes");
    (checks.is_dir() && folder.join("lib").is_dir()).then_some(checks)
}

pub(super) fn read(
    folder: &Path,
    options: &Options,
    helpers: &[Arc<SourceText>],
    library: &mut Library,
) {
    let Some(checks) = checks(folder) else { return };
    generic::read(&[checks, folder.join("lib/kubernetes")], options, helpers, library);
}
