//! Ban lists as other programs write them: a file a format. Each reads its input once, from front to back, and hands on
//! what it finds record by record; what is wrong comes as a [`Fault`] with line and column. Nothing is gathered: memory
//! is bounded by the longest line (64 KiB; 1 MiB of JSON lines) or JSON element (8 MiB).

mod caller;
mod csv;
mod detect;
mod fields;
mod input;
mod json;
mod jsonl;
mod lines;
mod plain;
mod record;

use std::fmt;
use std::io::{self, BufRead};
use std::path::Path;

pub use fields::{Cell, Fields, Key};
pub use input::{Input, Source};
pub use record::{Checked, End, Record, check, long_reason, target};

use crate::error::{Error, Kind};

/// The formats that `--format` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One address or range a line; `#` begins a comment
    Plain,
    /// CSV with a header line that names the columns
    Csv,
    /// A JSON array of bans, or of CrowdSec's alerts
    Json,
    /// One JSON object a line
    Jsonl,
}

impl Format {
    /// The name, as `--format` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A place in the input. Both count from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong with a piece of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {message}")]
pub struct Fault {
    /// Where.
    pub at: Position,
    /// What.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Fault {
    /// A fault without a hint.
    pub fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: String::new() }
    }

    /// The fault as the user reads it.
    pub fn in_file(self, file: &Path) -> Error {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let error = Error::new(Kind::Input, self.message)
            .in_file(file, Some(size(self.at.line)))
            .in_column(size(self.at.column));
        if self.hint.is_empty() { error } else { error.with_hint(self.hint) }
    }

    /// Adds what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Why a reading ends before the input does.
#[derive(Debug)]
pub enum Stop {
    /// The input cannot be read.
    Io(io::Error),
    /// What follows cannot be understood.
    Fault(Fault),
    /// Whoever receives the records has enough, or cannot keep them.
    Enough,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What receives the records of a reader, each as it was written, or what is wrong with it.
pub type RecordSink<'t> = &'t mut dyn FnMut(Result<Fields<'_>, Fault>) -> Result<(), Stop>;

/// Reads records in a format.
///
/// # Errors
/// When the rest of the input cannot be read, or `sink` wants no more.
pub fn read(format: Format, input: &mut dyn BufRead, sink: RecordSink<'_>) -> Result<(), Stop> {
    match format {
        Format::Plain => plain::read(input, sink),
        Format::Csv => csv::read(input, sink),
        Format::Json => json::read(input, sink),
        Format::Jsonl => jsonl::read(input, sink),
    }
}

/// Reads bytes as an import does, and checks each record; answers how many there were, and how many were bad. For a
/// fuzzer: no bytes may make it panic.
#[cfg(any(test, feature = "fuzzing"))]
pub fn digest(bytes: &[u8], format: Option<Format>, now: crate::instant::Instant) -> (u64, u64) {
    let (mut all, mut bad) = (0, 0);
    let Ok(mut input) = Input::of(bytes) else { return (all, bad) };
    let Ok(format) = format.map_or_else(|| input.detect(), Ok) else { return (all, 1) };
    let actions = crate::action::Actions::of_v03();
    let result = read(format, &mut input, &mut |fields| {
        all += 1;
        bad += u64::from(fields.and_then(|fields| check(&fields, &actions, now).map(drop)).is_err());
        Ok(())
    });
    (all, bad + u64::from(result.is_err()))
}

/// No more characters of the input are quoted: whoever has root read a file may not be allowed to.
const LONGEST_QUOTE: usize = 40;

/// A text of the input for a message: its beginning.
fn shown(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
