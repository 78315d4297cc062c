//! The ways in which libraries lay out their files.

mod files;
mod generic;
mod kics;
mod kubescape;
mod trivy;

use std::path::Path;

use super::Error;
use super::conventions::Conventions;
use super::library::Library;
use super::options::Options;

/// How a library is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Layout {
    /// Policies and manifests in any folders; results tell their places as docs/policies.md has it
    Generic,
    /// `rules/NAME/raw.rego` with tests beside it; results tell `failedPaths` and the like
    Kubescape,
    /// `assets/queries/PLATFORM/NAME/query.rego` with tests beside it; results tell `searchLine`
    /// and `searchKey`
    Kics,
    /// `checks/kubernetes` and `lib`; results are made by `result.new`
    Trivy,
}

impl Layout {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Kubescape => "kubescape",
            Self::Kics => "kics",
            Self::Trivy => "trivy",
        }
    }

    fn recognised(folder: &Path) -> Self {
        if kubescape::rules(folder).is_some() {
            Self::Kubescape
        } else if kics::queries(folder).is_some() {
            Self::Kics
        } else if trivy::checks(folder).is_some() {
            Self::Trivy
        } else {
            Self::Generic
        }
    }
}

/// Reads a library.
pub(crate) fn read(folder: &Path, options: &Options) -> Result<Library, Error> {
    if !folder.exists() {
        let message = format!("there is no folder `{}`", folder.display());
        return Err(Error::Library(message));
    }
    let layout = options.layout.unwrap_or_else(|| Layout::recognised(folder));
    let conventions = Conventions::with(&options.path_key, &options.message_key, &options.entry);
    let mut library = Library { layout, units: Vec::new(), notes: Vec::new(), conventions };
    let helpers = files::rego_below(&options.with, &mut library.notes);
    match layout {
        Layout::Generic => generic::read(&[folder.to_owned()], options, &helpers, &mut library),
        Layout::Kics => kics::read(folder, options, &helpers, &mut library),
        Layout::Trivy => trivy::read(folder, options, &helpers, &mut library),
        Layout::Kubescape => kubescape::read(folder, options, &helpers, &mut library),
    }
    library.units.sort_by(|a, b| a.name.cmp(&b.name));
    if library.units.is_empty() {
        let message = format!(
            "no policies in `{}`, read as {}; --layout names another way to read it",
            folder.display(),
            layout.name()
        );
        return Err(Error::Library(message));
    }
    Ok(library)
}
