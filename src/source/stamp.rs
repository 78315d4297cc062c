//! What the system says of a file, by which one that has not changed is known without being read.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a file has to be unchanged for. File systems tell times no more exactly than this.
const SETTLED: Duration = Duration::from_secs(2);

/// A file as the system describes it: where it is on its device, its size, and when its content
/// and the description itself last changed. Who sets the one time back sets the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    place: [u64; 2],
    size: u64,
    /// Seconds and nanoseconds of the content, then of the description.
    changed: [(i64, i64); 2],
}

impl Stamp {
    /// The stamp of the file that a path leads to, links followed.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::of(&std::fs::metadata(path).ok()?)
    }

    /// None of what is no file that keeps its content, and where the system tells too little.
    #[cfg(unix)]
    pub(crate) fn of(file: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        // Files that are made up as they are read have no size.
        (file.is_file() && file.len() > 0).then(|| Self {
            place: [file.dev(), file.ino()],
            size: file.len(),
            changed: [(file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec())],
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// Whether what is written into the file from `now` on gives it another stamp. One that was
    /// written a moment ago may be written again within what its system takes for the same time.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).ok().and_then(|now| now.checked_sub(SETTLED));
        let Some(now) = now else { return false };
        let seconds = i64::try_from(now.as_secs()).unwrap_or_default();
        self.changed.iter().all(|time| *time < (seconds, i64::from(now.subsec_nanos())))
    }

    /// The same as bytes.
    pub(crate) fn to_bytes(self) -> [u8; 56] {
        let [content, description] = self.changed;
        let times = [content.0, content.1, description.0, description.1].map(i64::to_le_bytes);
        let numbers = [self.place[0], self.place[1], self.size].map(u64::to_le_bytes);
        let mut bytes = [0; 56];
        let parts = numbers.into_iter().chain(times);
        bytes.chunks_exact_mut(8).zip(parts).for_each(|(bytes, part)| bytes.copy_from_slice(&part));
        bytes
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, File, FileTimes};

    use super::*;

    #[test]
    fn every_change_gives_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let stamp = || Stamp::at(&path).unwrap();
        fs::write(&path, "one").unwrap();
        let first = stamp();
        assert_eq!(stamp(), first);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let wait = || std::thread::sleep(Duration::from_millis(20));
        // The same size, and the time set back.
        wait();
        fs::write(&path, "two").unwrap();
        let times = FileTimes::new().set_modified(modified);
        File::options().write(true).open(&path).unwrap().set_times(times).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
        assert_ne!(stamp(), first);
        // Another file in its place, which is as old.
        let second = stamp();
        let other = folder.path().join("b");
        fs::write(&other, "two").unwrap();
        File::options().write(true).open(&other).unwrap().set_times(times).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(stamp(), second);
        // A link stands for what it leads to.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(Stamp::at(&link).unwrap(), stamp());
        assert!(Stamp::at(folder.path()).is_none() && Stamp::at(&other).is_none());
    }

    #[test]
    fn what_was_written_a_moment_ago_is_not_settled() {
        let at = |content, description| Stamp {
            place: [1, 2],
            size: 3,
            changed: [(content, 5), (description, 5)],
        };
        let now = UNIX_EPOCH + Duration::new(100, 5);
        assert!(at(97, 97).is_settled(now));
        assert!(!at(98, 97).is_settled(now) && !at(97, 98).is_settled(now));
        assert!(at(98, 98).is_settled(now + Duration::from_nanos(1)));
        // A clock that has been set back tells nothing.
        assert!(!at(97, 200).is_settled(now));
        assert!(!at(0, 0).is_settled(UNIX_EPOCH));
    }

    #[test]
    fn bytes_tell_stamps_apart() {
        let stamp = Stamp { place: [1, 2], size: 3, changed: [(4, 5), (6, 7)] };
        let bytes = stamp.to_bytes();
        let numbers: Vec<_> = bytes.chunks_exact(8).map(|bytes| bytes[0]).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    }
}
