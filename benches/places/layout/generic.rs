//! Policies and manifests in any folders.

use std::path::{Path, PathBuf};
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
    folders: &[PathBuf],
    options: &Options,
    helpers: &[Arc<SourceText>],
    library: &mut Library,
) {
    let (mut policies, mut manifests) = (Vec::new(), Vec::new());
    let mut helpers = helpers.to_vec();
    let is_manifest = |file: &PathBuf| files::has_ending(file, &["yaml", "yml", "json"]);
    for folder in folders {
        for file in files::below(folder) {
            if files::is_policy(&file) {
                match files::text(&file, folder) {
                    Ok(text) if strip::reports(&text, &library.conventions) => policies.push(text),
                    Ok(text) => helpers.push(text),
                    Err(error) => {
                        let what = file.display().to_string();
                        library.notes.push(Note::new("a file can't be read", what, error));
                    }
                }
            } else if is_manifest(&file) && !is_data(&file) {
                manifests.extend(manifest(&file, folder));
            }
        }
    }
    for folder in &options.manifests {
        let found = files::below(folder).into_iter().filter(is_manifest);
        manifests.extend(found.filter_map(|file| manifest(&file, folder)));
    }
    if policies.is_empty() {
        return;
    }
    if manifests.is_empty() {
        let what = folders.first().map(|folder| folder.display().to_string());
        let why = "there are no manifests; --manifests names a folder of them";
        library.notes.push(Note::new(why, what.unwrap_or_default(), ""));
    }
    let loader = folders.iter().fold(Loader::new(), Loader::policy);
    let data = match loader.load_all() {
        Ok(set) => Map::from(&set.data),
        Err(errors) => {
            let detail = errors.0.first().map(ToString::to_string).unwrap_or_default();
            let why = "not all files of policies can be read, and so no data beside them is";
            library.notes.push(Note::new(why, "", detail));
            Map::<String, Value>::new()
        }
    };
    let subject = Subject::Files(manifests);
    let case = Case { name: String::new(), data, subject, expected: None };
    library.units.push(Unit { name: None, policies, helpers, cases: vec![case] });
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
