//! Writing a handbook into a folder, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

use crate::source::display_name;

/// What a folder remembers of the handbook in it, so that pages of policies that are gone go too,
/// and nothing else.
const RECORD: &str = ".manifestly-docs";

/// Why a handbook can't be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is something else in it.
    #[error("`{folder}` is not empty, and what is in it is no handbook")]
    Taken {
        /// The folder.
        folder: String,
    },
    /// The system says no.
    #[error("`{path}` can't be written: {error}")]
    Unwritable {
        /// What can't be written.
        path: String,
        /// Why.
        error: io::Error,
    },
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new, or changed.
    pub written: usize,
    /// Files that were as they should be.
    pub unchanged: usize,
    /// Files that were there of a handbook before, and are gone.
    pub removed: usize,
}

/// Writes files into a folder: a new one, an empty one, or one with a handbook.
///
/// # Errors
///
/// If something else is in the folder, or it can't be written.
pub fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<Written, FolderError> {
    let unwritable = |path: &Path| {
        let path = display_name(path);
        move |error: io::Error| FolderError::Unwritable { path, error }
    };
    let before = known(folder)?;
    let mut done = Written::default();
    for (name, text) in files {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
            done.unchanged += 1;
            continue;
        }
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(unwritable(parent))?;
        std::fs::write(&path, text).map_err(unwritable(&path))?;
        done.written += 1;
    }
    for name in before.iter().filter(|name| !files.contains_key(*name) && is_inside(name)) {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Ok(()) => done.removed += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritable(&path)(error)),
        }
    }
    let record = folder.join(RECORD);
    let names: String = files.keys().map(|name| format!("{name}\n")).collect();
    std::fs::write(&record, names).map_err(unwritable(&record))?;
    Ok(done)
}

/// The files of the handbook that is in a folder.
fn known(folder: &Path) -> Result<BTreeSet<String>, FolderError> {
    match std::fs::read_to_string(folder.join(RECORD)) {
        Ok(record) => return Ok(record.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(FolderError::Unwritable { path: display_name(folder), error });
        }
    }
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(FolderError::Unwritable { path: display_name(folder), error }),
    };
    if is_empty {
        Ok(BTreeSet::new())
    } else {
        Err(FolderError::Taken { folder: display_name(folder) })
    }
}

/// A record may have been changed by anyone: what leads out of the folder is left alone.
fn is_inside(name: &str) -> bool {
    !name.is_empty()
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), format!("text of {name}"))).collect()
    }

    #[test]
    fn what_is_gone_goes_and_what_is_of_others_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("book");
        let done = write(&folder, &files(&["a.html", "p/b.html"])).unwrap();
        assert_eq!(done, Written { written: 2, ..Written::default() });
        std::fs::write(folder.join("CNAME"), "docs.example.com").unwrap();
        let done = write(&folder, &files(&["a.html", "p/c.html"])).unwrap();
        assert_eq!(done, Written { written: 1, unchanged: 1, removed: 1 });
        assert!(folder.join("CNAME").exists() && !folder.join("p/b.html").exists());
    }

    #[test]
    fn a_folder_with_something_else_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("index.html"), "mine").unwrap();
        let error = write(home.path(), &files(&["index.html"])).unwrap_err();
        assert!(matches!(error, FolderError::Taken { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(home.path().join("index.html")).unwrap(), "mine");
    }

    #[test]
    fn a_record_removes_nothing_outside() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("book");
        std::fs::create_dir(&folder).unwrap();
        let outside = home.path().join("outside");
        std::fs::write(&outside, "mine").unwrap();
        let record = format!("../outside\n{}\n", outside.display());
        std::fs::write(folder.join(RECORD), record).unwrap();
        write(&folder, &files(&["a"])).unwrap();
        assert!(outside.exists());
    }
}
