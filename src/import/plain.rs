//! One address or range a line. `#` begins a comment, blank lines are nothing.

use std::borrow::Cow;
use std::io::BufRead;

use super::lines::{Lines, position};
use super::{Cell, Fault, Fields, Key, RecordSink, Stop};

/// No longer line is read.
pub const LONGEST: usize = 64 << 10;

pub fn read(input: &mut dyn BufRead, sink: RecordSink<'_>) -> Result<(), Stop> {
    let mut lines = Lines::new(input, LONGEST);
    while let Some(line) = lines.next()? {
        match line.text {
            Err(fault) => sink(Err(fault))?,
            Ok(text) => match value(text) {
                "" => {}
                value => sink(record(line.number, text, value))?,
            },
        }
    }
    Ok(())
}

/// A line without its comment.
pub fn value(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

fn record<'l>(number: u64, line: &'l str, value: &'l str) -> Result<Fields<'l>, Fault> {
    let before = line.len() - line.trim_start().len();
    let at = position(number, &line[..before]);
    let mut fields = Fields::new(at);
    fields.set(Key::Target, Cell { text: Cow::Borrowed(value), at })?;
    Ok(fields)
}
