//! Records in files: a folder for each run's policies and options, parted by the first bits of
//! the keys so that a run over one manifest reads little.
//!
//! Files are replaced whole and never changed, so that any number of runs can share them. A file
//! that is not as it was written is as good as none.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::Key;

/// The first bytes of every file; another form gets another mark.
const MARK: &[u8; 8] = b"manfst01";
/// In how many files records are parted.
const PARTS: usize = 64;
/// How large a file may grow; what has been there longest goes first.
const MAX_FILE: usize = 4 << 20;
/// How many runs with other policies or options are kept, and for how long.
const MAX_RUNS: usize = 8;
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The records of a run.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Where this and other runs have their folders.
    root: PathBuf,
    name: String,
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    known: OnceLock<Records>,
    new: Mutex<Vec<(Key, Vec<u8>)>>,
}

/// What a file holds.
#[derive(Debug, Default)]
struct Records {
    bytes: Vec<u8>,
    at: HashMap<Key, Range<usize>>,
}

impl Shelf {
    pub(super) fn at(folder: &Path, run: &Key) -> Self {
        let name = run.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        Self { root: folder.join("judgements"), name, parts }
    }

    pub(super) fn find(&self, key: &Key) -> Option<&[u8]> {
        let number = part_of(key);
        let part = self.parts.get(number)?;
        let known = part.known.get_or_init(|| Records::read(&self.file(number)));
        known.bytes.get(known.at.get(key)?.clone())
    }

    pub(super) fn put(&self, key: Key, record: Vec<u8>) {
        if let Some(part) = self.parts.get(part_of(&key)) {
            part.new.lock().unwrap_or_else(PoisonError::into_inner).push((key, record));
        }
    }

    /// Writes what is new, as far as it can be written.
    pub(super) fn save(&self) {
        let mut wrote = false;
        for (number, part) in self.parts.iter().enumerate() {
            let new = std::mem::take(&mut *part.new.lock().unwrap_or_else(PoisonError::into_inner));
            if new.is_empty() {
                continue;
            }
            if !wrote && make_folder(&self.folder()).is_err() {
                return;
            }
            let file = self.file(number);
            // Another run may have written since this one has read.
            let known = Records::read(&file);
            if replace(&file, &known.with(new)).is_err() {
                return;
            }
            wrote = true;
        }
        if wrote {
            self.forget();
        }
    }

    fn folder(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    fn file(&self, part: usize) -> PathBuf {
        self.folder().join(format!("{part:02}"))
    }

    /// Removes the folders of runs that have not written for long, and of more than there is
    /// room for.
    fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        let mut others: Vec<(SystemTime, PathBuf)> = entries
            .flatten()
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_str().unwrap_or_default();
                name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) && name != self.name
            })
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        others.sort_by(|a, b| b.cmp(a));
        for (number, (time, folder)) in others.iter().enumerate() {
            let old = time.elapsed().is_ok_and(|age| age > MAX_AGE);
            if number + 1 >= MAX_RUNS || old {
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}

fn part_of(key: &Key) -> usize {
    usize::from(key[0]) % PARTS
}

impl Records {
    fn read(file: &Path) -> Self {
        fs::read(file).ok().and_then(Self::parse).unwrap_or_default()
    }

    /// A file is its mark, a digest of what follows, and the records: key, length, bytes.
    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (mark, rest) = bytes.split_first_chunk()?;
        let (digest, body) = rest.split_first_chunk::<32>()?;
        if mark != MARK || *digest != <[u8; 32]>::from(Sha256::digest(body)) {
            return None;
        }
        let mut at = HashMap::new();
        let mut rest = body;
        while !rest.is_empty() {
            let (key, after) = rest.split_first_chunk::<32>()?;
            let (length, after) = after.split_first_chunk()?;
            let (record, after) =
                after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
            let start = bytes.len() - after.len() - record.len();
            at.insert(*key, start..start + record.len());
            rest = after;
        }
        Some(Self { bytes, at })
    }

    /// The file that holds these and the new ones.
    fn with(&self, new: Vec<(Key, Vec<u8>)>) -> Vec<u8> {
        let mut known: Vec<_> = self.at.iter().collect();
        known.sort_by_key(|(_, range)| range.start);
        let known = known.into_iter().map(|(key, range)| (key, &self.bytes[range.clone()]));
        let mut all: HashMap<&Key, usize> = HashMap::new();
        let mut records: Vec<(&Key, &[u8])> = Vec::new();
        for (key, record) in known.chain(new.iter().map(|(key, record)| (key, &**record))) {
            match all.get(key) {
                Some(place) => records[*place] = (key, record),
                None => {
                    all.insert(key, records.len());
                    records.push((key, record));
                }
            }
        }
        let size = |(_, record): &(&Key, &[u8])| record.len() + 36;
        let mut total: usize = records.iter().map(size).sum();
        let mut body = Vec::with_capacity(total);
        for entry in &records {
            if total > MAX_FILE {
                total -= size(entry);
                continue;
            }
            let Ok(length) = u32::try_from(entry.1.len()) else { continue };
            body.extend_from_slice(entry.0);
            body.extend_from_slice(&length.to_le_bytes());
            body.extend_from_slice(entry.1);
        }
        [&MARK[..], &Sha256::digest(&body), &body].concat()
    }
}

/// Makes a folder for this user alone: messages may quote what a manifest holds.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Puts a file in the place of another, so that whoever reads sees the old one or the new one.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = file.with_extension(format!("{}-{count}.tmp", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8, last: u8) -> Key {
        let mut key = [0; 32];
        (key[0], key[31]) = (first, last);
        key
    }

    fn shelf(folder: &Path) -> Shelf {
        Shelf::at(folder, &key(1, 1))
    }

    #[test]
    fn what_is_put_is_found_by_later_runs() {
        let folder = tempfile::tempdir().unwrap();
        let first = shelf(folder.path());
        first.put(key(7, 1), b"one".to_vec());
        first.save();
        let second = shelf(folder.path());
        assert_eq!(second.find(&key(7, 1)), Some(&b"one"[..]));
        assert_eq!(second.find(&key(7, 2)), None);
        second.put(key(7, 2), b"two".to_vec());
        second.put(key(8, 3), Vec::new());
        second.save();
        let third = shelf(folder.path());
        assert_eq!(third.find(&key(7, 1)), Some(&b"one"[..]));
        assert_eq!(third.find(&key(7, 2)), Some(&b"two"[..]));
        assert_eq!(third.find(&key(8, 3)), Some(&b""[..]));
    }

    #[test]
    fn runs_that_write_at_once_keep_what_both_found() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (shelf(folder.path()), shelf(folder.path()));
        assert!(one.find(&key(7, 1)).is_none() && two.find(&key(7, 1)).is_none());
        one.put(key(7, 1), b"one".to_vec());
        two.put(key(7, 2), b"two".to_vec());
        one.save();
        two.save();
        let both = shelf(folder.path());
        assert!(both.find(&key(7, 1)).is_some() && both.find(&key(7, 2)).is_some());
    }

    #[test]
    fn a_changed_file_is_no_file() {
        let whole = Records::default().with(vec![(key(1, 1), b"record".to_vec())]);
        assert_eq!(Records::parse(whole.clone()).unwrap().at.len(), 1);
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            assert!(Records::parse(bad).is_none(), "byte {at}");
            assert!(Records::parse(whole[..at].to_vec()).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn what_is_old_makes_room() {
        let large = vec![0; MAX_FILE / 2];
        let entries = (0..3).map(|number| (key(0, number), large.clone())).collect();
        let records = Records::parse(Records::default().with(entries)).unwrap();
        assert!(!records.at.contains_key(&key(0, 0)));
        assert!(records.at.contains_key(&key(0, 2)));
    }

    #[test]
    fn other_runs_are_forgotten_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        for run in 0..20 {
            let shelf = Shelf::at(folder.path(), &key(run, 0));
            shelf.put(key(0, 0), Vec::new());
            shelf.save();
        }
        let left = fs::read_dir(folder.path().join("judgements")).unwrap().count();
        assert_eq!(left, MAX_RUNS);
    }
}
