//! How results are written to standard output, and the only place that knows the formats. Bans: one small trait, a file a
//! format. Other records: [`Records`] one by one, [`Document`] as a whole.

mod checks;
mod fields;
mod human;
mod json;
mod line;
mod raw;
mod records;
mod table;

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

pub use checks::{Checks, Enforcer};
pub use fields::Field;
pub use human::{Long, Look, Page, Totals};
pub use line::{covering, local_second, ordered};
pub use raw::{Escapes, value as csv_value};
pub use records::{Record, Records};
pub use table::table;

use serde::Serialize;

use crate::ban_row::BanRow;
use crate::error::{Error, Kind, Result};
use crate::plugin::stdout_is_closed;
use crate::trust::reason;
use crate::ui::is_unsafe;

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
    /// Whether it is for people.
    pub fn is_human(self) -> bool {
        match self {
            Self::Human => true,
            Self::Json | Self::Jsonl | Self::Raw => false,
        }
    }
}

/// The format of a list of bans, with these fields or its own; `None`: the table, which is laid out as a whole.
pub fn row_format<'f>(
    output: Output,
    fields: Option<&'f [Field]>,
    escapes: Escapes,
) -> Option<Box<dyn Format + 'f>> {
    match output {
        Output::Human => None,
        Output::Json => Some(Box::new(json::Json::new(fields))),
        Output::Jsonl => Some(Box::new(json::Jsonl::new(fields))),
        Output::Raw => Some(Box::new(raw::Raw::new(fields, escapes))),
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
pub fn stdout() -> Stdout {
    buffered(false)
}

/// The same for a format.
pub fn stdout_of(output: Output) -> Stdout {
    buffered(matches!(output, Output::Json | Output::Jsonl) && io::stdout().is_terminal())
}

fn buffered(escapes_json: bool) -> Stdout {
    BufWriter::with_capacity(64 << 10, Escaping { stdout: io::stdout().lock(), escapes_json })
}

/// Standard output behind a buffer.
pub type Stdout = BufWriter<Escaping>;

/// JSON may hold whatever is not below U+0020 as it is: a terminal takes U+009B for the start of a command.
pub struct Escaping {
    stdout: StdoutLock<'static>,
    escapes_json: bool,
}

impl Write for Escaping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.escapes_json {
            return self.stdout.write(bytes);
        }
        // The buffer is cut between two texts, never within one.
        let mut text = String::with_capacity(bytes.len());
        for c in String::from_utf8_lossy(bytes).chars() {
            if c.is_ascii() && c != '\u{7f}' || !is_unsafe(c) {
                text.push(c);
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        self.stdout.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Whether standard output can be written at all: a closed one would swallow everything.
///
/// # Errors
/// When it was closed from the start.
pub fn is_open() -> io::Result<()> {
    match stdout_is_closed() {
        true => Err(rustix::io::Errno::BADF.into()),
        false => Ok(()),
    }
}

/// The end of a stream: a reader who has gone is success, any other fault is an error.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn finished(result: io::Result<()>) -> Result {
    match is_open().and(result) {
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
pub fn document(output: Output, value: &impl Serialize) -> Result {
    let mut out = stdout_of(output);
    let written = match output {
        Output::Human | Output::Raw => return Ok(()),
        Output::Json => serde_json::to_writer_pretty(&mut out, value),
        Output::Jsonl => serde_json::to_writer(&mut out, value),
    };
    finished(written.map_err(io::Error::from).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

/// An answer that is one whole.
pub trait Document: Serialize {
    /// For people.
    ///
    /// # Errors
    /// When it cannot be written.
    fn human(&self, out: &mut dyn Write) -> io::Result<()>;

    /// As CSV, if it has columns.
    ///
    /// # Errors
    /// When it cannot be written.
    fn raw(&self, out: &mut dyn Write) -> io::Result<()> {
        self.human(out)
    }
}

/// A line for people before the answer is known, as soon as there is one; nothing in a format for scripts.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn progress(output: Output, line: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result {
    match output {
        Output::Json | Output::Jsonl => Ok(()),
        Output::Human | Output::Raw => {
            let mut out = stdout();
            finished(line(&mut out).and_then(|()| out.flush()))
        }
    }
}

/// Prints an answer.
///
/// # Errors
/// `Output` when standard output cannot be written.
pub fn print(output: Output, answer: &impl Document) -> Result {
    let mut out = stdout();
    let written = match output {
        Output::Human => answer.human(&mut out),
        Output::Raw => answer.raw(&mut out),
        Output::Json | Output::Jsonl => return document(output, answer),
    };
    finished(written.and_then(|()| out.flush()))
}
