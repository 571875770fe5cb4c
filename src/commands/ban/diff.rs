//! `warden ban diff`: what one backend has and another one has not. Both are read into a spool and merged: the memory does
//! not grow with the lists.

use std::cmp::Ordering;
use std::io::{self, Write};

use clap::Args;
use serde_json::{Value, json};

use super::scope::Scope;
use crate::clock;
use crate::error::{Error, Exit, Result};
use crate::instant::Instant;
use crate::output::{Output, csv_value, finished, local_second, stdout};
use crate::plan::{SAME_END_US, WantedBan, WantedBans, snapshot};
use crate::session::Session;
use crate::spool::{self, Sorted};
use crate::ui::Escaped;

/// What one backend has and another one has not. Exit 0 when they hold the same bans, 4 when not.
#[derive(Debug, Args)]
pub struct Diff {
    /// A backend
    #[arg(value_name = "A")]
    a: String,
    /// Another one
    #[arg(value_name = "B")]
    b: String,
}

pub fn run(diff: &Diff, scope: Scope<'_>) -> anyhow::Result<Exit> {
    scope.refuse_backends()?;
    if diff.a == diff.b {
        return Err(Error::usage(format!("`{}` is both A and B", diff.a)).into());
    }
    let session = Session::open(scope.global)?;
    let now = clock::now();
    let mut a = session.backends(std::slice::from_ref(&diff.a), "ban diff")?;
    let mut b = session.backends(std::slice::from_ref(&diff.b), "ban diff")?;
    let (a_holds, b_holds) = (a.applied_actions(), b.applied_actions());
    let both =
        |row: &warden_plugin::Row<'_>| !row.simulation && a_holds.has(row.action) && b_holds.has(row.action);
    let in_a = snapshot(&mut a, &diff.a, now, session.ui, &both)?;
    let in_b = snapshot(&mut b, &diff.b, now, session.ui, &both)?;
    a.shutdown();
    b.shutdown();
    let mut out = stdout();
    let mut printer = Printer { diff, output: scope.global.output, out: &mut out, count: 0, written: Ok(()) };
    printer.begin();
    compare(&in_a, &in_b, &mut |a, b| printer.difference(a, b))?;
    printer.end();
    let Printer { count, written, .. } = printer;
    finished(written.and_then(|()| out.flush()))?;
    Ok(if count == 0 { Exit::Done } else { Exit::NoMatch })
}

/// Calls `found` for each key whose bans differ, while it wants more.
fn compare(
    a: &Sorted,
    b: &Sorted,
    found: &mut dyn FnMut(Option<&WantedBan>, Option<&WantedBan>) -> bool,
) -> Result {
    let failed = |e: io::Error| spool::failed(&e);
    let (mut a, mut b) = (WantedBans::of(a).map_err(failed)?, WantedBans::of(b).map_err(failed)?);
    let (mut left, mut right) = (a.next().map_err(failed)?, b.next().map_err(failed)?);
    while left.is_some() || right.is_some() {
        let order = match (&left, &right) {
            (Some(l), Some(r)) => (l.target, &l.source).cmp(&(r.target, &r.source)),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let in_a = if order.is_le() { std::mem::replace(&mut left, a.next().map_err(failed)?) } else { None };
        let in_b =
            if order.is_ge() { std::mem::replace(&mut right, b.next().map_err(failed)?) } else { None };
        if !is_same(in_a.as_ref(), in_b.as_ref()) && !found(in_a.as_ref(), in_b.as_ref()) {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether two bans of a key are one: reasons may be cut by a backend, ends be rounded.
fn is_same(a: Option<&WantedBan>, b: Option<&WantedBan>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    a.action == b.action && a.until.micros().abs_diff(b.until.micros()) <= SAME_END_US
}

/// Prints the differences as they are found.
struct Printer<'p> {
    diff: &'p Diff,
    output: Output,
    out: &'p mut dyn Write,
    count: u64,
    written: io::Result<()>,
}

impl Printer<'_> {
    fn begin(&mut self) {
        self.written = match self.output {
            Output::Json => self.out.write_all(b"["),
            Output::Raw => writeln!(self.out, "difference,ip,source,action,until_at"),
            Output::Human | Output::Jsonl => Ok(()),
        };
    }

    /// One difference; answers whether more are wanted.
    fn difference(&mut self, a: Option<&WantedBan>, b: Option<&WantedBan>) -> bool {
        self.count += 1;
        self.written = match self.output {
            Output::Human => self.line(a, b),
            Output::Json => {
                let lead: &[u8] = if self.count > 1 { b",\n " } else { b"\n " };
                self.out.write_all(lead).and_then(|()| write!(self.out, "{}", self.object(a, b)))
            }
            Output::Jsonl => writeln!(self.out, "{}", self.object(a, b)),
            Output::Raw => self.raw(a, b),
        };
        self.written.is_ok()
    }

    fn end(&mut self) {
        if self.written.is_err() {
            return;
        }
        self.written = match (self.output, self.count) {
            (Output::Json, 0) => self.out.write_all(b"]\n"),
            (Output::Json, _) => self.out.write_all(b"\n]\n"),
            (Output::Human, 0) => {
                writeln!(self.out, "{} and {} hold the same bans", self.diff.a, self.diff.b)
            }
            _ => Ok(()),
        };
    }

    fn line(&mut self, a: Option<&WantedBan>, b: Option<&WantedBan>) -> io::Result<()> {
        let Some(ban) = a.or(b) else { return Ok(()) };
        let (target, source) = (ban.target, Escaped(&ban.source));
        let (name_a, name_b) = (&self.diff.a, &self.diff.b);
        match (a, b) {
            (Some(a), Some(b)) => writeln!(
                self.out,
                "different: {target} ({source}): {} in {name_a}, {} in {name_b}",
                described(a),
                described(b)
            ),
            (Some(a), None) => writeln!(self.out, "only in {name_a}: {target} ({source}), {}", described(a)),
            _ => writeln!(self.out, "only in {name_b}: {target} ({source}), {}", described(ban)),
        }
    }

    fn object(&self, a: Option<&WantedBan>, b: Option<&WantedBan>) -> Value {
        let Some(ban) = a.or(b) else { return Value::Null };
        let side =
            |ban: &WantedBan| json!({ "action": ban.action, "reason": ban.reason, "until_at": until(ban) });
        json!({
            "difference": self.kind(a, b),
            "iptext": ban.target.to_string(),
            "source": ban.source,
            "a": a.map(side),
            "b": b.map(side),
        })
    }

    fn raw(&mut self, a: Option<&WantedBan>, b: Option<&WantedBan>) -> io::Result<()> {
        let Some(ban) = a.or(b) else { return Ok(()) };
        let kind = self.kind(a, b);
        csv_value(self.out, &kind)?;
        write!(self.out, ",{},", ban.target)?;
        csv_value(self.out, &ban.source)?;
        self.out.write_all(b",")?;
        csv_value(self.out, &ban.action)?;
        writeln!(self.out, ",{}", until(ban).unwrap_or_default())
    }

    fn kind(&self, a: Option<&WantedBan>, b: Option<&WantedBan>) -> String {
        match (a, b) {
            (Some(_), Some(_)) => "different".into(),
            (Some(_), None) => format!("only in {}", self.diff.a),
            _ => format!("only in {}", self.diff.b),
        }
    }
}

/// A ban in a few words.
fn described(ban: &WantedBan) -> String {
    let action = Escaped(&ban.action);
    match ban.until {
        Instant::FOREVER => format!("{action} for ever"),
        until => format!("{action} until {}", local_second(until)),
    }
}

fn until(ban: &WantedBan) -> Option<String> {
    (ban.until != Instant::FOREVER).then(|| ban.until.rfc3339_utc().to_string())
}
