//! Objects as a folder that Kustomize can build on.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;

use crate::source::display_name;

use super::Object;
use super::yaml::{Map, list};

/// The file that names the others.
const KUSTOMIZATION: &str = "kustomization.yaml";

/// Why a folder can't be written.
#[derive(Debug, Error, Diagnostic)]
pub enum FolderError {
    /// There is something in the way.
    #[error("`{file}` exists already")]
    #[diagnostic(help("write into another folder, or over what is there with `--force`"))]
    Taken {
        /// What is there.
        file: String,
    },
    /// The system says no.
    #[error("`{file}` can't be written: {error}")]
    Unwritable {
        /// What can't be written.
        file: String,
        /// Why.
        error: io::Error,
    },
}

/// Writes a file for each object, and one that names them all. Nothing is written if one is there
/// already, unless it may be written over. Gives the names of the files.
///
/// # Errors
///
/// If a file is there already, or can't be written.
pub fn write(folder: &Path, objects: &[Object], over: bool) -> Result<Vec<String>, FolderError> {
    let files = files(objects);
    let taken = files.iter().map(|(name, ..)| folder.join(name)).find(|file| file.exists());
    if let Some(file) = taken.filter(|_| !over) {
        return Err(FolderError::Taken { file: display_name(&file) });
    }
    let unwritable =
        |file: &Path, error| FolderError::Unwritable { file: display_name(file), error };
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    for (name, text, is_secret) in &files {
        let file = folder.join(name);
        put(&file, text, *is_secret).map_err(|error| unwritable(&file, error))?;
    }
    Ok(files.into_iter().map(|(name, ..)| name).collect())
}

/// The names and texts, and which of them nobody else may read.
fn files(objects: &[Object]) -> Vec<(String, String, bool)> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut files = Vec::new();
    for object in objects {
        let name = object.file_name();
        let count = known.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count > 1 { format!("{name}-{count}.yaml") } else { format!("{name}.yaml") };
        files.push((name, object.document(), object.kind() == "Secret"));
    }
    let resources = list(files.iter().map(|(name, ..)| name.as_str()));
    let kustomization = Map::new()
        .with("apiVersion", "kustomize.config.k8s.io/v1beta1")
        .with("kind", "Kustomization")
        .with("resources", resources);
    files.push((KUSTOMIZATION.to_owned(), kustomization.document(), false));
    files
}

fn put(file: &Path, text: &str, is_secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        options.mode(0o600);
        if file.exists() {
            fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    options.open(file)?.write_all(text.as_bytes())
}
