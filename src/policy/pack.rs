//! The starter pack, embedded in the program.

use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, File, include_dir};

use crate::source::{Input, SourceText};

use super::examples::{Example, Group, Kind};

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
