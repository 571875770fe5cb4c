//! `warden ban history`.

mod entry;

use std::io::{self, Write};

use clap::Args;
use warden_plugin::Target;

use super::scope::Scope;
use crate::clock;
use crate::error::{Error, Exit, Kind};
use crate::operation;
use crate::output::{Look, Records, table};
use crate::session::Session;
use crate::ui::{counted, number};
use entry::{COLUMNS, Entry};

/// The table for people shows so many; the other formats all.
const SHOWN: usize = 1000;

/// Every ban that a target ever had.
#[derive(Debug, Args)]
pub struct History {
    /// The address or range, in any spelling
    #[arg(value_name = "TARGET", value_parser = Target::parse)]
    target: Target,
}

pub fn run(history: &History, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let session = Session::open(scope.global)?;
    operation::run(&session, "ban history", [scope.read()], |[backends]| {
        let (target, now) = (history.target, clock::now());
        let (is_human, mut shown, mut offered) = (session.output.is_human(), Vec::new(), false);
        let mut records = Records::begin(session.output, &entry::KEYS);
        let text = target.text();
        let complete = backends.ask("history", scope.selection(false), |backend, instance| {
            let read = instance.history(text.as_str(), &mut |row, _| {
                let entry = Entry::of(row, backend, now);
                if is_human && shown.len() < SHOWN {
                    shown.push(entry.cells());
                }
                records.record(&entry)
            });
            offered |= read?.is_some();
            Ok(())
        });
        if !offered && !backends.outcome().is_failed() {
            return Err(Error::new(Kind::Backend, "no backend keeps the history of a target").into());
        }
        if complete || is_human && !backends.outcome().is_failed() {
            let look = Look::of_stdout(session.color, false);
            records.end(|out, count| people(out, target, count, look, &shown))?;
        } else {
            records.cut()?;
        }
        Ok(Exit::Done)
    })
}

/// The table.
fn people(
    out: &mut dyn Write,
    target: Target,
    count: u64,
    look: Look,
    shown: &[Vec<String>],
) -> io::Result<()> {
    if count == 0 {
        return writeln!(out, "No ban of {target} is on record");
    }
    let more = count - shown.len() as u64;
    writeln!(out, "{} of {target}:", counted(count, "ban"))?;
    writeln!(out, "{}", table(look, &COLUMNS, shown))?;
    match more {
        0 => Ok(()),
        more => writeln!(out, "{} older not shown (-o jsonl shows them)", number(more)),
    }
}
