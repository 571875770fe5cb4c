//! One record of CSV into its fields.

use std::collections::VecDeque;
use std::io;

use super::super::lines::{Line, Lines, position};
use super::super::plain::LONGEST;
use super::super::{Fault, Position};

/// The fields of one record; their memory is used again for the next.
#[derive(Default)]
pub struct Splitter {
    text: String,
    ends: Vec<(usize, Position)>,
    quoted: bool,
    /// The lines of the record after its first one.
    more: Vec<(u64, String)>,
    /// Lines to read again: a stray quote had made them part of a record.
    again: VecDeque<(u64, String)>,
}

/// Where a scan stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two.
    Quote,
}

impl Splitter {
    /// Reads a record: a line, or several when a quoted field holds line ends. After a fault the next line is next, even
    /// if a stray quote had swallowed it.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next(&mut self, lines: &mut Lines<'_>) -> io::Result<Option<Result<(), Fault>>> {
        self.quoted = false;
        self.text.clear();
        self.ends.clear();
        self.more.clear();
        let mut scan = (State::Start, Position::default());
        loop {
            match self.line(lines, &mut scan)? {
                None if scan.0 == State::Quoted => {
                    return Ok(Some(Err(self.unclosed(scan.1, "is never closed"))));
                }
                None => return Ok(None),
                Some(Err(_)) if !self.more.is_empty() => {
                    return Ok(Some(Err(self.unclosed(scan.1, "is not closed, or wrongly"))));
                }
                Some(Err(fault)) => return Ok(Some(Err(fault))),
                Some(Ok(())) if scan.0 != State::Quoted => return Ok(Some(Ok(()))),
                Some(Ok(())) if self.text.len() > LONGEST => {
                    return Ok(Some(Err(self.unclosed(scan.1, "is not closed within 65536 bytes"))));
                }
                Some(Ok(())) => self.text.push('\n'),
            }
        }
    }

    /// Scans one more line; `None`: there is none.
    fn line(
        &mut self,
        lines: &mut Lines<'_>,
        (state, opened): &mut (State, Position),
    ) -> io::Result<Option<Result<(), Fault>>> {
        let owned;
        let (number, line) = match self.again.pop_front() {
            Some((number, line)) => {
                owned = line;
                (number, owned.as_str())
            }
            None => match lines.next()? {
                None => return Ok(None),
                Some(Line { text: Err(fault), .. }) => return Ok(Some(Err(fault))),
                Some(Line { text: Ok(text), number }) => (number, text),
            },
        };
        if *state == State::Quoted {
            self.more.push((number, line.to_owned()));
        }
        Ok(Some(self.scan(line, number, state, opened)))
    }

    /// A stray quote: what it swallowed is read again.
    fn unclosed(&mut self, opened: Position, how: &str) -> Fault {
        for line in self.more.drain(..).rev() {
            self.again.push_front(line);
        }
        Fault::new(opened, format!("the quote that opens here {how}"))
    }

    /// The fields: their text, and where they start.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Position)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, at))| (&self.text[start..*end], *at))
    }

    /// Whether the line had nothing in it.
    pub fn is_blank(&self) -> bool {
        self.ends.len() == 1 && !self.quoted && self.text.trim().is_empty()
    }

    fn scan(
        &mut self,
        line: &str,
        number: u64,
        state: &mut State,
        opened: &mut Position,
    ) -> Result<(), Fault> {
        let mut start = Position { line: number, column: 1 };
        for (column, (offset, c)) in (1..).zip(line.char_indices()) {
            *state = match (*state, c) {
                (State::Start, '"') => {
                    (*opened, self.quoted) = (Position { line: number, column }, true);
                    State::Quoted
                }
                (State::Start | State::Plain | State::Quote, ',') => {
                    let at = if *state == State::Quote { *opened } else { start };
                    self.ends.push((self.text.len(), at));
                    start = Position { line: number, column: column + 1 };
                    State::Start
                }
                (State::Plain, '"') => {
                    return Err(Fault::new(position(number, &line[..offset]), "a quote inside a field")
                        .with_hint("put the whole field in quotes, and write each quote in it twice"));
                }
                (State::Quoted, '"') => State::Quote,
                (State::Quote, c) if c != '"' => {
                    let at = position(number, &line[..offset]);
                    return Err(Fault::new(at, "text after the quote that ends the field"));
                }
                (State::Quoted | State::Quote, c) => {
                    self.text.push(c);
                    State::Quoted
                }
                (State::Start | State::Plain, c) => {
                    self.text.push(c);
                    State::Plain
                }
            };
        }
        if *state != State::Quoted {
            let at = if *state == State::Quote { *opened } else { start };
            self.ends.push((self.text.len(), at));
        }
        Ok(())
    }
}
