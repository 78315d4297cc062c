//! Finding and reading files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::manifest::{self, Format, Manifest, ReadLimits};
use manifestly::source::SourceText;
use serde_json::Value;

use super::super::library::Note;

/// The files below a folder, or the file itself, in the order of their names.
pub(super) fn below(path: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(path).standard_filters(false).hidden(true).build();
    let mut files: Vec<_> = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

/// The folders in a folder, in the order of their names.
pub(super) fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    endings.contains(&ending)
}

/// A text, under the name that its file has below `root`.
pub(super) fn text(file: &Path, root: &Path) -> Result<Arc<SourceText>, String> {
    let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    Ok(Arc::new(SourceText::new(name, text)))
}

/// The Rego below folders, without its tests.
pub(super) fn rego_below(folders: &[PathBuf], notes: &mut Vec<Note>) -> Vec<Arc<SourceText>> {
    let mut texts = Vec::new();
    for folder in folders {
        for file in below(folder).into_iter().filter(|file| is_policy(file)) {
            match text(&file, folder) {
                Ok(text) => texts.push(text),
                Err(error) => {
                    notes.push(Note::new("a file can't be read", file.to_string_lossy(), error));
                }
            }
        }
    }
    texts
}

pub(super) fn is_policy(file: &Path) -> bool {
    has_ending(file, &["rego"]) && !name(file).ends_with("_test.rego")
}

/// The documents of a YAML or JSON file, as kubectl reads them.
pub(super) fn documents(file: &Path, root: &Path) -> Result<Vec<Manifest>, String> {
    let text = text(file, root)?;
    let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
    match reading.errors.first() {
        Some(error) => Err(error.message.clone()),
        None => Ok(reading.manifests),
    }
}

/// The value in a JSON file, where it can be read.
pub(super) fn json(file: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}
