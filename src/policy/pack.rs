//! Packs: the starter pack, embedded in the program, and what a folder of policies says of itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, File, include_dir};

use crate::manifest::{self, Format, Node, ReadLimits};
use crate::rego::PolicyError;
use crate::source::{Input, SourceText, display_name};

use super::examples::{Example, Group, Kind};
use super::load::read_text;
use super::terms::{Contact, Terms};

/// The file in which OPA's bundles speak of themselves.
const MANIFEST: &str = ".manifest";

static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The pack's policies, without their tests, under the names they have in the repository.
pub(super) fn policies() -> Vec<Arc<SourceText>> {
    let mut found = Vec::new();
    collect(&PACK, &mut found);
    found
}

/// The examples of the pack's policies: `examples/NAME/good.yaml` and `bad.yaml`.
pub(super) fn examples() -> Vec<Group> {
    let of_policy = |folder: &Dir<'static>| {
        let named = |path: &Path| Path::new(&name(path)).to_owned();
        let example = |file: &File<'static>| {
            let path = named(file.path());
            let called = path.file_stem()?.to_str()?;
            let kind = Kind::parse(called)?;
            let name = called.to_owned();
            let inputs = vec![Input::Text(text(file)?)];
            Some(Example { kind, name, path, inputs })
        };
        let mut examples: Vec<_> = folder.files().filter_map(example).collect();
        examples.sort_by(|a, b| a.path.cmp(&b.path));
        let folder = named(folder.path());
        let home = folder.ancestors().nth(2).unwrap_or(Path::new("")).to_owned();
        let policy = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        Group { home, folder, policy, examples }
    };
    let folders = PACK.dirs().filter_map(|part| part.get_dir(part.path().join("examples")));
    let mut found: Vec<_> = folders.flat_map(|folder| folder.dirs().map(of_policy)).collect();
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found
}

fn collect(folder: &Dir<'static>, found: &mut Vec<Arc<SourceText>>) {
    for file in folder.files() {
        let name = name(file.path());
        if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            found.extend(text(file));
        }
    }
    folder.dirs().for_each(|inner| collect(inner, found));
}

fn text(file: &File<'static>) -> Option<Arc<SourceText>> {
    Some(Arc::new(SourceText::new(name(file.path()), file.contents_utf8()?)))
}

fn name(path: &Path) -> String {
    format!("policies/{}", path.to_string_lossy().replace('\\', "/"))
}

/// Adds what the packs say in which some files below a path stand.
pub(super) fn told(path: &Path, files: &[&Path], terms: &mut Terms, errors: &mut Vec<PolicyError>) {
    for file in manifests(path, files) {
        let folder = file.parent().unwrap_or(path);
        match read_text(&file).and_then(|text| contact(&text)) {
            Ok(contact) => terms.add_pack(folder, contact),
            Err(error) => errors.push(error),
        }
    }
}

/// Where they say it.
pub(super) fn manifests(path: &Path, files: &[&Path]) -> Vec<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        let above = file.ancestors().skip(1);
        folders.extend(above.take_while(|folder| folder.starts_with(path)));
    }
    let manifests = folders.into_iter().map(|folder| folder.join(MANIFEST));
    manifests.filter(|file| file.is_file()).collect()
}

/// The owner that a bundle's manifest names in its metadata.
fn contact(text: &Arc<SourceText>) -> Result<Contact, PolicyError> {
    let mut reading = manifest::read(text, Format::Manifest, &ReadLimits::default());
    if let Some(error) = reading.errors.into_iter().next() {
        let name = display_name(text.name().as_ref());
        return Err(PolicyError::new(format!(
            "the bundle's manifest `{name}` can't be read: {error}"
        )));
    }
    let Some(document) = reading.manifests.pop() else { return Ok(Contact::default()) };
    let metadata = document.root.get("metadata");
    let said = |key: &str| match metadata.and_then(|metadata| metadata.get(key)) {
        None => Ok(None),
        Some(node) => match node.as_str() {
            Some(said) => Ok(Some(said.to_owned())),
            None => Err(not_text(key, node, text)),
        },
    };
    Ok(Contact { owner: said("owner")?, contact: said("contact")? })
}

fn not_text(key: &str, node: &Node, text: &Arc<SourceText>) -> PolicyError {
    PolicyError::at(format!("the `{key}` of a pack is text"), text, node.span)
}
