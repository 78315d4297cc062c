//! The starter pack, embedded in the program.

use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::source::SourceText;

static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The pack's policies, without their tests, under the names they have in the repository.
pub(super) fn policies() -> Vec<Arc<SourceText>> {
    let mut found = Vec::new();
    collect(&PACK, &mut found);
    found
}

fn collect(folder: &Dir<'_>, found: &mut Vec<Arc<SourceText>>) {
    for file in folder.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        if let Some(text) = file.contents_utf8()
            && name.ends_with(".rego")
            && !name.ends_with("_test.rego")
        {
            found.push(Arc::new(SourceText::new(format!("policies/{name}"), text)));
        }
    }
    folder.dirs().for_each(|inner| collect(inner, found));
}
