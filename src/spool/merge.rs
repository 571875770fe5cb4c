//! Reads the runs of a [`Sorted`](super::Sorted) as one: a heap of readers, each with a small buffer.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::{Run, Span};

/// What a reader holds of its run, unless a record is longer.
const BUFFER: usize = 32 << 10;

/// The records in order of their keys.
pub struct Merge<'s> {
    source: Source<'s>,
}

enum Source<'s> {
    Arena { arena: &'s [u8], left: std::slice::Iter<'s, Span> },
    Runs { heap: Vec<RunReader<'s>>, begun: bool },
}

impl<'s> Merge<'s> {
    pub(super) fn of_arena(arena: &'s [u8], spans: &'s [Span]) -> Self {
        Self { source: Source::Arena { arena, left: spans.iter() } }
    }

    pub(super) fn of_runs(file: Option<&'s File>, runs: &[Run]) -> io::Result<Self> {
        let mut heap = Vec::with_capacity(runs.len());
        for (number, run) in runs.iter().enumerate() {
            let Some(file) = file else { break };
            let mut reader = RunReader::new(file, *run, number);
            if reader.advance()? {
                heap.push(reader);
            }
        }
        for i in (0..heap.len()).rev() {
            sift(&mut heap, i);
        }
        Ok(Self { source: Source::Runs { heap, begun: false } })
    }

    /// The next record: its key and its value.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    #[allow(
        clippy::should_implement_trait,
        reason = "a record lives until the next call, as no Iterator's item does"
    )]
    pub fn next(&mut self) -> io::Result<Option<(&[u8], &[u8])>> {
        match &mut self.source {
            Source::Arena { arena, left } => Ok(left.next().map(|span| span.of(arena))),
            Source::Runs { heap, begun } => {
                if *begun && !heap.is_empty() {
                    if !heap[0].advance()? {
                        heap.swap_remove(0);
                    }
                    sift(heap, 0);
                }
                *begun = true;
                Ok(heap.first().map(RunReader::record))
            }
        }
    }
}

/// Moves an element down to where neither child is less. Not a `BinaryHeap`: the first reader goes on where it stands, and
/// what it reads decides its place.
fn sift(heap: &mut [RunReader<'_>], mut i: usize) {
    loop {
        let mut least = i;
        for child in [2 * i + 1, 2 * i + 2] {
            if child < heap.len() && heap[child].is_before(&heap[least]) {
                least = child;
            }
        }
        if least == i {
            return;
        }
        heap.swap(i, least);
        i = least;
    }
}

/// A run, read piece by piece.
struct RunReader<'s> {
    file: &'s File,
    /// What of the run is not in the buffer yet.
    left: Run,
    /// Equal keys: the earlier run first.
    number: usize,
    buffer: Vec<u8>,
    /// Where the current record's key starts and ends, and where its value ends.
    key: (usize, usize),
    end: usize,
}

impl<'s> RunReader<'s> {
    fn new(file: &'s File, left: Run, number: usize) -> Self {
        Self { file, left, number, buffer: Vec::new(), key: (0, 0), end: 0 }
    }

    fn record(&self) -> (&[u8], &[u8]) {
        (&self.buffer[self.key.0..self.key.1], &self.buffer[self.key.1..self.end])
    }

    fn is_before(&self, other: &Self) -> bool {
        (self.record().0, self.number) < (other.record().0, other.number)
    }

    /// To the next record; false: there is none.
    fn advance(&mut self) -> io::Result<bool> {
        self.buffer_from_end(8)?;
        let Some(head) = self.buffer.get(self.end..self.end + 8) else { return Ok(false) };
        let length = |part: &[u8]| part.iter().rev().fold(0, |n, byte| n << 8 | usize::from(*byte));
        let (key, value) = (length(&head[..4]), length(&head[4..]));
        self.buffer_from_end(8 + key + value)?;
        let start = self.end + 8;
        (self.key, self.end) = ((start, start + key), start + key + value);
        if self.end > self.buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(true)
    }

    /// Sees to it that so many bytes after the current record are there, as far as the run goes.
    fn buffer_from_end(&mut self, wanted: usize) -> io::Result<()> {
        if self.buffer.len() - self.end >= wanted || self.left.start == self.left.end {
            return Ok(());
        }
        self.buffer.drain(..self.end);
        (self.key, self.end) = ((0, 0), 0);
        let buffered = self.buffer.len();
        let room = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        let more = wanted.max(BUFFER).saturating_sub(buffered).min(room);
        self.buffer.resize(buffered + more, 0);
        self.file.read_exact_at(&mut self.buffer[buffered..], self.left.start)?;
        self.left.start += more as u64;
        Ok(())
    }
}
