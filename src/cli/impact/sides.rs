//! The policies that are compared: on the disk, embedded, or at a revision.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::policy::Loader;
use crate::rego::PolicyError;
use crate::source::{Revision, display_name};

use super::super::check;
use super::super::settings::Settings;

/// The name of the embedded pack.
const EMBEDDED: &str = "embedded";

/// Policies, and what people call them.
pub(super) struct Policies {
    pub(super) name: String,
    /// None for the embedded pack.
    paths: Vec<PathBuf>,
    /// Where the files of a revision are for as long as they are needed.
    at: Option<(TempDir, String)>,
}

impl Policies {
    /// Those that someone named: by a path, by `embedded`, by `REVISION:FOLDER`, or by a revision of
    /// the folders that are in force.
    pub(super) fn named(name: &str, settings: &Settings) -> Result<Self, PolicyError> {
        let path = Path::new(name);
        if path.exists() {
            return Ok(Self { name: display_name(path), paths: vec![path.to_owned()], at: None });
        }
        if name == EMBEDDED {
            return Ok(Self { name: "the embedded pack".to_owned(), paths: Vec::new(), at: None });
        }
        let (revision, folder) = match name.split_once(':') {
            Some((revision, folder)) => (revision, Some(folder)),
            None => (name, None),
        };
        let revision = Revision::find(Path::new(""), revision).map_err(|error| {
            let message = format!("`{name}` is neither a path nor a revision: {error}");
            PolicyError::new(message).with_help(
                "policies are a file or a folder, `embedded`, a revision as in `v7`, or a folder \
                 at one, as in `v7:policies`",
            )
        })?;
        let folders = match folder {
            Some(folder) => vec![folder.trim_matches('/').to_owned()],
            None => of_settings(&revision, settings)?,
        };
        at(&revision, &folders, name)
    }

    /// Those that are in force here.
    pub(super) fn here(settings: &Settings) -> Self {
        let paths = settings.policies.value.clone();
        let names: Vec<_> = paths.iter().map(|path| display_name(path)).collect();
        let name = if names.is_empty() { "the embedded pack".to_owned() } else { names.join(", ") };
        Self { name, paths, at: None }
    }

    pub(super) fn loader(&self, settings: &Settings) -> Loader {
        let loader = check::loader_of_none(settings);
        let loader = match &self.at {
            Some((folder, name)) => loader.shown_as(folder.path(), name),
            None => loader,
        };
        self.paths.iter().fold(loader, Loader::policy)
    }
}

/// The policy folders in force, as paths of a repository.
fn of_settings(revision: &Revision, settings: &Settings) -> Result<Vec<String>, PolicyError> {
    let paths = &settings.policies.value;
    if paths.is_empty() {
        let message = format!("which policies are meant at `{}` is not said", revision.name);
        let help = format!(
            "name the folder, as in `{}:policies`, or --policy, or `policies` in manifestly.toml",
            revision.name
        );
        return Err(PolicyError::new(message).with_help(help));
    }
    let in_repository = |path: &PathBuf| {
        revision.path_of(path).ok_or_else(|| {
            let message = format!("`{}` stands in no repository", display_name(path));
            PolicyError::new(message)
        })
    };
    paths.iter().map(in_repository).collect()
}

/// The files of folders at a revision, written where they can be loaded.
fn at(revision: &Revision, folders: &[String], name: &str) -> Result<Policies, PolicyError> {
    let wrong = |error: &dyn std::fmt::Display| {
        PolicyError::new(format!("the policies at `{name}` can't be read: {error}"))
    };
    let is_in = |path: &str, folder: &str| {
        let rest = if folder.is_empty() { Some(path) } else { path.strip_prefix(folder) };
        rest.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    let place = tempfile::tempdir().map_err(|error| wrong(&error))?;
    let mut paths = Vec::new();
    for folder in folders {
        let files: Vec<_> = revision.paths().filter(|path| is_in(path, folder)).collect();
        if files.is_empty() {
            let message = format!("there is no `{folder}` at `{}`", revision.name);
            return Err(PolicyError::new(message));
        }
        let contents = revision.read(files.iter().copied()).map_err(|error| wrong(&error))?;
        for (file, content) in files.into_iter().zip(contents) {
            let file = place.path().join(file);
            let folder = file.parent().unwrap_or(place.path());
            let written = std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&file, content.unwrap_or_default()));
            written.map_err(|error| wrong(&error))?;
        }
        paths.push(place.path().join(folder));
    }
    let shown = format!("{}:", revision.name);
    Ok(Policies { name: name.to_owned(), paths, at: Some((place, shown)) })
}
