//! Lines of bounded length, as text.

use std::io::{self, BufRead};

use super::{Fault, Position};

/// Reads lines, numbers them, and keeps no more than one.
pub struct Lines<'r> {
    input: &'r mut dyn BufRead,
    line: Vec<u8>,
    number: u64,
    longest: usize,
}

/// A line of the input.
pub struct Line<'l> {
    /// The text without its end, or what is wrong with it.
    pub text: Result<&'l str, Fault>,
    /// Its number, from 1.
    pub number: u64,
}

impl<'r> Lines<'r> {
    /// Lines of at most so many bytes.
    pub fn new(input: &'r mut dyn BufRead, longest: usize) -> Self {
        Self { input, line: Vec::new(), number: 0, longest }
    }

    /// The next line.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let Some(whole) = self.fill()? else { return Ok(None) };
        self.number += 1;
        let number = self.number;
        let text = if whole { text(&self.line, number) } else { Err(too_long(number, self.longest)) };
        Ok(Some(Line { text, number }))
    }

    /// Reads up to the line's end; answers whether it is whole, `None` at the end of the input. What is beyond the limit
    /// is not kept.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        let (mut any, mut whole) = (false, true);
        loop {
            let chunk = match self.input.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() {
                return Ok(any.then_some(whole));
            }
            any = true;
            let end = chunk.iter().position(|b| *b == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            whole &= self.line.len() + part.len() <= self.longest;
            if whole {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(whole));
            }
        }
    }
}

/// The text of a line without a carriage return at its end.
fn text(line: &[u8], number: u64) -> Result<&str, Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    str::from_utf8(line).map_err(|e| {
        let before = String::from_utf8_lossy(&line[..e.valid_up_to()]);
        Fault::new(position(number, &before), "this is not UTF-8 text")
    })
}

fn too_long(number: u64, longest: usize) -> Fault {
    Fault::new(position(number, ""), format!("the line is longer than {longest} bytes"))
}

/// The place after a part of a line.
pub fn position(line: u64, before: &str) -> Position {
    Position { line, column: before.chars().count() as u64 + 1 }
}
