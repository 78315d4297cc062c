//! Bytes set aside until they are wanted: in memory while they are few, in a file from then on.
//!
//! What is set aside goes into lanes, each of which is read back in the order in which it was
//! filled. All lanes share one file, which has no name and is gone when the program ends.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};

/// What is set aside.
#[derive(Debug)]
pub(crate) struct Spill {
    /// How many bytes may be held in memory.
    bound: usize,
    held: usize,
    lanes: Vec<Lane>,
    file: Option<File>,
    /// Where the file ends.
    end: u64,
}

#[derive(Debug, Default)]
struct Lane {
    /// What is in the file: where it begins, and how long it is.
    chunks: Vec<(u64, usize)>,
    /// What came last, and is not in the file.
    tail: Vec<u8>,
}

impl Spill {
    /// One that holds at most so many bytes in memory.
    pub(crate) fn new(bound: usize) -> Self {
        Self { bound, held: 0, lanes: Vec::new(), file: None, end: 0 }
    }

    /// Adds bytes to the end of a lane.
    pub(crate) fn append(&mut self, lane: usize, bytes: &[u8]) -> io::Result<()> {
        if lane >= self.lanes.len() {
            self.lanes.resize_with(lane + 1, Lane::default);
        }
        self.lanes[lane].tail.extend_from_slice(bytes);
        self.held += bytes.len();
        if self.held > self.bound { self.unload() } else { Ok(()) }
    }

    /// Adds bytes that [`frame`] gives back as one.
    pub(crate) fn append_frame(&mut self, lane: usize, bytes: &[u8]) -> io::Result<()> {
        self.append(lane, &bytes.len().to_le_bytes())?;
        self.append(lane, bytes)
    }

    fn unload(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            match tempfile::tempfile() {
                Ok(file) => self.file = Some(file),
                // Without a folder for such files, memory has to do.
                Err(_) => {
                    self.bound = usize::MAX;
                    return Ok(());
                }
            }
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.seek(SeekFrom::Start(self.end))?;
        for lane in self.lanes.iter_mut().filter(|lane| !lane.tail.is_empty()) {
            file.write_all(&lane.tail)?;
            lane.chunks.push((self.end, lane.tail.len()));
            self.end += lane.tail.len() as u64;
            lane.tail = Vec::new();
        }
        self.held = 0;
        Ok(())
    }

    /// Reads a lane from its beginning.
    pub(crate) fn read(&self, lane: usize) -> impl Read {
        let reader = Reader { spill: self, lane: self.lanes.get(lane), chunk: 0, at: 0 };
        BufReader::with_capacity(1 << 16, reader)
    }
}

struct Reader<'s> {
    spill: &'s Spill,
    lane: Option<&'s Lane>,
    chunk: usize,
    /// How much of the chunk, or of the tail behind the last, has been read.
    at: usize,
}

impl Read for Reader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(lane) = self.lane else { return Ok(0) };
        while let (Some((start, length)), Some(mut file)) =
            (lane.chunks.get(self.chunk), self.spill.file.as_ref())
        {
            let wanted = out.len().min(length - self.at);
            if wanted > 0 {
                file.seek(SeekFrom::Start(start + self.at as u64))?;
                let got = file.read(&mut out[..wanted])?;
                self.at += got;
                return if got > 0 { Ok(got) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            if out.is_empty() {
                return Ok(0);
            }
            (self.chunk, self.at) = (self.chunk + 1, 0);
        }
        let got = (&lane.tail[self.at..]).read(out)?;
        self.at += got;
        Ok(got)
    }
}

/// The next frame of a lane; `None` at its end.
pub(crate) fn frame(lane: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; size_of::<usize>()];
    let first = lane.read(&mut length)?;
    if first == 0 {
        return Ok(None);
    }
    lane.read_exact(&mut length[first..])?;
    let mut bytes = vec![0; usize::from_le_bytes(length)];
    lane.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_read_as_they_were_filled_wherever_they_are_held() {
        for bound in [0, 1, 10, 100, usize::MAX] {
            let mut spill = Spill::new(bound);
            for number in 0..50_u8 {
                spill.append_frame(usize::from(number % 3), &vec![number; number.into()]).unwrap();
            }
            assert_eq!(spill.file.is_some(), bound < 1000);
            for lane in 0..3_u8 {
                for _ in 0..2 {
                    let mut reader = spill.read(lane.into());
                    for number in (lane..50).step_by(3) {
                        let frame = frame(&mut reader).unwrap();
                        assert_eq!(frame, Some(vec![number; number.into()]), "bound {bound}");
                    }
                    assert_eq!(frame(&mut reader).unwrap(), None);
                }
            }
            assert_eq!(frame(&mut spill.read(7)).unwrap(), None);
        }
    }
}
