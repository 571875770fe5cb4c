//! `warden ban sync`: makes one backend hold what another one says.

use clap::Args;
use serde::Serialize;

use super::report;
use super::scope::Scope;
use crate::backends::{Answers, Mode};
use crate::clock;
use crate::error::{Error, Exit, Kind, Result};
use crate::operation::{self, Report, Use};
use crate::output::Output;
use crate::plan::{ChangeCounts, Plan, Wanted, snapshot};
use crate::progress::Progress;
use crate::session::Session;
use crate::spool::Sorted;
use crate::ui::{Ui, can_ask, confirm, number};

/// Sync the enforcers with the stores; with two names, one backend with another.
#[derive(Debug, Args)]
pub struct Sync {
    /// The source backend
    #[arg(value_name = "FROM", requires = "second")]
    first: Option<String>,
    /// The destination backend
    #[arg(value_name = "TO", conflicts_with_all = ["from", "to"])]
    second: Option<String>,
    /// The source backend
    #[arg(long, value_name = "NAME", requires = "to")]
    from: Option<String>,
    /// The destination backend
    #[arg(long, value_name = "NAME", requires = "from")]
    to: Option<String>,
    /// With two names: also remove the bans that only the destination has
    #[arg(long)]
    delete: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask, even when the first one holds no ban at all
    #[arg(short, long)]
    yes: bool,
}

pub fn run(sync: &Sync, scope: Scope<'_>) -> anyhow::Result<Exit> {
    scope.refuse_backends()?;
    let session = Session::open(scope.global)?;
    let Some((from, to)) = sync.names() else {
        if sync.delete {
            return Err(Error::usage(
                "--delete needs a source and a destination: without them enforcers always lose what no store has",
            )
            .into());
        }
        return operation::run(&session, "ban sync", [scope.write(sync.dry_run)], |[backends]| {
            Ok(SyncReport { sync, answers: backends.sync_enforcers(sync.yes)? })
        });
    };
    if from == to {
        return Err(Error::usage(format!("`{from}` is both source and destination")).into());
    }
    let (from, to) = ([from.to_owned()], [to.to_owned()]);
    let uses = [Use { named: &from, mode: Mode::Read }, Use { named: &to, mode: Mode::write(sync.dry_run) }];
    operation::run(&session, "ban sync", uses, |[source, target]| {
        if !sync.dry_run {
            target.begin_enforcing();
        }
        // Not before the lock is held.
        let now = clock::now();
        let bans = snapshot(source, &from[0], now, session.ui, &|row| !row.simulation)?;
        sync.consent(&bans, &from[0], &to[0])?;
        let plan = Plan {
            wanted: Wanted { bans: &bans, sources: None },
            end_unlisted: sync.delete,
            read_all: true,
            dry_run: sync.dry_run,
            signal_per_ban: false,
        };
        let mut progress = Progress::new(session.ui, "writing", Some(bans.count()));
        let answers = target.change("sync", |_, instance| plan.apply(instance, &mut progress));
        Ok(SyncReport { sync, answers })
    })
}

impl Sync {
    /// The backend that is right, and the one that is brought in step.
    fn names(&self) -> Option<(&str, &str)> {
        let first = self.first.as_deref().or(self.from.as_deref());
        first.zip(self.second.as_deref().or(self.to.as_deref()))
    }

    /// A list of nothing would free everybody.
    fn consent(&self, bans: &Sorted, from: &str, to: &str) -> anyhow::Result<()> {
        if !self.delete || self.dry_run || self.yes || bans.count() > 0 {
            return Ok(());
        }
        let what = format!("`{from}` holds no ban: --delete ends every ban of `{to}`");
        if can_ask() && confirm(&format!("{what}. Sync?"))? {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, format!("{what}; nothing was done")).with_hint("--yes does it").into())
    }
}

struct SyncReport<'s> {
    sync: &'s Sync,
    answers: Answers<ChangeCounts>,
}

/// What was asked.
#[derive(Serialize)]
struct SyncDocument<'s> {
    from: Option<&'s str>,
    to: Option<&'s str>,
    delete: bool,
    dry_run: bool,
}

impl Report for SyncReport<'_> {
    fn say(&self, ui: Ui) {
        for (answer, done) in self.answers.iter().filter_map(|a| Some((a, a.result.as_ref().ok()?))) {
            let head = if self.sync.dry_run { "dry run, nothing was written: " } else { "" };
            let [added, replaced, removed, unchanged] =
                [done.added, done.replaced, done.removed, done.unchanged].map(number);
            let replaced = if done.replaced == 0 { String::new() } else { format!("replaced {replaced}, ") };
            let skipped = done.skipped.words();
            let comma = if skipped.is_empty() { "" } else { ", " };
            let name = match self.answers.len() {
                1 => String::new(),
                _ => format!("backend \"{}\": ", answer.backend),
            };
            ui.say(format_args!(
                "{name}{head}added {added}, removed {removed}, {replaced}unchanged {unchanged}{comma}{skipped}"
            ));
        }
    }

    fn print(&self, output: Output) -> Result {
        let Sync { delete, dry_run, .. } = *self.sync;
        let (from, to) = self.sync.names().unzip();
        let asked = SyncDocument { from, to, delete, dry_run };
        report::print(output, "ban sync", asked, &self.answers)
    }
}
