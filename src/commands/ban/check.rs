//! `warden ban check`.

use std::io::{self, Write};

use clap::Args;
use warden_plugin::{Query, Target};

use super::at::AtFlag;
use super::scope::Scope;
use crate::backends::{Backends, Question, Selection};
use crate::ban_row::BanRow;
use crate::clock;
use crate::error::Exit;
use crate::instant::Instant;
use crate::output::{Format as _, Objects, Output, Raw, covering, finished, local_second, stdout};
use crate::session::Session;

/// Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell.
#[derive(Debug, Args)]
pub struct Check {
    /// Addresses, or ranges, which are banned when one ban covers all of them
    #[arg(value_name = "TARGET", value_parser = Target::parse, required = true)]
    targets: Vec<Target>,
    #[command(flatten)]
    when: AtFlag,
    /// Print nothing: the exit code tells
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(check: &Check, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = check.when.resolve(now)?;
    let session = Session::open(scope.global)?;
    let mut backends = session.backends(scope.backends, "ban check")?;
    let mut out = stdout();
    let output = scope.global.output;
    let (output, said_at) = ((!check.quiet).then_some(output), check.when.is_given().then_some(at));
    let mut printer = Printer { output, said_at, now, out: &mut out, written: Ok(()) };
    printer.begin();
    let (mut worst, mut all, named) = (Exit::Done, true, !scope.backends.is_empty());
    for (i, target) in check.targets.iter().enumerate() {
        let (exit, banned) = printer.target(i, *target, &mut backends, named);
        all &= banned;
        worst = if worst == Exit::Done { exit } else { worst };
    }
    printer.end(worst);
    let written = std::mem::replace(&mut printer.written, Ok(()));
    finished(written.and_then(|()| out.flush()))?;
    backends.shutdown();
    // A backend that did not answer may hold the ban: then nobody knows.
    Ok(if worst == Exit::Done && !all { Exit::NoMatch } else { worst })
}

/// The bans that cover a target at a time, or now; answers how the backends did. `named`: the user named them.
pub(super) fn read(
    backends: &mut Backends,
    target: Target,
    (at, named): (Option<Instant>, bool),
    limit: Option<u64>,
    rows: &mut dyn FnMut(&BanRow<'_>) -> bool,
) -> Exit {
    let now = clock::now();
    let query = Query { at_us: at.unwrap_or(now).micros(), ip: Some(target), limit, ..Query::default() };
    backends
        .read(&Question { query, selection: Selection { named, past: at.is_some_and(|at| at < now) } }, rows)
}

/// Prints the answers as they come.
struct Printer<'o> {
    /// `None`: nothing is printed.
    output: Option<Output>,
    /// The time that was asked for; `None`: now.
    said_at: Option<Instant>,
    now: Instant,
    out: &'o mut dyn Write,
    written: io::Result<()>,
}

impl Printer<'_> {
    fn begin(&mut self) {
        match self.output {
            Some(Output::Json) => self.write(|out| out.write_all(b"[")),
            Some(Output::Raw) => self.write(|out| Raw::new(None).begin(out)),
            _ => {}
        }
    }

    /// One target: how the backends did, and whether it is banned.
    fn target(
        &mut self,
        number: usize,
        target: Target,
        backends: &mut Backends,
        named: bool,
    ) -> (Exit, bool) {
        if let Some(Output::Json | Output::Jsonl) = self.output {
            let comma = if number > 0 && self.output == Some(Output::Json) { ",\n " } else { "" };
            let open = if number == 0 && self.output == Some(Output::Json) { "\n " } else { comma };
            self.write(|out| write!(out, "{open}{{\"target\":\"{target}\",\"bans\":["));
        }
        let mut bans: u64 = 0;
        let limit = self.output.is_none().then_some(1);
        let exit = read(backends, target, (self.said_at, named), limit, &mut |ban| {
            self.ban(target, bans, ban);
            bans += 1;
            self.written.is_ok()
        });
        let banned = bans > 0;
        match self.output {
            Some(Output::Human) if !banned && exit == Exit::Done => {
                let (is, at) = self.is_at();
                self.write(|out| writeln!(out, "{target} {is} not banned{at}"));
            }
            Some(Output::Json | Output::Jsonl) => {
                // `null`: a backend did not answer, and the others hold no ban.
                let known = if banned || exit == Exit::Done { banned.to_string() } else { "null".into() };
                let end = if self.output == Some(Output::Jsonl) { "\n" } else { "" };
                self.write(|out| write!(out, "],\"banned\":{known}}}{end}"));
            }
            Some(Output::Human) if !banned => {
                self.write(|out| writeln!(out, "{target} may be banned: not every backend answered"));
            }
            _ => {}
        }
        (exit, banned)
    }

    /// The verb, and the time that was asked for.
    fn is_at(&self) -> (&'static str, String) {
        match self.said_at {
            None => ("is", String::new()),
            Some(at) => (if at < self.now { "was" } else { "is" }, format!(" at {}", local_second(at))),
        }
    }

    fn ban(&mut self, target: Target, before: u64, ban: &BanRow<'_>) {
        match self.output {
            None => {}
            Some(Output::Human) => {
                if before == 0 {
                    let (is, at) = self.is_at();
                    self.write(|out| writeln!(out, "{target} {is} banned{at}:"));
                }
                self.write(|out| writeln!(out, "  {}", covering(ban)));
            }
            Some(Output::Raw) => self.write(|out| Raw::new(None).row(ban, out)),
            Some(Output::Json | Output::Jsonl) => {
                let comma: &[u8] = if before > 0 { b"," } else { b"" };
                self.write(|out| out.write_all(comma).and_then(|()| Objects::default().row(ban, out)));
            }
        }
    }

    fn end(&mut self, exit: Exit) {
        // Without its end, no script takes a part for the whole.
        if self.output == Some(Output::Json) && exit == Exit::Done {
            self.write(|out| out.write_all(b"\n]\n"));
        }
    }

    fn write(&mut self, f: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = f(self.out);
        }
    }
}
