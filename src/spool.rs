//! Records sorted by a key in flat memory: an arena of [`MEMORY`] bytes is sorted and spilled as a run into a temporary
//! file without a name, and the runs are merged while they are read. What fits the arena never touches the disk.

mod merge;
pub mod pack;

use std::fs::File;
use std::io::{self, BufWriter, Write};

pub use merge::Merge;

use crate::error::{Error, Kind};

/// How many bytes are held in memory before they are spilled.
pub const MEMORY: usize = 8 << 20;

/// So many runs are merged into one before another is begun: each costs a buffer while it is read.
const MOST_RUNS: usize = 256;

/// Takes records in any order.
pub struct Sorter {
    arena: Vec<u8>,
    spans: Vec<Span>,
    runs: Vec<Run>,
    file: Option<File>,
    end: u64,
    count: u64,
    memory: usize,
}

/// A record in the arena: where it starts, and the lengths of its key and of its value.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    key: u32,
    value: u32,
}

/// A sorted part of the file.
#[derive(Clone, Copy)]
struct Run {
    start: u64,
    end: u64,
}

/// The records, which may be read in order of their keys as often as need be. Equal keys stay in the order in which they
/// came.
pub struct Sorted {
    arena: Vec<u8>,
    spans: Vec<Span>,
    runs: Vec<Run>,
    file: Option<File>,
    count: u64,
}

impl Default for Sorter {
    fn default() -> Self {
        Self::with_memory(MEMORY)
    }
}

impl Sorter {
    /// One that spills when it holds so many bytes.
    pub fn with_memory(memory: usize) -> Self {
        let (arena, spans, runs) = (Vec::new(), Vec::new(), Vec::new());
        Self { arena, spans, runs, file: None, end: 0, count: 0, memory }
    }

    /// Takes a record.
    ///
    /// # Errors
    /// When the temporary file cannot be written, or the record is longer than four gigabytes.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let size = key.len() + value.len() + size_of::<Span>();
        if !self.spans.is_empty() && self.memory_used() + size > self.memory {
            self.spill()?;
        }
        let number = |n: usize| u32::try_from(n).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge));
        let span =
            Span { start: number(self.arena.len())?, key: number(key.len())?, value: number(value.len())? };
        self.arena.extend_from_slice(key);
        self.arena.extend_from_slice(value);
        self.spans.push(span);
        self.count += 1;
        Ok(())
    }

    /// The end of the records.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            sort(&self.arena, &mut self.spans);
        } else {
            self.spill()?;
            (self.arena, self.spans) = (Vec::new(), Vec::new());
        }
        let Self { arena, spans, runs, file, count, .. } = self;
        Ok(Sorted { arena, spans, runs, file, count })
    }

    fn memory_used(&self) -> usize {
        self.arena.len() + self.spans.len() * size_of::<Span>()
    }

    /// Writes what is in memory as a run.
    fn spill(&mut self) -> io::Result<()> {
        if self.runs.len() == MOST_RUNS {
            self.compact()?;
        }
        sort(&self.arena, &mut self.spans);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let mut out = RunWriter::new(file, self.end);
        for span in &self.spans {
            let (key, value) = span.of(&self.arena);
            out.record(key, value)?;
        }
        let run = out.finish()?;
        self.end = run.end;
        self.runs.push(run);
        self.arena.clear();
        self.spans.clear();
        Ok(())
    }

    /// Merges all runs into one, in a new file.
    fn compact(&mut self) -> io::Result<()> {
        let new = tempfile::tempfile()?;
        let mut out = RunWriter::new(&new, 0);
        let mut merge = Merge::of_runs(self.file.as_ref(), &self.runs)?;
        while let Some((key, value)) = merge.next()? {
            out.record(key, value)?;
        }
        let run = out.finish()?;
        drop(merge);
        self.end = run.end;
        (self.runs, self.file) = (vec![run], Some(new));
        Ok(())
    }
}

impl Sorted {
    /// How many different keys there are.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn distinct(&self) -> io::Result<u64> {
        let (mut merge, mut last, mut count) = (self.read()?, None::<Vec<u8>>, 0);
        while let Some((key, _)) = merge.next()? {
            if last.as_deref() != Some(key) {
                count += 1;
                let last = last.get_or_insert_default();
                last.clear();
                last.extend_from_slice(key);
            }
        }
        Ok(count)
    }

    /// How many records there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Reads them, from the first one on.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn read(&self) -> io::Result<Merge<'_>> {
        match &self.file {
            None => Ok(Merge::of_arena(&self.arena, &self.spans)),
            file => Merge::of_runs(file.as_ref(), &self.runs),
        }
    }
}

impl Span {
    fn of(self, arena: &[u8]) -> (&[u8], &[u8]) {
        let [start, key, value] = [self.start, self.key, self.value].map(|n| n as usize);
        arena[start..start + key + value].split_at(key)
    }
}

/// By key, then in the order of arrival: a record of nothing starts where the one after it does.
fn sort(arena: &[u8], spans: &mut [Span]) {
    let arrival = |span: &Span| (span.start, span.value);
    spans.sort_unstable_by(|a, b| a.of(arena).0.cmp(b.of(arena).0).then(arrival(a).cmp(&arrival(b))));
}

/// Writes a run: for each record the two lengths, the key, the value.
struct RunWriter<'f> {
    out: BufWriter<At<'f>>,
    start: u64,
}

impl<'f> RunWriter<'f> {
    fn new(file: &'f File, start: u64) -> Self {
        Self { out: BufWriter::with_capacity(64 << 10, At { file, offset: start }), start }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        for part in [key, value] {
            let len = u32::try_from(part.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            self.out.write_all(&len.to_le_bytes())?;
        }
        self.out.write_all(key)?;
        self.out.write_all(value)
    }

    fn finish(mut self) -> io::Result<Run> {
        self.out.flush()?;
        Ok(Run { start: self.start, end: self.out.get_ref().offset })
    }
}

/// A file from an offset on.
struct At<'f> {
    file: &'f File,
    offset: u64,
}

impl Write for At<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = std::os::unix::fs::FileExt::write_at(self.file, bytes, self.offset)?;
        self.offset += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The temporary file cannot be written or read.
pub fn failed(error: &io::Error) -> Error {
    let dir = std::env::temp_dir();
    let message =
        format!("cannot keep a temporary file in {}: {}", dir.display(), crate::trust::reason(error));
    Error::new(Kind::Input, message).with_hint("TMPDIR names another folder")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(records: &[(Vec<u8>, Vec<u8>)], memory: usize) -> Sorted {
        let mut sorter = Sorter::with_memory(memory);
        for (key, value) in records {
            sorter.push(key, value).unwrap();
        }
        sorter.finish().unwrap()
    }

    fn all(sorted: &Sorted) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut merge = sorted.read().unwrap();
        let mut found = Vec::new();
        while let Some((key, value)) = merge.next().unwrap() {
            found.push((key.to_vec(), value.to_vec()));
        }
        found
    }

    proptest! {
        #[test]
        fn it_sorts_as_a_stable_sort_does_whatever_is_spilled(
            keys in prop::collection::vec(prop::collection::vec(0_u8..4, 0..3), 0..200),
            memory in prop_oneof![Just(0_usize), Just(100), Just(1000), Just(MEMORY)],
        ) {
            let records: Vec<_> = (keys.into_iter().enumerate())
                .map(|(i, key)| (key, i.to_string().into_bytes()))
                .collect();
            let sorted = sorted(&records, memory);
            let mut expected = records;
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(sorted.count(), expected.len() as u64);
            prop_assert_eq!(all(&sorted), expected.clone());
            prop_assert_eq!(all(&sorted), expected, "a second reading");
        }
    }

    #[test]
    fn more_runs_than_are_read_at_once_are_merged_on_the_way() {
        let records: Vec<_> = (0..3 * MOST_RUNS)
            .map(|i| ((i * 7919 % 1000).to_string().into_bytes(), i.to_string().into_bytes()))
            .collect();
        let sorted = sorted(&records, 0);
        assert!(sorted.runs.len() <= MOST_RUNS + 1, "{}", sorted.runs.len());
        let mut expected = records;
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(all(&sorted), expected);
    }

    #[test]
    fn a_record_that_is_larger_than_a_buffer_comes_back_whole() {
        let large = vec![7; 300_000];
        let records = [(vec![2], large.clone()), (vec![1], vec![0]), (vec![3], large)];
        let sorted = sorted(&records, 1000);
        let sizes: Vec<_> = all(&sorted).iter().map(|(k, v)| (k[0], v.len())).collect();
        assert_eq!(sizes, [(1, 1), (2, 300_000), (3, 300_000)]);
    }
}
