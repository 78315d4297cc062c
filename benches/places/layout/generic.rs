//! Policies and manifests in any folders.

use std::path::Path;
use std::sync::Arc;

use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::policy::Loader;
use manifestly::source::SourceText;
use serde_json::{Map, Value};

use super::super::library::{Case, Library, Note, Subject, Unit};
use super::super::options::Options;
use super::super::strip;
use super::files;

pub(super) fn read(
    folder: &Path,
    options: &Options,
    helpers: &[Arc<SourceText>],
    library: &mut Library,
) {
    let mut policies = Vec::new();
    let mut own_helpers = helpers.to_vec();
    let mut manifests = Vec::new();
    for file in files::below(folder) {
        if files::is_policy(&file) {
            match files::text(&file, folder) {
                Ok(text) if strip::reports(&text, &library.conventions) => policies.push(text),
                Ok(text) => own_helpers.push(text),
                Err(error) => library.notes.push(unreadable(&file, error)),
            }
        } else if files::has_ending(&file, &["yaml", "yml", "json"]) && !is_data(&file) {
            manifests.extend(manifest(&file, folder));
        }
    }
    for folder in &options.manifests {
        let found = files::below(folder).into_iter();
        let found = found.filter(|file| files::has_ending(file, &["yaml", "yml", "json"]));
        manifests.extend(found.filter_map(|file| manifest(&file, folder)));
    }
    if policies.is_empty() {
        return;
    }
    if manifests.is_empty() {
        let help = "--manifests names a folder of them";
        library.notes.push(Note::new("there are no manifests", folder.display().to_string(), help));
    }
    let data = match Loader::new().policy(folder).load_all() {
        Ok(set) => Map::from(&set.data),
        Err(errors) => {
            let detail = errors.0.first().map(ToString::to_string).unwrap_or_default();
            library.notes.push(Note::new(
                "data beside policies is not read, since not all can be",
                folder.display().to_string(),
                detail,
            ));
            Map::<String, Value>::new()
        }
    };
    let case =
        Case { name: String::new(), data, subject: Subject::Files(manifests), expected: None };
    library.units.push(Unit { name: None, policies, helpers: own_helpers, cases: vec![case] });
}

fn is_data(file: &Path) -> bool {
    matches!(&*files::name(file), "data.json" | "data.yaml" | "data.yml")
}

/// The text of a file, where there is a manifest in it.
fn manifest(file: &Path, root: &Path) -> Option<Arc<SourceText>> {
    let text = files::text(file, root).ok()?;
    let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
    let mut manifests = reading.manifests.into_iter().map(Arc::new);
    manifests.any(|one| manifest::resources(&one).is_some()).then_some(text)
}

fn unreadable(file: &Path, error: String) -> Note {
    Note::new("a file can't be read", file.display().to_string(), error)
}
