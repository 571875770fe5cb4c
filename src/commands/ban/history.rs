//! `warden ban history`.

mod entry;

use std::io::{self, Write};

use clap::Args;
use warden_plugin::Target;

use super::scope::Scope;
use crate::backends::Selection;
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::instant::Instant;
use crate::output::{Look, Output, finished, stdout, table};
use crate::session::Session;
use entry::{COLUMNS, Entry};

/// The table for people shows so many; the other formats all.
const SHOWN: u64 = 1000;

/// Every ban that a target ever had.
#[derive(Debug, Args)]
pub struct History {
    /// The address or range, in any spelling
    #[arg(value_name = "TARGET", value_parser = Target::parse)]
    target: Target,
}

pub fn run(history: &History, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    let mut backends = session.backends(scope.backends, "ban history")?;
    let mut out = stdout();
    let mut printer = Printer::new(scope.global.output, clock::now(), &mut out);
    let (text, mut offered) = (history.target.text(), false);
    let selection = Selection { named: !scope.backends.is_empty(), past: false };
    let exit = backends.ask("history", selection, |backend, instance| {
        let read = instance
            .history(text.as_str(), &mut |row, _| printer.row(&Entry { row, backend, now: printer.now }));
        offered |= read?.is_some();
        Ok(())
    });
    backends.shutdown();
    if exit != Exit::Failed && !offered {
        return Err(Error::new(Kind::Backend, "no backend keeps the history of a target").into());
    }
    if exit == Exit::Done || printer.output == Output::Human {
        printer.end(history.target, Look::of_stdout(session.color, false));
    }
    let written = printer.written;
    finished(written.and_then(|()| out.flush()))?;
    Ok(exit)
}

/// Prints the bans as they come; for people, when all have come.
struct Printer<'o> {
    output: Output,
    now: Instant,
    out: &'o mut dyn Write,
    written: io::Result<()>,
    /// The rows of the table: up to [`SHOWN`].
    rows: Vec<Vec<String>>,
    count: u64,
}

impl<'o> Printer<'o> {
    fn new(output: Output, now: Instant, out: &'o mut dyn Write) -> Self {
        let written = match output {
            Output::Json => out.write_all(b"["),
            Output::Raw => writeln!(out, "{}", entry::KEYS.join(",")),
            Output::Human | Output::Jsonl => Ok(()),
        };
        Self { output, now, out, written, rows: Vec::new(), count: 0 }
    }

    /// One ban; answers whether more are wanted.
    fn row(&mut self, entry: &Entry<'_>) -> bool {
        self.count += 1;
        let out = &mut *self.out;
        self.written = match self.output {
            Output::Human => {
                if self.count <= SHOWN {
                    self.rows.push(entry.cells());
                }
                Ok(())
            }
            Output::Json => {
                let lead: &[u8] = if self.count > 1 { b",\n " } else { b"\n " };
                out.write_all(lead).and_then(|()| write!(out, "{}", entry.json()))
            }
            Output::Jsonl => writeln!(out, "{}", entry.json()),
            Output::Raw => entry.raw(out),
        };
        self.written.is_ok()
    }

    fn end(&mut self, target: Target, look: Look) {
        if self.written.is_ok() {
            self.written = match self.output {
                Output::Human => self.table(target, look),
                Output::Json => self.out.write_all(if self.count > 0 { b"\n]\n" } else { b"]\n" }),
                Output::Jsonl | Output::Raw => Ok(()),
            };
        }
    }

    fn table(&mut self, target: Target, look: Look) -> io::Result<()> {
        let out = &mut *self.out;
        if self.count == 0 {
            return writeln!(out, "No ban of {target} is on record");
        }
        writeln!(out, "{} bans of {target}:", self.count)?;
        writeln!(out, "{}", table(look, &COLUMNS, std::mem::take(&mut self.rows)))?;
        match self.count.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(out, "{more} older not shown (-o jsonl shows them)"),
        }
    }
}
