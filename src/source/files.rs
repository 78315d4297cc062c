//! Files and folders as sources: what to read, in which order, under which names.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{WalkBuilder, WalkState};
use thiserror::Error;

use super::stamp::Stamp;
use super::text::SourceText;

/// Something that a source could not be got from.
#[derive(Clone, Debug, Error)]
pub enum SourceError {
    /// The path leads nowhere, or may not be read.
    #[error("`{name}` can't be read: {reason}")]
    Unreadable {
        /// The path as reports show it.
        name: String,
        /// What the system says.
        reason: String,
    },
    /// The file is not UTF-8.
    #[error("`{name}` is not UTF-8 text: byte {byte} on line {line}")]
    NotText {
        /// The path as reports show it.
        name: String,
        /// Offset of the first byte that fits nothing.
        byte: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// Standard input held nothing.
    #[error("`{name}` is empty: there was nothing to judge")]
    Empty {
        /// The name that it goes by.
        name: String,
    },
    /// An `--exclude` pattern that is no glob.
    #[error("`{glob}` is no glob: {reason}")]
    Glob {
        /// The pattern.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SourceError {
    /// The path it speaks of, as reports show it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unreadable { name, .. } | Self::NotText { name, .. } | Self::Empty { name } => {
                Some(name)
            }
            Self::Glob { .. } => None,
        }
    }
}

/// One file to read, under the name that reports show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// The name that reports show: the path as given, with forward slashes.
    pub name: String,
    /// Where to read it.
    pub path: PathBuf,
}

impl SourceFile {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// If it can't be read, or is not UTF-8.
    pub fn read(&self) -> Result<Arc<SourceText>, SourceError> {
        self.read_stamped().map(|(text, _)| text)
    }

    /// The same with what the system said of the file before it was read.
    pub(crate) fn read_stamped(&self) -> Result<(Arc<SourceText>, Option<Stamp>), SourceError> {
        let read = || {
            let mut file = File::open(&self.path)?;
            let about = file.metadata()?;
            // Room for all of it, so that one more reading finds the end.
            let mut bytes = Vec::with_capacity(room(about.len()));
            file.by_ref().take(u64::MAX).read_to_end(&mut bytes)?;
            Ok((bytes, Stamp::of(&about)))
        };
        let (bytes, stamp) = read().map_err(|error| unreadable(&self.path, &error))?;
        Ok((text(&self.name, bytes)?, stamp))
    }
}

/// How much room is made for a file of this size; what grows beyond it, or tells no true size, is
/// still read whole.
fn room(size: u64) -> usize {
    const MOST: u64 = 1 << 24;
    usize::try_from(size.min(MOST)).unwrap_or_default() + 64
}

/// Reads standard input whole.
///
/// # Errors
///
/// If it can't be read, or is not UTF-8.
pub fn read_stdin(name: &str) -> Result<Arc<SourceText>, SourceError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| SourceError::Unreadable {
        name: name.to_owned(),
        reason: error.to_string(),
    })?;
    text(name, bytes)
}

fn text(name: &str, bytes: Vec<u8>) -> Result<Arc<SourceText>, SourceError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(SourceText::new(name, text))),
        Err(error) => {
            let byte = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..byte];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(SourceError::NotText { name: name.to_owned(), byte, line })
        }
    }
}

/// Finds the files below paths. Ignore files and hidden files are honoured below folders; a file
/// that is named itself is always taken, unless it is excluded.
#[derive(Clone, Debug)]
pub struct Walk {
    extensions: &'static [&'static str],
    exclude: Override,
}

impl Walk {
    /// A walk over files with these endings, without what the globs exclude; they are relative
    /// to `root`.
    ///
    /// # Errors
    ///
    /// If a glob is malformed.
    pub fn new(
        extensions: &'static [&'static str],
        exclude: &[String],
        root: &Path,
    ) -> Result<Self, SourceError> {
        let mut builder = OverrideBuilder::new(whole_path(root));
        let wrong = |glob: &str, error: ignore::Error| SourceError::Glob {
            glob: glob.to_owned(),
            reason: error.to_string(),
        };
        for glob in exclude {
            builder.add(&format!("!{glob}")).map_err(|error| wrong(glob, error))?;
        }
        let exclude = builder.build().map_err(|error| wrong("", error))?;
        Ok(Self { extensions, exclude })
    }

    /// The files below `paths`, sorted by name, each once; and what could not be looked into.
    pub fn files<P: AsRef<Path>>(&self, paths: &[P]) -> (Vec<SourceFile>, Vec<SourceError>) {
        let mut files = Vec::new();
        let mut errors = Vec::new();
        for path in paths.iter().map(AsRef::as_ref) {
            match std::fs::metadata(path) {
                Err(error) => errors.push(unreadable(path, &error)),
                Ok(metadata) if metadata.is_dir() => self.folder(path, &mut files, &mut errors),
                Ok(_) if excluded(&self.exclude, path, false) => {}
                Ok(_) => files.push(SourceFile { name: display_name(path), path: path.to_owned() }),
            }
        }
        files.sort();
        files.dedup_by(|a, b| a.name == b.name);
        (files, errors)
    }

    fn folder(&self, root: &Path, files: &mut Vec<SourceFile>, errors: &mut Vec<SourceError>) {
        let mut walk = WalkBuilder::new(root);
        let exclude = self.exclude.clone();
        walk.require_git(false).add_custom_ignore_filename(".manifestlyignore").filter_entry(
            move |entry| {
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                !excluded(&exclude, entry.path(), is_folder)
            },
        );
        walk.threads(rayon::current_num_threads());
        let (found, failed) = (Mutex::new(files), Mutex::new(Vec::new()));
        walk.build_parallel().run(|| {
            Box::new(|entry| {
                match entry {
                    Err(error) => locked(&failed).push(error.to_string()),
                    Ok(entry) => {
                        let is_file = entry.file_type().is_some_and(|kind| kind.is_file())
                            || entry.path_is_symlink() && entry.path().is_file();
                        if is_file && self.wants(entry.path()) {
                            let name = display_name(entry.path());
                            locked(&found).push(SourceFile { name, path: entry.into_path() });
                        }
                    }
                }
                WalkState::Continue
            })
        });
        let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Threads meet folders in no order.
        failed.sort();
        let name = display_name(root);
        errors.extend(
            failed.into_iter().map(|reason| SourceError::Unreadable { name: name.clone(), reason }),
        );
    }

    fn wants(&self, path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|found| {
            self.extensions.iter().any(|wanted| found.eq_ignore_ascii_case(wanted))
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a path, or a folder it is in, is excluded.
fn excluded(exclude: &Override, path: &Path, is_folder: bool) -> bool {
    if exclude.is_empty() {
        return false;
    }
    let whole = whole_path(path);
    let within = whole.ancestors().take_while(|part| *part != exclude.path());
    within.enumerate().any(|(up, part)| exclude.matched(part, is_folder || up > 0).is_ignore())
}

/// A path from the root on, without `.` and `..`, as it is written: links are not followed.
pub(crate) fn whole_path(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut whole = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

fn unreadable(path: &Path, error: &std::io::Error) -> SourceError {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        _ => error.to_string(),
    };
    SourceError::Unreadable { name: display_name(path), reason }
}

/// A path as reports show it: forward slashes, without a leading `./`.
pub fn display_name(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    match name.strip_prefix("./").map(|rest| rest.trim_start_matches('/')) {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}
