//! How bans are written to standard output: one small trait, a file a format.

mod human;
mod json;
mod raw;

use std::io::{self, Write};

pub use human::{Long, Look, Page};
pub use json::Json;
pub use raw::Raw;

use crate::error::{Error, Kind, Result};
use crate::model::BanRow;
use crate::trust::reason;

/// The formats that `-o` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A table for people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// CSV with a header line (RFC 4180)
    Raw,
}

/// A format that writes each row as it comes.
pub trait Format {
    /// Before the first row.
    ///
    /// # Errors
    /// As the stream.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// One row.
    ///
    /// # Errors
    /// As the stream.
    fn row(&mut self, row: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()>;
    /// After the last row.
    ///
    /// # Errors
    /// As the stream.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Standard output, buffered. Lines reach a pipe in blocks.
#[must_use]
pub fn stdout() -> impl Write {
    io::BufWriter::with_capacity(64 << 10, io::stdout().lock())
}

/// The end of a stream: a reader who has gone is success, any other fault is an error.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn finished(result: io::Result<()>) -> Result {
    match result {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Output, format!("cannot write to standard output: {}", reason(&e))))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON document, what a write command answers with `-o json`.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn document(value: &serde_json::Value) -> Result {
    let mut out = stdout();
    finished(writeln!(out, "{value:#}").and_then(|()| out.flush()))
}
