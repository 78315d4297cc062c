//! Files that get another text: all of it, or none.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use thiserror::Error;

use super::files::display_name;

/// Why a file keeps its text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplaceError {
    /// It is not what was read any more.
    #[error("`{name}` has changed since it was read, and was left alone")]
    Changed {
        /// The path as reports show it.
        name: String,
    },
    /// It may not be written.
    #[error("`{name}` is read-only, and was left alone")]
    ReadOnly {
        /// The path as reports show it.
        name: String,
    },
    /// The system says no.
    #[error("`{name}` can't be written: {reason}")]
    Unwritable {
        /// The path as reports show it.
        name: String,
        /// What the system says.
        reason: String,
    },
}

/// Gives a file another text in the place of the one that was read. Links are followed, and
/// permissions kept. Whoever reads the file sees the one text or the other, never a part.
///
/// # Errors
///
/// Why the file was left alone.
pub fn replace(path: &Path, before: &str, after: &str) -> Result<(), ReplaceError> {
    let name = || display_name(path);
    let unwritable = |error: std::io::Error| ReplaceError::Unwritable {
        name: name(),
        reason: error.to_string(),
    };
    // The file itself is replaced, not a link to it.
    let target = fs::canonicalize(path).map_err(unwritable)?;
    let permissions = fs::metadata(&target).map_err(unwritable)?.permissions();
    if permissions.readonly() {
        return Err(ReplaceError::ReadOnly { name: name() });
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".manifestly-")
        .permissions(permissions)
        .tempfile_in(folder)
        .map_err(unwritable)?;
    file.write_all(after.as_bytes()).map_err(unwritable)?;
    // What the system's mask took of the permissions is given back.
    let permissions = fs::metadata(&target).map_err(unwritable)?.permissions();
    file.as_file().set_permissions(permissions).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    let now = fs::read(&target).map_err(unwritable)?;
    if now == after.as_bytes() {
        // It was reached by another name.
        return Ok(());
    }
    if now != before.as_bytes() {
        return Err(ReplaceError::Changed { name: name() });
    }
    file.persist(&target).map_err(|error| unwritable(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_its_text_or_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "one").unwrap();
        assert_eq!(replace(&path, "one", "two"), Ok(()));
        assert_eq!(replace(&path, "one", "two"), Ok(()), "by another name");
        let changed = replace(&path, "one", "three").unwrap_err();
        assert!(matches!(changed, ReplaceError::Changed { .. }), "{changed}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let gone = replace(&folder.path().join("b.yaml"), "", "x").unwrap_err();
        assert!(matches!(gone, ReplaceError::Unwritable { .. }), "{gone}");
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside the file");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        symlink("a.yaml", &link).unwrap();
        assert_eq!(replace(&link, "one", "two"), Ok(()));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let refused = replace(&path, "two", "three").unwrap_err();
        assert!(matches!(refused, ReplaceError::ReadOnly { .. }), "{refused}");
    }
}
