//! A list of records that are no bans, each written as it comes: in every format.

use std::io::{self, Write};

use serde::Serialize;

use super::{Output, Stdout, csv_value, finished, stdout_of};
use crate::error::Result;

/// One line for people, one row of CSV, one JSON object.
pub trait Record: Serialize {
    /// For people.
    ///
    /// # Errors
    /// When it cannot be written.
    fn human(&self, out: &mut dyn Write) -> io::Result<()>;

    /// The values of the columns.
    fn values(&self) -> Vec<&str>;
}

/// The list.
pub struct Records {
    output: Output,
    out: Stdout,
    count: u64,
    written: io::Result<()>,
}

impl Records {
    /// Begins it; `columns` are the header of CSV.
    pub fn begin(output: Output, columns: &[&str]) -> Self {
        let mut out = stdout_of(output);
        let written = match output {
            Output::Json => out.write_all(b"["),
            Output::Raw => writeln!(out, "{}", columns.join(",")),
            Output::Human | Output::Jsonl => Ok(()),
        };
        Self { output, out, count: 0, written }
    }

    /// One more; answers whether more are wanted.
    pub fn record(&mut self, record: &impl Record) -> bool {
        if self.written.is_ok() {
            self.count += 1;
            self.written = self.write(record);
        }
        self.written.is_ok()
    }

    fn write(&mut self, record: &impl Record) -> io::Result<()> {
        let out = &mut self.out;
        match self.output {
            Output::Human => record.human(out),
            Output::Json => {
                out.write_all(if self.count > 1 { b",\n " } else { b"\n " })?;
                Ok(serde_json::to_writer(out, record)?)
            }
            Output::Jsonl => {
                serde_json::to_writer(&mut *out, record)?;
                out.write_all(b"\n")
            }
            Output::Raw => {
                for (i, value) in record.values().iter().enumerate() {
                    if i > 0 {
                        out.write_all(b",")?;
                    }
                    csv_value(out, value)?;
                }
                out.write_all(b"\n")
            }
        }
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The end of a whole list; `people`: what a person reads last, told how many there were.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn end(mut self, people: impl FnOnce(&mut dyn Write, u64) -> io::Result<()>) -> Result {
        let written = self.written.and_then(|()| match (self.output, self.count) {
            (Output::Json, 0) => self.out.write_all(b"]\n"),
            (Output::Json, _) => self.out.write_all(b"\n]\n"),
            (Output::Human, count) => people(&mut self.out, count),
            (Output::Jsonl | Output::Raw, _) => Ok(()),
        });
        finished(written.and_then(|()| self.out.flush()))
    }

    /// The end of a list that is cut short: JSON stays without its end, so that no script takes a part for the whole.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn cut(mut self) -> Result {
        finished(self.written.and_then(|()| self.out.flush()))
    }
}
