//! Policies as files and settings have them, as often as they change.

use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use ignore::WalkBuilder;
use rustc_hash::FxHasher;

use crate::admission::SHOWN;
use crate::agreement;
use crate::check::Trials;
use crate::cli::args::CheckArgs;
use crate::cli::check;
use crate::cli::settings::{Origin, Settings};
use crate::rego::{PolicyError, PolicyErrors};
use crate::server::{Set, Source, Subset};

/// Files and settings of this machine.
pub(super) struct Files {
    args: CheckArgs,
    subsets: Vec<Subset>,
    /// What was read last.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    paths: Vec<PathBuf>,
    /// Whether the day is the machine's, so that midnight changes what is in force.
    follows_days: bool,
}

impl Files {
    pub(super) fn new(args: CheckArgs, subsets: Vec<Subset>) -> Self {
        let files = Self { args, subsets, known: Mutex::default() };
        // What is wrong with the settings is told when they are loaded.
        if let Ok(settings) = Settings::here(&files.args) {
            files.note(&settings);
        }
        files
    }

    /// Notes which files count.
    fn note(&self, settings: &Settings) {
        let agreed = &settings.agreed;
        let lists = [&settings.policies.value, &settings.data.value, &settings.inventory.value];
        let mut paths: Vec<PathBuf> = lists.into_iter().flatten().cloned().collect();
        paths.extend(agreed.waivers.paths.value.iter().cloned());
        paths.push(agreed.waivers.root.join("waivers"));
        paths.extend(agreed.waivers.allowed_signers.value.clone());
        paths.extend(agreed.baseline.value.clone());
        paths.extend(settings.file.as_ref().map(PathBuf::from));
        let follows_days = agreed.as_of.origin == Origin::Default;
        let known = Known { paths, follows_days };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Source for Files {
    fn state(&self) -> u64 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hasher = FxHasher::default();
        if known.follows_days {
            agreement::today().hash(&mut hasher);
        }
        known.paths.iter().for_each(|path| hash(path, &mut hasher));
        hasher.finish()
    }

    fn load(&self) -> Result<Set, PolicyErrors> {
        let settings = Settings::here(&self.args).map_err(PolicyError::from)?;
        self.note(&settings);
        let all = check::checker_at_admission(&self.args, &settings, Trials::First(SHOWN))?;
        Ok(Set { all, subsets: self.subsets.clone() })
    }
}

/// What tells whether something about the files below a path is another than it was. Links are
/// followed: mounted ones lead to a folder that is replaced as a whole.
fn hash(path: &Path, hasher: &mut FxHasher) {
    let entries = WalkBuilder::new(path).standard_filters(false).follow_links(true).build();
    let mut all: Vec<_> = entries.filter_map(Result::ok).collect();
    all.sort_by(|a, b| a.path().cmp(b.path()));
    for entry in all {
        let Ok(metadata) = entry.metadata() else { continue };
        entry.path().hash(hasher);
        let changed =
            metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        // That of a folder says of files that count nothing that they don't say themselves.
        if metadata.is_file() {
            (metadata.len(), changed).hash(hasher);
            number(&metadata).hash(hasher);
        }
    }
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Files {
        let args = CheckArgs::usual();
        let known = Known { paths: vec![folder.to_owned()], follows_days: false };
        Files { args, subsets: Vec::new(), known: Mutex::new(known) }
    }

    #[test]
    fn the_state_is_another_when_a_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rego");
        std::fs::write(&file, "package a").unwrap();
        let files = files(folder.path());
        let before = files.state();
        assert_eq!(files.state(), before);
        std::fs::write(&file, "package ab").unwrap();
        assert_ne!(files.state(), before);
        std::fs::remove_dir_all(folder.path()).unwrap();
        assert_ne!(files.state(), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_a_change() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["..1", "..2"] {
            std::fs::create_dir(at(version)).unwrap();
            std::fs::write(at(version).join("a.rego"), "package a").unwrap();
        }
        symlink("..1", at("..data")).unwrap();
        symlink("..data/a.rego", at("a.rego")).unwrap();
        let files = files(folder.path());
        let before = files.state();
        symlink("..2", at("..new")).unwrap();
        std::fs::rename(at("..new"), at("..data")).unwrap();
        assert_ne!(files.state(), before);
    }
}
