//! How bans are written to standard output: one small trait, a file a format.

mod fields;
mod human;
mod json;
mod line;
mod raw;
mod table;

use std::io::{self, Write};

pub use fields::Field;
pub use human::{Long, Look, Page, Totals};
pub use json::{Json, Jsonl, Objects};
pub use line::{covering, local_second};
pub use raw::{Raw, value as csv_value};
pub use table::table;

use crate::ban_row::BanRow;
use crate::error::{Error, Kind, Result};
use crate::trust::reason;

/// The formats that `-o` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A table for people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV with a header line (RFC 4180)
    Raw,
}

impl Output {
    /// Whether a write answers with a document.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// A format that writes each row as it comes.
pub trait Format {
    /// Before the first row.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// One row.
    fn row(&mut self, row: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()>;
    /// After the last row.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Standard output, buffered. Lines reach a pipe in blocks.
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

/// Writes one JSON document, what a write command answers with `-o json`, or on one line with `-o jsonl`; nothing in
/// another format.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn document(output: Output, value: &serde_json::Value) -> Result {
    let mut out = stdout();
    let written = match output {
        Output::Human | Output::Raw => return Ok(()),
        Output::Json => writeln!(out, "{value:#}"),
        Output::Jsonl => writeln!(out, "{value}"),
    };
    finished(written.and_then(|()| out.flush()))
}
