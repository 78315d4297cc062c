//! Records in files: a folder for each run's policies and options, parted by the first bits of
//! the keys so that a run over one manifest reads little.
//!
//! Of a file's records memory holds where they are, and of a small file the records. New ones are added to its end, and it is
//! replaced whole where it has grown too large, so that any number of runs can share it. A record
//! that is not as it was written is as good as none.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use super::Key;

/// The first bytes of every file; another form gets another mark.
const MARK: &[u8; 8] = b"manfst02";
/// In how many files records are parted.
const PARTS: usize = 64;
/// How large a file may grow; what has been there longest goes first.
const MAX_FILE: usize = 4 << 20;
/// How many runs with other policies or options are kept, and for how long.
const MAX_RUNS: usize = 8;
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Up to which size a file is held in memory, so that its records are not read one by one.
const MAX_HELD: usize = 256 << 10;
/// How much that is new a file waits for; all of them together bound what memory holds.
const MAX_NEW: usize = 16 << 10;
/// What stands before each record: its key, its length, and a digest of all three.
const HEAD: usize = 32 + 4 + 8;

/// The records of a run.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Where this and other runs have their folders.
    root: PathBuf,
    name: String,
    parts: Vec<Part>,
    /// Whether something has been written, or can't be.
    wrote: AtomicBool,
    failed: AtomicBool,
}

#[derive(Debug, Default)]
struct Part {
    known: OnceLock<Known>,
    new: Mutex<New>,
}

/// What has been added to the records of a file.
#[derive(Debug, Default)]
struct New {
    /// Entries as they are in files.
    entries: Vec<u8>,
    /// Whether a damaged file has been replaced.
    mended: bool,
}

/// Where records are in a file that was there before the run.
#[derive(Debug, Default)]
struct Known {
    records: Records,
    /// Where they begin and how long they are, by the last bytes of their keys, which differ as keys do but for an accident.
    at: FxHashMap<u64, (u32, u32)>,
    /// Whether something else stands behind the records: what is added to that is not found.
    damaged: bool,
}

/// Where records are read from.
#[derive(Debug)]
enum Records {
    File(Mutex<File>),
    Memory(Vec<u8>),
}

impl Default for Records {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Shelf {
    pub(super) fn at(folder: &Path, run: &Key) -> Self {
        let name = run.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        let root = folder.join("judgements");
        Self { root, name, parts, wrote: AtomicBool::new(false), failed: AtomicBool::new(false) }
    }

    pub(super) fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let number = part_of(key);
        self.known(number, self.parts.get(number)?).find(key)
    }

    pub(super) fn put(&self, key: &Key, record: &[u8]) {
        let number = part_of(key);
        let (Some(part), Some(head)) = (self.parts.get(number), head(key, record)) else { return };
        if self.failed.load(Ordering::Relaxed) {
            return;
        }
        let mut new = locked(&part.new);
        new.entries.extend_from_slice(&head);
        new.entries.extend_from_slice(record);
        if new.entries.len() > MAX_NEW {
            self.write(number, self.known(number, part), &mut new);
        }
    }

    /// Writes what is new, as far as it can be written.
    pub(super) fn save(&self) {
        for (number, part) in self.parts.iter().enumerate() {
            let mut new = locked(&part.new);
            if !new.entries.is_empty() {
                self.write(number, self.known(number, part), &mut new);
            }
        }
        if self.wrote.swap(false, Ordering::Relaxed) {
            self.forget();
        }
    }

    /// What was in a file before the run.
    fn known<'p>(&self, number: usize, part: &'p Part) -> &'p Known {
        part.known.get_or_init(|| Known::read(&self.file(number)))
    }

    fn write(&self, number: usize, known: &Known, new: &mut New) {
        let entries = std::mem::take(&mut new.entries);
        if self.failed.load(Ordering::Relaxed) {
            return;
        }
        let damaged = known.damaged && !std::mem::replace(&mut new.mended, true);
        let file = self.file(number);
        let written = make_folder(&self.folder()).and_then(|()| add(&file, &entries, damaged));
        let outcome = if written.is_ok() { &self.wrote } else { &self.failed };
        outcome.store(true, Ordering::Relaxed);
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn head(key: &Key, record: &[u8]) -> Option<[u8; HEAD]> {
    let length = u32::try_from(record.len()).ok()?.to_le_bytes();
    let mut digest = Sha256::new();
    digest.update(key);
    digest.update(length);
    digest.update(record);
    let mut head = [0; HEAD];
    head[..32].copy_from_slice(key);
    head[32..36].copy_from_slice(&length);
    head[36..].copy_from_slice(&digest.finalize()[..8]);
    Some(head)
}

/// The entries of a file, each with where it begins, up to the first that is cut off.
fn entries(bytes: &[u8]) -> impl Iterator<Item = (usize, &Key, &[u8])> {
    let mut at = if bytes.starts_with(MARK) { MARK.len() } else { bytes.len() };
    std::iter::from_fn(move || {
        let (key, rest) = bytes.get(at..)?.split_first_chunk::<32>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let entry = (at, key, rest.get(8..)?.get(..length)?);
        at += HEAD + length;
        Some(entry)
    })
}

fn end_of_entries(bytes: &[u8]) -> usize {
    let last = entries(bytes).last();
    last.map_or(MARK.len().min(bytes.len()), |(at, _, record)| at + HEAD + record.len())
}

fn short(key: &Key) -> u64 {
    key.last_chunk().map_or(0, |last| u64::from_le_bytes(*last))
}

impl Known {
    fn read(file: &Path) -> Self {
        let Ok(mut file) = File::open(file) else { return Self::default() };
        let mut bytes = Vec::new();
        if file.read_to_end(&mut bytes).is_err() {
            return Self::default();
        }
        let at = entries(&bytes)
            .filter_map(|(at, key, record)| {
                let at = (u32::try_from(at).ok()?, u32::try_from(record.len()).ok()?);
                Some((short(key), at))
            })
            .collect();
        let damaged = !bytes.starts_with(MARK) || end_of_entries(&bytes) < bytes.len();
        let is_small = bytes.len() <= MAX_HELD;
        let records =
            if is_small { Records::Memory(bytes) } else { Records::File(Mutex::new(file)) };
        Self { records, at, damaged }
    }

    fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let (at, length) = *self.at.get(&short(key))?;
        let length = usize::try_from(length).ok()?;
        let mut found = [0; HEAD];
        let record = match &self.records {
            Records::Memory(bytes) => {
                let entry = bytes.get(usize::try_from(at).ok()?..)?;
                let (first, rest) = entry.split_first_chunk()?;
                found = *first;
                rest.get(..length)?.to_vec()
            }
            Records::File(file) => {
                let mut file = locked(file);
                file.seek(SeekFrom::Start(at.into())).ok()?;
                file.read_exact(&mut found).ok()?;
                let mut record = vec![0; length];
                file.read_exact(&mut record).ok()?;
                record
            }
        };
        (head(key, &record)? == found).then_some(record)
    }
}

/// Adds entries to the end of a file. One that is damaged, or would grow too large, is replaced.
fn add(file: &Path, new: &[u8], damaged: bool) -> io::Result<()> {
    let length = fs::metadata(file).map_or(0, |file| file.len());
    if length == 0 {
        return replace(file, &[&MARK[..], new].concat());
    }
    if !damaged && length + new.len() as u64 <= MAX_FILE as u64 {
        // In one piece, as another run may be about to do the same.
        return File::options().append(true).open(file)?.write_all(new);
    }
    replace(file, &latest(&fs::read(file)?, new))
}

/// The file of the entries that came last, with room for more.
fn latest(old: &[u8], new: &[u8]) -> Vec<u8> {
    let room = (MAX_FILE / 4 * 3).saturating_sub(new.len());
    let whole = end_of_entries(old);
    let start = entries(old).map(|(at, ..)| at).find(|at| whole - at <= room).unwrap_or(whole);
    [&MARK[..], &old[start..whole], new].concat()
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
        first.put(&key(7, 1), b"one");
        first.save();
        let second = shelf(folder.path());
        assert_eq!(second.find(&key(7, 1)), Some(b"one".to_vec()));
        assert_eq!(second.find(&key(7, 2)), None);
        second.put(&key(7, 2), b"two");
        second.put(&key(8, 3), b"");
        second.save();
        let third = shelf(folder.path());
        assert_eq!(third.find(&key(7, 1)), Some(b"one".to_vec()));
        assert_eq!(third.find(&key(7, 2)), Some(b"two".to_vec()));
        assert_eq!(third.find(&key(8, 3)), Some(Vec::new()));
    }

    #[test]
    fn runs_that_write_at_once_keep_what_both_found() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (shelf(folder.path()), shelf(folder.path()));
        assert!(one.find(&key(7, 1)).is_none() && two.find(&key(7, 1)).is_none());
        one.put(&key(7, 1), b"one");
        two.put(&key(7, 2), b"two");
        one.save();
        two.save();
        let both = shelf(folder.path());
        assert!(both.find(&key(7, 1)).is_some() && both.find(&key(7, 2)).is_some());
    }

    #[test]
    fn what_is_new_is_not_held_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let first = shelf(folder.path());
        first.put(&key(7, 1), &vec![1; MAX_NEW]);
        assert_eq!(locked(&first.parts[7].new).entries.len(), 0);
        assert!(shelf(folder.path()).find(&key(7, 1)).is_some());
    }

    #[test]
    fn a_changed_record_is_no_record_and_makes_room_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let first = shelf(folder.path());
        first.put(&key(7, 1), b"record");
        first.save();
        let file = first.file(7);
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            for bad in [bad, whole[..at].to_vec()] {
                fs::write(&file, bad).unwrap();
                let second = shelf(folder.path());
                assert_eq!(second.find(&key(7, 1)), None, "byte {at}");
                second.put(&key(7, 1), b"record");
                second.save();
                let third = shelf(folder.path());
                assert_eq!(third.find(&key(7, 1)), Some(b"record".to_vec()), "byte {at}");
            }
        }
    }

    #[test]
    fn what_is_old_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..3 {
            let shelf = shelf(folder.path());
            shelf.put(&key(7, number), &vec![number; MAX_FILE / 2 - 100]);
            shelf.save();
        }
        let last = shelf(folder.path());
        assert!(last.find(&key(7, 0)).is_none());
        assert!(last.find(&key(7, 2)).is_some());
        assert!(fs::metadata(last.file(7)).unwrap().len() < MAX_FILE as u64);
    }

    #[test]
    fn other_runs_are_forgotten_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        for run in 0..20 {
            let shelf = Shelf::at(folder.path(), &key(run, 0));
            shelf.put(&key(0, 0), b"");
            shelf.save();
        }
        let left = fs::read_dir(folder.path().join("judgements")).unwrap().count();
        assert_eq!(left, MAX_RUNS);
    }
}
