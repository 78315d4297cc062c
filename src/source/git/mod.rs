//! What git knows: files that are staged for the next commit, and what files held before.

mod history;

use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

pub use history::Revision;

/// Why git can't say what is asked of it, or stage what was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GitError {
    /// It can't be run.
    #[error("git can't be run: {reason}")]
    Absent {
        /// What the system says.
        reason: String,
    },
    /// It refuses.
    #[error("git says: {message}")]
    Refused {
        /// Its own words.
        message: String,
    },
}

/// Files that are staged below some paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    /// Those that are on the disk as they are staged.
    pub whole: Vec<PathBuf>,
    /// Those with further changes that are not staged.
    pub partial: Vec<PathBuf>,
}

/// What is added or modified in the index below `paths`, as seen from the working folder.
///
/// # Errors
///
/// Why git doesn't say.
pub fn staged(paths: &[PathBuf]) -> Result<Staged, GitError> {
    let top = git(&["rev-parse", "--show-toplevel"], &[])?;
    let top = PathBuf::from(top.trim_end_matches(['\r', '\n']));
    let list = ["diff", "--name-only", "-z", "--no-ext-diff", "--no-renames"];
    let changed = |more: &[&str]| -> Result<Vec<PathBuf>, GitError> {
        let names = git(&[&list[..], more].concat(), paths)?;
        let names = names.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(|name| seen_from_here(&top.join(name))).collect())
    };
    let unstaged = changed(&[])?;
    let staged = changed(&["--cached", "--diff-filter=AMT"])?;
    let (partial, whole) = staged.into_iter().partition(|file| unstaged.contains(file));
    Ok(Staged { whole, partial })
}

/// Stages files.
///
/// # Errors
///
/// Why git doesn't.
pub fn stage(files: &[PathBuf]) -> Result<(), GitError> {
    git(&["add"], files).map(|_| ())
}

fn git(args: &[&str], paths: &[PathBuf]) -> Result<String, GitError> {
    git_in(Path::new(""), args, paths)
}

/// The same, asked in a folder; in the working folder, where it is empty.
fn git_in(folder: &Path, args: &[&str], paths: &[PathBuf]) -> Result<String, GitError> {
    let mut command = Command::new("git");
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    command.args(args);
    if !paths.is_empty() {
        command.arg("--").args(paths);
    }
    let done = command.output().map_err(|error| GitError::Absent { reason: error.to_string() })?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(GitError::Refused { message })
}

/// A path as one would write it in the working folder.
fn seen_from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let below = |folder: &Path| path.strip_prefix(folder).ok().map(Path::to_owned);
    for (up, folder) in here.ancestors().enumerate() {
        if let Some(rest) = below(folder).filter(|_| folder.parent().is_some()) {
            return std::iter::repeat_n("..", up).collect::<PathBuf>().join(rest);
        }
    }
    path.to_owned()
}
