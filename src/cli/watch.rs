//! Files that are watched: whatever is done with them, what counts is that their contents change.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use ignore::WalkBuilder;
use notify_debouncer_mini::notify::{self, RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};
use rustc_hash::FxHasher;

/// How long nothing must happen before files are looked at: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Files with certain endings below folders.
pub(super) struct Watch {
    folders: Vec<PathBuf>,
    endings: &'static [&'static str],
    known: Contents,
    events: Receiver<DebounceEventResult>,
    /// Watches as long as it lives.
    _debouncer: Debouncer<RecommendedWatcher>,
}

/// What tells the contents of files apart.
type Contents = BTreeMap<PathBuf, u64>;

impl Watch {
    /// Watches folders, and the folders that files are in: what tests name stands beside them.
    /// Nothing is missed that changes from here on.
    pub(super) fn new(
        paths: &[PathBuf],
        endings: &'static [&'static str],
    ) -> Result<Self, notify::Error> {
        let mut folders: Vec<_> = paths.iter().map(|path| folder_of(path)).collect();
        folders.sort();
        folders.dedup();
        let (sender, events) = mpsc::channel();
        let mut debouncer = new_debouncer(QUIET, sender)?;
        for folder in &folders {
            debouncer.watcher().watch(folder, RecursiveMode::Recursive)?;
        }
        let known = contents(&folders, endings);
        Ok(Self { folders, endings, known, events, _debouncer: debouncer })
    }

    /// Waits until files have changed since this was last asked, and tells which. `None` if nothing
    /// can be told any more.
    pub(super) fn changed(&mut self) -> Option<Vec<PathBuf>> {
        loop {
            // Also a fault says that something happened.
            let _ = self.events.recv().ok()?;
            let now = contents(&self.folders, self.endings);
            let before = std::mem::replace(&mut self.known, now);
            let files: Vec<_> = self.differing(&before).collect();
            if !files.is_empty() {
                return Some(files);
            }
        }
    }

    fn differing<'w>(&'w self, before: &'w Contents) -> impl Iterator<Item = PathBuf> + 'w {
        let all = before.keys().chain(self.known.keys().filter(|file| !before.contains_key(*file)));
        all.filter(|file| before.get(*file) != self.known.get(*file)).cloned()
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}

/// The files below folders, without hidden ones, as policies are looked for.
fn contents(folders: &[PathBuf], endings: &[&str]) -> Contents {
    let mut contents = Contents::new();
    for folder in folders {
        let entries = WalkBuilder::new(folder).standard_filters(false).hidden(true).build();
        for file in entries.filter_map(Result::ok).map(ignore::DirEntry::into_path) {
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if !endings.contains(&ending) {
                continue;
            }
            // What can't be read is gone, or about to be written.
            if let Ok(bytes) = std::fs::read(&file) {
                let mut hasher = FxHasher::default();
                hasher.write(&bytes);
                contents.insert(file, hasher.finish());
            }
        }
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_those_of_files_that_count() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a.rego", "package a");
        write("in/b.yaml", "b: 1");
        write("c.txt", "c");
        write(".git/d.yaml", "d: 1");
        let now = || contents(&[folder.path().to_owned()], &["rego", "yaml"]);
        let first = now();
        assert_eq!(first.len(), 2, "{first:?}");
        write("a.rego", "package a");
        assert_eq!(now(), first);
        write("a.rego", "package b");
        assert_ne!(now(), first);
    }

    #[test]
    fn a_file_stands_for_its_folder() {
        assert_eq!(folder_of(Path::new("suite.yaml")), Path::new("."));
        assert_eq!(folder_of(Path::new("nowhere/suite.yaml")), Path::new("nowhere"));
        assert_eq!(
            folder_of(Path::new(env!("CARGO_MANIFEST_DIR"))),
            Path::new(env!("CARGO_MANIFEST_DIR"))
        );
    }
}
