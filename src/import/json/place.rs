//! Where a JSON document is read: serde's reader asks for one byte at a time, so the place is exact.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::Position;

/// No longer element is read.
const LONGEST: u64 = 8 << 20;

/// How far a document is read.
#[derive(Default)]
pub struct Place {
    /// Where the next byte stands.
    next: Cell<Position>,
    /// Where the last byte stands.
    last: Cell<Position>,
    /// Where the value begins that was asked for; `None`: it has not come yet.
    value: Cell<Option<Position>>,
    /// Where the current element begins.
    start: Cell<Position>,
    /// Its length so far.
    length: Cell<u64>,
}

impl Place {
    /// An element begins with the last byte.
    pub fn begin(&self) -> Position {
        self.start.set(self.last.get());
        self.length.set(0);
        self.last.get()
    }

    /// From here on, the first byte that is no white space begins a value.
    pub fn expect_value(&self) {
        self.value.set(None);
    }

    /// Where the value begins that was expected.
    pub fn value(&self) -> Position {
        self.value.get().unwrap_or(self.last.get())
    }

    /// Where the last byte stands.
    pub fn last(&self) -> Position {
        self.last.get()
    }

    /// Where the current element begins.
    pub fn start(&self) -> Position {
        self.start.get()
    }

    /// The limit, if the current element has reached it.
    pub fn too_long(&self) -> Option<u64> {
        (self.length.get() >= LONGEST).then_some(LONGEST)
    }

    fn count(&self, byte: u8) {
        let at = self.next.get();
        // The bytes after the first of a character are no column of their own.
        let begins = byte & 0xc0 != 0x80;
        let next = match byte {
            b'\n' => Position { line: at.line + 1, column: 1 },
            _ => Position { column: at.column + u64::from(begins), ..at },
        };
        self.next.set(next);
        self.last.set(at);
        self.length.set(self.length.get() + 1);
        if self.value.get().is_none() && !byte.is_ascii_whitespace() {
            self.value.set(Some(at));
        }
    }
}

/// A reader that keeps a [`Place`].
pub struct Counted<'r> {
    input: io::BufReader<&'r mut dyn Read>,
    place: &'r Place,
}

impl<'r> Counted<'r> {
    pub fn new(input: io::BufReader<&'r mut dyn Read>, place: &'r Place) -> Self {
        Self { input, place }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.place.too_long().is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let n = self.input.read(buffer)?;
        for byte in &buffer[..n] {
            self.place.count(*byte);
        }
        Ok(n)
    }
}
